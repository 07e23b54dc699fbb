#include "tests/servers/http_fault_connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "base/text.hpp"
#include "tests/servers/http_framing.hpp"

namespace footfall::tests {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using boost::system::system_error;

namespace {

constexpr std::size_t kPieceBytes = 16 * 1024;
constexpr std::size_t kMessageBytesMax = 64 * 1024 * 1024;

void reset_socket(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

// A server may close a connection that nobody uses.
bool is_usable(tcp::socket& socket) {
  if (!socket.is_open()) return false;
  char byte = 0;
  return ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

bool asks_to_close(std::string_view head) {
  return lower(http_header(head, "connection")) == "close";
}

// The status and the reason of an answer of ours; 0 for other faults.
std::pair<int, std::string_view> status_of(HttpFault fault) {
  switch (fault) {
    case HttpFault::answer_500:
      return {500, "Internal Server Error"};
    case HttpFault::answer_429:
      return {429, "Too Many Requests"};
    case HttpFault::answer_502:
      return {502, "Bad Gateway"};
    case HttpFault::answer_503:
      return {503, "Service Unavailable"};
    case HttpFault::answer_504:
      return {504, "Gateway Timeout"};
    default:
      return {0, ""};
  }
}

std::string answer_of_ours(HttpFault fault, const SeenRequest& request, int retry_after_s) {
  const auto [status, reason] = status_of(fault);
  const std::string number = std::to_string(status);
  std::string body = "{\"type\":\"about:blank\",\"title\":\"";
  body.append(reason).append("\",\"status\":").append(number);
  body.append(",\"code\":\"injected_fault\"}");
  std::string answer = "HTTP/1.1 " + number + " ";
  answer.append(reason).append("\r\nContent-Type: application/problem+json\r\nContent-Length: ");
  answer.append(std::to_string(body.size())).append("\r\n");
  if (status == 429) answer += "Retry-After: " + std::to_string(retry_after_s) + "\r\n";
  if (asks_to_close(request.head)) answer += "Connection: close\r\n";
  answer += "\r\n";
  if (request.method != "HEAD") answer += body;
  return answer;
}

// False if the sender ended before the first byte.
Task<bool> read_message(tcp::socket& socket, std::string& bytes, HttpFraming& framing) {
  std::array<char, kPieceBytes> piece;
  while (!framing.is_whole(bytes)) {
    if (bytes.size() > kMessageBytesMax) throw std::runtime_error("a message is too long");
    error_code error;
    const auto buffer = asio::buffer(piece);
    const std::size_t size =
        co_await socket.async_read_some(buffer, asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::eof && bytes.empty()) co_return false;
    if (error == asio::error::eof && framing.ends_with_connection()) co_return true;
    if (error) throw system_error(error);
    bytes.append(piece.data(), size);
  }
  co_return true;
}

Task<void> write_all(tcp::socket& socket, std::string_view bytes) {
  const auto buffer = asio::buffer(bytes.data(), bytes.size());
  co_await asio::async_write(socket, buffer, asio::use_awaitable);
}

}  // namespace

HttpFaultWorld::HttpFaultWorld(int target_port)
    : target(asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(target_port)) {}

HttpFaultConnection::HttpFaultConnection(tcp::socket client, HttpFaultWorld& world)
    : world_(world), client_(std::move(client)), server_(world.io), timer_(world.io) {}

void HttpFaultConnection::reset() {
  is_over_ = true;
  reset_socket(client_);
  reset_socket(server_);
  timer_.cancel();
}

void HttpFaultConnection::release() {
  if (waits_for_release_) timer_.cancel();
}

// One that was reset from elsewhere must begin nothing new.
void HttpFaultConnection::expect_open() const {
  if (is_over_) throw system_error(asio::error::operation_aborted);
}

Task<void> HttpFaultConnection::serve() {
  try {
    co_await serve_requests();
  } catch (const std::runtime_error&) {
    // One of the two was lost, spoke no HTTP, or we were told to let go.
    reset();
  }
}

// Returns where the connection is to end in peace.
Task<void> HttpFaultConnection::serve_requests() {
  bool goes_on = true;
  while (goes_on) {
    HttpFraming framing(HttpFraming::Kind::request);
    const bool came = co_await read_message(client_, from_client_, framing);
    if (!came) co_return;
    co_await wait_while_silent();
    Exchange exchange;
    exchange.request = from_client_.substr(0, framing.bytes());
    from_client_.erase(0, framing.bytes());
    exchange.seen = seen_request(exchange.request, framing.head_bytes());
    goes_on = co_await carry_out(exchange);
  }
}

// False: the connection ends.
Task<bool> HttpFaultConnection::carry_out(Exchange& exchange) {
  const HttpFault fault = world_.schedule->next(exchange.seen);
  world_.count([fault](HttpFaultCounts& counts) {
    ++counts.requests;
    if (fault != HttpFault::none) ++counts.faults[fault];
  });
  if (status_of(fault).first != 0) {
    const std::string answer =
        answer_of_ours(fault, exchange.seen, world_.schedule->plan().retry_after_s);
    co_await write_all(client_, answer);
    co_return !asks_to_close(exchange.seen.head);
  }
  const TimePoint now = std::chrono::steady_clock::now();
  const auto stall = world_.schedule->plan().stall;
  const auto stall_end = [stall](TimePoint from) {
    return stall.count() == 0 ? TimePoint::max() : from + stall;
  };
  if (fault == HttpFault::reset_before) {
    reset();
    co_return false;
  }
  if (fault == HttpFault::stall_before) co_await hold(stall_end(now));
  if (fault == HttpFault::delay) co_await hold(now + world_.schedule->plan().delay);
  co_await ask_server(exchange);
  if (fault == HttpFault::stall_after) {
    co_await hold(stall_end(std::chrono::steady_clock::now()));
  }
  co_return co_await pass_on(exchange, fault);
}

Task<bool> HttpFaultConnection::pass_on(const Exchange& exchange, HttpFault fault) {
  const std::string_view answer = exchange.answer;
  const std::size_t head_bytes = exchange.answer_head_bytes;
  if (fault == HttpFault::reset_after) {
    reset();
    co_return false;
  }
  if (fault == HttpFault::half_answer) {
    const std::size_t body_bytes = answer.size() - head_bytes;
    const std::size_t half = body_bytes == 0 ? head_bytes / 2 : head_bytes + body_bytes / 2;
    co_await write_all(client_, answer.substr(0, half));
    co_return false;
  }
  world_.count([](HttpFaultCounts& counts) { ++counts.passed_on; });
  if (fault == HttpFault::slow_body) {
    co_await write_all(client_, answer.substr(0, head_bytes));
    co_await write_slowly(answer.substr(head_bytes));
  } else {
    co_await write_all(client_, answer);
  }
  co_return !exchange.answer_is_last;
}

Task<void> HttpFaultConnection::ask_server(Exchange& exchange) {
  try {
    co_await forward(exchange);
  } catch (const std::runtime_error&) {
    if (!is_over_) world_.count([](HttpFaultCounts& counts) { ++counts.server_lost; });
    throw;
  }
  co_await wait_while_silent();
}

Task<void> HttpFaultConnection::forward(Exchange& exchange) {
  expect_open();
  if (!is_usable(server_)) co_await connect_to_server();
  co_await write_all(server_, exchange.request);
  const std::string where =
      std::string(exchange.seen.method) + " " + std::string(exchange.seen.path);
  world_.count([&where](HttpFaultCounts& counts) { ++counts.reached[where]; });
  HttpFraming framing(exchange.seen.method == "HEAD" ? HttpFraming::Kind::answer_without_body
                                                     : HttpFraming::Kind::answer);
  const bool came = co_await read_message(server_, from_server_, framing);
  if (!came) throw std::runtime_error("the server closed instead of answering");
  exchange.answer = std::exchange(from_server_, "");
  exchange.answer_head_bytes = framing.head_bytes();
  exchange.answer_is_last =
      framing.ends_with_connection() ||
      asks_to_close(std::string_view(exchange.answer).substr(0, framing.head_bytes()));
}

Task<void> HttpFaultConnection::connect_to_server() {
  server_ = tcp::socket(world_.io);
  co_await server_.async_connect(world_.target, asio::use_awaitable);
  server_.set_option(tcp::no_delay(true));
}

Task<void> HttpFaultConnection::write_slowly(std::string_view body) {
  const auto pieces = static_cast<std::size_t>(world_.schedule->plan().slow_pieces);
  const auto pause = world_.schedule->plan().slow_pause;
  const std::size_t piece_bytes = (body.size() + pieces - 1) / pieces;
  while (!body.empty()) {
    co_await hold(std::chrono::steady_clock::now() + pause);
    co_await write_all(client_, body.substr(0, piece_bytes));
    body.remove_prefix(std::min(piece_bytes, body.size()));
  }
}

Task<void> HttpFaultConnection::hold(TimePoint until) {
  waits_for_release_ = true;
  co_await wait_counted(until);
  waits_for_release_ = false;
  co_await wait_while_silent();
}

// up() resets those that wait here.
Task<void> HttpFaultConnection::wait_while_silent() {
  while (world_.is_silent) co_await wait_counted(TimePoint::max());
}

Task<void> HttpFaultConnection::wait_counted(TimePoint until) {
  expect_open();
  world_.count([](HttpFaultCounts& counts) { ++counts.held; });
  timer_.expires_at(until);
  error_code ignored;
  co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  world_.count([](HttpFaultCounts& counts) { --counts.held; });
  expect_open();
}

}  // namespace footfall::tests
