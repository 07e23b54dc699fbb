#include "http/waiting_line.hpp"

#include <boost/asio/use_awaitable.hpp>

namespace footfall::http {

void WaitingLine::Waiter::wake(Woken why) {
  unlink();
  woken = why;
  event.set();
}

Task<void> WaitingLine::wait(Moment deadline, Woken& woken) {
  woken = Woken::not_yet;
  Waiter waiter(executor_, deadline, woken);
  waiters_.push_back(waiter);
  co_await waiter.event.wait();
}

bool WaitingLine::wake_first(Woken why) {
  if (waiters_.empty()) return false;
  waiters_.front().wake(why);
  return true;
}

void WaitingLine::wake_all(Woken why) {
  while (wake_first(why)) continue;
}

void WaitingLine::check(Moment now) {
  for (auto next = waiters_.begin(); next != waiters_.end();) {
    Waiter& waiter = *next++;
    if (now >= waiter.deadline) waiter.wake(Woken::overdue);
  }
}

}  // namespace footfall::http
