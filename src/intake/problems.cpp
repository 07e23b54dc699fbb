#include "intake/problems.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace footfall::intake {

void Problems::add(std::string_view what) {
  if (++count_ <= kShownMax) shown_.emplace_back(what);
}

void Problems::add_cell(const Table& table, int row, std::string_view column,
                        std::string_view what) {
  const std::string sheet = table.sheet.empty() ? "" : fmt::format(", sheet {}", table.sheet);
  add(fmt::format("{}{}, row {}, column {}: {}", table.file, sheet, row, column, what));
}

Error Problems::error(std::string_view what_was_read) const {
  std::string message = join(shown_, "\n");
  if (count_ > shown_.size()) message += fmt::format("\n… and {} more", count_ - shown_.size());
  message +=
      fmt::format("\n{} {} in {}; nothing was loaded. Mend {} and try again.", count_,
                  count_ == 1 ? "problem" : "problems", what_was_read, count_ == 1 ? "it" : "them");
  return Error(Errc::invalid_input, message);
}

}  // namespace footfall::intake
