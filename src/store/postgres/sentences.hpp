// What is said to the user when PostgreSQL cannot be reached, or breaks off. Plain text; no
// password is ever in it, since libpq's own messages hold none and URLs are never repeated.
#pragma once

#include <string>
#include <string_view>

namespace footfall::store::postgres {

std::string_view first_line(std::string_view text);

// libpq's message for a failed connect without its preambles, each reason once: it tries every
// address, with and without TLS.
std::string connect_reason(std::string_view libpq_message);

// With what to do about it. `where`: the database's name.
std::string connect_sentence(const std::string& where, const std::string& reason);
std::string lost_sentence(const std::string& where, std::string_view reason);

}  // namespace footfall::store::postgres
