#include "base/loopback.hpp"

#include <arpa/inet.h>

#include <string>

#include "base/text.hpp"

namespace footfall {

bool is_loopback_host(std::string_view host) {
  if (lower(host) == "localhost") return true;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    if (host.find(':') == host.npos) return false;
  }
  const std::string text(host);  // with its end marked
  in_addr four{};
  if (inet_pton(AF_INET, text.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  in6_addr six{};
  return inet_pton(AF_INET6, text.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

}  // namespace footfall
