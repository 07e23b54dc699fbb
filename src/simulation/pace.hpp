// When a live run's cycles begin in real time (R7): each at its place on the simulated clock, 75 s
// apart at scale 48; or, unpaced, each when the one before is over. A late cycle begins at once, is
// counted, and the clock does not wait for it. One io_context thread.
#pragma once

#include <memory>
#include <optional>

#include "base/task.hpp"
#include "base/timekeeper.hpp"
#include "simulation/clock.hpp"
#include "simulation/run_control.hpp"

namespace footfall::simulation {

struct PaceCounts {
  std::int64_t late_cycles = 0;         // that began more than 0.1 s after their time
  std::chrono::microseconds behind{0};  // how late the last one was
  double work_share = 0;  // of the last cycle's real time that its work took; 0 if unpaced
};

class Pace {
 public:
  // Unpaced.
  Pace(Timekeeper& time, RunControl& control) : Pace(time, control, std::nullopt) {}
  // `scale`: simulated seconds per real second; nothing: unpaced. All must outlive it.
  Pace(Timekeeper& time, RunControl& control, std::optional<Rate> scale);
  ~Pace();

  bool is_paced() const { return scale_.has_value(); }

  // The run begins (or goes on) at `sim`, now.
  void start(SimTime sim);
  // Waits for the cycle that begins at `sim`; returns at once when it is late, or the run is told
  // to stop. While the run is halted simulated time stands still.
  Task<void> wait_for(SimTime sim);
  // The work of the cycle [begin, end) is done.
  void note_done(SimTime end);

  // Simulated time now; the cycle's start if unpaced.
  SimTime now() const;
  const PaceCounts& counts() const { return counts_; }

 private:
  WallTime wall() const;
  void follow_control();

  Timekeeper& time_;
  RunControl& control_;
  std::optional<Rate> scale_;
  std::optional<Clock> clock_;
  std::unique_ptr<Alarm> alarm_;
  SimTime cycle_;
  PaceCounts counts_;
};

// Of a number of simulated seconds per real second, exact to six decimals.
Rate rate_of(double scale);

}  // namespace footfall::simulation
