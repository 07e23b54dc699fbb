#include "http/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/assert.hpp"
#include "http/client_state.hpp"
#include "http/text.hpp"

namespace footfall::http {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

namespace {

// A call may take that much longer than its limits.
constexpr std::chrono::milliseconds kCheckPeriod{50};

std::string own_headers(const ServiceUrl& url) {
  const std::string_view authority = std::string_view(url.origin).substr(url.origin.find("//") + 2);
  return fmt::format("Host: {}\r\nUser-Agent: footfall\r\n", authority);
}

}  // namespace

std::string_view to_string(CallEnd end) {
  switch (end) {
    case CallEnd::answered:
      return "answered";
    case CallEnd::no_connection:
      return "no_connection";
    case CallEnd::bad_certificate:
      return "bad_certificate";
    case CallEnd::connect_timeout:
      return "connect_timeout";
    case CallEnd::first_byte_timeout:
      return "first_byte_timeout";
    case CallEnd::call_timeout:
      return "call_timeout";
    case CallEnd::lost:
      return "lost";
    case CallEnd::malformed:
      return "malformed";
    case CallEnd::stopped:
      return "stopped";
  }
  return "";
}

std::string_view ClientAnswer::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

// One of the connections_max calls that may be under way at once. Given on to who waits longest.
class Client::Turn {
 public:
  explicit Turn(State& state) : state_(state) {
    if (state.busy == state.settings.limits.connections_max) return;
    ++state.busy;
    woken_ = Woken::go;
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (woken_ == Woken::go && !state_.line.wake_first(Woken::go)) --state_.busy;
  }

  Task<void> wait(State::Moment deadline) { co_await state_.line.wait(deadline, woken_); }
  Woken woken() const { return woken_; }

 private:
  State& state_;
  Woken woken_ = Woken::not_yet;
};

Client::State::State(const asio::any_io_executor& on, const ServiceUrl& url,
                     const ClientLimits& limits)
    : executor(on),
      settings{url, limits, own_headers(url)},
      reach(std::make_shared<ServiceReach>(on, url.is_https,
                                           ServiceReach::finder(url, limits.authorities))),
      line(on),
      timer(on) {}

Task<void> Client::State::make_call(const ClientCall& call, Moment call_by, ClientAnswer& answer) {
  std::unique_ptr<ClientConnection> connection = take_unused();
  if (!connection) {
    connection = std::make_unique<ClientConnection>(executor, settings);
    all.push_back(*connection);
    const bool is_open = co_await connection->open(*reach, call_by, answer);
    if (!is_open) co_return;
    ++totals.connects;
  }
  co_await connection->exchange(call, call_by, answer);
  if (connection->can_be_kept()) unused.push_back(std::move(connection));
}

std::unique_ptr<ClientConnection> Client::State::take_unused() {
  const Moment unused_before = Clock::now() - settings.limits.idle_timeout;
  while (!unused.empty()) {
    std::unique_ptr<ClientConnection> connection = std::move(unused.back());
    unused.pop_back();
    if (connection->unused_since() > unused_before && connection->is_still_open()) {
      return connection;
    }
  }
  return nullptr;
}

void Client::State::count(const ClientAnswer& answer) {
  if (answer.end == CallEnd::lost) ++totals.lost;
  if (answer.end == CallEnd::connect_timeout || answer.end == CallEnd::first_byte_timeout ||
      answer.end == CallEnd::call_timeout) {
    ++totals.timeouts;
  }
}

// Nobody waits for the timer, so it lasts a period longer than the calls: stopping it and setting
// it again with each call would cost more.
void Client::State::start_checking() {
  if (is_checking) return;
  is_checking = true;
  timer.expires_after(kCheckPeriod);
  timer.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
    const std::shared_ptr<State> state = weak.lock();
    if (!state) return;
    state->is_checking = false;
    if (cancelled) return;
    state->check(Clock::now());
    if (state->busy > 0) state->start_checking();
  });
}

void Client::State::check(Moment now) {
  line.check(now);
  reach->check(now);
  for (ClientConnection& connection : all) connection.check(now);
  close_unused(now);
}

void Client::State::close_unused(Moment now) {
  const Moment unused_before = now - settings.limits.idle_timeout;
  const auto first_kept = std::find_if(unused.begin(), unused.end(), [&](const auto& connection) {
    return connection->unused_since() > unused_before;
  });
  unused.erase(unused.begin(), first_kept);
}

void Client::State::stop() {
  ++stops;
  line.wake_all(Woken::stopped);
  unused.clear();
  for (ClientConnection& connection : all) connection.stop();
  reach->stop();
}

Client::Client(const asio::any_io_executor& executor, const ServiceUrl& url,
               const ClientLimits& limits)
    : state_(std::make_shared<State>(executor, url, limits)) {
  FF_ASSERT(limits.connections_max > 0, "a client without connections");
}

Client::~Client() {
  state_->timer.cancel();
  state_->stop();
}

Task<ClientAnswer> Client::call(const ClientCall& call) {
  const std::shared_ptr<State> state = state_;
  const std::string& origin = state->settings.url.origin;
  const ClientLimits& limits = state->settings.limits;
  const int stops = state->stops;
  const State::Moment call_by = Clock::now() + limits.call_timeout;
  ClientAnswer answer;
  ++state->totals.calls;
  state->start_checking();
  Turn turn(*state);
  if (turn.woken() == Woken::not_yet) co_await turn.wait(call_by);
  if (state->stops != stops) {
    answer.end = CallEnd::stopped;
    answer.why = fmt::format("{} is no longer called: it was told to end", origin);
  } else if (turn.woken() == Woken::overdue) {
    answer.end = CallEnd::call_timeout;
    answer.why = fmt::format("{} was not called: none of {} connections was free within {} ms",
                             origin, limits.connections_max, limits.call_timeout.count());
  } else {
    co_await state->make_call(call, call_by, answer);
  }
  state->count(answer);
  co_return answer;
}

void Client::close() { state_->stop(); }

ClientCounts Client::counts() const {
  ClientCounts counts = state_->totals;
  counts.connections = static_cast<int>(state_->all.size());
  counts.busy = state_->busy;
  counts.waiting = static_cast<int>(state_->line.size());
  return counts;
}

const ServiceUrl& Client::url() const { return state_->settings.url; }

}  // namespace footfall::http
