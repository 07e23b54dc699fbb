// footfall simulate --fast: a population lives in memory, its data go to the database.
// simulate_live.cpp has live runs.
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

#include "base/failure.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/fast_past.hpp"
#include "cli/files.hpp"
#include "cli/run_continue.hpp"
#include "cli/run_holder.hpp"
#include "cli/run_plan.hpp"
#include "cli/run_setup.hpp"
#include "cli/run_summary.hpp"
#include "cli/simulate_use.hpp"
#include "cli/terminal.hpp"
#include "simulation/fast_run.hpp"
#include "store/any/open.hpp"
#include "store/any/url.hpp"

namespace footfall::cli {
namespace {

int thread_count(const Settings& settings, std::size_t agents) {
  if (!settings.is_empty("threads")) return static_cast<int>(settings.whole("threads"));
  // A day of a small population is over before a second thread has woken up.
  if (agents < 5'000) return 1;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// Marks the run as failed if that is still possible, and lets the failure go on.
[[noreturn]] void fail_run(store::Store& store, store::Run run, const Failure& failure) {
  try {
    const auto runs = store.runs();
    for (const store::Run& kept : runs) {
      if (kept.id == run.id) run.now = kept.now;  // what the journal committed last
    }
    run.status = "failed";
    store.update_run(run);
    store.past(run.id).release(this_holder());
  } catch (const Failure&) {
    // The database cannot be reached at all: its state says "running", and --continue works.
  }
  throw Failure(
      fmt::format("{}\nRun {} ended early; what was committed is kept. It goes on with "
                  "`footfall simulate --fast --continue {}`",
                  failure.what(), run.id.value, run.id.value));
}

simulation::Progress live(simulation::FastRun& fast_run, const simulation::Plan& plan, bool quiet,
                          FastCheckpoints* checkpoints) {
  const std::atomic<bool>& stop = stop_on_signals();
  ProgressLine line(plan.start, plan.until);
  const auto began = std::chrono::steady_clock::now();
  const auto progress = fast_run.run(stop, [&](const simulation::Progress& now) {
    if (checkpoints) checkpoints->note(now);
    if (quiet) return;
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - began;
    line.show(
        now.now,
        fmt::format("{} trips, {}/s", with_commas(now.tally.trips),
                    with_commas(static_cast<std::int64_t>(static_cast<double>(now.tally.trips) /
                                                          std::max(0.001, spent.count())))));
  });
  line.finish();
  return progress;
}

void announce(const store::Run& run, int threads, bool continued) {
  fmt::print(stderr, "{} agents, {} to {}, seed {}, {} thread{}{}\n", with_commas(run.agents),
             to_date_string(run.start), to_date_string(run.until), run.seed, threads,
             threads == 1 ? "" : "s",
             continued
                 ? fmt::format("; run {} goes on from {}", run.id.value, to_date_string(run.now))
                 : "");
}

std::unique_ptr<store::Journal> open_journal(store::Store& store, const store::Run& run,
                                             const simulation::Plan& plan,
                                             const simulation::FastRun& fast_run,
                                             const World& world) {
  const offers::Rules& rules = plan.rules;
  const store::WalletSlots slots = {rules.frontstore_slots(), rules.category_brand_slots()};
  const store::JournalContext context = {run.id, plan.start,  rules.life,
                                         slots,  plan.policy, fast_run.policy_version()};
  return store.open_journal(context, world.catalogue, world.agents);
}

// The run's row; from here on nobody else lives it.
void begin(store::Store& store, store::Run& run, bool continued) {
  if (!continued) {
    run.id = store.create_run(run);
    run.begun_wall_us = store.run(run.id)->begun_wall_us;
  }
  store::RunPast past = store.past(run.id);
  take_run(past, run.id, {});
  if (!continued) return;
  run.now = store.run(run.id)->now;  // as it is now that nobody else can move it
  store.update_run(run);
}

}  // namespace

Result<void> simulate(Settings settings, const SimulateOptions& options) {
  const auto live_wanted = is_live(settings, options);
  if (!live_wanted) return live_wanted.error();
  if (*live_wanted) return simulate_live(std::move(settings), options);
  const auto began = std::chrono::steady_clock::now();
  const auto store = store::open_store(settings.text("db"), /*make=*/false);
  if (!store) return store.error();
  const auto stored = run_to_go_on(**store, settings, options, {"fast", ""});
  if (!stored) return stored.error();
  auto plan = plan_of(settings);
  if (!plan) return plan.error();
  const auto world = load_world(**store, settings);
  if (!world) return world.error();
  store::Run run;
  if (*stored) {
    if (const auto done = prepare_continued(**stored, *world, run, *plan, settings); !done) {
      return done.error();
    }
  } else {
    plan->seed = seed_of(settings);
    run = new_run(settings, *plan, *world);
  }
  const int threads = thread_count(settings, world->population.size());
  const auto fast_run =
      simulation::FastRun::create(*plan, world->catalogue, world->population, threads);
  if (!fast_run) return fast_run.error();
  run.activity_factor = (*fast_run)->activity();
  if (!options.no_journal) begin(**store, run, stored->has_value());
  const bool quiet = options.json || options.quiet;
  if (!quiet) announce(run, threads, stored->has_value());
  std::optional<FastCheckpoints> checkpoints;
  if (!options.no_journal) checkpoints.emplace(settings, run, **fast_run);
  if (stored->has_value() && checkpoints) {
    const std::string told = checkpoints->resume();
    if (!quiet) fmt::print(stderr, "{}", told);
  }
  RunSummary summary;
  try {
    std::unique_ptr<store::Journal> journal;
    if (!options.no_journal) {
      journal = open_journal(**store, run, *plan, **fast_run, *world);
      (*fast_run)->keep(run.id, *journal, run.now);
    }
    const simulation::Progress progress =
        live(**fast_run, *plan, quiet, checkpoints ? &*checkpoints : nullptr);
    summary.tally = progress.tally;
    // A run that was stopped while it lived its past again has lost nothing.
    run.now = std::max(run.now, progress.now);
    summary.stopped = run.now < plan->until;
    run.status = summary.stopped ? "stopped" : "finished";
    if (journal) {
      journal.reset();
      (*store)->update_run(run);
      if (summary.stopped && run.now == progress.now) checkpoints->save(progress);
      (*store)->past(run.id).release(this_holder());
    }
  } catch (const Failure& failure) {
    if (!options.no_journal) fail_run(**store, run, failure);
    throw;
  }
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  summary.run = run;
  summary.database = options.no_journal ? "" : store::shown_url(settings.text("db"));
  fmt::print("{}", options.json ? summary_json(summary) : summary_text(summary));
  return {};
}

}  // namespace footfall::cli
