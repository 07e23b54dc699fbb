// The keys with which tokens may be signed, as an issuer publishes them (JWK Set, RFC 7517).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "api/auth/signature_key.hpp"
#include "base/result.hpp"

namespace footfall::api {

struct KeyList {
  std::map<std::string, SignatureKey, std::less<>> by_kid;  // never an HS256 key
  int ignored = 0;  // entries that are listed but cannot be used; many: look at the issuer

  const SignatureKey* find(std::string_view kid) const;  // null: none
};

// Entries that are not for us are left out and counted: another kty, curve or alg, use other than
// sig, key_ops without verify, no kid or one seen before, a key too short or not on its curve, and
// one that shows its private half. An empty list is a list: then nobody can sign in.
// Errors: too_large beyond 64 KiB or 32 entries; invalid_input where the text is no JWK Set.
Result<KeyList> parse_key_list(std::string_view text);

}  // namespace footfall::api
