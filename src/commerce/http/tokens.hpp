// Tokens of a service's customers, one an agent (R54). They are secrets: never logged.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "base/ids.hpp"
#include "base/result.hpp"

namespace footfall::commerce {

class Tokens {
 public:
  // A CSV text: a line an agent, "agent number,token" or "persona id,token", with or without a
  // heading. Errors: invalid_input naming file and line (never the token): two columns, no doubles,
  // tokens of 1 to 8,192 printable characters without spaces, at most 10 million lines.
  static Result<Tokens> parse(std::string_view csv, const std::string& file_name);

  // By number, else by persona; empty if there is none.
  std::string_view of(AgentId agent, std::string_view persona) const;
  std::size_t size() const { return tokens_.size(); }

 private:
  std::unordered_map<std::string, std::string> tokens_;
};

}  // namespace footfall::commerce
