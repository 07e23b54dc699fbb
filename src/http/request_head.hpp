// The head of a request: found in what has arrived, then taken apart. Strict on purpose: whatever
// two programs on the way could read in two ways (RFC 9112 section 11.2, request smuggling) is
// refused, not repaired. Pure: no I/O, no clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/message.hpp"
#include "http/problem.hpp"

namespace footfall::http {

// Why a request is not served; the detail is a literal.
struct Refusal {
  const ProblemKind* kind = nullptr;  // null: nothing is wrong
  std::string_view detail;

  explicit operator bool() const { return kind != nullptr; }
};

// Where a head ends. Looks at each byte once, however slowly they arrive.
class HeadScanner {
 public:
  enum class Found : std::uint8_t { more_needed, head, bare_line_feed };

  // `bytes`: all that has arrived of the request so far.
  Found scan(std::string_view bytes);

  // Of the head with its empty line, once it is found.
  std::size_t head_bytes() const { return line_start_; }
  bool past_request_line() const { return line_start_ > 0; }

 private:
  std::size_t scanned_ = 0;
  std::size_t line_start_ = 0;
};

// What the head says about the rest of the message and of the connection.
struct Framing {
  std::uint64_t content_length = 0;
  bool chunked = false;
  bool expects_continue = false;
  bool keep_alive = true;
  bool is_http_1_0 = false;
};

inline constexpr std::size_t kHeadersMax = 100;

// Fills `request` (method, target, path, query, headers; views of `head`) and `framing`, both as
// they are made by default. `head`: from the request line to the empty line. What a refused request
// is filled with is true as far as it goes.
Refusal parse_head(std::string_view head, std::size_t target_max, Request& request,
                   Framing& framing);

}  // namespace footfall::http
