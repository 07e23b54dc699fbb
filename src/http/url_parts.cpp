#include "http/url_parts.hpp"

#include <algorithm>

#include "base/loopback.hpp"
#include "base/text.hpp"
#include "http/text.hpp"

namespace footfall::http {
namespace {

constexpr std::size_t kUrlMax = 2048;

constexpr bool is_unfit(char c) { return c <= 0x20 || c >= 0x7F || c == '#' || c == '\\'; }

bool is_host(std::string_view host, bool in_brackets) {
  const auto is_good = [in_brackets](char c) {
    return is_digit(c) || is_letter(c) || c == '.' || c == '-' || c == '_' ||
           (in_brackets && c == ':');
  };
  return !host.empty() && std::all_of(host.begin(), host.end(), is_good);
}

bool is_port(const std::string& text) {
  const auto number = parse_integer(text);
  return number && *number >= 1 && *number <= 65'535 && is_digit(text.front());
}

Error wrong(const char* what) { return Error(Errc::invalid_input, what); }

}  // namespace

Result<UrlParts> split_url(std::string_view url) {
  UrlParts parts;
  std::string_view rest = url;
  if (url.size() > kUrlMax || std::any_of(url.begin(), url.end(), is_unfit)) {
    return wrong("it is too long, or holds a character that a URL may not hold here");
  }
  parts.is_https = rest.substr(0, 8) == "https://";
  if (!parts.is_https && rest.substr(0, 7) != "http://")
    return wrong("it begins with neither https:// nor http://");
  rest.remove_prefix(parts.is_https ? 8 : 7);

  const std::size_t slash = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, slash);
  parts.origin = url.substr(0, url.size() - rest.size() + slash);
  parts.target = rest.substr(slash);

  const bool in_brackets = authority.substr(0, 1) == "[";
  if (in_brackets) authority.remove_prefix(1);
  const std::size_t end = std::min(authority.find(in_brackets ? ']' : ':'), authority.size());
  if (in_brackets && end == authority.size()) return wrong("a bracket is missing");
  parts.host = authority.substr(0, end);
  authority.remove_prefix(in_brackets ? end + 1 : end);
  parts.port = authority.empty() ? (parts.is_https ? "443" : "80") : authority.substr(1);
  if (!is_host(parts.host, in_brackets)) return wrong("no host, or a name before it");
  if ((!authority.empty() && authority.front() != ':') || !is_port(parts.port)) {
    return wrong("its port is none");
  }
  parts.is_loopback = is_loopback_host(parts.host);
  return parts;
}

std::string shown_url(std::string_view url) {
  const bool is_unshowable = url.size() > kUrlMax || url.find('@') != url.npos ||
                             std::any_of(url.begin(), url.end(), is_unfit);
  return is_unshowable ? "…" : std::string(url.substr(0, url.find('?')));
}

}  // namespace footfall::http
