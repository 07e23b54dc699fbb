// A call as the bytes that are sent.
#pragma once

#include <string>
#include <string_view>

#include "http/client.hpp"

namespace footfall::http {

// Replaces `out`. `base` goes before the target; `own_headers` are lines with their CRLF. Asserts
// what ClientCall promises: nothing of a call can begin a line or a request of its own.
void compose_call(std::string& out, std::string_view base, std::string_view own_headers,
                  const ClientCall& call);

}  // namespace footfall::http
