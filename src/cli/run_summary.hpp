// What is said when a run is over.
#pragma once

#include <optional>
#include <string>

#include "commerce/http/api_sessions.hpp"
#include "simulation/fast_run.hpp"
#include "simulation/live_world.hpp"
#include "store/store.hpp"

namespace footfall::cli {

struct RunSummary {
  store::Run run;
  simulation::Tally tally;
  std::int64_t failures = 0;  // trips that database or service failed; of live runs
  double seconds = 0;         // of the real clock
  std::string database;       // where the data are; empty: nothing was kept
  bool stopped = false;       // before its end, by the user
  bool kept_by_api = false;   // the journal is the server's: the run cannot be taken up again
  std::optional<simulation::LiveProgress> live;
  std::string service;  // a shop's API; empty: none
  commerce::ApiCounts calls;
  commerce::ApiLatency latency;
};

std::string summary_text(const RunSummary& summary);
std::string summary_json(const RunSummary& summary);

}  // namespace footfall::cli
