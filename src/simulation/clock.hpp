// Simulated time against the real clock (R7): at rate 168 one real hour is one simulated week. The
// rate is a ratio of whole numbers and everything is whole microseconds, so nothing drifts. Knows
// pauses: time stands still between pause() and resume(). A value; not thread-safe.
//
// The clock reads no clock: the caller brings real time, so tests and replays bring what they like.
#pragma once

#include <compare>
#include <cstdint>

#include "base/result.hpp"
#include "base/sim_time.hpp"

namespace footfall::simulation {

// A moment of the real clock, microseconds since 1970 UTC. Another type than SimTime, so that the
// two cannot be mixed up.
struct WallTime {
  std::int64_t us = 0;
  friend constexpr auto operator<=>(WallTime, WallTime) = default;
};

// Simulated seconds per real second, as num / den.
struct Rate {
  std::int64_t num = 168;
  std::int64_t den = 1;
};

// What simulation_state keeps of a clock: restored, it goes on from where it was.
struct ClockState {
  SimTime sim;    // simulated time at `wall`
  WallTime wall;  // the real moment it belongs to
  Rate rate;
  bool paused = false;
};

class Clock {
 public:
  // Errors: invalid_input if the rate is not positive or above a million.
  static Result<Clock> create(const ClockState& state);

  // Simulated time at a real moment. A moment before the state's (a clock set back) gives the
  // state's time: simulated time never decreases.
  SimTime at(WallTime wall) const;

  // The real moment at which simulated time reaches `sim`, rounded up: at(when(sim)) >= sim.
  // Asserts that the clock runs.
  WallTime when(SimTime sim) const;

  void pause(WallTime wall);   // no effect if paused
  void resume(WallTime wall);  // no effect if running

  // Jumps ahead, as /time/advance does. Errors: invalid_input (time_not_monotonic) if `sim` is
  // past.
  Result<void> advance_to(SimTime sim, WallTime wall);

  // The state as of `wall`, for simulation_state.
  ClockState state(WallTime wall) const;

 private:
  explicit Clock(const ClockState& state) : state_(state) {}

  ClockState state_;
};

}  // namespace footfall::simulation
