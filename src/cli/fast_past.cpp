#include "cli/fast_past.hpp"

#include <fmt/format.h>

#include "store/wall_clock.hpp"

namespace footfall::cli {
namespace {

constexpr std::int64_t kDefaultPauseUs = 30'000'000;

}  // namespace

FastCheckpoints::FastCheckpoints(const Settings& settings, const store::Run& run,
                                 simulation::FastRun& fast_run)
    : is_off_(settings.text("checkpoints") == "off"),
      folder_(settings.text("checkpoints")),
      run_(run),
      fast_run_(fast_run),
      minutes_(settings.number("checkpoint-minutes")),
      last_(run.now),
      last_wall_us_(store::wall_clock_us()) {
  chosen_ = !settings.is_empty("checkpoint-every");
  if (chosen_) every_ = settings.whole("checkpoint-every");
}

std::string FastCheckpoints::resume() {
  std::string told;
  if (is_off_) return told;
  const checkpoint::Found found = folder_.newest(run_);
  for (const checkpoint::Rejected& one : found.rejected) {
    fmt::format_to(std::back_inserter(told), "Not from {}: {}.\n", one.file, one.why);
  }
  if (!found.checkpoint || !found.checkpoint->shard) return told;
  const simulation::LiveProgress& progress = found.checkpoint->state.progress;
  const auto state = folder_.read_shard(*found.checkpoint->shard);
  const auto taken =
      state ? fast_run_.resume(*state, progress.now, progress.tally) : Result<void>(state.error());
  if (!taken) return told + fmt::format("Not from {}: {}.\n", found.file, taken.error().message());
  last_ = progress.now;
  return told + fmt::format("From checkpoint {}.\n", found.file);
}

void FastCheckpoints::note(const simulation::Progress& now) {
  const std::int64_t wall = store::wall_clock_us();
  const bool by_time = minutes_ > 0 && static_cast<double>(wall - last_wall_us_) >= minutes_ * 60e6;
  const bool by_cycles = hour_number(now.now) - hour_number(last_) >= every_ &&
                         (chosen_ || wall - last_wall_us_ >= kDefaultPauseUs);
  if (by_cycles || by_time) save(now);
}

void FastCheckpoints::save(const simulation::Progress& now) {
  if (is_off_) return;
  last_ = now.now;
  last_wall_us_ = store::wall_clock_us();
  checkpoint::Checkpoint written = checkpoint::begin(run_);
  written.written_us = last_wall_us_;
  written.state.progress.now = now.now;
  written.state.progress.tally = now.tally;
  const auto saved = folder_.save(std::move(written), fast_run_.state());
  if (saved || warned_) return;
  warned_ = true;
  fmt::print(stderr, "No checkpoint could be kept: {}. The run goes on; the ones before stay.\n",
             saved.error().message());
}

}  // namespace footfall::cli
