// What a fast run keeps to go on from, and how it does (R33, R34).
#pragma once

#include <string>
#include <vector>

#include "checkpoint/folder.hpp"
#include "cli/settings.hpp"
#include "simulation/fast_run.hpp"
#include "store/store.hpp"

namespace footfall::cli {

class FastCheckpoints {
 public:
  // Both must outlive it.
  FastCheckpoints(const Settings& settings, const store::Run& run, simulation::FastRun& fast_run);

  // Puts the run where its newest good checkpoint was; without one it stays at its start, and lives
  // its past again. Answers what to tell about it, a sentence a line; may be empty.
  std::string resume();
  // Keeps one if it is time. By default that is a simulated week, but no sooner than half a minute
  // after the last one: what a shorter run has lived is lived again as fast as it is read. What
  // goes wrong is told on standard error, once.
  void note(const simulation::Progress& now);
  // Keeps one now.
  void save(const simulation::Progress& now);

 private:
  bool is_off_ = false;
  checkpoint::Folder folder_;
  const store::Run& run_;
  simulation::FastRun& fast_run_;
  std::int64_t every_ = 168;  // hours
  bool chosen_ = false;       // --checkpoint-every was given
  double minutes_ = 0;        // of real time; 0: by hours alone
  SimTime last_;
  std::int64_t last_wall_us_ = 0;
  bool warned_ = false;
};

}  // namespace footfall::cli
