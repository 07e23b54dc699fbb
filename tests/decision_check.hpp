// Invariant 35: every stored decision follows from what the database holds. The probability is
// computed again by the functions that computed it (docs/EVENTS.md, "Computing a probability
// again") and must be the same bit for bit; the draw must lead to what was chosen.
#pragma once

#include <map>
#include <string>

#include "base/ids.hpp"

namespace footfall {

struct DecisionCheck {
  std::map<std::string, std::int64_t> checked;  // by kind
  std::int64_t wrong = 0;
  std::string first_wrong;  // some of them, a line each
};

// Of a run in the database at `url`. It must have been lived by this version of the program.
DecisionCheck check_decisions(const std::string& url, RunId run);

}  // namespace footfall
