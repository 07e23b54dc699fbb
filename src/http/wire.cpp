#include "http/wire.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace footfall::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds kLingerTime{2};
constexpr std::size_t kLingerBytes = 16 * 1024 * 1024;
constexpr std::size_t kScratchBytes = 4 * 1024;

using Pieces = std::array<asio::const_buffer, 2>;

Pieces pieces(std::string_view head, std::string_view body, std::size_t done) {
  const std::size_t of_head = std::min(done, head.size());
  head.remove_prefix(of_head);
  body.remove_prefix(done - of_head);
  return {asio::buffer(head), asio::buffer(body)};
}

// IPv4 that came through an IPv6 socket is shown as IPv4.
std::string address_of(const asio::ip::tcp::socket& socket) {
  error_code error;
  const asio::ip::address address = socket.remote_endpoint(error).address();
  if (error) return {};
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

}  // namespace

Wire::Wire(asio::ip::tcp::socket socket, std::chrono::milliseconds user_timeout)
    : socket_(std::move(socket)), peer_(address_of(socket_)) {
  error_code ignored;  // a socket that has failed already says so at its first read
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
#ifdef TCP_USER_TIMEOUT
  const auto milliseconds = static_cast<unsigned>(user_timeout.count());
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds,
               sizeof milliseconds);
#else
  static_cast<void>(user_timeout);
#endif
}

void Wire::set_deadline(Clock::time_point deadline) {
  deadline_ = deadline;
  is_overdue_ = false;
}

void Wire::check(Clock::time_point now) {
  if (now < deadline_) return;
  is_overdue_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

Task<std::size_t> Wire::read(asio::mutable_buffer space) {
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  const std::size_t count = co_await socket_.async_read_some(space, token);
  co_return error ? 0 : count;
}

std::size_t Wire::write_now(std::string_view head, std::string_view body) {
  error_code error;
  const std::size_t count = socket_.write_some(pieces(head, body, 0), error);
  return error ? 0 : count;
}

Task<bool> Wire::write_rest(std::string_view head, std::string_view body, std::size_t done) {
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  const Pieces rest = pieces(head, body, done);
  co_await asio::async_write(socket_, rest, token);
  co_return !error;
}

Task<void> Wire::close_politely() {
  error_code error;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
  set_deadline(Clock::now() + kLingerTime);
  std::string scratch(kScratchBytes, '\0');
  std::size_t dropped = 0;
  while (!error && dropped < kLingerBytes) {
    const std::size_t count = co_await read(asio::buffer(scratch));
    if (count == 0) break;
    dropped += count;
  }
  close();
}

void Wire::close() {
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace footfall::http
