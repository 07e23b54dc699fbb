#include "store/postgres/kept_statements.hpp"

#include <fmt/format.h>

namespace footfall::store::postgres {

void KeptStatements::begin() {
  results_.clear();
  taken_ = 0;
}

KeptStatements::Use KeptStatements::use(const char* sql) {
  Use use;
  for (const Statement& known : statements_) {
    if (on_ && known.sql == sql && known.text == sql) use.name = known.name.c_str();
  }
  if (on_ && use.name == nullptr && statements_.size() < kMost) {
    statements_.push_back({sql, sql, fmt::format("ff{}", statements_.size())});
    results_.push_back(static_cast<std::ptrdiff_t>(statements_.size()) - 1);
    use = {statements_.back().name.c_str(), true};
  }
  results_.push_back(-1);
  return use;
}

bool KeptStatements::result(bool good) {
  const std::ptrdiff_t prepared = taken_ < results_.size() ? results_[taken_] : -1;
  ++taken_;
  if (prepared >= 0) statements_[static_cast<std::size_t>(prepared)].confirmed = good;
  return prepared >= 0;
}

void KeptStatements::end() {
  while (!statements_.empty() && !statements_.back().confirmed) statements_.pop_back();
}

}  // namespace footfall::store::postgres
