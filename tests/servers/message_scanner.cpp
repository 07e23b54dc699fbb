#include "tests/servers/message_scanner.hpp"

#include <algorithm>

namespace footfall::tests {
namespace {

constexpr std::uint32_t kCancelCode = 80877102;
constexpr std::uint32_t kTlsCode = 80877103;
constexpr std::uint32_t kGssCode = 80877104;

std::uint32_t big_endian(const std::string& bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

}  // namespace

MessageScanner::Piece MessageScanner::next(const char* data, std::size_t size) {
  if (opaque_) return {.size = size};
  if (lone_byte_) {
    lone_byte_ = false;
    opaque_ = *data != 'N';
    return {.size = 1};
  }
  Piece piece;
  if (typed_ && header_.empty()) piece.letter = *data;
  const std::size_t header_size = typed_ ? 5 : 8;
  while (piece.size < size && header_.size() < header_size) header_ += data[piece.size++];
  if (header_.size() < header_size) return piece;
  if (!in_body_) {
    const char letter = begin_body();
    if (letter != 0) piece.letter = letter;
  }
  const std::int64_t rest = static_cast<std::int64_t>(size - piece.size);
  const std::int64_t taken = std::min(left_, rest);
  piece.size += static_cast<std::size_t>(taken);
  left_ -= taken;
  if (left_ == 0) {
    piece.ends = true;
    in_body_ = false;
    header_.clear();
  }
  return piece;
}

// The letter of a packet without type, which its code tells; else 0.
char MessageScanner::begin_body() {
  in_body_ = true;
  const std::int64_t length = big_endian(header_, typed_ ? 1 : 0);
  left_ = std::max<std::int64_t>(0, length - (typed_ ? 4 : 8));
  if (typed_) return 0;
  const std::uint32_t code = big_endian(header_, 4);
  if (code == kCancelCode) return 'x';
  if (code == kTlsCode || code == kGssCode) return '!';
  typed_ = true;  // header_ stays complete until this packet ends
  return '0';
}

}  // namespace footfall::tests
