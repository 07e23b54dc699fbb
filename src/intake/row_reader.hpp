// Reads the named cells of one row, each checked where it stands; what is wrong goes to Problems.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.hpp"
#include "base/sim_time.hpp"
#include "intake/problems.hpp"
#include "intake/table.hpp"

namespace footfall::intake {

// The columns of a table by name, found once.
class TableReader {
 public:
  // Notes missing and unknown columns; is_usable() tells whether rows can be read. `optional`
  // columns may be missing: then their cells are empty.
  TableReader(const Table& table, std::vector<std::string> columns, Problems& problems,
              const std::vector<std::string>& optional = {});

  bool is_usable() const { return usable_; }
  const Table& table() const { return table_; }

  // The text of a cell; notes formulas and errors. Limits: at most `bytes_max`; `required` means
  // not empty.
  std::string text(const Row& row, std::string_view column, bool required,
                   std::size_t bytes_max = 120);
  std::string choice(const Row& row, std::string_view column,
                     const std::vector<std::string>& allowed);
  // Nothing, and no problem, if the cell is empty.
  std::optional<double> number(const Row& row, std::string_view column, double min, double max,
                               std::string_view allowed);
  std::optional<std::int64_t> whole(const Row& row, std::string_view column, std::int64_t min,
                                    std::int64_t max);
  std::optional<Money> money(const Row& row, std::string_view column, Money min);
  std::optional<SimTime> date(const Row& row, std::string_view column);

  void problem(const Row& row, std::string_view column, std::string_view what);

 private:
  const Cell& cell(const Row& row, std::string_view column) const;

  const Table& table_;
  std::vector<std::string> names_;
  std::vector<int> places_;  // by name: position in a row, -1 where the column is missing
  Problems& problems_;
  bool usable_ = true;
};

}  // namespace footfall::intake
