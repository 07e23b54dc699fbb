// base64url without padding (RFC 7515 section 2), read strictly.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace footfall::api {

// The bytes, or nothing where the text is not the one way to write them: another alphabet, padding,
// white space, a length that cannot be, or bits left over that are not zero. So two different texts
// never mean the same bytes, and a signed token has one spelling.
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace footfall::api
