// The half of a connection that reads.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "http/chunked_body.hpp"
#include "http/connection.hpp"
#include "http/text.hpp"

namespace footfall::http {

namespace asio = boost::asio;

namespace {

// A client that sends many requests at once must not keep the thread from the others.
constexpr int kInARowMax = 16;
// What an idle connection keeps of the memory that its largest request needed.
constexpr std::size_t kKeptBytes = 4 * 1024;
constexpr std::size_t kKeptHeaders = 32;

constexpr std::size_t kBodyStep = 64 * 1024;

void shrink(std::string& text) {
  if (text.capacity() > kKeptBytes) text = std::string();
}

// Whether a client's X-Request-Id can go into a header and a log as it is.
bool is_request_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || is_letter(c) || c == '.' || c == '_' || c == '-';
  });
}

}  // namespace

void Connection::forget_request() {
  input_.consume(std::exchange(used_, 0));
  input_.shrink();
  shrink(kept_head_);
  shrink(body_);
  if (request_.headers.capacity() > kKeptHeaders) request_.headers = {};
  request_.id.clear();
  request_.wall_us = 0;
  forget_head();
  refusal_ = {};
}

void Connection::forget_head() {
  request_.method = Method::get;
  request_.target = request_.path = request_.query = request_.body = {};
  request_.headers.clear();
  framing_ = {};
}

void Connection::note_arrival() {
  arrived_ = now_;
  request_.wall_us = std::chrono::duration_cast<std::chrono::microseconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count();
}

bool Connection::refuse(const ProblemKind& kind, std::string_view detail) {
  refusal_ = {&kind, detail};
  return false;
}

// Who closed the connection needs no answer; who was too slow gets one.
bool Connection::nothing_came(std::string_view what) {
  return wire_.is_overdue() ? refuse(kRequestTimeout, what) : false;
}

Task<bool> Connection::receive() {
  forget_request();
  const bool has_head = co_await receive_head();
  if (!has_head) co_return false;
  note_arrival();
  refusal_ =
      parse_head(input_.bytes().substr(0, used_), thread_.options.target_max, request_, framing_);
  take_id();
  if (refusal_) co_return false;
  if (framing_.content_length == 0 && !framing_.chunked) co_return true;
  const bool has_body = co_await receive_body();
  co_return has_body;
}

// The bytes of the head are then the first used_ of input_.
Task<bool> Connection::receive_head() {
  const ServerOptions& options = thread_.options;
  waits_ = input_.bytes().empty();
  if (waits_ && thread_.draining) co_return false;
  if (++in_a_row_ > kInARowMax) {
    in_a_row_ = 0;
    co_await asio::post(asio::use_awaitable);
  }
  wire_.set_deadline(now_ + (waits_ ? options.idle_timeout : options.header_timeout));
  HeadScanner scanner;
  while (true) {
    const HeadScanner::Found found = scanner.scan(input_.bytes());
    if (found == HeadScanner::Found::bare_line_feed) {
      co_return refuse(kMalformedRequest, "A line does not end with CR LF.");
    }
    const bool is_head = found == HeadScanner::Found::head;
    const std::size_t bytes = is_head ? scanner.head_bytes() : input_.bytes().size();
    if (bytes > options.header_max || (!is_head && bytes == options.header_max)) {
      co_return scanner.past_request_line()
          ? refuse(kHeaderTooLarge, "The headers have more bytes than this server takes.")
          : refuse(kTargetTooLong, "The request line is longer than this server takes.");
    }
    if (is_head) {
      used_ = bytes;
      co_return true;
    }
    const std::size_t count = co_await wire_.read(input_.space(options.header_max));
    if (count == 0) co_return waits_ ? false : nothing_came("The head did not arrive in time.");
    // drain() has closed the socket while this read waited for its turn: who could not be answered
    // must not be heard either.
    if (waits_ && thread_.draining) co_return false;
    input_.commit(count);
    now_ = Wire::Clock::now();
    in_a_row_ = 0;
    if (std::exchange(waits_, false)) wire_.set_deadline(now_ + options.header_timeout);
  }
}

void Connection::take_id() {
  const std::string_view given = request_.header("x-request-id");
  if (is_request_id(given)) {
    request_.id = given;
  } else if (request_.id.empty()) {
    request_.id = thread_.id_prefix;
    const fmt::format_int number(++thread_.ids_made);
    request_.id.append(number.data(), number.size());
  }
}

Task<bool> Connection::receive_body() {
  if (framing_.content_length > thread_.options.body_max) {
    co_return refuse(kBodyTooLarge, "Content-Length is more than this server takes.");
  }
  wire_.set_deadline(now_ + thread_.options.body_timeout);
  body_.clear();
  // Who has sent some of the body already does not wait for leave to send it.
  if (framing_.expects_continue && !framing_.is_http_1_0 && input_.bytes().size() == used_) {
    const bool went = co_await wire_.write_rest("HTTP/1.1 100 Continue\r\n\r\n", {}, 0);
    if (!went) co_return false;
  }
  const bool came =
      framing_.chunked ? co_await receive_chunked_body() : co_await receive_sized_body();
  request_.body = body_;
  co_return came;
}

Task<bool> Connection::receive_sized_body() {
  const std::size_t size = framing_.content_length;
  body_ = input_.bytes().substr(used_, size);
  used_ += body_.size();
  while (body_.size() < size) {
    const std::size_t have = body_.size();
    body_.resize(have + std::min(size - have, kBodyStep));
    const asio::mutable_buffer space = asio::buffer(body_.data() + have, body_.size() - have);
    const std::size_t count = co_await wire_.read(space);
    body_.resize(have + count);
    if (count == 0) co_return nothing_came("The body did not arrive in time.");
  }
  co_return true;
}

Task<bool> Connection::receive_chunked_body() {
  // The buffer is needed for the chunks, so the head that the request's views look at moves away.
  kept_head_ = input_.bytes().substr(0, used_);
  input_.consume(std::exchange(used_, 0));
  forget_head();
  parse_head(kept_head_, thread_.options.target_max, request_, framing_);
  ChunkedBody chunks(thread_.options.body_max);
  while (true) {
    std::string_view rest = input_.bytes();
    const ChunkedBody::State state = chunks.take(rest, body_);
    input_.consume(input_.bytes().size() - rest.size());
    switch (state) {
      case ChunkedBody::State::done:
        co_return true;
      case ChunkedBody::State::malformed:
        co_return refuse(kMalformedRequest, "The body is not made of chunks as it should be.");
      case ChunkedBody::State::too_large:
        co_return refuse(kBodyTooLarge, "The body has more bytes than this server takes.");
      case ChunkedBody::State::more_needed:
        break;
    }
    const std::size_t count = co_await wire_.read(input_.space(thread_.options.header_max));
    if (count == 0) co_return nothing_came("The body did not arrive in time.");
    input_.commit(count);
  }
}

}  // namespace footfall::http
