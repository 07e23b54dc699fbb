#include "tests/servers/http_fault_plan.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "tests/servers/http_framing.hpp"

namespace footfall::tests {
namespace {

// FNV-1a (Fowler, Noll, Vo), 64 bits.
std::uint64_t hash(std::string_view bytes) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const char c : bytes) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return value;
}

// The output function of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
// Generators, OOPSLA 2014): every bit of the input reaches every bit of the output.
std::uint64_t mixed(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

// Parts cannot run into each other: heads hold no zero bytes.
std::string joined(std::vector<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) all.append(part).append(1, '\0');
  return all;
}

std::string by_content(const SeenRequest& request) {
  return joined({request.method, request.target, request.body});
}

void check(const HttpFaultPlan& plan) {
  for (const HttpFaultRule& rule : plan.rules) {
    double sum = 0;
    for (const auto& [fault, share] : rule.shares) {
      if (!(share >= 0 && share <= 1)) {
        throw std::invalid_argument("the share of " + std::string(to_string(fault)) + " is " +
                                    std::to_string(share) + ", must be in [0, 1]");
      }
      sum += share;
    }
    if (sum > 1 + 1e-9) {
      throw std::invalid_argument("the shares of faults are " + std::to_string(sum) +
                                  " together, at most 1 is possible");
    }
  }
  if (plan.slow_pieces < 1 || std::min({plan.stall, plan.delay, plan.slow_pause}).count() < 0) {
    throw std::invalid_argument("a plan of faults has no slow piece, or a time below zero");
  }
}

}  // namespace

std::string_view to_string(HttpFault fault) {
  static constexpr std::string_view kNames[] = {
      "none",        "answer_500",   "answer_429",   "answer_502", "answer_503",
      "answer_504",  "reset_before", "stall_before", "delay",      "reset_after",
      "stall_after", "half_answer",  "slow_body"};
  return kNames[static_cast<std::size_t>(fault)];
}

std::string_view SeenRequest::header(std::string_view name) const {
  return http_header(head, name);
}

SeenRequest seen_request(std::string_view message, std::size_t head_bytes) {
  SeenRequest request{.head = message.substr(0, head_bytes), .body = message.substr(head_bytes)};
  std::string_view line = message.substr(0, message.find("\r\n"));
  request.method = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), request.method.size() + 1));
  request.target = line.substr(0, line.find(' '));
  request.path = request.target.substr(0, request.target.find('?'));
  return request;
}

std::function<std::string(const SeenRequest&)> identity_by_headers(std::vector<std::string> names) {
  return [names = std::move(names)](const SeenRequest& request) {
    std::vector<std::string_view> parts{request.method, request.path};
    for (const std::string& name : names) parts.push_back(request.header(name));
    return joined(parts);
  };
}

HttpFaultSchedule::HttpFaultSchedule(HttpFaultPlan plan)
    : plan_(std::move(plan)), arrived_(plan_.rules.size()) {
  check(plan_);
  if (!plan_.identity) plan_.identity = by_content;
}

HttpFault HttpFaultSchedule::next(const SeenRequest& request) {
  const std::uint64_t identity = hash(plan_.identity(request));
  Past& past = past_[identity];
  const std::uint32_t attempt = ++past.attempts;
  for (std::size_t i = 0; i < plan_.rules.size(); ++i) {
    const HttpFaultRule& rule = plan_.rules[i];
    if (rule.applies && !rule.applies(request)) continue;
    const auto exact = rule.exactly.find(++arrived_[i]);
    HttpFault fault = exact != rule.exactly.end() ? exact->second : drawn(rule, identity, attempt);
    if (past.hits >= plan_.hits_max) fault = HttpFault::none;
    if (fault != HttpFault::none) ++past.hits;
    return fault;
  }
  return HttpFault::none;
}

HttpFault HttpFaultSchedule::drawn(const HttpFaultRule& rule, std::uint64_t identity,
                                   std::uint32_t attempt) const {
  const std::uint64_t bits = mixed(mixed(mixed(plan_.seed) ^ identity) ^ attempt);
  double left = static_cast<double>(bits >> 11) * 0x1.0p-53;  // uniform on [0, 1)
  for (const auto& [fault, share] : rule.shares) {
    if (left < share) return fault;
    left -= share;
  }
  return HttpFault::none;
}

}  // namespace footfall::tests
