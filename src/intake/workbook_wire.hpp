// What the child that parses a workbook tells its parent, as length-prefixed records over a pipe.
// The parent believes nothing of it: see xlsx_reader.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "intake/raw_sheet.hpp"
#include "intake/table.hpp"

namespace footfall::intake {

// A record is its type (one byte), the length of what follows (four bytes, little-endian) and that.
enum class WireType : char {
  sheet = 'S',  // the sheet's name; first, once
  cell = 'C',   // row, column (four bytes each), kind (one byte), text; in reading order
  merge = 'M',  // row_first, row_last, column_first, column_last; once at most, after the cells
  error = 'E',  // code (one byte), message; nothing follows
  end = 'Z',    // nothing follows: the sheet is complete
};

inline constexpr std::size_t kWireHeadBytes = 5;
inline constexpr std::size_t kWireCellBytes = 9;    // of a cell, before its text
inline constexpr std::size_t kWireMergeBytes = 16;  // of a merge

std::uint32_t wire_u32(std::string_view bytes, std::size_t at);

// The child's end. Gathers records and writes them in large pieces.
class WireWriter {
 public:
  explicit WireWriter(int fd) : fd_(fd) {}

  void sheet(std::string_view name);
  void cell(int row, int column, CellKind kind, std::string_view text);
  void merge(const MergedRange& range);
  void error(const Error& error);
  void end();  // writes what is still held

 private:
  void head(WireType type, std::size_t bytes);
  void put_u32(std::uint32_t value);
  void flush();  // throws Failure if the parent has gone

  int fd_;
  std::string buffer_;
};

}  // namespace footfall::intake
