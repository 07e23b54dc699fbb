// What a token says, once its signature is good: whether that makes its bearer a person who may
// come in, and for how long.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/auth/verifier.hpp"

namespace footfall::api {

// When a token counts, in seconds since 1970 by the wall clock; clocks may differ by 30 s.
struct Validity {
  double from = 0;   // the later of nbf and iat, where given
  double until = 0;  // exp

  bool has_begun(std::int64_t now) const;
  bool is_over(std::int64_t now) const;
};

struct ClaimRules {
  std::string issuer, audience, role;
  bool anonymous = false;
};

struct CheckedClaims {
  AuthAnswer answer;
  Validity validity;  // where the answer is good
};

// In this order (reference/offers-and-data.md section 5): iss, aud, role, sub, exp, nbf and iat,
// is_anonymous. user_metadata is never looked at: its user writes it.
CheckedClaims check_claims(std::string_view text, const ClaimRules& rules, std::int64_t now);

}  // namespace footfall::api
