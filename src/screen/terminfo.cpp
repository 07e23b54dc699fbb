#include "screen/terminfo.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>

#include "screen/tty.hpp"

// Last: term.h defines macros with the names of everyday things.
#define NCURSES_NOMACROS
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>

namespace footfall::screen {
namespace {

// A terminal's capability by its terminfo name; nullptr if it has none.
const char* capability(const char* name) {
  const char* text = ::tigetstr(name);
  return reinterpret_cast<std::intptr_t>(text) == -1 ? nullptr : text;
}

std::string* tputs_into = nullptr;
int append_output(int byte) {
  *tputs_into += static_cast<char>(byte);
  return byte;
}

}  // namespace

std::string refusal(int output, const std::string& type) {
  if (::isatty(output) != 1) return "the output is not a terminal";
  if (type.empty()) return "TERM is not set";
  int found = 0;
  if (::setupterm(type.c_str(), output, &found) != OK) {
    return fmt::format("the terminal type TERM={} is unknown", type);
  }
  const bool can_place = capability("cup") != nullptr;
  ::del_curterm(::cur_term);
  if (!can_place) return fmt::format("the terminal (TERM={}) cannot place its cursor", type);
  if (in_background(output)) return "the program runs in the background";
  return {};
}

std::string restoring_bytes() {
  std::string bytes;
  tputs_into = &bytes;
  for (const char* name : {"sgr0", "op", "cnorm", "rmkx", "rmcup"}) {
    if (const char* text = capability(name)) ::tputs(text, 1, append_output);
  }
  tputs_into = nullptr;
  return bytes;
}

}  // namespace footfall::screen
