// What the commands show on a terminal: progress, and whether there is a terminal at all.
#pragma once

#include <chrono>
#include <string>

#include "base/sim_time.hpp"

namespace footfall::cli {

// One line that is drawn over itself on a terminal, and a line now and then otherwise. Writes to
// standard error, so that standard output holds results only.
class ProgressLine {
 public:
  ProgressLine(SimTime start, SimTime until);

  // `what` stands behind the bar, like "12,345 trips". Draws at most ten times a second.
  void show(SimTime now, const std::string& what);
  void finish();  // ends the line

 private:
  SimTime start_, until_;
  bool terminal_;
  std::chrono::steady_clock::time_point began_, last_;
  int last_tenth_ = 0;
  bool drawn_ = false;
};

// "1.2 s", "3 min 20 s", "2 h 5 min".
std::string duration_text(double seconds);

}  // namespace footfall::cli
