#include "intake/raw_sheet.hpp"

#include <fmt/format.h>

#include "intake/cell_text.hpp"

namespace footfall::intake {
namespace {

constexpr std::size_t kShortStringBytes = 15;  // what std::string keeps without allocating

}  // namespace

Result<void> RowCollector::check_cell(int row, int column, const Cell& cell) const {
  if (column >= limits_.columns_max) {
    return Error(Errc::too_large,
                 fmt::format("The {} has a value in row {}, column {}; at most {} columns are "
                             "allowed. Remove the columns that are not needed.",
                             place_, row, column_name(column), limits_.columns_max));
  }
  if (cell.text.size() > static_cast<std::size_t>(limits_.cell_bytes_max)) {
    return Error(Errc::too_large,
                 fmt::format("The cell in row {}, column {} of the {} holds more than {} bytes, "
                             "which is the most that is allowed. Shorten it.",
                             row, column_name(column), place_, limits_.cell_bytes_max));
  }
  return {};
}

Result<void> RowCollector::add(int row, int column, Cell cell) {
  if (cell.kind == CellKind::empty) return {};
  if (const Result<void> checked = check_cell(row, column, cell); !checked) return checked;

  const std::size_t width_min = rows_.empty() ? 0 : rows_.front().cells.size();
  if (rows_.empty() || rows_.back().number != row) {
    if (rows_.size() > static_cast<std::size_t>(limits_.rows_max)) {
      return Error(Errc::too_large,
                   fmt::format("The {} has more than {} rows below its header (row {} is past the "
                               "limit). Split it into several files.",
                               place_, limits_.rows_max, row));
    }
    rows_.push_back(Row{row, {}});
    // Every row is as wide as the header in the end, so the room is counted from the start.
    rows_.back().cells.reserve(width_min);
    memory_bytes_ += static_cast<std::int64_t>(sizeof(Row) + width_min * sizeof(Cell));
  }
  std::vector<Cell>& cells = rows_.back().cells;
  const std::size_t width = static_cast<std::size_t>(column) + 1;
  if (width > width_min && width > cells.size()) {
    const std::size_t width_before = cells.size() > width_min ? cells.size() : width_min;
    memory_bytes_ += static_cast<std::int64_t>((width - width_before) * sizeof(Cell));
  }
  if (cell.text.size() > kShortStringBytes) {
    memory_bytes_ += static_cast<std::int64_t>(cell.text.size());
  }
  if (memory_bytes_ > limits_.memory_bytes_max) {
    return Error(Errc::too_large,
                 fmt::format("The {} needs more than the {} MB of memory that a table may take "
                             "(reached in row {}). Split it into several files.",
                             place_, limits_.memory_bytes_max >> 20, row));
  }
  if (cells.size() < width) cells.resize(width);
  cells[width - 1] = std::move(cell);
  return {};
}

}  // namespace footfall::intake
