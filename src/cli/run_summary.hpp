// What is said when a run is over.
#pragma once

#include <string>

#include "simulation/fast_run.hpp"
#include "store/store.hpp"

namespace footfall::cli {

struct RunSummary {
  store::Run run;
  simulation::Tally tally;
  std::int64_t failures = 0;  // trips that the database failed; of live runs
  double seconds = 0;         // of the real clock
  std::string database;       // empty: nothing was kept
  bool stopped = false;       // before its end, by the user
};

std::string summary_text(const RunSummary& summary);
std::string summary_json(const RunSummary& summary);

}  // namespace footfall::cli
