// How a live session takes its run over, and keeps its checkpoints (R33 to R35).
#pragma once

#include <string>
#include <vector>

#include "checkpoint/folder.hpp"
#include "cli/run_setup.hpp"
#include "cli/settings.hpp"
#include "simulation/look_back.hpp"

namespace footfall::cli {

// Writes a live run's states where --checkpoints says.
class LiveCheckpoints final : public simulation::Checkpoints {
 public:
  // `run` must outlive it.
  LiveCheckpoints(checkpoint::Folder folder, const store::Run& run)
      : folder_(std::move(folder)), run_(run) {}

  Result<std::string> save(const simulation::LiveState& state) override;
  const checkpoint::Folder& folder() const { return folder_; }

 private:
  checkpoint::Folder folder_;
  const store::Run& run_;
};

// What happened when a run went on, for its operator.
struct WentOn {
  std::string file;  // of the checkpoint; empty: there was none
  std::vector<checkpoint::Rejected> rejected;
  simulation::FoundPast past;
};

// Works out where `run` goes on, and puts its database in order. Errors: invalid_input where
// --orphans ask has nobody to ask, or was answered with no. Throws Failure if the database refuses.
Result<simulation::LiveResume> take_up(store::Store& store, const store::Run& run,
                                       const simulation::Plan& plan, const World& world,
                                       const checkpoint::Folder* folder, const Settings& settings,
                                       WentOn& told);

// A few sentences: where it goes on, from what, and what was cut off.
std::string went_on_text(const store::Run& run, const WentOn& told);

}  // namespace footfall::cli
