// Which hosts are this machine alone.
#pragma once

#include <string_view>

namespace footfall {

// "localhost" in any case, an address of 127.0.0.0/8, or ::1, the latter with or without the
// brackets of a URL. Nothing is looked up: other names, and short forms such as "127.1", are not.
bool is_loopback_host(std::string_view host);

}  // namespace footfall
