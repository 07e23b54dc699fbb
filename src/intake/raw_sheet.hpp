// Rows as a reader of one format delivers them, before the header is told from the rest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "intake/table.hpp"

namespace footfall::intake {

// Cells joined into one, rows and columns both counted from 1 and 0 as in Row and Row::cells.
struct MergedRange {
  int row_first = 0;
  int row_last = 0;
  int column_first = 0;
  int column_last = 0;
};

// A sheet's filled rows in ascending order, the first of them being the header. Each ends with its
// last filled cell, so they differ in length.
struct RawSheet {
  std::string name;   // empty for CSV
  std::string place;  // "file 'a.csv'" or "sheet 'Products' of 'a.xlsx'", for messages
  std::vector<Row> rows;
  std::optional<MergedRange> header_merge;  // the first one that touches the header's row
};

// Gathers the filled cells of one sheet within the limits on rows, columns, cells and memory.
class RowCollector {
 public:
  RowCollector(std::string place, const TableLimits& limits)
      : place_(std::move(place)), limits_(limits) {}

  // `row` counts from 1, `column` from 0; both ascend. Empty cells are passed over.
  // Errors: too_large, naming the limit and the cell.
  Result<void> add(int row, int column, Cell cell);

  std::vector<Row> take_rows() { return std::move(rows_); }

 private:
  Result<void> check_cell(int row, int column, const Cell& cell) const;

  std::string place_;
  TableLimits limits_;
  std::vector<Row> rows_;
  std::int64_t memory_bytes_ = 0;
};

}  // namespace footfall::intake
