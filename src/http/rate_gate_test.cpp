// Goal: who may pass, when, and in which order, under each of the gate's rules. Method: callers on
// time moved by hand, moments to the nanosecond.
#include "http/rate_gate.hpp"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <cmath>

#include "http/rate_gate_fixture.hpp"

namespace footfall::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Moments = std::vector<std::int64_t>;  // ns

constexpr std::int64_t kMs = 1'000'000;

RateOptions bucket(double per_second) { return {RatePolicy::bucket, per_second, 1}; }
RateOptions adaptive(double per_second, double fewest = 1) {
  return {RatePolicy::adaptive, per_second, fewest};
}
RateOptions off() { return {RatePolicy::off, 50, 1}; }

TEST(RateGate, LetsCallsPassOneByOneInTheOrderTheyCame) {
  GateWorld world(bucket(50));
  world.start_many(4);
  world.time.advance_by(milliseconds(100));
  const std::vector<GateWorld::Pass> expected = {
      {0, 0, true}, {1, 20 * kMs, true}, {2, 40 * kMs, true}, {3, 60 * kMs, true}};
  EXPECT_EQ(world.passes, expected);
}

TEST(RateGate, SavesNothingUpWhileNobodyCalls) {
  GateWorld world(bucket(50));
  world.time.advance_by(seconds(10));
  world.start_many(2);
  world.time.advance_by(seconds(10));
  EXPECT_EQ(world.moments(), (Moments{10'000 * kMs, 10'020 * kMs}));
}

// Counted by the handlers that the io_context has to run.
TEST(RateGate, AFreeGateDoesNotSuspendItsCaller) {
  for (const RateOptions& options : {off(), bucket(50), adaptive(50)}) {
    GateWorld world(options);
    const int times = options.policy == RatePolicy::off ? 1000 : 1;
    const auto handlers = [&](int how_often) {
      boost::asio::co_spawn(world.io, GateWorld::call(world, 0, how_often), boost::asio::detached);
      world.io.restart();
      return world.io.poll();
    };
    const std::size_t without = handlers(0);
    EXPECT_EQ(handlers(times), without);
    EXPECT_EQ(world.moments(), Moments(static_cast<std::size_t>(times), 0));
    EXPECT_EQ(world.gate.counts().waiting_peak, 0U);
  }
}

TEST(RateGate, OneWhoComesWhileOthersWaitDoesNotOvertakeThem) {
  GateWorld world(off());
  world.gate.hold();
  world.start_many(2);
  world.gate.release();
  // The two have not gone on yet; the third asks in the same breath.
  boost::asio::co_spawn(world.io, GateWorld::call(world, 2, 1), boost::asio::detached);
  world.time.run_until_idle();
  ASSERT_EQ(world.passes.size(), 3U);
  for (int who = 0; who < 3; ++who) EXPECT_EQ(world.passes[static_cast<std::size_t>(who)].who, who);
}

TEST(RateGate, SetsOneAlarmForAllWhoWait) {
  GateWorld world(bucket(50));
  world.start_many(100);
  EXPECT_EQ(world.time.alarms_set(), 1U);
  world.time.advance_by(seconds(1));
  EXPECT_EQ(world.time.alarms_set(), 1U);
  world.time.advance_by(seconds(1));
  EXPECT_EQ(world.time.alarms_set(), 0U);
}

TEST(RateGate, CountsWhatPassedAndWhoWaits) {
  GateWorld world(bucket(50));
  world.start_many(5);
  EXPECT_EQ(world.gate.counts().waiting, 4U);
  world.time.advance_by(milliseconds(20));
  const RateCounts counts = world.gate.counts();
  EXPECT_EQ(counts.passed, 2);
  EXPECT_EQ(counts.waiting, 3U);
  EXPECT_EQ(counts.waiting_peak, 4U);
  EXPECT_EQ(counts.throttled, 0);
  EXPECT_EQ(counts.per_second, 50);
  EXPECT_TRUE(std::isinf(GateWorld(off()).gate.counts().per_second));
}

