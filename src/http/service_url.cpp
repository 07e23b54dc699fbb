#include <fmt/format.h>

#include <utility>

#include "http/client.hpp"
#include "http/url_parts.hpp"

namespace footfall::http {
namespace {

Error refused(std::string_view url, std::string_view why) {
  return Error(Errc::invalid_input,
               fmt::format("\"{}\" is not where a service is: {}. It must be "
                           "https://host[:port][/base] or http://host[:port][/base]",
                           shown_url(url), why));
}

}  // namespace

Result<ServiceUrl> parse_service_url(std::string_view url) {
  Result<UrlParts> parts = split_url(url);
  if (!parts) return refused(url, parts.error().message());
  if (parts->target.find('?') != std::string::npos) return refused(url, "it has a query");
  ServiceUrl service;
  service.is_https = parts->is_https;
  service.host = std::move(parts->host);
  service.port = std::move(parts->port);
  service.base = std::move(parts->target);
  while (!service.base.empty() && service.base.back() == '/') service.base.pop_back();
  service.origin = std::move(parts->origin);
  service.is_loopback = parts->is_loopback;
  return service;
}

}  // namespace footfall::http
