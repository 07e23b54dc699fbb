// What stands in a database, and whether it is what this program expects (R3). The check itself is
// the adapter's (sqlite/database_check.cpp); cli/ prints the result.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace footfall::store {

// A value as text, cut to kSampleBytesMax bytes between characters; none for NULL.
using Sample = std::optional<std::string>;
inline constexpr std::size_t kSampleBytesMax = 200;
std::string sample_text(std::string_view value);
// A table's or column's name as SQL takes it, in double quotes.
std::string quoted_name(std::string_view name);

struct CheckedTable {
  std::string name;
  bool ours = true;  // false: this program knows no such table
  std::int64_t rows = 0;
  std::vector<std::string> columns;
  std::vector<std::vector<Sample>> samples;  // the first rows, one value per column
};

struct DatabaseCheck {
  std::string database;               // its file, or where it is
  int schema_version = 0;             // 0: unknown, since its list of migrations is missing
  int newest_version = 0;             // what this program makes
  std::vector<CheckedTable> tables;   // by name; not read if the file is damaged
  std::vector<std::string> views;     // by name
  std::vector<std::string> problems;  // sentences; empty: all is well
  std::vector<std::string> notes;     // sentences about what is odd, but does no harm

  bool good() const { return problems.empty(); }
};

}  // namespace footfall::store
