#include "api/auth/base64url.hpp"

#include <cstdint>

namespace footfall::api {
namespace {

// The six bits that a character stands for; -1: none.
int six_bits(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-') return 62;
  return c == '_' ? 63 : -1;
}

}  // namespace

std::optional<std::string> decode_base64url(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t window = 0;  // bits read and not yet given out: the lowest `held` of it
  int held = 0;
  for (const char c : text) {
    const int bits = six_bits(c);
    if (bits < 0) return std::nullopt;
    window = (window << 6 | static_cast<std::uint32_t>(bits)) & 0xfff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes += static_cast<char>(window >> held & 0xff);
    }
  }
  const std::uint32_t left_over = window & ((1u << held) - 1);
  if (left_over != 0) return std::nullopt;
  return bytes;
}

}  // namespace footfall::api
