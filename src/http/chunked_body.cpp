#include "http/chunked_body.hpp"

#include <algorithm>

#include "http/text.hpp"

namespace footfall::http {
namespace {

// Of a size with its extensions, and of one trailer.
constexpr std::size_t kLineMax = 1024;
constexpr std::size_t kTrailersMax = 8 * 1024;
constexpr std::size_t kSizeDigitsMax = 15;  // a size of 15 hexadecimal digits cannot overflow

// What may follow a chunk's size. Quoted values are refused: programs differ in where they end.
bool is_extension(std::string_view text) {
  return text.empty() || (text.front() == ';' && std::all_of(text.begin(), text.end(), [](char c) {
                            return is_token_char(c) || c == ';' || c == '=' || c == ' ' ||
                                   c == '\t';
                          }));
}

}  // namespace

ChunkedBody::State ChunkedBody::take(std::string_view& bytes, std::string& body) {
  while (true) {
    State state = State::more_needed;
    if (part_ == Part::data) {
      state = take_data(bytes, body);
      if (part_ == Part::data) return state;  // all was taken, more is to come
      continue;
    }
    const std::size_t end = bytes.find('\n');
    if (std::min(end, bytes.size()) > kLineMax) return State::malformed;
    if (end == bytes.npos) return State::more_needed;
    if (end == 0 || bytes[end - 1] != '\r') return State::malformed;
    const std::string_view line = bytes.substr(0, end - 1);
    bytes.remove_prefix(end + 1);
    switch (part_) {
      case Part::size:
        state = take_size(line, body.size());
        break;
      case Part::trailer:
        state = take_trailer(line);
        break;
      default:  // the empty line after a chunk's data
        if (!line.empty()) return State::malformed;
        part_ = Part::size;
    }
    if (state != State::more_needed) return state;
  }
}

ChunkedBody::State ChunkedBody::take_data(std::string_view& bytes, std::string& body) {
  const std::size_t count = std::min(left_, bytes.size());
  body.append(bytes.substr(0, count));
  bytes.remove_prefix(count);
  left_ -= count;
  if (left_ == 0) part_ = Part::data_end;
  return State::more_needed;
}

ChunkedBody::State ChunkedBody::take_size(std::string_view line, std::size_t body_bytes) {
  std::size_t digits = 0, size = 0;
  while (digits < line.size() && hex_digit(line[digits]) >= 0) {
    if (digits == kSizeDigitsMax) return State::too_large;
    size = size * 16 + static_cast<std::size_t>(hex_digit(line[digits]));
    ++digits;
  }
  if (digits == 0 || !is_extension(without_padding(line.substr(digits)))) return State::malformed;
  if (size > body_max_ - body_bytes) return State::too_large;
  left_ = size;
  part_ = size == 0 ? Part::trailer : Part::data;
  return State::more_needed;
}

ChunkedBody::State ChunkedBody::take_trailer(std::string_view line) {
  if (line.empty()) return State::done;
  trailer_bytes_ += line.size();
  const bool is_header = is_token(line.substr(0, line.find(':'))) && is_field_text(line) &&
                         line.find(':') != line.npos;
  return is_header && trailer_bytes_ <= kTrailersMax ? State::more_needed : State::malformed;
}

}  // namespace footfall::http
