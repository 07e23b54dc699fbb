#include "store/any/url.hpp"

#include <fmt/format.h>

#include <string_view>

namespace footfall::store {
namespace {

constexpr std::string_view kSqlite = "sqlite:";

}  // namespace

bool is_postgres(const std::string& url) {
  return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

Result<std::filesystem::path> file_of(const std::string& url) {
  if (url.starts_with(kSqlite) && url.size() > kSqlite.size()) {
    return std::filesystem::path(url.substr(kSqlite.size()));
  }
  return Error(Errc::invalid_input,
               fmt::format("'{}' names no database that this program knows: write sqlite:PATH, "
                           "like sqlite:data/footfall.db, or postgresql://user@host:port/name",
                           shown_url(url)));
}

std::string shown_url(const std::string& url) {
  if (url.starts_with(kSqlite)) return url;
  const auto scheme = url.find("://");
  if (scheme == url.npos) return url.find("password") == url.npos ? url : "…";
  const std::string shown = url.substr(0, scheme + 3);
  const std::string_view rest = std::string_view(url).substr(scheme + 3);
  // As libpq reads it: the user ends at the first @, if that comes before any /.
  const auto at = rest.find('@');
  const bool has_user = at != rest.npos && at < rest.find('/');
  const std::string_view place = has_user ? rest.substr(at + 1) : rest;
  if (place.find('@') != place.npos) return shown + "…";  // or a password with an @ or / in it
  const std::string_view user = has_user ? rest.substr(0, at) : "";
  return fmt::format("{}{}{}{}", shown, user.substr(0, user.find(':')), has_user ? "@" : "",
                     place.substr(0, place.find('?')));
}

}  // namespace footfall::store
