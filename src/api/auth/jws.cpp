#include "api/auth/jws.hpp"

#include <boost/json/value.hpp>
#include <optional>

#include "api/auth/base64url.hpp"
#include "api/auth/strict_json.hpp"
#include "base/text.hpp"

namespace footfall::api {
namespace {

Error refused(const char* why) { return Error(Errc::invalid_input, why); }

std::optional<Algorithm> algorithm_named(std::string_view name) {
  for (const Algorithm one : {Algorithm::es256, Algorithm::rs256, Algorithm::hs256}) {
    if (name == name_of(one)) return one;
  }
  return std::nullopt;
}

Result<void> read_header(std::string_view text, Jws& jws) {
  const std::optional<boost::json::object> header = parse_strict_object(text);
  if (!header) return refused("the header is not a JSON object with each name once");
  if (header->contains("crit")) return refused("the header has crit");
  const auto alg = string_member(*header, "alg");
  const std::optional<Algorithm> algorithm = algorithm_named(alg.value_or(""));
  if (!algorithm) return refused("alg is not ES256, RS256 or HS256");
  if (header->contains("typ") && lower(string_member(*header, "typ").value_or("")) != "jwt") {
    return refused("typ is not JWT");
  }
  if (header->contains("kid") && !string_member(*header, "kid")) {
    return refused("kid is not a string");
  }
  jws.algorithm = *algorithm;
  jws.kid = string_member(*header, "kid").value_or("");
  return {};
}

}  // namespace

std::string_view name_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::es256:
      return "ES256";
    case Algorithm::rs256:
      return "RS256";
    case Algorithm::hs256:
      return "HS256";
  }
  return "";
}

Result<Jws> parse_jws(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t second = first == token.npos ? token.npos : token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos) {
    return refused("not three parts");
  }
  const auto header = decode_base64url(token.substr(0, first));
  auto claims = decode_base64url(token.substr(first + 1, second - first - 1));
  auto signature = decode_base64url(token.substr(second + 1));
  if (!header || !claims || !signature) return refused("a part is not base64url");
  Jws jws;
  if (const Result<void> read = read_header(*header, jws); !read) return read.error();
  jws.compact = token;
  jws.claims = std::move(*claims);
  jws.signature = std::move(*signature);
  return jws;
}

}  // namespace footfall::api
