#include "api/cursor.hpp"

#include <fmt/format.h>

#include "base/sha256.hpp"
#include "base/text.hpp"

namespace footfall::api {
namespace {

constexpr std::size_t kSignature = 12;  // hexadecimal digits

// The key stands before and after (a hash of key and text alone could be continued).
std::string signature(std::string_view key, std::string_view list, std::int64_t position) {
  return sha256_hex(fmt::format("{}\n{}\n{}\n{}", key, list, position, key)).substr(0, kSignature);
}

}  // namespace

std::string make_cursor(std::string_view key, std::string_view list, std::int64_t position) {
  return fmt::format("{}-{}", position, signature(key, list, position));
}

std::optional<std::int64_t> read_cursor(std::string_view key, std::string_view list,
                                        std::string_view cursor) {
  if (cursor.size() > 19 + 1 + kSignature) return std::nullopt;
  const std::size_t dash = cursor.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto position = parse_integer(cursor.substr(0, dash));
  if (!position || *position < 0) return std::nullopt;
  // The whole text: "007-…" is none of ours.
  if (cursor != make_cursor(key, list, *position)) return std::nullopt;
  return position;
}

}  // namespace footfall::api
