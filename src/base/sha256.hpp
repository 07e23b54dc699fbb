// SHA-256 (FIPS 180-4), by OpenSSL.
#pragma once

#include <string>
#include <string_view>

namespace footfall {

// 64 hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace footfall
