// Goal: simulated time follows the real clock exactly, stands still in pauses, never goes back, and
// survives a restart (R7). Method: real times written by hand.
#include "simulation/clock.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace footfall::simulation {
namespace {

constexpr std::int64_t kRealHour = 3'600'000'000;
constexpr SimTime kEpoch{kDay.us * 20'458};

Clock clock_at(Rate rate) { return Clock::create({kEpoch, {1000}, rate, false}).value(); }

TEST(Clock, AtScale168AnHourIsAWeek) {  // R7
  const Clock clock = clock_at({168, 1});
  EXPECT_EQ(clock.at({1000 + kRealHour}), kEpoch + kWeek);
}

TEST(Clock, AtScale48ACycleIsSeventyFiveSeconds) {  // R7
  const Clock clock = clock_at({48, 1});
  EXPECT_EQ(clock.at({1000 + 75'000'000}), kEpoch + kHour);
  EXPECT_EQ(clock.when(kEpoch + kHour).us, 1000 + 75'000'000);
}

TEST(Clock, RefusesRatesThatAreNotPositiveOrTooHigh) {
  for (const Rate rate : {Rate{0, 1}, Rate{-1, 1}, Rate{1, 0}, Rate{2'000'000, 1}}) {
    EXPECT_FALSE(Clock::create({kEpoch, {0}, rate, false}));
  }
}

TEST(Clock, StandsStillInAPause) {
  Clock clock = clock_at({168, 1});
  clock.pause({1000 + kRealHour});
  EXPECT_EQ(clock.at({1000 + 9 * kRealHour}), kEpoch + kWeek);
  clock.resume({1000 + 9 * kRealHour});
  EXPECT_EQ(clock.at({1000 + 10 * kRealHour}), kEpoch + kWeek * 2);
}

TEST(Clock, NeverGoesBackWhenTheRealClockDoes) {
  const Clock clock = clock_at({168, 1});
  EXPECT_EQ(clock.at({0}), kEpoch);
  EXPECT_EQ(clock.state({0}).wall.us, 1000);
}

TEST(Clock, AdvancesOnlyForward) {
  Clock clock = clock_at({168, 1});
  ASSERT_TRUE(clock.advance_to(kEpoch + kDay, {1000}));
  EXPECT_EQ(clock.at({1000}), kEpoch + kDay);
  const auto back = clock.advance_to(kEpoch, {1000});
  ASSERT_FALSE(back);
  EXPECT_NE(back.error().message().find("time_not_monotonic"), std::string::npos);
}

// Invariant 31: however often a clock is stopped, stored and restored, it shows the same time.
RC_GTEST_PROP(Clock, RestoredFromItsStateItGoesOnAsIfNothingHadHappened, ()) {
  const Rate rate{*rc::gen::inRange<std::int64_t>(1, 1000), *rc::gen::inRange<std::int64_t>(1, 5)};
  const auto first = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000);
  const auto second = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000);
  const Clock clock = clock_at(rate);
  const Clock restored = Clock::create(clock.state({1000 + first})).value();
  const std::int64_t difference =
      (clock.at({1000 + first + second}) - restored.at({1000 + first + second})).us;
  // One microsecond at most is lost by rounding down twice.
  RC_ASSERT(difference >= 0 && difference <= 1);
}

RC_GTEST_PROP(Clock, WhenIsTheFirstMomentThatReachesATime, ()) {
  const Rate rate{*rc::gen::inRange<std::int64_t>(1, 1000), *rc::gen::inRange<std::int64_t>(1, 5)};
  const SimTime target =
      kEpoch + SimDuration{*rc::gen::inRange<std::int64_t>(1, 1'000'000'000'000)};
  const Clock clock = clock_at(rate);
  const WallTime wall = clock.when(target);
  RC_ASSERT(clock.at(wall) >= target);
  RC_ASSERT(clock.at({wall.us - 1}) < target);
}

}  // namespace
}  // namespace footfall::simulation
