// For tests: time that stands still until the test moves it, so that what waits for real time is
// tested without waiting. One io_context thread.
//
//   boost::asio::io_context io;
//   ManualTime time(io);
//   co_spawn(io, something(time), …);
//   time.run_until_idle();
//   time.advance_by(std::chrono::seconds(5));
#pragma once

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "base/timekeeper.hpp"

namespace footfall {

// Begins at an hour after the clock's own beginning. It may go before the io_context and what still
// sleeps there.
class ManualTime final : public Timekeeper {
 public:
  explicit ManualTime(boost::asio::io_context& io) : io_(io) {}

  Moment now() const override { return now_; }
  std::unique_ptr<Alarm> make_alarm() override { return std::make_unique<ManualAlarm>(*this); }

  // Runs everything that can run without time passing. Throws what escapes a handler.
  void run_until_idle() {
    io_.restart();
    io_.poll();
  }

  // Goes from alarm to alarm up to `moment`, which may not be past; those of one moment wake in the
  // order in which they were set. Before each step all runs until it is idle, so what wakes up sees
  // the moment it waited for, and an alarm that it sets on the way is not missed.
  void advance_to(Moment moment) {
    FF_ASSERT(moment >= now_, "time runs backwards");
    for (run_until_idle(); wake_next(moment);) run_until_idle();
    now_ = moment;
  }
  void advance_by(std::chrono::nanoseconds span) { advance_to(now_ + span); }

  std::size_t alarms_set() const { return waits_->size(); }

 private:
  // One call of wait_until(). In the list from when it is set until it wakes or its coroutine goes.
  struct Wait {
    Wait(std::shared_ptr<std::vector<Wait*>> its_list, boost::asio::steady_timer& its_timer,
         Moment its_moment)
        : list(std::move(its_list)), timer(its_timer), until(its_moment) {
      list->push_back(this);
    }
    ~Wait() { std::erase(*list, this); }
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;

    std::shared_ptr<std::vector<Wait*>> list;
    boost::asio::steady_timer& timer;
    Moment until;
    bool has_come = false;
  };

  class ManualAlarm final : public Alarm {
   public:
    explicit ManualAlarm(ManualTime& time)
        : time_(time), timer_(time.io_, boost::asio::steady_timer::time_point::max()) {}

    Task<bool> wait_until(Moment until) override {
      if (until <= time_.now_) {
        co_await boost::asio::post(time_.io_, boost::asio::use_awaitable);
        co_return true;
      }
      Wait wait(time_.waits_, timer_, until);
      boost::system::error_code woken;
      co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
      co_return wait.has_come;
    }

    void ring() override { timer_.cancel(); }

   private:
    ManualTime& time_;
    boost::asio::steady_timer timer_;  // never expires: cancelling it wakes who waits
  };

  // Wakes all whose moment is the earliest, unless that is after `last`. False: there are none.
  bool wake_next(Moment last) {
    const auto earlier = [](const Wait* a, const Wait* b) { return a->until < b->until; };
    const auto first = std::min_element(waits_->begin(), waits_->end(), earlier);
    if (first == waits_->end() || (*first)->until > last) return false;
    now_ = (*first)->until;
    for (Wait* wait : *waits_) {
      if (wait->until != now_) continue;
      wait->has_come = true;
      wait->timer.cancel();
    }
    std::erase_if(*waits_, [](const Wait* wait) { return wait->has_come; });
    return true;
  }

  boost::asio::io_context& io_;
  Moment now_ = Moment(std::chrono::hours(1));
  // In the order in which they were set.
  std::shared_ptr<std::vector<Wait*>> waits_ = std::make_shared<std::vector<Wait*>>();
};

}  // namespace footfall
