#include "commerce/http/api_sessions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/container/small_vector.hpp>
#include <optional>

#include "base/assert.hpp"
#include "commerce/http/retry_after.hpp"

namespace footfall::commerce {
namespace {

using http::CallEnd;
using http::ClientAnswer;
using std::chrono::milliseconds;

bool is_timeout(CallEnd end) {
  return end == CallEnd::connect_timeout || end == CallEnd::first_byte_timeout ||
         end == CallEnd::call_timeout;
}

ApiSign sign_of(const ClientAnswer& answer) {
  if (answer.end == CallEnd::stopped) return ApiSign::other;
  if (!answer.answered()) return ApiSign::outage;
  if (answer.status == 502 || answer.status == 503 || answer.status == 504) return ApiSign::outage;
  return ApiSign::answer;
}

// Whether another try could come to something else.
bool is_worth_repeating(const ClientAnswer& answer) {
  if (answer.end == CallEnd::bad_certificate || answer.end == CallEnd::stopped) return false;
  return !answer.answered() || answer.status == 429 || answer.status >= 500;
}

std::optional<milliseconds> retry_after(const ClientAnswer& answer) {
  const std::string_view text = answer.header("retry-after");
  if (text.empty()) return std::nullopt;
  return parse_retry_after(text, std::chrono::system_clock::now());
}

void count(const ClientAnswer& answer, ApiCounts& counts) {
  if (answer.end == CallEnd::stopped) {
    ++counts.stopped;
  } else if (is_timeout(answer.end)) {
    ++counts.timeouts;
  } else if (!answer.answered()) {
    ++counts.connection_errors;
  } else if (answer.status == 429) {
    ++counts.throttled;
  } else if (answer.status >= 500) {
    ++counts.server_errors;
  } else if (answer.status >= 400) {
    ++counts.refused;
  } else {
    ++counts.ok;
  }
}

std::int64_t since_us(Moment begin, Moment end) {
  return std::chrono::duration_cast<std::chrono::microseconds>(end - begin).count();
}

}  // namespace

TripFailure::Kind failure_kind(const ClientAnswer& answer) {
  using Kind = TripFailure::Kind;
  if (answer.answered()) {
    return answer.status == 429   ? Kind::throttled
           : answer.status >= 500 ? Kind::api_5xx
                                  : Kind::api_refused;
  }
  return is_timeout(answer.end) ? Kind::timeout : Kind::connection;
}

struct ApiSessions::Session {
  Session(int its_number, const boost::asio::any_io_executor& executor, const http::ServiceUrl& url,
          const http::ClientLimits& limits)
      : number(its_number), client(executor, url, limits) {}

