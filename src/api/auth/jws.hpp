// A signed token as it arrives (JWS compact serialization, RFC 7515), taken apart. Nothing in it is
// to be believed before a key has verified it; its header only says which key to try.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace footfall::api {

enum class Algorithm : std::uint8_t { es256, rs256, hs256 };

std::string_view name_of(Algorithm algorithm);  // as a header's alg spells it

struct Jws {
  std::string compact;  // the whole token
  Algorithm algorithm = Algorithm::es256;
  std::string kid;        // may be empty
  std::string claims;     // decoded, not yet parsed
  std::string signature;  // decoded
};

// Refused: other than three parts, what is no strict base64url, a header that is no object or names
// a member twice, an alg of none or any other than ours, `crit` (we know no extensions), a typ
// other than JWT, a kid that is no string. `jwk`, `jku`, `x5u`, `x5c` are not looked at: a key
// never comes from the token. Errors: invalid_input, without any part of the token.
Result<Jws> parse_jws(std::string_view token);

}  // namespace footfall::api
