// What is UTF-8 (RFC 3629) and what is not.
#pragma once

#include <cstddef>
#include <string_view>

namespace footfall {

// Bytes of the UTF-8 character at the front of `text`; 0 if there is none, also when it is empty.
std::size_t utf8_bytes(std::string_view text);

}  // namespace footfall
