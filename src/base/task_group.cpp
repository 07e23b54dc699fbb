#include "base/task_group.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
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

// A caller that is cancelled stays as well: its tasks use what is its.
Task<void> TaskGroup::wait() {
  namespace this_coro = boost::asio::this_coro;
  co_await this_coro::throw_if_cancelled(false);
  co_await this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
  while (running_ > 0) co_await sleep_on(all_ended_);
  co_await this_coro::reset_cancellation_state(boost::asio::enable_terminal_cancellation());
  co_await this_coro::throw_if_cancelled(true);
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
