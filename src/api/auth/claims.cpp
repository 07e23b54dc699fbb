#include "api/auth/claims.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <optional>
#include <utility>

#include "api/auth/strict_json.hpp"
#include "base/text.hpp"

namespace footfall::api {

namespace json = boost::json;

namespace {

constexpr double kLeewaySeconds = 30;
constexpr double kSecondsMax = 9'007'199'254'740'992;  // 2^53: whole seconds are exact below it
constexpr std::size_t kEmailBytesMax = 254;            // RFC 5321 section 4.5.3.1.3, less <>

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

// aud is one name or a list of names (RFC 7519 section 4.1.3).
bool names_audience(const json::object& claims, const std::string& audience) {
  const json::value* aud = claims.if_contains("aud");
  const json::array* list = aud == nullptr ? nullptr : aud->if_array();
  if (list == nullptr) return string_member(claims, "aud") == audience;
  return std::any_of(list->begin(), list->end(), [&](const json::value& one) {
    return one.is_string() && std::string_view(one.as_string().data(), one.as_string().size()) ==
                                  std::string_view(audience);
  });
}

// NaN fails every comparison, so it is no time either.
std::optional<double> time_member(const json::object& claims, json::string_view name) {
  const json::value* value = claims.if_contains(name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  json::error_code error;
  const double seconds = value->to_number<double>(error);
  if (error || !(std::abs(seconds) < kSecondsMax)) return std::nullopt;
  return seconds;
}

// For showing only: what cannot be shown is left out, and no reason to refuse.
std::string email_of(const json::object& claims) {
  const std::string_view email = string_member(claims, "email").value_or("");
  const bool control = std::any_of(email.begin(), email.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  return control || email.size() > kEmailBytesMax ? std::string() : std::string(email);
}

// Whatever is there but not plainly false counts as anonymous.
bool is_anonymous(const json::object& claims) {
  const json::value* value = claims.if_contains("is_anonymous");
  return value != nullptr && !(value->is_bool() && !value->as_bool());
}

// exp must be there; nbf and iat are times where they are.
std::optional<Validity> validity_of(const json::object& claims) {
  const std::optional<double> until = time_member(claims, "exp");
  if (!until) return std::nullopt;
  Validity validity{-kSecondsMax, *until};
  for (const char* name : {"nbf", "iat"}) {
    const std::optional<double> from = time_member(claims, name);
    if (!from && claims.contains(name)) return std::nullopt;
    validity.from = std::max(validity.from, from.value_or(validity.from));
  }
  return validity;
}

CheckedClaims refused(const char* why, AuthFailure failure = AuthFailure::invalid) {
  CheckedClaims checked;
  checked.answer.failure = failure;
  checked.answer.reason = why;
  return checked;
}

}  // namespace

bool Validity::has_begun(std::int64_t now) const {
  return from <= static_cast<double>(now) + kLeewaySeconds;
}

// "On or after" exp a token is not accepted (RFC 7519 section 4.1.4).
bool Validity::is_over(std::int64_t now) const {
  return static_cast<double>(now) - kLeewaySeconds >= until;
}

CheckedClaims check_claims(std::string_view text, const ClaimRules& rules, std::int64_t now) {
  const std::optional<json::object> claims = parse_strict_object(text);
  if (!claims) return refused("the claims are not a JSON object with each name once");
  if (string_member(*claims, "iss") != rules.issuer) return refused("iss is not ours");
  if (!names_audience(*claims, rules.audience)) return refused("aud is not ours");
  if (string_member(*claims, "role") != rules.role) return refused("role is not ours");
  const std::string_view sub = string_member(*claims, "sub").value_or("");
  if (!is_uuid(sub)) return refused("sub is not a UUID");
  const std::optional<Validity> validity = validity_of(*claims);
  if (!validity) return refused("exp is missing, or exp, nbf or iat is no time");
  if (validity->is_over(now)) return refused("expired", AuthFailure::expired);
  if (!validity->has_begun(now)) return refused("nbf or iat is in the future");
  if (is_anonymous(*claims) && !rules.anonymous) return refused("is_anonymous is true");
  CheckedClaims good;
  good.answer.failure = AuthFailure::none;
  good.answer.principal.kind = PrincipalKind::person;
  good.answer.principal.subject = lower(sub);
  good.answer.principal.email = email_of(*claims);
  good.validity = *validity;
  return good;
}

}  // namespace footfall::api
