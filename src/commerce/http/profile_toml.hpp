// A TOML file as a plain tree, so that toml++ stands in one source. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace footfall::commerce {

struct FileValue {
  enum class Kind : std::uint8_t { text, whole, yes_no, list, table, other };

  Kind kind = Kind::other;
  int line = 0;      // from 1
  std::string name;  // in a table
  std::string text;  // of `other` what it is: "a date"
  std::int64_t whole = 0;
  std::vector<FileValue> items;  // of a list or table; those of a table by name

  std::string what() const;  // "a list", "the text 'abc'": what messages say that stands there
};

inline constexpr std::size_t kProfileBytesMax = 64 * 1024;

// Errors: too_large; invalid_input with file name and line.
Result<FileValue> read_toml(std::string_view text, const std::string& file_name);

}  // namespace footfall::commerce
