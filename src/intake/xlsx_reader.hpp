// Reads one sheet of an .xlsx workbook through a child process.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "intake/raw_sheet.hpp"
#include "intake/table.hpp"

namespace footfall::intake {

// `content` is the whole file; `file` names it in messages; an empty `sheet` is the first visible
// one. Checks the zip directory, forks, parses in the child, and takes over what the child sends
// only if it is complete and within the limits. Before other threads start: see read_table.
// Errors: invalid_input, too_large, io, as read_table has them.
Result<RawSheet> read_xlsx(std::string_view content, const std::string& file,
                           const std::string& sheet, const TableLimits& limits);

// The parent's end of workbook_wire.hpp, which takes every byte for hostile.
class WireReader {
 public:
  WireReader(std::string file, const TableLimits& limits);

  // Takes the next bytes. False once nothing more is wanted: after an error, or after the end.
  bool feed(std::string_view piece);

  // The sheet, if all of it has come. Otherwise the child's error, or that it sent garbage or broke
  // off (invalid_input).
  Result<RawSheet> finish();

  bool complete() const { return complete_; }
  bool failed() const { return failed_; }

 private:
  bool take_record(char type, std::string_view body);
  bool take_sheet(std::string_view body);
  bool take_cell(std::string_view body);
  bool take_merge(std::string_view body);
  bool take_error(std::string_view body);
  bool fail(Error error);
  bool garbage();

  std::string file_;
  TableLimits limits_;
  std::string buffer_;
  RawSheet sheet_;
  RowCollector rows_;
  bool has_sheet_ = false;
  int row_last_ = 0;
  int column_last_ = -1;
  bool complete_ = false;
  bool failed_ = false;
  Error error_;
};

}  // namespace footfall::intake