  int number;
  http::Client client;
  ApiCounts counts;
};

ApiSessions::ApiSessions(const boost::asio::any_io_executor& executor, Timekeeper& time,
                         const http::ServiceUrl& url, const ApiLimits& limits)
    : time_(time),
      url_(url),
      limits_(limits),
      gate_(time, limits.rate),
      jitter_(fresh_seed(), 0, 0, Purpose::backoff),
      id_prefix_(fmt::format("ff-{:08x}", jitter_.bits())) {
  FF_ASSERT(limits.sessions >= 1 && limits.sessions <= 64, "there are 1 to 64 sessions");
  for (int i = 0; i < limits.sessions; ++i) {
    sessions_.push_back(std::make_unique<Session>(i, executor, url_, limits_.client));
  }
}

ApiSessions::~ApiSessions() = default;

// Numbers of agents follow one another, so they are mixed first (Fibonacci hashing).
int ApiSessions::session_of(AgentId agent) const {
  const std::uint64_t mixed = static_cast<std::uint64_t>(agent.value) * 0x9E3779B97F4A7C15ULL;
  return static_cast<int>((mixed >> 32) % sessions_.size());
}

Task<ClientAnswer> ApiSessions::try_once(Session& session, const ApiRequest& request,
                                         const std::string& request_id) {
  boost::container::small_vector<http::HeaderView, 12> headers;
  for (const auto& [name, value] : request.headers) headers.emplace_back(name, value);
  headers.emplace_back("X-Request-Id", request_id);
  http::ClientCall call;
  call.method = request.method;
  call.target = request.target;
  call.headers = {headers.data(), headers.size()};
  call.content_type = "application/json";
  call.body = request.body;
  ++counts_.sent;
  ++session.counts.sent;
  if (request.action) {
    const auto action = static_cast<std::size_t>(*request.action);
    ++counts_.sent_of[action];
    ++session.counts.sent_of[action];
  }
  ClientAnswer answer = co_await session.client.call(call);
  note(answer, session);
  co_return answer;
}

void ApiSessions::note(const ClientAnswer& answer, Session& session) {
  count(answer, counts_);
  count(answer, session.counts);
  if (answer.answered()) {
    latency_.from_sent.record(answer.sent_us);
    latency_.recent.record(answer.sent_us);
    if (answer.status == 429 || answer.status == 503)
      gate_.note_throttled(retry_after(answer));
    else
      gate_.note_answered();
  }
}

milliseconds ApiSessions::pause_before(int retry, const ClientAnswer& answer) {
  const milliseconds most =
      std::min(limits_.backoff_most, limits_.backoff_first * (1 << std::min(retry - 1, 20)));
  const auto drawn =
      static_cast<std::int64_t>(jitter_.uniform() * static_cast<double>(most.count()));
  return std::max(milliseconds(drawn), retry_after(answer).value_or(milliseconds(0)));
}

Task<void> ApiSessions::sleep(milliseconds pause) {
  const std::unique_ptr<Alarm> alarm = time_.make_alarm();
  sleeping_.push_back(alarm.get());
  co_await alarm->wait_until(time_.now() + pause);
  std::erase(sleeping_, alarm.get());
}

Task<ApiAnswer> ApiSessions::call(AgentId agent, const ApiRequest& request, Retry retry) {
  Session& session = *sessions_[static_cast<std::size_t>(session_of(agent))];
  const Moment due = time_.now();
  ++counts_.calls;
  ++session.counts.calls;
  ApiAnswer result;
  result.request_id = fmt::format("{}-{}", id_prefix_, ++next_id_);
  // What has become due together is sent in one go: the service is woken once for it, not for each.
  co_await boost::asio::post(boost::asio::use_awaitable);
  if (watcher_) watcher_->begin_use(session.number);
  co_await try_until_done(session, request, retry, result);
  if (watcher_) watcher_->end_use(session.number);
  if (result.answer.answered()) {
    latency_.from_due.record(since_us(due, time_.now()));
    latency_.recent_due.record(since_us(due, time_.now()));
  }
  co_return result;
}

Task<void> ApiSessions::try_until_done(Session& session, const ApiRequest& request, Retry retry,
                                       ApiAnswer& result) {
  const std::int64_t aborts = aborts_;
  for (int tries = 1;; ++tries) {
    bool may_go = aborts == aborts_;
    if (may_go) may_go = co_await gate_.pass();
    if (!may_go) {
      ++counts_.unsent;
      ++session.counts.unsent;
      if (tries > 1) co_return;  // the last try's answer says more
      result.answer.end = CallEnd::stopped;
      result.answer.why = "the run gave up its calls";
      co_return;
    }
    result.seen_before = result.maybe_seen;
    result.answer = co_await try_once(session, request, result.request_id);
    const ClientAnswer& answer = result.answer;
    if (watcher_) watcher_->note(session.number, sign_of(answer));
    // 429 is said before anything is done.
    const bool seen = answer.answered() ? answer.status != 429 : answer.maybe_seen;
    result.maybe_seen = result.maybe_seen || seen;
    const bool again = tries < limits_.tries_max && is_worth_repeating(answer) &&
                       (retry == Retry::always || !result.maybe_seen);
    if (!again) co_return;
    ++counts_.retries;
    ++session.counts.retries;
    const milliseconds pause = pause_before(tries, answer);
    co_await sleep(pause);
  }
}

Task<ApiAnswer> ApiSessions::probe(const ApiRequest& request) {
  ApiAnswer result;
  result.request_id = fmt::format("{}-{}", id_prefix_, ++next_id_);
  result.answer = co_await try_once(*sessions_.front(), request, result.request_id);
  co_return result;
}

void ApiSessions::hold() { gate_.hold(); }

void ApiSessions::release() {
  gate_.reopen();
  gate_.release();
}

void ApiSessions::abort() {
  ++aborts_;
  gate_.shut();
  for (const auto& session : sessions_) session->client.close();
  for (Alarm* const alarm : sleeping_) alarm->ring();
}

std::vector<ApiCounts> ApiSessions::counts_of_sessions() const {
  std::vector<ApiCounts> all;
  for (const auto& session : sessions_) all.push_back(session->counts);
  return all;
}

http::ClientCounts ApiSessions::connections() const {
  http::ClientCounts all;
  for (const auto& session : sessions_) {
    const http::ClientCounts one = session->client.counts();
    all.calls += one.calls;
    all.connects += one.connects;
    all.lost += one.lost;
    all.timeouts += one.timeouts;
    all.connections += one.connections;
    all.busy += one.busy;
    all.waiting += one.waiting;
  }
  return all;
}

}  // namespace footfall::commerce
