// What a database URL says, as libpq reads it.
#pragma once

#include <optional>
#include <string>

namespace footfall::store::postgres {

// What is wrong with a URL, as a sentence for the user; empty if nothing is. Nothing of the URL is
// repeated: with an unescaped / or @ a part of the password reads as host, port or name.
std::string url_problem(const std::string& url);

// The host whose addresses are to be looked up before connecting. Nothing where there is none to
// look up or libpq must choose: an address, a socket's folder, a service, several hosts, none named
// here, PGHOSTADDR; or a URL that cannot be read.
std::optional<std::string> host_to_look_up(const std::string& url);

}  // namespace footfall::store::postgres
