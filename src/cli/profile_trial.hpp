// A profile's actions, each tried once in the order of a trip. See `footfall profile check`.
#pragma once

#include <string>

#include "base/task.hpp"
#include "cli/profile_text.hpp"
#include "commerce/http/api_sessions.hpp"
#include "commerce/http/http_commerce.hpp"
#include "retail/catalogue.hpp"

namespace footfall::cli {

struct ProfileTrial {
  const commerce::Profile& profile;
  const retail::Catalogue& catalogue;  // has products
  commerce::ApiSessions& sessions;
  AgentId agent;
  UserId user;
  StoreId store;
  std::string persona, token;
  // Unlike those of runs and of other trials; the moment is the real one. In a run of the service,
  // those that belong there.
  std::int64_t session = 0;
  SimTime at;
  bool buy = false;
  RunId run;  // 0: none
};

// Fills in check.steps and check.bought. Throws nothing: what goes wrong is told.
Task<void> try_profile(const ProfileTrial& trial, ProfileCheck& check);

}  // namespace footfall::cli
