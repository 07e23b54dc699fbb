// How a live run speaks to a service (R25, R26, R32): ten sessions, each a pool of keep-alive
// connections with its own failures, an agent always on the same one by a hash of its number; one
// rate gate in front of all; calls that may be repeated are sent again with backoff. One io_context
// thread; any number of calls at once.
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/task.hpp"
#include "base/timekeeper.hpp"
#include "commerce/http/profile.hpp"
#include "commerce/live_commerce.hpp"
#include "http/client.hpp"
#include "http/rate_gate.hpp"
#include "telemetry/latency.hpp"

namespace footfall::commerce {

struct ApiLimits {
  int sessions = 10;  // 1 to 64
  http::ClientLimits client;
  http::RateOptions rate;
  int tries_max = 4;  // of one call
  // The n-th repetition waits a random time up to first * 2^(n-1), at most `most` ("full jitter"),
  // or as long as the service asks for.
  std::chrono::milliseconds backoff_first{250}, backoff_most{8'000};
};

// Sent calls by what came of them; a call that was sent again counts each time.
struct ApiCounts {
  std::int64_t calls = 0;  // asked for
  std::int64_t sent = 0;   // to the service, repetitions included
  std::int64_t retries = 0;
  std::int64_t ok = 0;             // 2xx and 3xx
  std::int64_t refused = 0;        // 4xx but 429
  std::int64_t throttled = 0;      // 429
  std::int64_t server_errors = 0;  // 5xx
  std::int64_t timeouts = 0;
  std::int64_t connection_errors = 0;  // refused, lost, TLS, malformed
  std::int64_t stopped = 0;            // by abort()
  std::int64_t unsent = 0;             // tries that abort() ended before they were sent
  std::array<std::int64_t, kApiActionCount> sent_of{};  // of `sent`, by a shopper's action
};

struct ApiLatency {
  // From the moment a call was due, before the rate gate, to its answer, all tries included; and of
  // each try from its first byte sent. Answered calls only.
  telemetry::LatencyHistogram from_due, from_sent;
  telemetry::RecentLatencies recent, recent_due;  // the same two, the last thousand: sent, due
};

// What happened to one try, for whoever watches the service's health (R30).
enum class ApiSign : std::uint8_t {
  answer,  // of the service itself
  outage,  // connection error, timeout, 502, 503, 504
  other    // neither speaks for it nor against it
};

class ApiWatcher {
 public:
  virtual ~ApiWatcher() = default;
  // A call over this session begins or has ended, all its tries included.
  virtual void begin_use(int session) = 0;
  virtual void end_use(int session) = 0;
  virtual void note(int session, ApiSign sign) = 0;  // of each try but probes
};

struct ApiAnswer {
  http::ClientAnswer answer;  // of the last try
  std::string request_id;     // sent as X-Request-Id
  bool maybe_seen = false;    // by any try: the service may have done it
  bool seen_before = false;   // by a try before the last
};

class ApiSessions {
 public:
  // `time` must outlive it.
  ApiSessions(const boost::asio::any_io_executor& executor, Timekeeper& time,
              const http::ServiceUrl& url, const ApiLimits& limits);
  ~ApiSessions();

  // Never throws. An agent's calls go over its session. `request` must live until the answer.
  Task<ApiAnswer> call(AgentId agent, const ApiRequest& request, Retry retry);
  // One try, past the rate gate and unknown to the watcher: for health probes.
  Task<ApiAnswer> probe(const ApiRequest& request);

  // simulation::Service has the meaning of these.
  void hold();
  void release();
  void abort();

  // Must outlive it, or be taken away (null).
  void set_watcher(ApiWatcher* watcher) { watcher_ = watcher; }

  int session_of(AgentId agent) const;
  const ApiCounts& counts() const { return counts_; }
  std::vector<ApiCounts> counts_of_sessions() const;
  const ApiLatency& latency() const { return latency_; }
  http::RateCounts rate() const { return gate_.counts(); }
  http::ClientCounts connections() const;  // of all sessions together
  const http::ServiceUrl& url() const { return url_; }

 private:
  struct Session;

  Task<http::ClientAnswer> try_once(Session& session, const ApiRequest& request,
                                    const std::string& request_id);
  Task<void> try_until_done(Session& session, const ApiRequest& request, Retry retry,
                            ApiAnswer& result);
  void note(const http::ClientAnswer& answer, Session& session);
  std::chrono::milliseconds pause_before(int retry, const http::ClientAnswer& answer);
  Task<void> sleep(std::chrono::milliseconds pause);

  Timekeeper& time_;
  http::ServiceUrl url_;
  ApiLimits limits_;
  http::RateGate gate_;
  std::vector<std::unique_ptr<Session>> sessions_;
  ApiCounts counts_;
  ApiLatency latency_;
  std::vector<Alarm*> sleeping_;  // of calls that wait before another try
  RandomStream jitter_;
  std::string id_prefix_;  // of request ids: unlike those of other runs
  std::int64_t next_id_ = 0;
  std::int64_t aborts_ = 0;  // calls begun before the last one are over
  ApiWatcher* watcher_ = nullptr;
};

// Of an answer that fails a trip.
TripFailure::Kind failure_kind(const http::ClientAnswer& answer);

}  // namespace footfall::commerce
