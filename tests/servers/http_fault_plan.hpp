// Which HTTP request meets which fault: drawn from a seed, so that a run can be had again.
//
//   HttpFaultPlan plan;  // each tenth checkout is answered to nobody, none more than twice
//   plan.rules = {{.applies = is_checkout, .shares = {{HttpFault::reset_after, 0.1}}}};
//   plan.identity = identity_by_headers({"idempotency-key"});
//   plan.hits_max = 2;
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace footfall::tests {

enum class HttpFault : std::uint8_t {
  none,
  // The server is not asked; the connection stays.
  answer_500,
  answer_429,  // with Retry-After
  answer_502,
  answer_503,
  answer_504,
  reset_before,  // the request is lost: TCP reset before the server has seen it
  stall_before,  // nothing happens for a while; then as if there had been no fault
  delay,         // the same, for another while
  // The server has answered.
  reset_after,  // its answer is lost: TCP reset before the first byte
  stall_after,
  half_answer,  // the head and half of the body (without one: half of the head), then the end
  slow_body,    // the head at once, the body in pieces
};
std::string_view to_string(HttpFault fault);

// Views are valid during the call that they are given to.
struct SeenRequest {
  std::string_view method;  // "POST"
  std::string_view target;  // "/api/checkout?x=1"
  std::string_view path;    // its part before '?'
  std::string_view head;    // all of it, with its empty line
  std::string_view body;    // as sent, so with the sizes of chunks

  std::string_view header(std::string_view name) const;  // `name` in lower case; empty: none
};

// Of a whole message, whose first `head_bytes` are its head.
SeenRequest seen_request(std::string_view message, std::size_t head_bytes);

struct HttpFaultRule {
  std::function<bool(const SeenRequest&)> applies;  // null: to every request
  std::map<HttpFault, double> shares;  // the probability of each, in [0, 1]; at most 1 together
  // Ahead of the shares: the fault of request number 1, 2, … of those that the rule applies to, in
  // the order in which they arrive.
  std::map<std::int64_t, HttpFault> exactly;
};

struct HttpFaultPlan {
  std::uint64_t seed = 1;
  std::vector<HttpFaultRule> rules;  // the first that applies holds
  // What makes two requests attempts of the same; null: method, target and body. Requests that are
  // the same and under way at once share their faults in the order in which they arrive, so tell
  // the agents' apart where that matters.
  std::function<std::string(const SeenRequest&)> identity;
  int hits_max = std::numeric_limits<int>::max();  // faults of one identity; then it passes

  // How long things take; functions and times are used on the proxy's thread.
  std::chrono::milliseconds stall{0};  // 0: until HttpFaultProxy::release()
  std::chrono::milliseconds delay{50};
  int slow_pieces = 10;                      // at least 1
  std::chrono::milliseconds slow_pause{20};  // before each
  int retry_after_s = 1;
};

// Method, path and the values of these headers (names in lower case): for requests that carry an
// idempotency key, or who asks.
std::function<std::string(const SeenRequest&)> identity_by_headers(std::vector<std::string> names);

// What the plan says, request by request. One thread at a time.
//
// A draw is a hash of (seed, identity, number of the attempt), so it does not depend on the order
// in which requests of different identities arrive, and a retry is drawn anew.
class HttpFaultSchedule {
 public:
  // Throws std::invalid_argument for shares that are no probabilities and times below zero.
  explicit HttpFaultSchedule(HttpFaultPlan plan);

  const HttpFaultPlan& plan() const { return plan_; }
  HttpFault next(const SeenRequest& request);

 private:
  struct Past {
    std::uint32_t attempts = 0;
    int hits = 0;
  };

  HttpFault drawn(const HttpFaultRule& rule, std::uint64_t identity, std::uint32_t attempt) const;

  HttpFaultPlan plan_;
  std::vector<std::int64_t> arrived_;  // requests, of each rule
  std::unordered_map<std::uint64_t, Past> past_;
};

}  // namespace footfall::tests
