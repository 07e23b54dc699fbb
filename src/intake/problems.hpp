// Collects everything that is wrong with a file, so that a user mends it in one go.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "intake/table.hpp"

namespace footfall::intake {

class Problems {
 public:
  static constexpr std::size_t kShownMax = 50;

  // "personas.xlsx, sheet Personas, row 5, column age: 'old' is not allowed: …".
  void add_cell(const Table& table, int row, std::string_view column, std::string_view what);
  void add(std::string_view what);

  bool empty() const { return count_ == 0; }
  // All problems, one a line (the first kShownMax, then how many more), under a closing sentence
  // that nothing was loaded.
  Error error(std::string_view what_was_read) const;

 private:
  std::size_t count_ = 0;
  std::vector<std::string> shown_;
};

}  // namespace footfall::intake
