#include "http/call_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"
#include "http/text.hpp"

namespace footfall::http {
namespace {

bool is_target(std::string_view target) {
  return !target.empty() && target.front() == '/' &&
         std::all_of(target.begin(), target.end(),
                     [](char c) { return c > 0x20 && c < 0x7F && c != '#'; });
}

bool is_own(std::string_view name) {
  for (const std::string_view own :
       {"host", "content-length", "user-agent", "connection", "transfer-encoding"}) {
    if (equals_lower(name, own)) return true;
  }
  return false;
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  FF_ASSERT(is_token(name) && !is_own(name), "a call's header has no name that it may have");
  FF_ASSERT(is_field_text(value), "the value of a call's header holds a control character");
  out.append(name).append(": ").append(value).append("\r\n");
}

bool may_have_body(Method method) {
  return method == Method::post || method == Method::put || method == Method::patch;
}

}  // namespace

void compose_call(std::string& out, std::string_view base, std::string_view own_headers,
                  const ClientCall& call) {
  FF_ASSERT(is_target(call.target), "a call's target is no path with a query");
  out.clear();
  out.append(to_string(call.method)).append(" ").append(base).append(call.target);
  out.append(" HTTP/1.1\r\n").append(own_headers);
  for (const auto& [name, value] : call.headers) append_header(out, name, value);
  if (!call.body.empty() || may_have_body(call.method)) {
    if (!call.content_type.empty()) append_header(out, "Content-Type", call.content_type);
    const fmt::format_int length(call.body.size());
    out.append("Content-Length: ").append(length.data(), length.size()).append("\r\n");
  }
  out.append("\r\n").append(call.body);
}

}  // namespace footfall::http
