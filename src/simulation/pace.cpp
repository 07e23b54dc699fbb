#include "simulation/pace.hpp"

#include <cmath>
#include <numeric>

namespace footfall::simulation {

Rate rate_of(double scale) {
  constexpr std::int64_t kMillionth = 1'000'000;
  const std::int64_t num = std::llround(scale * kMillionth);
  const std::int64_t shared = std::gcd(num, kMillionth);
  return {num / shared, kMillionth / shared};
}

namespace {

constexpr std::int64_t kLateUs = 100'000;

}  // namespace

Pace::Pace(Timekeeper& time, RunControl& control, std::optional<Rate> scale)
    : time_(time), control_(control), scale_(scale), alarm_(time.make_alarm()) {
  control_.on_change([this] { follow_control(); });
}

Pace::~Pace() = default;

// The steady clock: simulated time does not jump when somebody sets the machine's.
WallTime Pace::wall() const {
  const auto since = time_.now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

void Pace::start(SimTime sim) {
  cycle_ = sim;
  if (!scale_) return;
  clock_ = Clock::create({sim, wall(), *scale_, control_.is_halted()}).value();
}

void Pace::follow_control() {
  if (clock_) control_.is_halted() ? clock_->pause(wall()) : clock_->resume(wall());
  alarm_->ring();
}

Task<void> Pace::wait_for(SimTime sim) {
  cycle_ = sim;
  counts_.behind = {};
  if (!clock_) {
    co_await control_.until_running();
    co_return;
  }
  const std::int64_t late_us = control_.is_halted() ? 0 : wall().us - clock_->when(sim).us;
  if (late_us > kLateUs) {
    ++counts_.late_cycles;
    counts_.behind = std::chrono::microseconds(late_us);
  }
  while (!control_.is_stopping()) {
    if (control_.is_halted()) {
      co_await control_.until_running();
      continue;
    }
    const std::int64_t left_us = clock_->when(sim).us - wall().us;
    if (left_us <= 0) co_return;
    const Moment until = time_.now() + std::chrono::microseconds(left_us);
    co_await alarm_->wait_until(until);
  }
}

void Pace::note_done(SimTime end) {
  if (!clock_) return;
  const SimDuration worked = clock_->at(wall()) - cycle_;
  counts_.work_share = static_cast<double>(worked.us) / static_cast<double>((end - cycle_).us);
}

SimTime Pace::now() const { return clock_ ? clock_->at(wall()) : cycle_; }

}  // namespace footfall::simulation
