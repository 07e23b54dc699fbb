// Goal: a group waits for all its tasks and tells of the first that failed; an event wakes all who
// wait. Method: tasks that wait for events, on one io_context.
#include "base/task_group.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <stdexcept>

namespace footfall {
namespace {

Task<void> count_after(Event& event, int& count) {
  co_await event.wait();
  ++count;
}

Task<void> fail_after(Event& event) {
  co_await event.wait();
  throw std::runtime_error("failed");
}

Task<void> wait_for(TaskGroup& group, bool& done) {
  co_await group.wait();
  done = true;
}

class TaskGroupTest : public testing::Test {
 protected:
  void start(Task<void> task) {
    boost::asio::co_spawn(io_, std::move(task),
                          [this](const std::exception_ptr& error) { error_ = error; });
  }

  boost::asio::io_context io_;
  std::exception_ptr error_;
};

TEST_F(TaskGroupTest, WaitsForAll) {
  TaskGroup group(io_.get_executor());
  Event event(io_.get_executor());
  int count = 0;
  bool done = false;
  for (int i = 0; i < 10; ++i) group.start(count_after(event, count));
  start(wait_for(group, done));
  io_.poll();
  EXPECT_FALSE(done);
  EXPECT_EQ(group.running(), 10);
  event.set();
  io_.restart();
  io_.run();
  EXPECT_TRUE(done);
  EXPECT_EQ(count, 10);
}

TEST_F(TaskGroupTest, TellsTheFirstFailureAfterAllHaveEnded) {
  TaskGroup group(io_.get_executor());
  Event event(io_.get_executor());
  int count = 0;
  bool done = false;
  group.start(fail_after(event));
  group.start(count_after(event, count));
  start(wait_for(group, done));
  event.set();
  io_.run();
  EXPECT_FALSE(done);
  EXPECT_EQ(count, 1);
  EXPECT_TRUE(error_);
}

TEST_F(TaskGroupTest, AnEmptyGroupIsDoneAtOnce) {
  TaskGroup group(io_.get_executor());
  bool done = false;
  start(wait_for(group, done));
  io_.run();
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace footfall
