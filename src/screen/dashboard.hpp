// The dashboard of a live run as a pure function: what is known and what is looked at become a
// frame.
#pragma once

#include <cstdint>

#include "screen/canvas.hpp"
#include "screen/key.hpp"
#include "screen/state.hpp"

namespace footfall::screen {

enum class Page : std::uint8_t { main, agents, help };

// What the person at the screen looks at.
struct View {
  Page page = Page::main;
  int agents_first =
      0;  // of State::agents_shown, at the top of their page; drawn within its bounds
  bool has_keys = true;  // false: nobody can press one, and the foot says so
};

// Any size, also 0 by 0. From 76 by 15 on the panels stand side by side, from 60 by 15 below each
// other, below that a few lines say the most important. A frozen run has a red band at the top of
// each of them.
Canvas draw(const State& state, const View& view, int width, int height, Glyphs glyphs);

// What a key does to the view: pages and scrolling. The other keys (pause, quit, …) change nothing
// here, the caller acts on them. `width` and `height` are those of the screen.
View turned(View view, Key key, const State& state, int width, int height);

}  // namespace footfall::screen
