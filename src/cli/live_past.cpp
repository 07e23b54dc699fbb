#include "cli/live_past.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "base/crash_point.hpp"
#include "base/text.hpp"
#include "store/wall_clock.hpp"

namespace footfall::cli {
namespace {

using simulation::FoundPast;

constexpr std::size_t kShownOrphans = 5;

// Whether sessions that were cut off may be put in order; asked on the terminal.
Result<bool> ask_about(std::size_t orphans) {
  if (::isatty(STDIN_FILENO) == 0) {
    return Error(
        Errc::invalid_input,
        fmt::format("{} sessions were cut off, and --orphans ask has no terminal to ask on: "
                    "say clean or keep",
                    orphans));
  }
  for (;;) {
    fmt::print(stderr,
               "{} sessions were cut off. Complete those that have an order, and set the others "
               "aside (c), leave them open (k), or end here (q)? ",
               orphans);
    std::fflush(stderr);
    const int answer = std::getchar();
    for (int rest = answer; rest != '\n' && rest != EOF;) rest = std::getchar();
    if (answer == 'c') return true;
    if (answer == 'k') return false;
    if (answer == 'q' || answer == EOF) {
      return Error(Errc::invalid_input, "ended without going on; nothing was changed");
    }
  }
}

std::string orphans_text(const FoundPast& past) {
  if (past.orphans.empty()) return {};
  if (past.orphans_kept) {
    return fmt::format("{} sessions were cut off, and are left open: their agents stay away.\n",
                       past.orphans.size());
  }
  std::size_t paid = 0;
  for (const FoundPast::Orphan& orphan : past.orphans) paid += orphan.order.value != 0;
  std::string out =
      fmt::format("{} session{} cut off; {} with an order: completed; {} without: set aside",
                  past.orphans.size(), past.orphans.size() == 1 ? " was" : "s were", paid,
                  past.orphans.size() - paid);
  for (std::size_t i = 0; i < past.orphans.size() && i < kShownOrphans; ++i) {
    fmt::format_to(std::back_inserter(out), "{}{}", i == 0 ? " (" : ", ",
                   past.orphans[i].session.value);
  }
  return out + (past.orphans.size() > kShownOrphans ? ", …).\n" : ").\n");
}

}  // namespace

Result<std::string> LiveCheckpoints::save(const simulation::LiveState& state) {
  checkpoint::Checkpoint written = checkpoint::begin(run_);
  written.written_us = store::wall_clock_us();
  written.state = state;
  return folder_.save(std::move(written));
}

Result<simulation::LiveResume> take_up(store::Store& store, const store::Run& run,
                                       const simulation::Plan& plan, const World& world,
                                       const checkpoint::Folder* folder, const Settings& settings,
                                       WentOn& told) {
  store::RunPast past = store.past(run.id);
  const std::string how = settings.text("on-resume");
  simulation::LiveState state;
  state.progress.now = plan.start;
  bool by_checkpoint = false;
  if (folder && how != "database") {
    checkpoint::Found found = folder->newest(run);
    told.rejected = std::move(found.rejected);
    if (found.checkpoint) {
      state = std::move(found.checkpoint->state);
      told.file = found.file;
      by_checkpoint = true;
    }
  }
  SimTime now = run.now;
  if (!by_checkpoint) {  // an hour after the last that is known
    if (const auto latest = past.latest_hour()) {
      const SimTime after = plan.start + kHour * (*latest + 1);
      now = std::max(now, after);
    }
  }
  simulation::LookBackOptions options;
  options.replays = how == "replay" && by_checkpoint;
  options.keep_orphans = settings.text("orphans") == "keep";
  if (settings.text("orphans") == "ask") {
    if (const std::size_t orphans = past.open_sessions().size()) {
      const auto clean = ask_about(orphans);
      if (!clean) return clean.error();
      options.keep_orphans = !*clean;
    }
  }
  crash_point("resume.before");
  auto resume = simulation::look_back(past, state, now, plan, world.catalogue, world.agents,
                                      options, told.past);
  crash_point("resume.after");
  return resume;
}

std::string went_on_text(const store::Run& run, const WentOn& told) {
  const FoundPast& past = told.past;
  std::string out = fmt::format("Run {} goes on from {}", run.id.value, to_string(past.now));
  if (!told.file.empty()) {
    fmt::format_to(std::back_inserter(out), " (checkpoint {})", told.file);
  } else {
    out += " (no checkpoint: an hour after the database's last session)";
  }
  out += ".\n";
  for (const checkpoint::Rejected& one : told.rejected) {
    fmt::format_to(std::back_inserter(out), "Not from {}: {}.\n", one.file, one.why);
  }
  if (past.sessions > 0) {
    fmt::format_to(std::back_inserter(out), "{} session{} kept since then{}.\n",
                   with_commas(past.sessions), past.sessions == 1 ? " was" : "s were",
                   past.replayed > 0
                       ? fmt::format("; {} told again as replays", with_commas(past.replayed))
                       : "");
  }
  return out + orphans_text(past);
}

}  // namespace footfall::cli
