#include "intake/workbook_wire.hpp"

#include <unistd.h>

#include <cerrno>

#include "base/failure.hpp"

namespace footfall::intake {
namespace {

constexpr std::size_t kPieceBytes = 65'536;

}  // namespace

std::uint32_t wire_u32(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  }
  return value;
}

void WireWriter::put_u32(std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) {
    buffer_.push_back(static_cast<char>(value >> shift & 0xFF));
  }
}

void WireWriter::head(WireType type, std::size_t bytes) {
  if (buffer_.size() >= kPieceBytes) flush();
  buffer_.push_back(static_cast<char>(type));
  put_u32(static_cast<std::uint32_t>(bytes));
}

void WireWriter::sheet(std::string_view name) {
  head(WireType::sheet, name.size());
  buffer_.append(name);
}

void WireWriter::cell(int row, int column, CellKind kind, std::string_view text) {
  head(WireType::cell, kWireCellBytes + text.size());
  put_u32(static_cast<std::uint32_t>(row));
  put_u32(static_cast<std::uint32_t>(column));
  buffer_.push_back(static_cast<char>(kind));
  buffer_.append(text);
}

void WireWriter::merge(const MergedRange& range) {
  head(WireType::merge, kWireMergeBytes);
  for (const int value : {range.row_first, range.row_last, range.column_first, range.column_last}) {
    put_u32(static_cast<std::uint32_t>(value));
  }
}

void WireWriter::error(const Error& error) {
  head(WireType::error, 1 + error.message().size());
  buffer_.push_back(static_cast<char>(error.code()));
  buffer_.append(error.message());
  flush();
}

void WireWriter::end() {
  head(WireType::end, 0);
  flush();
}

void WireWriter::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t bytes = write(fd_, rest.data(), rest.size());
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) throw Failure("The process that reads a workbook lost its parent.");
    rest.remove_prefix(static_cast<std::size_t>(bytes));
  }
  buffer_.clear();
}

}  // namespace footfall::intake
