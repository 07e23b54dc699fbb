// What goes before an answer's body, and the line about it in the access log. Both are written into
// strings that are used again, so an answer costs no allocation here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "http/message.hpp"

namespace footfall::http {

enum class KeepOpen : std::uint8_t { yes, yes_said, no };  // yes_said: HTTP/1.0 wants to hear it

// The Date header of one thread, made again when the second changes.
class DateText {
 public:
  // As "Sat, 21 Nov 2026 09:30:00 GMT".
  std::string_view at(std::int64_t wall_us);

 private:
  std::int64_t second_ = -1;
  std::string text_;
};

// 204 and 304 have neither a body nor what describes it.
bool has_content(int status);

// Replaces `out`. Control characters in the handler's header values become spaces: no value can
// begin a header of its own.
void compose_head(std::string& out, const Response& response, std::string_view request_id,
                  KeepOpen keep_open, std::string_view date);

struct AccessEntry {
  const Request* request = nullptr;
  const Response* response = nullptr;
  std::string_view method;  // empty if it never became known
  std::size_t bytes = 0;    // of the body that was sent
  std::int64_t duration_us = 0;
};

// Replaces `out` by a line as server.hpp describes it.
void compose_access_line(std::string& out, const AccessEntry& entry);

}  // namespace footfall::http
