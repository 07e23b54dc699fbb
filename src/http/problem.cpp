#include "http/problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "telemetry/log.hpp"

namespace footfall::http {

using telemetry::append_escaped;

const ProblemKind kMalformedRequest{
    "malformed_request", 400, "The request is not HTTP as this server reads it",
    "The request line or a header breaks the rules of HTTP/1.1, or could be read in two ways.",
    "Send the request with an ordinary HTTP library; the detail says what was found."};
const ProblemKind kRequestTimeout{"request_timeout", 408, "The request took too long to arrive",
                                  "The head or the body did not arrive whole in time.",
                                  "Send it again, over a better connection or in smaller parts."};
const ProblemKind kBodyTooLarge{"body_too_large", 413, "The body is too large",
                                "The body has more bytes than this server takes.",
                                "Send less in one request."};
const ProblemKind kTargetTooLong{"target_too_long", 414, "The address is too long",
                                 "Path and query together have more bytes than this server takes.",
                                 "Send long values in the body, or fewer parameters."};
const ProblemKind kHeaderTooLarge{
    "header_too_large", 431, "The headers are too large",
    "The headers have more bytes, or are more, than this server takes.",
    "Send fewer or smaller headers; look for large cookies."};
const ProblemKind kInternalError{"internal_error", 500, "Something went wrong on the server",
                                 "A fault of the server, which its log describes.",
                                 "Try again later; tell the operator the trace_id if it stays."};
const ProblemKind kMethodNotImplemented{"method_not_implemented", 501, "The method is not known",
                                        "The request's method is none that this server knows.",
                                        "Use GET, HEAD, POST, PUT, PATCH or DELETE."};
const ProblemKind kTooManyConnections{
    "too_many_connections", 503, "Too many connections",
    "As many connections are open as this server serves.",
    "Wait a little and try again; keep connections open for reuse."};
const ProblemKind kShuttingDown{"shutting_down", 503, "The server is shutting down",
                                "The server was asked to stop and takes no new requests.",
                                "Try again in a moment."};

std::span<const ProblemKind* const> server_problems() {
  static constexpr const ProblemKind* kAll[] = {
      &kMalformedRequest,     &kRequestTimeout,     &kBodyTooLarge,
      &kTargetTooLong,        &kHeaderTooLarge,     &kInternalError,
      &kMethodNotImplemented, &kTooManyConnections, &kShuttingDown};
  return kAll;
}

namespace {

// ,"name":"value"
void append_member(std::string& out, std::string_view name, std::string_view value) {
  out.append(",\"").append(name).append("\":\"");
  append_escaped(out, value);
  out += '"';
}

constexpr std::size_t kErrorsMax = 20;

void append_errors(std::string& out, std::span<const FieldError> errors) {
  out += ",\"errors\":[";
  for (const FieldError& error : errors) {
    if (&error != errors.data()) out += ',';
    out += "{\"pointer\":\"";
    append_escaped(out, error.pointer);
    out += '"';
    append_member(out, "detail", error.detail);
    out += '}';
  }
  out += ']';
}

}  // namespace

Response problem(const ProblemKind& kind, std::string_view detail, std::string_view path,
                 std::string_view request_id, std::span<const FieldError> errors,
                 std::string_view extra) {
  Response response;
  response.status = kind.status;
  response.content_type = "application/problem+json";
  response.code = kind.code;
  std::string& out = response.body;
  out.append("{\"type\":\"/docs#").append(kind.code).append("\"");
  append_member(out, "title", kind.title);
  fmt::format_to(std::back_inserter(out), ",\"status\":{}", kind.status);
  append_member(out, "detail", detail);
  append_member(out, "instance", path);
  append_member(out, "code", kind.code);
  if (!errors.empty()) append_errors(out, errors.first(std::min(errors.size(), kErrorsMax)));
  append_member(out, "trace_id", request_id);
  out.append(extra).append("}");
  return response;
}

}  // namespace footfall::http
