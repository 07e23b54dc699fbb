#include "base/timekeeper.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace footfall {
namespace {

class SteadyAlarm final : public Alarm {
 public:
  explicit SteadyAlarm(const boost::asio::any_io_executor& executor) : timer_(executor) {}

  Task<bool> wait_until(Moment until) override {
    timer_.expires_at(until);
    boost::system::error_code cancelled;
    co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
    co_return !cancelled;
  }

  void ring() override { timer_.cancel(); }

 private:
  boost::asio::steady_timer timer_;
};

}  // namespace

std::unique_ptr<Alarm> SteadyTime::make_alarm() { return std::make_unique<SteadyAlarm>(executor_); }

}  // namespace footfall
