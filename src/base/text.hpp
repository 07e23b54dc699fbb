// Small reading helpers shared by everything that takes text from a user.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace footfall {

std::string_view trimmed(std::string_view text);
std::string lower(std::string_view text);
// Splits at `separator`, trims each part, leaves out empty ones.
std::vector<std::string> split_list(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);

// The whole text as a number, or nothing: no spaces, no hexadecimal, no infinity, no NaN.
std::optional<double> parse_double(std::string_view text);
std::optional<std::int64_t> parse_integer(std::string_view text);

// 1234567 -> "1,234,567".
std::string with_commas(std::int64_t number);

// The candidate nearest to `word` by edits, if it is near enough to be meant; else empty.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace footfall
