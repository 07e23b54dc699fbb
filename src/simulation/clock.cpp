#include "simulation/clock.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"

namespace footfall::simulation {
namespace {

__extension__ typedef __int128 Int128;

constexpr std::int64_t kRateMax = 1'000'000;

}  // namespace

Result<Clock> Clock::create(const ClockState& state) {
  const Rate rate = state.rate;
  if (rate.num <= 0 || rate.den <= 0 || rate.num / rate.den > kRateMax) {
    return Error(
        Errc::invalid_input,
        fmt::format("a time scale of {}/{} is not allowed: it must be above 0 and at most {}",
                    rate.num, rate.den, kRateMax));
  }
  return Clock(state);
}

SimTime Clock::at(WallTime wall) const {
  if (state_.paused || wall <= state_.wall) return state_.sim;
  const Int128 real = wall.us - state_.wall.us;
  return state_.sim +
         SimDuration{static_cast<std::int64_t>(real * state_.rate.num / state_.rate.den)};
}

WallTime Clock::when(SimTime sim) const {
  FF_ASSERT(!state_.paused, "a paused clock never reaches any time");
  if (sim <= state_.sim) return state_.wall;
  const Int128 simulated = (sim - state_.sim).us;
  const Int128 real = (simulated * state_.rate.den + state_.rate.num - 1) / state_.rate.num;
  return {state_.wall.us + static_cast<std::int64_t>(real)};
}

void Clock::pause(WallTime wall) {
  if (state_.paused) return;
  state_ = state(wall);
  state_.paused = true;
}

void Clock::resume(WallTime wall) {
  if (!state_.paused) return;
  state_.wall = std::max(state_.wall, wall);
  state_.paused = false;
}

Result<void> Clock::advance_to(SimTime sim, WallTime wall) {
  const ClockState now = state(wall);
  if (sim < now.sim) {
    return Error(
        Errc::invalid_input,
        fmt::format("time_not_monotonic: simulated time is {} already, it cannot go back to {}",
                    to_string(now.sim), to_string(sim)));
  }
  state_ = now;
  state_.sim = sim;
  return {};
}

ClockState Clock::state(WallTime wall) const {
  ClockState now = state_;
  now.sim = at(wall);
  now.wall = std::max(state_.wall, wall);
  return now;
}

}  // namespace footfall::simulation
