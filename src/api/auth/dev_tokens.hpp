// `Bearer dev:<agent_id>`: sign-in without a password, for simulations on one's own machine.
//
// Two libraries have these functions: api_dev_tokens accepts such tokens (where the settings say so
// as well), api_dev_tokens_off has no code that could. A program links one of them; a production
// build the second. They are object libraries, named by the program itself, so nothing can pull in
// the other behind its back: two of them do not link.
#pragma once

#include <optional>
#include <string_view>

#include "base/ids.hpp"

namespace footfall::api {

// Whether this program was built with dev tokens (CMake: FOOTFALL_DEV_TOKENS).
bool dev_tokens_built_in();

// The agent that `token` names: "dev:" and 1 to 99999999, in decimal digits, with no sign, space or
// leading zero. Nothing for any other text, and for every text where dev tokens are not built in.
std::optional<AgentId> dev_agent(std::string_view token);

}  // namespace footfall::api
