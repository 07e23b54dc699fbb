// Which run goes on, and that it goes on as what it was (R34, R55).
#pragma once

#include <optional>
#include <string>

#include "cli/commands.hpp"
#include "cli/run_setup.hpp"
#include "cli/settings.hpp"
#include "store/store.hpp"

namespace footfall::cli {

// What kind of run is asked for. `shop` as in store::Run.
struct RunKind {
  std::string mode;  // fast, live
  std::string shop;
};

// The run that --continue names; or the newest of its kind, if it is not finished and --new is not
// said; its settings are put in place of the given ones. Nothing: a new run. Errors: not_found;
// invalid_input where a flag contradicts the run, or it is of another kind.
Result<std::optional<store::Run>> run_to_go_on(store::Store& store, Settings& settings,
                                               const SimulateOptions& options, const RunKind& kind);

// Puts the run's own plan in place; only its end may move, later. `run` becomes its row with status
// running. Errors: invalid_input for an end that has passed; incompatible where the shop, the
// agents or the program have changed since.
Result<void> prepare_continued(const store::Run& stored, const World& world, store::Run& run,
                               simulation::Plan& plan, const Settings& settings);

}  // namespace footfall::cli
