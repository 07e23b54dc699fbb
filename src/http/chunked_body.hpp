// A body that arrives in chunks (RFC 9112 section 7.1). Pure: no I/O. Trailers and chunk extensions
// are read and dropped; what is not exactly the format is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace footfall::http {

class ChunkedBody {
 public:
  enum class State : std::uint8_t { more_needed, done, malformed, too_large };

  explicit ChunkedBody(std::size_t body_max) : body_max_(body_max) {}

  // Takes what it can off the front of `bytes` and appends content to `body`. Bytes that are left
  // while more is needed are the beginning of a line: bring them again, with what follows them.
  State take(std::string_view& bytes, std::string& body);

 private:
  enum class Part : std::uint8_t { size, data, data_end, trailer };

  State take_data(std::string_view& bytes, std::string& body);
  State take_size(std::string_view line, std::size_t body_bytes);
  State take_trailer(std::string_view line);

  std::size_t body_max_;
  std::size_t left_ = 0;  // of the chunk's data
  std::size_t trailer_bytes_ = 0;
  Part part_ = Part::size;
};

}  // namespace footfall::http
