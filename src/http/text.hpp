// The characters that HTTP is made of (RFC 9110 section 5.6, RFC 9112).
#pragma once

#include <cstddef>
#include <string_view>

namespace footfall::http {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

// 0 … 15, or -1.
constexpr int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (lower(c) >= 'a' && lower(c) <= 'f') return lower(c) - 'a' + 10;
  return -1;
}

// What names of headers and methods are made of.
constexpr bool is_token_char(char c) {
  return is_digit(c) || is_letter(c) ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

constexpr bool is_token(std::string_view text) {
  for (const char c : text) {
    if (!is_token_char(c)) return false;
  }
  return !text.empty();
}

// Visible characters, spaces, tabs, and bytes from 0x80 on (obs-text).
constexpr bool is_field_text(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7F) return false;
  }
  return true;
}

// Without the spaces and tabs around it.
constexpr std::string_view without_padding(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Whether `text` is `wanted`, which is in lower case, in any case.
constexpr bool equals_lower(std::string_view text, std::string_view wanted) {
  if (text.size() != wanted.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (lower(text[i]) != wanted[i]) return false;
  }
  return true;
}

}  // namespace footfall::http
