#include "http/client_connection.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "http/call_text.hpp"
#include "http/tls.hpp"

namespace footfall::http {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t kReadBytes = 16 * 1024;
// What a connection keeps of the memory that its largest call needed.
constexpr std::size_t kKeptBytes = 64 * 1024;

}  // namespace

ClientConnection::ClientConnection(const asio::any_io_executor& executor,
                                   const ClientSettings& settings)
    : settings_(settings),
      socket_(executor),
      reader_(settings.limits.head_max, settings.limits.body_max),
      input_(kReadBytes) {}

void ClientConnection::set_deadline(Moment deadline, CallEnd end) {
  deadline_ = deadline;
  overdue_end_ = end;
  is_overdue_ = false;
}

void ClientConnection::check(Moment now) {
  is_overdue_ = is_overdue_ || now >= deadline_;
  error_code ignored;
  // Again and again: what was about to end well at the first time may wait for more.
  if (is_given_up()) socket_.cancel(ignored);
}

void ClientConnection::stop() {
  is_stopped_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

bool ClientConnection::fail(ClientAnswer& answer, CallEnd end, std::string_view why) const {
  answer.end = end;
  answer.maybe_seen = was_sent_;
  answer.why = fmt::format("{} {}", settings_.url.origin, why);
  return false;
}

bool ClientConnection::give_up(ClientAnswer& answer) const {
  const ClientLimits& limits = settings_.limits;
  if (is_stopped_) return fail(answer, CallEnd::stopped, "is no longer called: it was told to end");
  const auto late = [&](std::string_view what, std::chrono::milliseconds limit) {
    return fail(answer, overdue_end_, fmt::format("{} within {} ms", what, limit.count()));
  };
  switch (overdue_end_) {
    case CallEnd::connect_timeout:
      return late("was not reached", limits.connect_timeout);
    case CallEnd::first_byte_timeout:
      return late("did not begin to answer", limits.first_byte_timeout);
    default:
      return late(was_sent_ ? "has not answered" : "was not reached", limits.call_timeout);
  }
}

Task<bool> ClientConnection::open(ServiceReach& reach, Moment call_by, ClientAnswer& answer) {
  const Moment connect_by = Clock::now() + settings_.limits.connect_timeout;
  if (connect_by < call_by) {
    set_deadline(connect_by, CallEnd::connect_timeout);
  } else {
    set_deadline(call_by, CallEnd::call_timeout);
  }
  bool done = co_await find_service(reach, answer);
  if (done) done = co_await connect(reach, answer);
  if (done && settings_.url.is_https) done = co_await shake_hands(reach, answer);
  co_return done;
}

Task<bool> ClientConnection::find_service(ServiceReach& reach, ClientAnswer& answer) {
  const Moment now = Clock::now();
  if (reach.is_ready(now)) co_return true;
  Woken woken = Woken::not_yet;
  co_await reach.prepare(now, deadline_, woken);
  is_stopped_ = is_stopped_ || woken == Woken::stopped;
  is_overdue_ = is_overdue_ || woken == Woken::overdue;
  if (is_given_up()) co_return give_up(answer);
  if (reach.problem()) co_return fail(answer, reach.problem()->end, reach.problem()->why);
  co_return true;
}

// One address after the other, each with its share of the time that is left.
Task<bool> ClientConnection::connect(ServiceReach& reach, ClientAnswer& answer) {
  const Moment open_by = deadline_;
  const std::vector<ServiceReach::Endpoint> endpoints = reach.endpoints();
  error_code error;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const Moment now = Clock::now();
    if (is_stopped_ || (is_overdue_ && now >= open_by)) break;
    const auto share = (open_by - now) / static_cast<int>(endpoints.size() - i);
    set_deadline(now + share, overdue_end_);
    socket_.close(error);
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await socket_.async_connect(endpoints[i], token);
    if (!error) {
      error_code ignored;  // a socket that has failed already says so when it is used
      socket_.non_blocking(true, ignored);
      socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
      set_deadline(open_by, overdue_end_);
      reach.note_connected(endpoints[i]);
      co_return true;
    }
  }
  if (!is_stopped_) reach.note_unreachable();
  if (is_given_up()) co_return give_up(answer);
  co_return fail(answer, CallEnd::no_connection,
                 fmt::format("cannot be reached: {}", error.message()));
}

Task<bool> ClientConnection::shake_hands(ServiceReach& reach, ClientAnswer& answer) {
  tls_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, reach.authorities());
  if (!expect_host(tls_->native_handle(), settings_.url.host)) {
    co_return fail(answer, CallEnd::bad_certificate,
                   "is not called: no certificate can be good for such a host");
  }
  if (is_given_up()) co_return give_up(answer);
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await tls_->async_handshake(asio::ssl::stream_base::client, token);
  if (!error) co_return true;
  if (is_given_up()) co_return give_up(answer);
  const std::string why = why_no_handshake(tls_->native_handle(), error);
  if (error.category() == asio::error::get_ssl_category()) {
    co_return fail(answer, CallEnd::bad_certificate, "is not called over TLS: " + why);
  }
  co_return fail(answer, CallEnd::no_connection, "ended the connection before TLS began: " + why);
}

