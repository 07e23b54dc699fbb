// What a person at the dashboard can press.
#pragma once

#include <cstdint>

namespace footfall::screen {

enum class Key : std::uint8_t {
  none,        // nothing was pressed, or a key without meaning
  pause,       // p
  resume,      // r
  checkpoint,  // c
  quit,        // q
  agents,      // a
  help,        // ?
  back,        // escape
  up,          // arrow, k
  down,        // arrow, j
  page_up,
  page_down,  // also the space bar
  first,      // home, g
  last,       // end, G
  redraw,     // Ctrl-L: something else has written over the screen
  closed      // there is no keyboard any more
};

}  // namespace footfall::screen
