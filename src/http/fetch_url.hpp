// The parts of a URL that fetch() takes.
#pragma once

#include <string>

#include "base/result.hpp"

namespace footfall::http {

struct FetchUrl {
  bool is_https = true;
  std::string host;  // without the brackets of IPv6
  std::string port;  // digits
  std::string target;
  std::string origin;  // "https://host:port" as it was written; what messages name
  bool is_loopback = false;
};

// Errors as check_fetch_url().
Result<FetchUrl> parse_fetch_url(const std::string& url);

}  // namespace footfall::http
