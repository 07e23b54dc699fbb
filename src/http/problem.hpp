// Errors over HTTP: problem documents (RFC 9457) with stable codes. Each kind of problem stands in
// one table; docs/ERRORS.md and the OpenAPI file are made from the tables.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace footfall::http {

// All literals.
struct ProblemKind {
  std::string_view code;  // stable, snake_case: what programs look at
  int status;
  std::string_view title;   // short, the same for each problem of the kind
  std::string_view about;   // when it happens
  std::string_view remedy;  // what the caller can do
};

// What the server itself answers, before or instead of a handler.
extern const ProblemKind kMalformedRequest;      // 400 malformed_request
extern const ProblemKind kRequestTimeout;        // 408 request_timeout
extern const ProblemKind kBodyTooLarge;          // 413 body_too_large
extern const ProblemKind kTargetTooLong;         // 414 target_too_long
extern const ProblemKind kHeaderTooLarge;        // 431 header_too_large
extern const ProblemKind kInternalError;         // 500 internal_error
extern const ProblemKind kMethodNotImplemented;  // 501 method_not_implemented
extern const ProblemKind kTooManyConnections;    // 503 too_many_connections
extern const ProblemKind kShuttingDown;          // 503 shutting_down
std::span<const ProblemKind* const> server_problems();

struct FieldError {
  std::string pointer;  // JSON pointer into the body, or the name of a parameter or header
  std::string detail;   // a sentence
};

// {"type":"/docs#body_too_large","title":…,"status":413,"detail":…,"instance":"/api/cart/add",
//  "code":"body_too_large","errors":[{"pointer":…,"detail":…}],"trace_id":…},
//  application/problem+json.
// `instance` and `trace_id` are the request's path and id. `errors` is left out when empty; `extra`
// is what is appended as further members, as `,"reason":"x"`, or empty.
Response problem(const ProblemKind& kind, std::string_view detail, std::string_view path,
                 std::string_view request_id, std::span<const FieldError> errors = {},
                 std::string_view extra = {});

}  // namespace footfall::http
