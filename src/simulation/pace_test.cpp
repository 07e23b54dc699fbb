// Goal: cycles begin when the scale says, to the microsecond; late ones at once, counted; pauses
// shift what follows by their length; a stop ends every wait (R7). Method: a clock moved by hand.
#include "simulation/pace.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <vector>

#include "base/manual_time.hpp"

namespace footfall::simulation {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Cycle {
  microseconds began{};  // since the run's beginning
  microseconds behind{};
  double work_share = 0;
};

class PaceTest : public testing::Test {
 protected:
  void begin(std::optional<double> scale, std::vector<milliseconds> work) {
    pace_.emplace(time, control, scale ? std::optional<Rate>(rate_of(*scale)) : std::nullopt);
    work_ = std::move(work);
    begun_ = time.now();
    boost::asio::co_spawn(io, walk(), boost::asio::detached);
    time.run_until_idle();
  }

  std::vector<std::int64_t> starts_us() const {
    std::vector<std::int64_t> starts;
    for (const Cycle& cycle : cycles) starts.push_back(cycle.began.count());
    return starts;
  }

  boost::asio::io_context io{1};
  ManualTime time{io};
  RunControl control{io.get_executor()};
  SimTime start = parse_sim_time("2026-01-05").value();
  std::vector<Cycle> cycles;
  bool ended = false;

  Pace& pace() { return *pace_; }

 private:
  // Cycle by cycle, each with as much work as it was given.
  Task<void> walk() {
    const std::unique_ptr<Alarm> alarm = time.make_alarm();
    pace_->start(start);
    for (std::size_t i = 0; i < work_.size(); ++i) {
      const SimTime at = start + kHour * static_cast<std::int64_t>(i);
      co_await pace_->wait_for(at);
      if (control.is_stopping()) break;
      Cycle cycle;
      cycle.began = std::chrono::duration_cast<microseconds>(time.now() - begun_);
      cycle.behind = pace_->counts().behind;
      const Moment done = time.now() + work_[i];
      if (work_[i].count() > 0) co_await alarm->wait_until(done);
      pace_->note_done(at + kHour);
      cycle.work_share = pace_->counts().work_share;
      cycles.push_back(cycle);
    }
    ended = true;
  }

