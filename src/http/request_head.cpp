#include "http/request_head.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "http/text.hpp"

namespace footfall::http {
namespace {

constexpr Refusal malformed(std::string_view detail) { return {&kMalformedRequest, detail}; }

// The text before `separator`, which is taken off `rest` with it; nothing if there is none.
std::optional<std::string_view> take_until(std::string_view& rest, std::string_view separator) {
  const std::size_t at = rest.find(separator);
  if (at == rest.npos) return std::nullopt;
  const std::string_view taken = rest.substr(0, at);
  rest.remove_prefix(at + separator.size());
  return taken;
}

std::optional<Method> known_method(std::string_view name) {
  for (const Method method : {Method::get, Method::post, Method::head, Method::put, Method::patch,
                              Method::del, Method::options}) {
    if (to_string(method) == name) return method;
  }
  return std::nullopt;
}

Refusal parse_method(std::string_view name, Request& request) {
  if (!is_token(name)) return malformed("The method is no word.");
  const std::optional<Method> method = known_method(name);
  // OPTIONS: nothing here answers it.
  if (!method || method == Method::options) {
    return {&kMethodNotImplemented,
            "The methods known here are GET, HEAD, POST, PUT, PATCH, DELETE."};
  }
  request.method = *method;
  return {};
}

Refusal parse_target(std::string_view target, std::size_t target_max, Request& request) {
  if (target.size() > target_max) {
    return {&kTargetTooLong, "Path and query together are longer than this server takes."};
  }
  if (target.empty() || target.front() != '/') {
    return malformed("The target does not begin with \"/\".");
  }
  for (const char c : target) {
    if (c <= 0x20 || c >= 0x7F || c == '#') {
      return malformed("The target holds a character that must be percent-encoded.");
    }
  }
  request.target = target;
  const std::size_t question = std::min(target.find('?'), target.size());
  request.path = target.substr(0, question);
  request.query = target.substr(std::min(question + 1, target.size()));
  return {};
}

Refusal parse_version(std::string_view version, Framing& framing) {
  framing.is_http_1_0 = version == "HTTP/1.0";
  framing.keep_alive = !framing.is_http_1_0;
  if (!framing.is_http_1_0 && version != "HTTP/1.1") {
    return malformed("The version is neither HTTP/1.1 nor HTTP/1.0.");
  }
  return {};
}

// RFC 3986 section 3.2, without user information.
bool is_host(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || is_letter(c) ||
           (c != '\0' && std::string_view("-._~%!$&'()*+,;=:[]").find(c) != std::string_view::npos);
  });
}

// Digits alone; what is more than fits counts as the most that fits.
std::optional<std::uint64_t> parse_length(std::string_view text) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t length = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    length = length > (kMost - digit) / 10 ? kMost : length * 10 + digit;
  }
  return text.empty() ? std::nullopt : std::optional(length);
}

// Headers that say how to read on; how often each came.
struct Counts {
  int host = 0, content_length = 0, transfer_encoding = 0;
};

Refusal parse_connection(std::string_view value, Framing& framing, bool& close) {
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    const std::string_view option = without_padding(value.substr(0, comma));
    if (!option.empty() && !is_token(option)) return malformed("Connection is no list of words.");
    if (equals_lower(option, "close")) close = true;
    if (equals_lower(option, "keep-alive")) framing.keep_alive = true;
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
  return {};
}

Refusal note_header(std::string_view name, std::string_view value, Counts& counts, bool& close,
                    Framing& framing) {
  if (equals_lower(name, "host")) {
    if (++counts.host > 1) return malformed("There are several Host headers.");
    if (!is_host(value)) return malformed("The Host header is no host.");
  } else if (equals_lower(name, "content-length")) {
    if (++counts.content_length > 1) return malformed("There are several Content-Length headers.");
    const std::optional<std::uint64_t> length = parse_length(value);
    if (!length) return malformed("Content-Length is no number.");
    framing.content_length = *length;
  } else if (equals_lower(name, "transfer-encoding")) {
    if (++counts.transfer_encoding > 1 || !equals_lower(value, "chunked")) {
      return malformed("The only Transfer-Encoding taken here is \"chunked\".");
    }
    framing.chunked = true;
  } else if (equals_lower(name, "connection")) {
    return parse_connection(value, framing, close);
  } else if (equals_lower(name, "expect")) {
    framing.expects_continue = equals_lower(value, "100-continue");
  }
  return {};
}

Refusal parse_headers(std::string_view lines, Request& request, Framing& framing) {
  Counts counts;
  bool close = false;
  while (true) {
    const std::string_view line = take_until(lines, "\r\n").value_or("");
    if (line.empty()) break;
    if (line.front() == ' ' || line.front() == '\t') {
      return malformed("A header is continued on the next line.");
    }
    const std::size_t colon = line.find(':');
    if (colon == line.npos) return malformed("A header has no colon.");
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = without_padding(line.substr(colon + 1));
    if (!is_token(name)) return malformed("A header's name holds a character it may not hold.");
    if (!is_field_text(value)) return malformed("A header's value holds a control character.");
    if (request.headers.size() == kHeadersMax) {
      return {&kHeaderTooLarge, "There are more than 100 headers."};
    }
    request.headers.emplace_back(name, value);
    if (Refusal refusal = note_header(name, value, counts, close, framing)) return refusal;
  }
  if (close) framing.keep_alive = false;
  if (counts.host == 0 && !framing.is_http_1_0) return malformed("There is no Host header.");
  if (framing.chunked && counts.content_length > 0) {
    return malformed("There are both Content-Length and Transfer-Encoding.");
  }
  // A proxy that knows only HTTP/1.0 would not have read it (RFC 9112 section 6.1).
  if (framing.chunked && framing.is_http_1_0)
    return malformed("HTTP/1.0 has no Transfer-Encoding.");
  return {};
}

}  // namespace

HeadScanner::Found HeadScanner::scan(std::string_view bytes) {
  while (true) {
    const std::size_t end = bytes.find('\n', scanned_);
    if (end == bytes.npos) break;
    if (end == line_start_ || bytes[end - 1] != '\r') return Found::bare_line_feed;
    const bool empty_line = end == line_start_ + 1;
    scanned_ = line_start_ = end + 1;
    if (empty_line) return Found::head;
  }
  scanned_ = bytes.size();
  return Found::more_needed;
}

Refusal parse_head(std::string_view head, std::size_t target_max, Request& request,
                   Framing& framing) {
  std::string_view line = take_until(head, "\r\n").value_or("");
  const std::optional<std::string_view> method = take_until(line, " ");
  const std::optional<std::string_view> target = take_until(line, " ");
  if (!method || !target) return malformed("The request line is not \"method target version\".");
  if (Refusal refusal = parse_version(line, framing)) return refusal;
  if (Refusal refusal = parse_method(*method, request)) return refusal;
  if (Refusal refusal = parse_target(*target, target_max, request)) return refusal;
  return parse_headers(head, request, framing);
}

}  // namespace footfall::http
