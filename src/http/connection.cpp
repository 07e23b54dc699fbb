#include "http/connection.hpp"

#include <fmt/format.h>

#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

namespace footfall::http {

namespace asio = boost::asio;

std::string what(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    return "something that is no exception was thrown";
  }
}

Connection::Connection(ThreadContext& thread, asio::ip::tcp::socket socket,
                       const ProblemKind* turned_away)
    : thread_(thread),
      wire_(std::move(socket), thread.options.user_timeout),
      turned_away_(turned_away),
      now_(Wire::Clock::now()),
      arrived_(now_) {
  request_.peer = wire_.peer();
}

Task<void> Connection::run() {
  if (turned_away_ != nullptr) {
    refuse(*turned_away_, turned_away_->about);
    co_await answer_refusal();
  }
  while (is_open_) {
    const bool came = co_await receive();
    if (came) {
      co_await answer();
    } else {
      is_open_ = false;
      if (refusal_) co_await answer_refusal();
    }
  }
  if (!said_goodbye_) co_return;
  input_ = InputBuffer();
  co_await wire_.close_politely();
}

void Connection::drain() {
  if (waits_) wire_.close();
}

void Connection::cut() {
  is_cut_ = true;
  cancellation_.emit(asio::cancellation_type::terminal);
  wire_.close();
}

Task<void> Connection::answer() {
  wire_.set_deadline(Wire::Clock::time_point::max());
  Response response;
  try {
    response = co_await thread_.handler->handle(request_);
  } catch (...) {
    response = failed(std::current_exception());
  }
  co_await send(response, framing_.keep_alive && !thread_.draining);
}

// Only the log is told what it was.
Response Connection::failed(const std::exception_ptr& error) {
  if (!is_cut_) {
    thread_.log.tell(telemetry::Level::error,
                     fmt::format("request {}: {} {} failed: {}", request_.id,
                                 to_string(request_.method), request_.path, what(error)));
  }
  return problem(kInternalError, "The server could not answer this request.", request_.path,
                 request_.id);
}

Task<void> Connection::answer_refusal() {
  is_open_ = false;
  take_id();
  if (request_.wall_us == 0) note_arrival();
  const Response response = problem(*refusal_.kind, refusal_.detail, request_.path, request_.id);
  co_await send(response, false);
}

Task<void> Connection::send(const Response& response, bool keep_open) {
  const KeepOpen said = !keep_open             ? KeepOpen::no
                        : framing_.is_http_1_0 ? KeepOpen::yes_said
                                               : KeepOpen::yes;
  compose_head(answer_head_, response, request_.id, said, thread_.date.at(request_.wall_us));
  const bool is_bodiless = request_.method == Method::head || !has_content(response.status);
  const std::string_view body = is_bodiless ? std::string_view() : response.content();
  const std::size_t sent = wire_.write_now(answer_head_, body);
  bool went = sent == answer_head_.size() + body.size();
  if (!went) {
    wire_.set_deadline(Wire::Clock::now() + thread_.options.write_timeout);
    went = co_await wire_.write_rest(answer_head_, body, sent);
  }
  is_open_ = keep_open && went;
  said_goodbye_ = !keep_open && went;
  now_ = Wire::Clock::now();
  account(response, body.size());
}

void Connection::account(const Response& response, std::size_t bytes) {
  thread_.requests.fetch_add(1, std::memory_order_relaxed);
  if (response.status >= 500) thread_.server_errors.fetch_add(1, std::memory_order_relaxed);
  if (thread_.access_log == nullptr) return;
  AccessEntry entry;
  entry.request = &request_;
  entry.response = &response;
  if (!request_.target.empty()) entry.method = to_string(request_.method);
  entry.bytes = bytes;
  entry.duration_us =
      std::chrono::duration_cast<std::chrono::microseconds>(now_ - arrived_).count();
  compose_access_line(thread_.access_line, entry);
  thread_.access_log->line(thread_.access_line);
}

}  // namespace footfall::http
