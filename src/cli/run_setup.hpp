// What every run begins with, fast or live: the world it lives in, its row, and the wish to stop.
#pragma once

#include <atomic>
#include <vector>

#include "base/result.hpp"
#include "cli/settings.hpp"
#include "personas/population.hpp"
#include "simulation/plan.hpp"
#include "store/store.hpp"

namespace footfall::cli {

struct World {
  retail::Catalogue catalogue;
  std::vector<store::Agent> agents;
  personas::Population population;
};

// The seeded shop and as many of its agents as the settings ask for. Errors: not_found if there are
// too few, or if personas and catalogue do not fit together.
Result<World> load_world(store::Store& store, const Settings& settings);

// Fills `population` from catalogue and agents. Error: not_found if they do not fit together.
Result<void> compile_agents(World& world);

// The row of a run that begins now.
store::Run new_run(const Settings& settings, const simulation::Plan& plan, const World& world);

// Set by the first Ctrl-C or SIGTERM: the run ends after the day or hour at hand. The second ends
// the program at once (what was committed stays, as always).
const std::atomic<bool>& stop_on_signals();

}  // namespace footfall::cli