  std::optional<Pace> pace_;
  std::vector<milliseconds> work_;
  Moment begun_;
};

using Us = std::vector<std::int64_t>;

class PaceAtScale : public PaceTest, public testing::WithParamInterface<std::pair<double, Us>> {};

TEST_P(PaceAtScale, BeginsEachCycleAtItsPlace) {
  const auto& [scale, expected] = GetParam();
  begin(scale, std::vector<milliseconds>(expected.size()));
  time.advance_by(seconds(1000));
  EXPECT_EQ(starts_us(), expected);
  EXPECT_EQ(pace().counts().late_cycles, 0);
}
INSTANTIATE_TEST_SUITE_P(
    Scales, PaceAtScale,
    testing::Values(std::pair{24.0, Us{0, 150'000'000, 300'000'000, 450'000'000}},
                    std::pair{48.0, Us{0, 75'000'000, 150'000'000, 225'000'000}},
                    std::pair{96.0, Us{0, 37'500'000, 75'000'000, 112'500'000}},
                    // 3600 s / 168, rounded up to microseconds; the error does not add up.
                    std::pair{168.0, Us{0, 21'428'572, 42'857'143, 64'285'715, 85'714'286,
                                        107'142'858, 128'571'429, 150'000'000}}),
    [](const auto& tested) { return "At" + std::to_string(static_cast<int>(tested.param.first)); });

TEST_F(PaceTest, ALateCycleBeginsAtOnceAndTheClockDoesNotWait) {
  begin(48, {seconds(200), seconds(1), seconds(1), seconds(1), seconds(1)});
  time.advance_by(seconds(1000));
  EXPECT_EQ(starts_us(), (Us{0, 200'000'000, 201'000'000, 225'000'000, 300'000'000}));
  EXPECT_EQ(pace().counts().late_cycles, 2);
  EXPECT_EQ(cycles[1].behind, seconds(125));
  EXPECT_EQ(cycles[2].behind, seconds(51));
  EXPECT_EQ(cycles[3].behind, seconds(0)) << "it was in time again";
}

TEST_F(PaceTest, ATenthOfASecondIsNotLate) {
  begin(48, {milliseconds(75'100), milliseconds(75'001), seconds(0)});
  time.advance_by(seconds(1000));
  EXPECT_EQ(starts_us(), (Us{0, 75'100'000, 150'101'000}));
  EXPECT_EQ(pace().counts().late_cycles, 1);
  EXPECT_EQ(cycles[2].behind, milliseconds(101));
}

TEST_F(PaceTest, APauseShiftsWhatFollowsByItsLength) {
  begin(48, std::vector<milliseconds>(5));
  time.advance_by(milliseconds(80'123));
  control.pause();
  const SimTime stood = pace().now();
  time.advance_by(milliseconds(12'345));
  EXPECT_EQ(pace().now(), stood) << "simulated time stands still";
  control.resume();
  time.advance_by(seconds(1000));
  const std::int64_t paused = 12'345'000;
  EXPECT_EQ(starts_us(),
            (Us{0, 75'000'000, 150'000'000 + paused, 225'000'000 + paused, 300'000'000 + paused}));
  EXPECT_EQ(pace().counts().late_cycles, 0) << "a pause makes nothing late";
}

TEST_F(PaceTest, PausesAddUpWhetherOrNotACycleIsAtWork) {
  begin(48, {seconds(30), seconds(0), seconds(0)});
  for (int i = 0; i < 10; ++i) {
    time.advance_by(milliseconds(2'001));
    control.pause();
    time.advance_by(milliseconds(i % 2 ? 777 : 10'003));
    control.resume();
  }
  time.advance_by(seconds(1000));
  const std::int64_t paused = 5 * (777'000 + 10'003'000);
  EXPECT_EQ(starts_us(), (Us{0, 75'000'000 + paused, 150'000'000 + paused}));
}

TEST_F(PaceTest, AFreezeStopsTimeAsAPauseDoes) {
  begin(48, std::vector<milliseconds>(3));
  control.freeze("the shop is down");
  time.advance_by(seconds(3600));
  control.thaw();
  time.advance_by(seconds(1000));
  EXPECT_EQ(starts_us(), (Us{0, 3'675'000'000, 3'750'000'000}));
}

TEST_F(PaceTest, AStopWakesWhoSleepsAndWhoIsHalted) {
  for (const bool halted : {false, true}) {
    RunControl its_control(io.get_executor());
    Pace its_pace(time, its_control, rate_of(48));
    its_pace.start(start);
    bool woken = false;
    const Moment before = time.now();
    boost::asio::co_spawn(io, its_pace.wait_for(start + kHour),
                          [&](const std::exception_ptr&) { woken = true; });
    if (halted) its_control.pause();
    time.run_until_idle();
    EXPECT_FALSE(woken);
    its_control.stop();
    time.run_until_idle();
    EXPECT_TRUE(woken) << (halted ? "halted" : "asleep");
    EXPECT_EQ(time.now(), before);
  }
}

TEST_F(PaceTest, UnpacedWaitsOnlyWhileHalted) {
  begin(std::nullopt, {seconds(1), seconds(2), seconds(3)});
  time.advance_by(milliseconds(500));
  control.pause();
  time.advance_by(seconds(9));
  EXPECT_EQ(starts_us(), (Us{0}));
  control.resume();
  time.advance_by(seconds(100));
  EXPECT_EQ(starts_us(), (Us{0, 9'500'000, 11'500'000}));
  EXPECT_EQ(pace().counts().late_cycles, 0);
}

TEST_F(PaceTest, SaysHowMuchOfACycleItsWorkTook) {
  begin(48, {seconds(15), seconds(75), seconds(0)});
  time.advance_by(seconds(1000));
  EXPECT_DOUBLE_EQ(cycles[0].work_share, 0.2);
  EXPECT_DOUBLE_EQ(cycles[1].work_share, 1);
  EXPECT_DOUBLE_EQ(cycles[2].work_share, 0);
}

TEST(RateOf, IsExactToSixDecimals) {
  for (const auto& [scale, num, den] :
       {std::tuple{48.0, 48, 1}, {0.5, 1, 2}, {1.000001, 1'000'001, 1'000'000}}) {
    EXPECT_EQ(rate_of(scale).num, num);
    EXPECT_EQ(rate_of(scale).den, den);
  }
}

}  // namespace
}  // namespace footfall::simulation
