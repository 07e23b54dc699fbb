#include "bench/http_load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <iterator>

#include "base/failure.hpp"
#include "retail/records.hpp"

namespace footfall::bench {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

// No window takes more units of one simulated hour than there are shoppers: each orders once an
// hour.
constexpr std::int64_t kUnitsOfAWindow = 25'000;

struct HttpLoad::Connection {
  explicit Connection(asio::io_context& io) : socket(io) {}
  asio::ip::tcp::socket socket;
  std::string request, answer;
};

HttpLoad::HttpLoad(std::uint16_t port, std::string admin_token, ShopLoad& units)
    : server_(asio::ip::address_v4::loopback(), port),
      admin_token_(std::move(admin_token)),
      units_(units) {}

void HttpLoad::run_all(std::vector<Task<void>> tasks) {
  std::exception_ptr error;
  for (Task<void>& task : tasks) {
    asio::co_spawn(io_, std::move(task), [&](const std::exception_ptr& e) {
      if (e) error = e;
    });
  }
  io_.restart();
  io_.run();
  if (error) std::rethrow_exception(error);
}

// Sends the request and reads the whole answer.
Task<void> HttpLoad::exchange(Connection& connection, int expected) {
  const auto began = Clock::now();
  co_await asio::async_write(connection.socket, asio::buffer(connection.request),
                             asio::use_awaitable);
  std::string& text = connection.answer;
  text.clear();
  std::size_t whole = std::string::npos;
  while (text.size() < whole) {
    const std::size_t before = text.size();
    text.resize(before + 16 * 1024);
    const auto room = asio::buffer(text.data() + before, text.size() - before);
    const std::size_t got = co_await connection.socket.async_read_some(room, asio::use_awaitable);
    text.resize(before + got);
    const std::size_t head = whole == std::string::npos ? text.find("\r\n\r\n") : std::string::npos;
    if (head != std::string::npos) {
      const std::size_t length = text.find("Content-Length: ");
      if (length == std::string::npos) throw Failure("an answer without a length: " + text);
      whole = head + 4 + std::stoul(text.substr(length + 16, 12));
    }
  }
  latencies_ms_.push_back(std::chrono::duration<double, std::milli>(Clock::now() - began).count());
  if (std::stoi(text.substr(9, 3)) != expected) throw Failure("an unexpected answer: " + text);
}

void HttpLoad::begin_request(Connection& connection, const char* method, const char* target) const {
  connection.request = fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1\r\n", method, target);
}

Task<void> HttpLoad::unit(Connection& connection, std::int64_t number) {
  const std::int64_t agent = 1 + number % kUsers, hour = number / kUsers;
  const SessionId session = retail::session_id(units_.run_id(), hour, AgentId{agent});
  const std::string who = fmt::format(
      "Authorization: Bearer dev:{}\r\nX-Footfall-Run: {}\r\nX-Footfall-Sim-Time: {}\r\n", agent,
      units_.run_id().value, to_string(units_.start() + kHour * hour + kMinute * 2));
  const auto with_body = [&](const std::string& body) {
    connection.request += fmt::format(
        "{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", who, body.size(), body);
  };
  for (int add = 0; add < kAdds; ++add) {
    std::string lines;
    for (int i = 0; i < kLinesAnAdd; ++i) {
      fmt::format_to(std::back_inserter(lines), "{}{{\"product_id\":{},\"quantity\":1}}",
                     i ? "," : "", add * 20 + i + 1);
    }
    begin_request(connection, "POST", "/api/cart/add");
    with_body(fmt::format("{{\"session_id\":\"{}\",\"step\":{},\"lines\":[{}]}}", session.value,
                          add + 1, lines));
    co_await exchange(connection, 200);
  }
  begin_request(connection, "GET", "/api/wallet");
  connection.request += who + "\r\n";
  co_await exchange(connection, 200);
  const UserCouponId coupon = retail::user_coupon_id(units_.run_id(), 0, AgentId{agent},
                                                     static_cast<int>(kFrontSlots + hour % 30));
  begin_request(connection, "POST", "/api/orders/checkout");
  connection.request += fmt::format("Idempotency-Key: hour:{}\r\n", hour);
  with_body(
      fmt::format("{{\"session_id\":\"{}\",\"coupons\":[\"{}\"]}}", session.value, coupon.value));
  co_await exchange(connection, 201);
  ++done_;
}

Task<void> HttpLoad::shopper(Clock::time_point until) {
  Connection connection(io_);
  co_await connection.socket.async_connect(server_, asio::use_awaitable);
  connection.socket.set_option(asio::ip::tcp::no_delay(true));
  while (Clock::now() < until) {
    const std::int64_t mine = next_unit_++;
    co_await unit(connection, mine);
  }
}

Task<void> HttpLoad::move_to(std::int64_t hour) {
  Connection connection(io_);
  co_await connection.socket.async_connect(server_, asio::use_awaitable);
  const std::string body =
      fmt::format("{{\"to\":\"{}\",\"refresh\":false}}", to_string(units_.start() + kHour * hour));
  begin_request(connection, "POST", "/time/advance");
  connection.request += fmt::format(
      "Authorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
      admin_token_, body.size(), body);
  co_await exchange(connection, 200);
}

Load HttpLoad::run(int connections, double seconds) {
  // From the start of the next simulated hour, which nobody has shopped in.
  const std::int64_t hour = (units_.take_units(0) + kUsers - 1) / kUsers;
  const std::int64_t first = hour * kUsers;
  units_.take_units(first + kUnitsOfAWindow - units_.take_units(0));
  next_unit_ = first;
  done_ = 0;
  std::vector<Task<void>> moving;
  moving.push_back(move_to(hour));
  run_all(std::move(moving));
  latencies_ms_.clear();
  const auto began = Clock::now();
  const auto until =
      began + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  std::vector<Task<void>> shoppers;
  for (int i = 0; i < connections; ++i) shoppers.push_back(shopper(until));
  run_all(std::move(shoppers));
  const double spent = std::chrono::duration<double>(Clock::now() - began).count();
  std::sort(latencies_ms_.begin(), latencies_ms_.end());
  const auto at = [&](double share) {
    return latencies_ms_[static_cast<std::size_t>(share *
                                                  static_cast<double>(latencies_ms_.size() - 1))];
  };
  return {static_cast<double>(done_) / spent, at(0.5), at(0.99)};
}

}  // namespace footfall::bench
