#include "api/auth/dev_tokens.hpp"

namespace footfall::api {

bool dev_tokens_built_in() { return false; }

std::optional<AgentId> dev_agent(std::string_view) { return std::nullopt; }

}  // namespace footfall::api
