// What is on its way to a terminal that may take it slowly, or not at all: a stuck ssh line must
// not hold up the run behind the dashboard.
#pragma once

#include <string>
#include <string_view>

namespace footfall::screen {

class Outlet {
 public:
  // Stays the caller's. Should be O_NONBLOCK: else a write may wait when the terminal has room for
  // a part of it only.
  explicit Outlet(int descriptor) : descriptor_(descriptor) {}

  void add(std::string_view bytes) { waiting_ += bytes; }
  // Writes what the terminal takes at once. True if nothing is left, also if the terminal is gone.
  bool flush() { return flush_within(0); }
  // Waits up to so long whenever the terminal takes nothing.
  bool flush_within(int wait_ms);

 private:
  int descriptor_;
  std::string waiting_;
};

}  // namespace footfall::screen
