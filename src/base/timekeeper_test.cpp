// Goal: an alarm wakes at its moment or when it is rung, and time moved by hand goes from alarm to
// alarm as real time would. Method: sleepers that write down when they woke; the real clock only
// with moments that are past or never come.
#include "base/timekeeper.hpp"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "base/manual_time.hpp"

namespace footfall {
namespace {

using std::chrono::milliseconds;

struct Woken {
  std::string who;
  std::int64_t at_ms;
  bool has_come;
  bool operator==(const Woken&) const = default;
};

class TimekeeperTest : public testing::Test {
 protected:
  static Task<void> wait(Alarm& alarm, Moment until, bool& ended, bool& has_come) {
    has_come = co_await alarm.wait_until(until);
    ended = true;
  }

  // Sleeps `times` times for `span` each.
  static Task<void> sleep(TimekeeperTest& test, std::string who, milliseconds span, int times) {
    const std::unique_ptr<Alarm> alarm = test.time_.make_alarm();
    for (int i = 0; i < times; ++i) {
      const Moment until = test.time_.now() + span;
      const bool has_come = co_await alarm->wait_until(until);
      test.woken_.push_back({who, test.elapsed_ms(), has_come});
    }
  }

  void start(Task<void> task) {
    boost::asio::co_spawn(io_, std::move(task), boost::asio::detached);
  }

  std::int64_t elapsed_ms() const { return (time_.now() - began_) / milliseconds(1); }

  boost::asio::io_context io_;
  ManualTime time_{io_};
  Moment began_ = time_.now();
  std::vector<Woken> woken_;
};

TEST_F(TimekeeperTest, TheRealAlarmReturnsAtOnceIfTheMomentIsPast) {
  SteadyTime time(io_.get_executor());
  const auto alarm = time.make_alarm();
  bool ended = false, has_come = false;
  start(wait(*alarm, time.now() - milliseconds(1), ended, has_come));
  io_.run();
  EXPECT_TRUE(ended);
  EXPECT_TRUE(has_come);
}

TEST_F(TimekeeperTest, RingingTheRealAlarmEndsAWaitThatWouldTakeForever) {
  SteadyTime time(io_.get_executor());
  const auto alarm = time.make_alarm();
  alarm->ring();  // nobody waits: forgotten
  bool ended = false, has_come = true;
  start(wait(*alarm, Moment::max(), ended, has_come));
  io_.poll();
  EXPECT_FALSE(ended);
  alarm->ring();
  io_.run();
  EXPECT_TRUE(ended);
  EXPECT_FALSE(has_come);
}

TEST_F(TimekeeperTest, TimeByHandStandsStill) {
  start(sleep(*this, "a", milliseconds(1), 1));
  time_.run_until_idle();
  time_.run_until_idle();
  EXPECT_TRUE(woken_.empty());
  EXPECT_EQ(time_.now(), began_);
}

TEST_F(TimekeeperTest, SleepersWakeInTheOrderOfTheirMomentsAndSeeThem) {
  start(sleep(*this, "a", milliseconds(30), 2));
  start(sleep(*this, "b", milliseconds(20), 4));
  start(sleep(*this, "c", milliseconds(61), 1));
  time_.advance_by(milliseconds(61));
  // At 60 b had set its alarm (at 40) after a (at 30).
  EXPECT_EQ(woken_, (std::vector<Woken>{{"b", 20, true},
                                        {"a", 30, true},
                                        {"b", 40, true},
                                        {"a", 60, true},
                                        {"b", 60, true},
                                        {"c", 61, true}}));
  EXPECT_EQ(elapsed_ms(), 61);
  EXPECT_EQ(time_.alarms_set(), 1U);
  time_.advance_by(milliseconds(18));
  EXPECT_EQ(woken_.size(), 6U);
  time_.advance_by(milliseconds(1));
  EXPECT_EQ(woken_.back(), (Woken{"b", 80, true}));
}

TEST_F(TimekeeperTest, APastMomentByHandReturnsWithoutTimePassing) {
  start(sleep(*this, "a", milliseconds(0), 3));
  time_.run_until_idle();
  EXPECT_EQ(woken_, std::vector<Woken>(3, {"a", 0, true}));
}

TEST_F(TimekeeperTest, RingingByHandWakesNowAndIsForgottenIfNobodyWaits) {
  const auto alarm = time_.make_alarm();
  bool ended = false, has_come = true;
  alarm->ring();
  start(wait(*alarm, Moment::max(), ended, has_come));
  time_.advance_by(std::chrono::hours(1000));
  EXPECT_FALSE(ended);
  alarm->ring();
  time_.run_until_idle();
  EXPECT_TRUE(ended);
  EXPECT_FALSE(has_come);
  EXPECT_EQ(time_.alarms_set(), 0U);
}

TEST_F(TimekeeperTest, ACancelledSleeperLeavesNoAlarm) {
  boost::asio::cancellation_signal stop;
  boost::asio::co_spawn(io_, sleep(*this, "a", milliseconds(10), 2),
                        boost::asio::bind_cancellation_slot(stop.slot(), boost::asio::detached));
  time_.run_until_idle();
  EXPECT_EQ(time_.alarms_set(), 1U);
  stop.emit(boost::asio::cancellation_type::terminal);
  time_.run_until_idle();
  EXPECT_EQ(time_.alarms_set(), 0U);
  EXPECT_EQ(woken_, (std::vector<Woken>{{"a", 0, false}}));
}

}  // namespace
}  // namespace footfall
