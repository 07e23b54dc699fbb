// Which flags of `footfall simulate` go together.
#pragma once

#include "base/result.hpp"
#include "cli/commands.hpp"

namespace footfall::cli {

// Whether the run is live (in the database, at a shop's API, mocked), and not a fast one in memory.
// Errors: invalid_input for flags that exclude each other, or that such a run would not look at.
Result<bool> is_live(const Settings& settings, const SimulateOptions& options);

}  // namespace footfall::cli
