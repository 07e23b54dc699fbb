// From settings to a run's plan, and back from what the database stored of a run.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/settings.hpp"
#include "retail/catalogue.hpp"
#include "simulation/plan.hpp"
#include "store/store.hpp"

namespace footfall::cli {

// The plan that the settings describe, but for run and seed. Errors: invalid_input for an end that
// is not after the start, days that are not whole, a bad behaviour file.
Result<simulation::Plan> plan_of(const Settings& settings);

// What decides the run's data, as JSON: stored with the run.
std::string settings_json(const Settings& settings, const simulation::Plan& plan);

// Puts a stored run's settings in place of the given ones. Errors: invalid_input if a flag
// contradicts them (a run that goes on stays what it was).
Result<void> take_stored_settings(Settings& settings, const store::Run& run);

// The stored run's behaviour coefficients.
Result<shopper::Coefficients> stored_coefficients(const store::Run& run);

// A digest of everything that decides the run's data: settings, catalogue, agents. Two runs with
// the same digest and seed have the same rows. 16 hexadecimal digits (FNV-1a, 64 bits).
std::string config_hash(const std::string& settings_json, const retail::Catalogue& catalogue,
                        const std::vector<store::Agent>& agents);

}  // namespace footfall::cli
