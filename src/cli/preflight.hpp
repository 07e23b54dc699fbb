// What has to hold before a live run begins (R4): a plain yes or no each, and a fix for each no.
#pragma once

#include <string>
#include <vector>

#include "cli/live_target.hpp"
#include "cli/settings.hpp"

namespace footfall::cli {

struct PreflightCheck {
  std::string what;   // "at least 2 active agents, all with valid users"
  std::string found;  // what there is, or why it could not be seen
  std::string fix;    // what to do about a no; empty for a yes
  bool good() const { return fix.empty(); }
};

struct Preflight {
  std::vector<PreflightCheck> checks;
  int failures() const;
};

// Looks at the database of `settings`, at the service of the target if it has one, and at the log.
// Leaves nothing behind in any of them but an empty log.
Preflight look_before(const Settings& settings, const LiveTarget& target);

std::string preflight_text(const Preflight& preflight, bool only_failures);
std::string preflight_json(const Preflight& preflight);

}  // namespace footfall::cli
