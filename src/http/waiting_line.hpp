// Coroutines that wait for the same thing, in the order they came, each with a deadline. Nobody
// sets a timer: the owner looks at the deadlines now and then (check). One io_context thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/task.hpp"
#include "base/task_group.hpp"

namespace footfall::http {

enum class Woken : std::uint8_t { not_yet, go, overdue, stopped };

class WaitingLine {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  explicit WaitingLine(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  // `woken` says why it has ended. It is the caller's, so that the caller knows also when this ends
  // by an exception after it was woken.
  Task<void> wait(Moment deadline, Woken& woken);

  bool wake_first(Woken why);  // false: nobody waits
  void wake_all(Woken why);
  void check(Moment now);
  bool empty() const { return waiters_.empty(); }
  std::size_t size() const { return waiters_.size(); }

 private:
  struct Waiter : boost::intrusive::list_base_hook<
                      boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    Waiter(const boost::asio::any_io_executor& executor, Moment until, Woken& why)
        : event(executor), deadline(until), woken(why) {}

    void wake(Woken why);

    Event event;
    Moment deadline;
    Woken& woken;
  };

  boost::asio::any_io_executor executor_;
  boost::intrusive::list<Waiter, boost::intrusive::constant_time_size<false>> waiters_;
};

}  // namespace footfall::http
