// A table read from a spreadsheet or a CSV file: what every reader of intake starts from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace footfall::intake {

enum class CellKind : std::uint8_t { empty, text, number, boolean, date, formula, error };

// One cell. `text` holds what a person sees in a text cell (trimmed), the number as the file writes
// it, "TRUE"/"FALSE" in a boolean, "=" and the formula's own text in a formula cell (empty where
// the workbook only points to a formula shared with another cell); `number` is set for numbers
// only. A workbook keeps a date as a styled number and styles are not read: it comes as a number.
struct Cell {
  CellKind kind = CellKind::empty;
  std::string text;
  double number = 0;
};

struct Row {
  int number = 0;  // as the user counts in the file, the header being row 1 where it is first
  std::vector<Cell> cells;  // as many as the header has; missing ones are empty
};

// Header and rows of one sheet. Rows without a single filled cell are left out.
struct Table {
  std::string file;   // the path, as given
  std::string sheet;  // the sheet's name; empty for CSV
  std::vector<std::string> header;
  std::vector<Row> rows;
};

// What a file may be at most. Past any of them reading stops with a clear error.
struct TableLimits {
  std::int64_t file_bytes_max = 256LL << 20;
  std::int64_t unpacked_bytes_max = 2LL
                                    << 30;  // sum over the workbook's parts, as its directory says
  int rows_max = 1'048'575;                 // what an Excel sheet holds below its header
  int columns_max = 256;
  int cell_bytes_max = 4096;
  std::int64_t memory_bytes_max = 4LL << 30;  // of the table read, and of the child process that
                                              // reads a workbook (not on macOS, nor sanitized)
  int seconds_max = 120;                      // of processor time of that process
};

// Reads the first visible sheet (or `sheet`, if not empty) of a .xlsx workbook, or a .csv file
// (RFC 4180, UTF-8 with or without a byte order mark). The first non-empty row is the header.
// A hostile workbook cannot hurt the caller: its zip directory is checked first, then it is parsed
// in a child process with limits on memory and time.
// Call it before the program starts other threads: the child is forked and allocates memory, and a
// lock that another thread held at that moment would stay locked in the child for ever.
// Errors: not_found (no such file), invalid_input (not a workbook, broken, empty, no such sheet,
// merged or repeated or missing header cells, a value right of the header), too_large (a limit
// passed; the message names it), io (the file cannot be read, or no process can be started).
Result<Table> read_table(const std::filesystem::path& path, const std::string& sheet = "",
                         const TableLimits& limits = {});

}  // namespace footfall::intake
