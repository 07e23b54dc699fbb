// What a database URL is: sqlite:PATH, or PostgreSQL's.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace footfall::store {

bool is_postgres(const std::string& url);

// The file behind "sqlite:PATH". Error: invalid_input for anything else.
Result<std::filesystem::path> file_of(const std::string& url);

// The URL for messages: without password and parameters (one of them may be the password). Where it
// cannot be told what is which, only the scheme.
std::string shown_url(const std::string& url);

}  // namespace footfall::store
