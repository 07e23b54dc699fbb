#include "commerce/http/tokens.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace footfall::commerce {
namespace {

constexpr std::size_t kTokenMax = 8'192;
constexpr std::size_t kLinesMax = 10'000'000;

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= kTokenMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

std::string_view unquoted(std::string_view text) {
  text = trimmed(text);
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

}  // namespace

Result<Tokens> Tokens::parse(std::string_view csv, const std::string& file_name) {
  Tokens tokens;
  std::size_t line = 0;
  while (!csv.empty()) {
    const std::size_t end = std::min(csv.find('\n'), csv.size());
    const std::string_view row = trimmed(csv.substr(0, end));
    csv.remove_prefix(std::min(end + 1, csv.size()));
    ++line;
    const auto wrong = [&](const char* what) {
      return Error(Errc::invalid_input, fmt::format("{}, line {}: {}", file_name, line, what));
    };
    if (line > kLinesMax) return wrong("more than 10 million tokens");
    if (row.empty()) continue;
    const std::size_t comma = row.find(',');
    if (comma == std::string_view::npos) {
      return wrong("there must be two columns: the agent's number or persona id, and its token");
    }
    const std::string_view who = unquoted(row.substr(0, comma));
    const std::string_view token = unquoted(row.substr(comma + 1));
    if (line == 1 && (token == "token" || who == "agent_id" || who == "persona_id")) continue;
    if (who.empty()) return wrong("the first column, an agent's number or persona id, is empty");
    if (!is_token(token)) {
      return wrong("a token is 1 to 8,192 printable characters without a space or comma");
    }
    if (token.find(',') != std::string_view::npos) return wrong("there are more than two columns");
    if (!tokens.tokens_.emplace(who, token).second) return wrong("a second token for this agent");
  }
  return tokens;
}

std::string_view Tokens::of(AgentId agent, std::string_view persona) const {
  auto found = tokens_.find(fmt::format("{}", agent.value));
  if (found == tokens_.end()) found = tokens_.find(std::string(persona));
  return found == tokens_.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace footfall::commerce
