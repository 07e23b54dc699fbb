// What a run that was cut off has lived already, and where it goes on (R34, R35): its database is
// put in order, and the state that the next hour begins with worked out from the last checkpoint
// and what was kept since.
#pragma once

#include <string>
#include <vector>

#include "simulation/live_state.hpp"
#include "simulation/plan.hpp"
#include "store/run_past.hpp"
#include "store/store.hpp"

namespace footfall::simulation {

struct LookBackOptions {
  bool replays = true;        // tell what was kept since the checkpoint again, as replays
  bool keep_orphans = false;  // leave sessions that were cut off as they are
};

// What was found, and done about it; for the operator.
struct FoundPast {
  SimTime from;               // of the checkpoint
  SimTime now;                // the hour that was cut off
  std::int64_t sessions = 0;  // kept since the checkpoint
  std::int64_t replayed = 0;  // told again now
  std::int64_t lived_this_hour = 0;
  struct Orphan {
    SessionId session;
    OrderId order;  // 0: it has none and was set aside, or left as it is
  };
  std::vector<Orphan> orphans;
  bool orphans_kept = false;
};

// Begins at `state`, a run's state at some earlier hour (at its start for one that has none), and
// comes to `now`, the beginning of the hour that was cut off. May be done again if it was cut off
// itself. Throws Failure if the database refuses. Agents stand in id order.
LiveResume look_back(store::RunPast& past, const LiveState& state, SimTime now, const Plan& plan,
                     const retail::Catalogue& catalogue, const std::vector<store::Agent>& agents,
                     const LookBackOptions& options, FoundPast& found);

}  // namespace footfall::simulation