// 100 calls take 99 intervals; a hold that begins when the next is due adds what it lasts.
TEST(RateGate, AHoldCostsExactlyTheHeldTime) {
  GateWorld world(bucket(50));
  world.start_many(100);
  world.time.advance_by(milliseconds(999));
  world.gate.hold();
  world.time.advance_by(milliseconds(1) + seconds(7));
  EXPECT_EQ(world.moments().size(), 50U);
  world.gate.release();
  world.time.advance_by(seconds(2));
  const Moments at = world.moments();
  ASSERT_EQ(at.size(), 100U);
  EXPECT_EQ(at[49], 980 * kMs);
  EXPECT_EQ(at[50], 8'000 * kMs);
  EXPECT_EQ(at[99], 8'980 * kMs);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(world.passes[i].who, static_cast<int>(i));
}

TEST(RateGate, AHoldThatEndsBeforeTheNextIsDueCostsNothing) {
  GateWorld world(bucket(1));
  world.start_many(2);
  world.gate.hold();
  world.time.advance_by(milliseconds(600));
  world.gate.release();
  world.time.advance_by(seconds(1));
  EXPECT_EQ(world.moments(), (Moments{0, 1'000 * kMs}));
}

TEST(RateGate, HeldGatesOfEachPolicyHoldThoseWhoComeToo) {
  for (const RateOptions& options : {off(), bucket(50), adaptive(50)}) {
    GateWorld world(options);
    world.gate.hold();
    world.start_many(1);
    world.time.advance_by(seconds(100));
    EXPECT_TRUE(world.passes.empty());
    world.gate.release();
    world.time.run_until_idle();
    EXPECT_EQ(world.moments(), Moments{100'000 * kMs});
  }
}

TEST(RateGate, AShutGateTurnsAwayAllWhoWaitAndAllWhoCome) {
  for (const bool is_held : {false, true}) {
    GateWorld world(bucket(50));
    world.start_many(1);
    if (is_held) world.gate.hold();
    for (int who = 1; who < 10; ++who) world.start(who);
    world.time.advance_by(milliseconds(10));
    world.gate.shut();
    world.time.run_until_idle();
    ASSERT_EQ(world.passes.size(), 10U);
    for (std::size_t i = 1; i < 10; ++i) EXPECT_FALSE(world.passes[i].may);
    EXPECT_EQ(world.passes[9].at_ns, 10 * kMs);
    world.start(10);
    EXPECT_EQ(world.passes.back(), (GateWorld::Pass{10, 10 * kMs, false}));
    EXPECT_EQ(world.gate.counts().waiting, 0U);
    EXPECT_EQ(world.gate.counts().passed, 1);
  }
}

TEST(RateGate, ReopenedItLetsPassAtTheRateButNotThoseWhoWereTurnedAway) {
  GateWorld world(bucket(50));
  world.start_many(3);
  world.gate.shut();
  world.gate.reopen();  // before they have gone on
  boost::asio::co_spawn(world.io, GateWorld::call(world, 7, 2), boost::asio::detached);
  world.time.advance_by(seconds(1));
  ASSERT_EQ(world.passes.size(), 5U);
  EXPECT_EQ(world.moments(), (Moments{0, 20 * kMs, 40 * kMs}));
  EXPECT_EQ(world.passes[3], (GateWorld::Pass{7, 20 * kMs, true}));
  EXPECT_EQ(world.passes[4], (GateWorld::Pass{7, 40 * kMs, true}));
}

TEST(RateGate, NobodyPassesBeforeRetryAfterIsOver) {
  for (const RateOptions& options : {off(), bucket(50), adaptive(50)}) {
    GateWorld world(options);
    world.start(0);
    world.gate.note_throttled(seconds(3));
    world.gate.note_throttled(seconds(2));  // a shorter one does not end the longer
    world.gate.note_throttled(std::nullopt);
    world.start(1);
    world.time.advance_by(seconds(10));
    EXPECT_EQ(world.moments(), (Moments{0, 3'000 * kMs}));
    EXPECT_EQ(world.gate.counts().throttled, 3);
  }
}

TEST(RateGate, RetryAfterIsAtMostAMinuteAndNeverNegative) {
  for (const milliseconds retry_after : {milliseconds(seconds(61)), milliseconds::max()}) {
    GateWorld world(bucket(50));
    world.gate.note_throttled(retry_after);
    world.start(0);
    world.time.advance_by(seconds(100));
    EXPECT_EQ(world.moments(), Moments{60'000 * kMs});
  }
  GateWorld world(bucket(50));
  world.gate.note_throttled(milliseconds::min());
  world.start(0);
  EXPECT_EQ(world.moments(), Moments{0});
}

TEST(RateGate, ABucketKeepsItsRateWhenThrottled) {
  GateWorld world(bucket(50));
  world.gate.note_throttled(std::nullopt);
  world.gate.note_answered();
  EXPECT_EQ(world.gate.counts().per_second, 50);
}

TEST(RateGate, AdaptiveHalvesAtMostOnceASecondDownToTheFewest) {
  GateWorld world(adaptive(50, 10));
  const auto rate_after = [&](milliseconds later) {
    world.time.advance_by(later);
    world.gate.note_throttled(std::nullopt);
    return world.gate.counts().per_second;
  };
  EXPECT_EQ(rate_after(milliseconds(0)), 25);
  EXPECT_EQ(rate_after(milliseconds(999)), 25);
  EXPECT_EQ(rate_after(milliseconds(1)), 12.5);
  EXPECT_EQ(rate_after(seconds(1)), 10);
  EXPECT_EQ(rate_after(seconds(1)), 10);
}

TEST(RateGate, AdaptiveNeverGoesAboveItsRateEvenIfTheFewestIs) {
  GateWorld world(adaptive(0.5, 1));
  world.gate.note_throttled(std::nullopt);
  EXPECT_EQ(world.gate.counts().per_second, 0.5);
}

TEST(RateGate, AdaptiveRecoversByATwentiethASecondToItsRateAndNoFurther) {
  GateWorld world(adaptive(50));
  world.gate.note_throttled(std::nullopt);
  for (int tenths = 1; tenths <= 150; ++tenths) {
    world.time.advance_by(milliseconds(100));
    world.gate.note_answered();
    EXPECT_NEAR(world.gate.counts().per_second, std::min(50.0, 25 + 0.25 * tenths), 1e-9);
    EXPECT_LE(world.gate.counts().per_second, 50);
  }
}

TEST(RateGate, AdaptiveTakesASilenceForNoMoreThanASecond) {
  GateWorld world(adaptive(50));
  world.gate.note_throttled(std::nullopt);
  world.time.advance_by(std::chrono::hours(1));
  world.gate.note_answered();
  EXPECT_NEAR(world.gate.counts().per_second, 27.5, 1e-9);
}

TEST(RateGate, ARaisedRateLetsOneWhoWaitsPassEarlier) {
  GateWorld world(adaptive(1, 0.1));
  world.start_many(1);
  world.gate.note_throttled(std::nullopt);
  world.start(1);  // at half the rate it would pass after two seconds
  world.time.advance_by(seconds(1));
  world.gate.note_answered();  // 0.55 a second
  world.time.advance_by(seconds(1));
  EXPECT_EQ(world.moments(), (Moments{0, 1'818'181'819}));
}

class CancelledCaller : public testing::TestWithParam<int> {};

// Four wait; one of them goes. The others pass in its place, as if it had never come.
TEST_P(CancelledCaller, LeavesItsPlaceToTheNext) {
  GateWorld world(bucket(50));
  boost::asio::cancellation_signal cancel;
  world.start(-1);
  for (int who = 0; who < 4; ++who) {
    if (who != GetParam()) {
      world.start(who);
      continue;
    }
    boost::asio::co_spawn(
        world.io, GateWorld::call(world, who, 1),
        boost::asio::bind_cancellation_slot(cancel.slot(), boost::asio::detached));
    world.time.run_until_idle();
  }
  world.time.advance_by(milliseconds(10));
  cancel.emit(boost::asio::cancellation_type::terminal);
  world.time.run_until_idle();
  EXPECT_EQ(world.gate.counts().waiting, 3U);
  world.time.advance_by(seconds(1));
  EXPECT_EQ(world.moments(), (Moments{0, 20 * kMs, 40 * kMs, 60 * kMs}));
  for (const GateWorld::Pass& pass : world.passes) EXPECT_NE(pass.who, GetParam());
}

INSTANTIATE_TEST_SUITE_P(FirstMiddleLast, CancelledCaller, testing::Values(0, 1, 3));

TEST(RateGate, ADestroyedCallerLeavesItsPlaceToTheNext) {
  GateWorld world(bucket(50));
  world.start(0);
  world.start(1);
  {
    boost::asio::io_context doomed;
    boost::asio::co_spawn(doomed, GateWorld::call(world, 2, 1), boost::asio::detached);
    doomed.poll();
    EXPECT_EQ(world.gate.counts().waiting, 2U);
    world.start(3);
  }
  world.time.advance_by(seconds(1));
  EXPECT_EQ(world.moments(), (Moments{0, 20 * kMs, 40 * kMs}));
}

}  // namespace
}  // namespace footfall::http