void ClientConnection::forget_call() {
  if (request_.capacity() > kKeptBytes) request_ = std::string();
  input_.shrink();
  was_sent_ = sent_all_ = can_be_kept_ = false;
}

Task<void> ClientConnection::exchange(const ClientCall& call, Moment call_by,
                                      ClientAnswer& answer) {
  forget_call();
  compose_call(request_, settings_.url.base, settings_.own_headers, call);
  reader_.expect(call.method == Method::head);
  set_deadline(call_by, CallEnd::call_timeout);
  sent_at_ = Clock::now();
  bool done = co_await send(answer);
  if (done) done = co_await receive(call_by, answer);
  ended_at_ = Clock::now();
  set_deadline(Moment::max(), CallEnd::call_timeout);
  if (was_sent_) {
    answer.sent_us =
        std::chrono::duration_cast<std::chrono::microseconds>(ended_at_ - sent_at_).count();
  }
  if (!done) co_return;
  answer.maybe_seen = true;
  reader_.give(answer);
  can_be_kept_ = !is_stopped_ && sent_all_ && reader_.keeps_alive() && input_.bytes().empty();
}

Task<bool> ClientConnection::send(ClientAnswer& answer) {
  error_code error;
  std::size_t sent = 0;
  // Most calls are taken at once.
  if (!tls_) sent = socket_.write_some(asio::buffer(request_), error);
  if (error == asio::error::would_block) error.clear();
  if (sent < request_.size() && !error) {
    if (is_given_up()) co_return give_up(answer);
    auto token = asio::redirect_error(asio::use_awaitable, error);
    const asio::const_buffer rest = asio::buffer(request_) + sent;
    // What TLS has taken and could not send whole is not counted.
    if (tls_) was_sent_ = true;
    if (tls_) {
      sent = co_await asio::async_write(*tls_, rest, token);
    } else {
      sent += co_await asio::async_write(socket_, rest, token);
    }
  }
  was_sent_ = was_sent_ || sent > 0;
  sent_all_ = !error;
  if (sent_all_) co_return true;
  if (is_given_up()) co_return give_up(answer);
  // The service may have answered before it had read all.
  if (was_sent_) co_return true;
  co_return fail(
      answer, CallEnd::no_connection,
      fmt::format("closed the connection before anything was sent: {}", error.message()));
}

Task<bool> ClientConnection::receive(Moment call_by, ClientAnswer& answer) {
  const Moment first_by = Clock::now() + settings_.limits.first_byte_timeout;
  bool waits_for_first = false;
  while (true) {
    if (!reader_.has_begun() && !waits_for_first && first_by < call_by) {
      waits_for_first = true;
      set_deadline(first_by, CallEnd::first_byte_timeout);
    } else if (reader_.has_begun() && waits_for_first) {
      waits_for_first = false;
      set_deadline(call_by, CallEnd::call_timeout);
    }
    if (is_given_up()) co_return give_up(answer);
    // The reader leaves lines that are not whole.
    if (input_.bytes().size() > settings_.limits.head_max) {
      co_return fail(answer, CallEnd::malformed,
                     "gave an answer that is not taken: one of its lines does not end");
    }
    error_code error;
    const std::size_t count = co_await read(error);
    if (count == 0) co_return ended(error, answer);
    input_.commit(count);
    const AnswerReader::State state = reader_.take(input_);
    if (state == AnswerReader::State::done) co_return true;
    if (state == AnswerReader::State::malformed) {
      co_return fail(answer, CallEnd::malformed,
                     fmt::format("gave an answer that is not taken: {}", reader_.fault()));
    }
  }
}

Task<std::size_t> ClientConnection::read(error_code& error) {
  auto token = asio::redirect_error(asio::use_awaitable, error);
  const asio::mutable_buffer space = input_.space(settings_.limits.head_max + kReadBytes);
  std::size_t count = 0;
  if (tls_) {
    count = co_await tls_->async_read_some(space, token);
  } else {
    count = co_await socket_.async_read_some(space, token);
  }
  co_return count;
}

// True: the end of the connection is how the answer ends.
bool ClientConnection::ended(const error_code& error, ClientAnswer& answer) {
  if (is_given_up()) return give_up(answer);
  // With TLS the end must be said, or anybody on the way could cut the answer off.
  if (error == asio::error::eof && reader_.end() == AnswerReader::State::done) return true;
  const std::string_view when = reader_.has_begun() ? "in the middle of" : "before";
  return fail(answer, CallEnd::lost,
              fmt::format("closed the connection {} its answer: {}", when, error.message()));
}

bool ClientConnection::is_still_open() {
  char byte = 0;
  const ssize_t count = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace footfall::http
