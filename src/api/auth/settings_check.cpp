#include <algorithm>
#include <initializer_list>

#include "api/auth/dev_tokens.hpp"
#include "api/auth/verifier.hpp"
#include "base/loopback.hpp"

namespace footfall::api {
namespace {

constexpr std::size_t kSecretBytesMin = 32, kAdminTokenMin = 32, kAdminTokenMax = 1024;

bool is_visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

// The host of what follows "https://", port left out; "" if it is none, or hides behind a user
// name.
std::string_view host_of(std::string_view rest) {
  std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.find_first_of("@\\") != authority.npos) return "";
  const std::size_t host_end = authority.find(']');  // an IPv6 address has colons of its own
  const std::size_t port = authority.find(':', host_end == authority.npos ? 0 : host_end);
  return authority.substr(0, port);
}

// https://host…, or http://loopback….
bool is_trusted_url(std::string_view url) {
  constexpr std::string_view kHttps = "https://", kHttp = "http://";
  if (!is_visible_ascii(url)) return false;
  if (url.substr(0, kHttps.size()) == kHttps) return !host_of(url.substr(kHttps.size())).empty();
  return url.substr(0, kHttp.size()) == kHttp &&
         is_loopback_host(host_of(url.substr(kHttp.size())));
}

Error wrong(const char* sentence) { return Error(Errc::invalid_input, sentence); }

Result<void> check_tokens(const AuthSettings& settings) {
  const bool hs256 = settings.allow_hs256;
  if (hs256 && settings.hs256_secret.empty()) {
    return wrong("SUPABASE_ALLOW_HS256 is set, but SUPABASE_JWT_SECRET is not.");
  }
  if (hs256 && settings.hs256_secret.size() < kSecretBytesMin) {
    return wrong("SUPABASE_JWT_SECRET is too short: it must have 32 bytes or more.");
  }
  if (!settings.jwks_url.empty() && !is_trusted_url(settings.jwks_url)) {
    return wrong("SUPABASE_JWKS_URL must be an https:// URL (http:// for this machine only).");
  }
  if (!hs256 && settings.jwks_url.empty()) return {};
  if (settings.issuer.empty()) {
    return wrong(
        "SUPABASE_JWT_ISSUER is missing: tokens of other issuers could not be told from ours.");
  }
  if (!is_trusted_url(settings.issuer)) {
    return wrong(
        "SUPABASE_JWT_ISSUER must be an https:// URL (http:// for this machine only), as it stands "
        "in the tokens: https://<project>.supabase.co/auth/v1.");
  }
  if (settings.audience.empty() || settings.role.empty()) {
    return wrong("The audience and the role that tokens must have may not be empty.");
  }
  return {};
}

}  // namespace

Result<void> check(const AuthSettings& settings) {
  if (const Result<void> tokens = check_tokens(settings); !tokens) return tokens.error();
  const std::string& admin = settings.admin_token;
  if (!admin.empty() && (admin.size() < kAdminTokenMin || admin.size() > kAdminTokenMax)) {
    return wrong("FOOTFALL_ADMIN_TOKEN must have 32 to 1024 characters.");
  }
  if (!is_visible_ascii(admin)) {
    return wrong("FOOTFALL_ADMIN_TOKEN must be of visible ASCII characters, without spaces.");
  }
  if (settings.dev_tokens && !dev_tokens_built_in()) {
    return wrong(
        "SIMULATION_MODE is true, but this program was built without dev tokens "
        "(FOOTFALL_DEV_TOKENS).");
  }
  return {};
}

}  // namespace footfall::api
