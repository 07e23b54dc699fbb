#include "tests/servers/http_framing.hpp"

#include <charconv>
#include <stdexcept>
#include <string>

#include "base/text.hpp"

namespace footfall::tests {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";

std::size_t number(std::string_view digits, int base) {
  std::size_t value = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (parsed.ec != std::errc() || parsed.ptr == digits.data()) {
    throw std::runtime_error("\"" + std::string(digits.substr(0, 40)) + "\" is no length");
  }
  return value;
}

}  // namespace

std::string_view http_header(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find(kLineEnd); at != head.npos; at = head.find(kLineEnd, at)) {
    at += kLineEnd.size();
    const std::string_view line = head.substr(at, head.find(kLineEnd, at) - at);
    const std::size_t colon = line.find(':');
    if (colon == name.size() && lower(line.substr(0, colon)) == name) {
      return trimmed(line.substr(colon + 1));
    }
  }
  return {};
}

bool HttpFraming::is_whole(std::string_view bytes) {
  if (head_bytes_ == 0) {
    const std::size_t end = bytes.find(kHeadEnd);
    if (end == bytes.npos) return false;
    head_bytes_ = next_ = end + kHeadEnd.size();
    read_head(bytes.substr(0, head_bytes_));
  }
  while (body_ == Body::chunks || body_ == Body::trailer) {
    if (next_ > bytes.size()) return false;  // the chunk's data are still on their way
    const std::size_t end = bytes.find(kLineEnd, next_);
    if (end == bytes.npos) return false;
    const std::string_view line = bytes.substr(next_, end - next_);
    next_ = end + kLineEnd.size();
    if (take_chunk_line(line)) body_ = Body::counted;
  }
  return body_ == Body::counted && next_ <= bytes.size();
}

void HttpFraming::read_head(std::string_view head) {
  const std::string_view line = head.substr(0, head.find(kLineEnd));
  const bool is_request = kind_ == Kind::request;
  const bool is_http =
      is_request ? line.find(" HTTP/1.") != line.npos : line.substr(0, 7) == "HTTP/1.";
  if (!is_http) throw std::runtime_error("this is not HTTP/1.x");
  const std::string_view status = is_request ? "" : line.substr(line.find(' ') + 1).substr(0, 3);
  if (kind_ == Kind::answer_without_body || status == "204" || status == "304") return;
  const std::string_view length = http_header(head, "content-length");
  if (lower(http_header(head, "transfer-encoding")) == "chunked") {
    body_ = Body::chunks;
  } else if (!length.empty()) {
    next_ += number(length, 10);
  } else if (!is_request) {
    body_ = Body::to_the_end;
  }
}

// True for the last one.
bool HttpFraming::take_chunk_line(std::string_view line) {
  if (body_ == Body::trailer) return line.empty();
  const std::size_t data_bytes = number(line, 16);
  if (data_bytes == 0) {
    body_ = Body::trailer;
  } else {
    next_ += data_bytes + kLineEnd.size();
  }
  return false;
}

}  // namespace footfall::tests
