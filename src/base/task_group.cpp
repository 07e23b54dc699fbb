#include "base/task_group.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/assert.hpp"

namespace footfall {
namespace {

// Until somebody cancels it.
Task<void> sleep_on(boost::asio::steady_timer& timer) {
  boost::system::error_code cancelled;
  co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
}

}  // namespace

TaskGroup::TaskGroup(const boost::asio::any_io_executor& executor)
    : executor_(executor), all_ended_(executor, boost::asio::steady_timer::time_point::max()) {}

TaskGroup::~TaskGroup() { FF_ASSERT(running_ == 0, "a group of tasks ends before its tasks"); }

void TaskGroup::start(Task<void> task) {
  ++running_;
  boost::asio::co_spawn(executor_, std::move(task),
                        [this](const std::exception_ptr& error) { ended(error); });
}

void TaskGroup::ended(std::exception_ptr error) {
  if (error && !error_) error_ = error;
  if (--running_ == 0) all_ended_.cancel();
}

Task<void> TaskGroup::wait() {
  while (running_ > 0) co_await sleep_on(all_ended_);
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

Event::Event(const boost::asio::any_io_executor& executor)
    : timer_(executor, boost::asio::steady_timer::time_point::max()) {}

void Event::set() {
  set_ = true;
  timer_.cancel();
}

Task<void> Event::wait() {
  while (!set_) co_await sleep_on(timer_);
}

}  // namespace footfall
