// Who calls (R14).
#pragma once

#include <cstdint>
#include <string>

#include "base/ids.hpp"

namespace footfall::api {

enum class PrincipalKind : std::uint8_t { nobody, person, agent, admin };

struct Principal {
  PrincipalKind kind = PrincipalKind::nobody;
  std::string subject;  // person: the token's sub, a UUID in lower case
  std::string email;    // person: as the token says; may be empty
  AgentId agent;        // agent: as the dev token says; not yet looked up
};

}  // namespace footfall::api
