// A request and its answer, as handlers see them. Nothing of Beast is in here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace footfall::http {

enum class Method : std::uint8_t { get, head, post, put, patch, del, options };
std::string_view to_string(Method method);  // "GET", …, "DELETE"

// Views are valid while the handler runs.
struct Request {
  Method method = Method::get;
  std::string_view target;  // as sent: "/api/products?category=Dairy"
  std::string_view path;    // its part before '?', as sent (not decoded)
  std::string_view query;   // its part after '?', as sent; empty if there is none
  std::string_view body;
  std::vector<std::pair<std::string_view, std::string_view>> headers;  // in the order sent
  std::string id;            // X-Request-Id as given, if it is one, else made here
  std::string_view peer;     // the client's address, without its port
  std::int64_t wall_us = 0;  // when its head had arrived

  // The value of a header, empty if there is none; of several with the name the first. `name` in
  // lower case.
  std::string_view header(std::string_view name) const;
  int count(std::string_view name) const;  // how often the header stands there
};

struct Response {
  int status = 200;
  std::string_view content_type = "application/json";  // a literal
  std::string body;
  // Instead of `body`, for what is the same for many: not copied.
  std::shared_ptr<const std::string> shared_body;
  std::vector<std::pair<std::string_view, std::string>> headers;  // names are literals
  // For the access log: who asked (as "agent:42"), and the problem's code; not sent.
  std::string caller;
  std::string_view code;

  std::string_view content() const { return shared_body ? *shared_body : body; }
};

// The bytes that a percent-encoded part of a target stands for; false if it holds "%" without two
// hexadecimal digits, a zero byte, or bytes that are no UTF-8. `plus_is_space` for queries.
bool percent_decode(std::string_view text, bool plus_is_space, std::string& out);
bool is_utf8(std::string_view text);

}  // namespace footfall::http
