// Where an HTTP/1.1 message ends (RFC 9112 section 6), for those who pass messages on as they are.
// Trusts what it reads: both ends belong to a test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace footfall::tests {

// The value of a header, empty if there is none. `head`: from the first line to the empty one;
// `name` in lower case.
std::string_view http_header(std::string_view head, std::string_view name);

// Of one message. Interim answers (100 Continue) are not known here.
class HttpFraming {
 public:
  enum class Kind : std::uint8_t { request, answer, answer_without_body };  // the last: to HEAD

  explicit HttpFraming(Kind kind) : kind_(kind) {}

  // `bytes`: what has arrived of the message, and perhaps of the next one; in each call what the
  // one before had, and more. Throws std::runtime_error where it is not HTTP.
  bool is_whole(std::string_view bytes);

  std::size_t head_bytes() const { return head_bytes_; }  // with its empty line; 0: not there yet
  std::size_t bytes() const { return next_; }             // of all of it, once it is whole
  // An answer without a length: the connection's end is its own.
  bool ends_with_connection() const { return head_bytes_ > 0 && body_ == Body::to_the_end; }

 private:
  enum class Body : std::uint8_t { counted, chunks, trailer, to_the_end };

  void read_head(std::string_view head);
  bool take_chunk_line(std::string_view line);

  Kind kind_;
  Body body_ = Body::counted;
  std::size_t head_bytes_ = 0;
  std::size_t next_ = 0;  // where the next part begins: a chunk's size, or the next message
};

}  // namespace footfall::tests
