// A persona's 28 attributes as JSON, named as in docs/PERSONAS.md: the traits column of agents.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "personas/persona.hpp"

namespace footfall::store {

std::string persona_to_json(const personas::Persona& persona);

// Errors: invalid_input for broken JSON, an attribute that is missing or not allowed.
Result<personas::Persona> persona_from_json(std::string_view json);

}  // namespace footfall::store
