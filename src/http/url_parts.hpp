// The parts of a URL. User names and fragments are none: what takes URLs here refuses them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace footfall::http {

struct UrlParts {
  bool is_https = true;
  std::string host;    // without the brackets of IPv6
  std::string port;    // digits, 1 … 65535
  std::string target;  // path and query as written; may be empty
  std::string origin;  // "https://host:port" as it was written; what messages name
  bool is_loopback = false;

  // "host:port" as it was written: what a Host header says.
  std::string_view authority() const { return std::string_view(origin).substr(is_https ? 8 : 7); }
};

// Error: invalid_input; its message is only what is wrong ("its port is none"), for a sentence of
// the caller's.
Result<UrlParts> split_url(std::string_view url);

// `url` as a message may show it: a query, or a name and password before the host, may be secret.
std::string shown_url(std::string_view url);

}  // namespace footfall::http
