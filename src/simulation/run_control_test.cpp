// Goal: a run's control says truly whether the run goes on, wakes who waits for it, and tells its
// watchers of each change once. Method: each change, with coroutines that wait.
#include "simulation/run_control.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

namespace footfall::simulation {
namespace {

Task<void> wait_for(RunControl& control, int& passed) {
  co_await control.until_running();
  ++passed;
}

class RunControlTest : public testing::Test {
 protected:
  // How many of `count` that ask now have passed when all is idle.
  void ask(int count = 1) {
    for (int i = 0; i < count; ++i) {
      boost::asio::co_spawn(io, wait_for(control, passed), boost::asio::detached);
    }
    settle();
  }
  void settle() {
    io.restart();
    io.poll();
  }

  boost::asio::io_context io{1};
  RunControl control{io.get_executor()};
  int passed = 0;
};

TEST_F(RunControlTest, LetsPassWhileItRuns) {
  ask(3);
  EXPECT_EQ(passed, 3);
  EXPECT_FALSE(control.is_halted());
}

TEST_F(RunControlTest, HoldsEverybodyUntilItIsResumed) {
  control.pause();
  ask(3);
  EXPECT_EQ(passed, 0);
  EXPECT_TRUE(control.is_paused());
  control.resume();
  settle();
  EXPECT_EQ(passed, 3);
}

TEST_F(RunControlTest, LetsPassWhoWaitsWhenItIsToldToStop) {
  control.freeze("the shop is down");
  ask(2);
  control.stop();
  settle();
  EXPECT_EQ(passed, 2);
  EXPECT_TRUE(control.is_frozen());
  EXPECT_TRUE(control.is_stopping());
  ask();
  EXPECT_EQ(passed, 3) << "whoever comes later does not wait either";
}

TEST_F(RunControlTest, KeepsTheFirstReasonUntilItIsResumed) {
  control.freeze("first");
  control.freeze("second");
  EXPECT_EQ(control.frozen_because(), "first");
  control.resume();
  EXPECT_EQ(control.frozen_because(), "");
  control.freeze("third");
  EXPECT_EQ(control.frozen_because(), "third");
}

TEST_F(RunControlTest, ResumingEndsAPauseAndAFreeze) {
  control.pause();
  control.freeze("why");
  control.resume();
  EXPECT_FALSE(control.is_paused());
  EXPECT_FALSE(control.is_frozen());
}

TEST_F(RunControlTest, ThawingLeavesAPauseToItsOperator) {
  control.pause();
  control.freeze("why");
  ask();
  control.thaw();
  settle();
  EXPECT_FALSE(control.is_frozen());
  EXPECT_TRUE(control.is_paused());
  EXPECT_EQ(passed, 0);
  control.resume();
  settle();
  EXPECT_EQ(passed, 1);
}

// Halted again before it was noticed: who waited for the first halt waits for the second.
TEST_F(RunControlTest, HoldsThroughAResumeThatIsTakenBackAtOnce) {
  control.pause();
  ask();
  control.resume();
  control.freeze("again");
  settle();
  EXPECT_EQ(passed, 0);
  control.resume();
  settle();
  EXPECT_EQ(passed, 1);
}

TEST_F(RunControlTest, TellsEachChangeOnce) {
  int first = 0, second = 0;
  control.on_change([&] { ++first; });
  control.on_change([&] { second = first; });
  const std::pair<void (*)(RunControl&), int> steps[] = {
      {[](RunControl& c) { c.resume(); }, 0},    {[](RunControl& c) { c.thaw(); }, 0},
      {[](RunControl& c) { c.pause(); }, 1},     {[](RunControl& c) { c.pause(); }, 1},
      {[](RunControl& c) { c.freeze("x"); }, 2}, {[](RunControl& c) { c.freeze("y"); }, 2},
      {[](RunControl& c) { c.thaw(); }, 3},      {[](RunControl& c) { c.resume(); }, 4},
      {[](RunControl& c) { c.stop(); }, 5},      {[](RunControl& c) { c.stop(); }, 5}};
  for (const auto& [step, expected] : steps) {
    step(control);
    EXPECT_EQ(first, expected);
    EXPECT_EQ(second, expected) << "watchers are called in the order they were added";
  }
}

}  // namespace
}  // namespace footfall::simulation
