// Behaviour coefficients from a TOML file.
#pragma once

#include <string>

#include "base/result.hpp"
#include "shopper/behavior/coefficients.hpp"

namespace footfall::cli {

// The defaults, replaced by what the file holds. Errors: io, invalid_input naming line, key, what
// is allowed.
Result<shopper::Coefficients> read_behavior_file(const std::string& path);
// The same from TOML text; `name` stands in messages.
Result<shopper::Coefficients> parse_behavior(const std::string& text, const std::string& name);

}  // namespace footfall::cli
