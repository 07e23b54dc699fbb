// Who lives a run: one simulator at a time. A process that died on this machine is known at once;
// of one on another machine only that it does not say any more that it is there.
#pragma once

#include <string>

#include "store/run_past.hpp"

namespace footfall::cli {

// This process, so that another one on this machine can tell whether it is still there.
const std::string& this_holder();
// Whether the holder is a process of this machine, and gone.
bool is_known_dead(const std::string& holder);

// Takes the run, also from a process that is gone; waits for one of another machine until it has
// not said anything for half a minute. Throws Failure, with what to do, if somebody lives it.
// `shop`: as in store::Run.
void take_run(store::RunPast& past, RunId run, const std::string& shop);

}  // namespace footfall::cli
