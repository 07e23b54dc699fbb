#include "api/auth/dev_tokens.hpp"

#include <cstdint>

namespace footfall::api {
namespace {

constexpr std::string_view kPrefix = "dev:";
constexpr std::size_t kDigitsMax = 8;  // an agent's number is at most 99,999,999

}  // namespace

bool dev_tokens_built_in() { return true; }

std::optional<AgentId> dev_agent(std::string_view token) {
  if (token.substr(0, kPrefix.size()) != kPrefix) return std::nullopt;
  const std::string_view digits = token.substr(kPrefix.size());
  if (digits.empty() || digits.size() > kDigitsMax || digits[0] == '0') return std::nullopt;
  std::int64_t number = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    number = 10 * number + (c - '0');
  }
  return AgentId{number};
}

}  // namespace footfall::api
