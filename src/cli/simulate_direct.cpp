// footfall simulate --direct: the agents shop in the database, each by transactions of its own.
#include <fmt/format.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <optional>

#include "base/failure.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/live_limits.hpp"
#include "cli/run_plan.hpp"
#include "cli/run_setup.hpp"
#include "cli/run_summary.hpp"
#include "cli/terminal.hpp"
#include "simulation/live_run.hpp"
#include "simulation/store_world.hpp"
#include "store/any/open.hpp"
#include "store/any/open_live.hpp"
#include "store/any/url.hpp"

namespace footfall::cli {
namespace {

class Shown final : public simulation::LiveObserver {
 public:
  Shown(const simulation::Plan& plan, bool quiet)
      : quiet_(quiet), line_(plan.start, plan.until), began_(std::chrono::steady_clock::now()) {}

  void note(const simulation::LiveEvent& event, const simulation::LiveProgress& now) override {
    if (quiet_ || event.kind != simulation::LiveEvent::Kind::cycle_ended) return;
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - began_;
    const double rate = static_cast<double>(now.tally.trips) / std::max(0.001, spent.count());
    line_.show(now.now, fmt::format("{} trips, {}/s{}", with_commas(now.tally.trips),
                                    with_commas(static_cast<std::int64_t>(rate)),
                                    now.failures ? fmt::format(", {} failed", now.failures) : ""));
  }
  void finish() {
    if (!quiet_) line_.finish();
  }

 private:
  bool quiet_;
  ProgressLine line_;
  std::chrono::steady_clock::time_point began_;
};

// Runs the io_context until the run is over; an exception of the run is thrown here.
void finish(boost::asio::io_context& io, Task<void> task) {
  std::exception_ptr error;
  // Stopped, since the pool's timer runs on while surplus connections idle.
  boost::asio::co_spawn(io, std::move(task), [&](const std::exception_ptr& e) {
    error = e;
    io.stop();
  });
  io.run();
  if (error) std::rethrow_exception(error);
}

store::LiveSetup setup_of(const store::Run& run, const simulation::Plan& plan, const World& world,
                          int policy_version) {
  store::LiveSetup setup;
  setup.context = {
      run.id,          plan.start,
      plan.rules.life, {plan.rules.frontstore_slots(), plan.rules.category_brand_slots()},
      plan.policy,     policy_version};
  setup.catalogue = &world.catalogue;
  setup.agents = &world.agents;
  return setup;
}

void tell_counts(const store::LiveCounts& counts, const simulation::LiveProgress& progress) {
  fmt::print(stderr, "{} transactions over {} connection{}{}{}{}\n",
             with_commas(counts.transactions), counts.connections_peak,
             counts.connections_peak == 1 ? "" : "s",
             counts.retries ? fmt::format(", {} tried again", counts.retries) : "",
             counts.lost ? fmt::format(", {} connections lost", counts.lost) : "",
             counts.refused ? fmt::format(", {} callers refused", counts.refused) : "");
  if (progress.failures > 0) {
    fmt::print(stderr, "{} trips failed; the last: {}\n", progress.failures, progress.last_failure);
  }
}

// Opens the database anew: it may have been restarted since.
Result<void> note_end(const Settings& settings, const store::Run& run,
                      const std::optional<Failure>& failure) {
  try {
    const auto store = store::open_store(settings.text("db"), /*make=*/false);
    if (store) (*store)->update_run(run);
    if (!store && !failure) return store.error();
  } catch (const Failure&) {
    if (!failure) throw;
  }
  if (!failure) return {};
  throw Failure(fmt::format("{}\nRun {} ended at {}; what was committed is kept", failure->what(),
                            run.id.value, to_string(run.now)));
}

}  // namespace

Result<void> simulate_direct(const Settings& settings, const SimulateOptions& options) {
  const auto began = std::chrono::steady_clock::now();
  const auto store = store::open_store(settings.text("db"), /*make=*/false);
  if (!store) return store.error();
  auto plan = plan_of(settings);
  if (!plan) return plan.error();
  const auto world = load_world(**store, settings);
  if (!world) return world.error();
  plan->seed = seed_of(settings);
  simulation::LiveOptions live_options;
  if (!settings.is_empty("batch-size")) {
    live_options.batch_size = static_cast<int>(settings.whole("batch-size"));
  }
  live_options.on_freeze.then = simulation::OnFreeze::Then::exit;
  const auto live_run = simulation::LiveRun::create(*plan, world->catalogue, world->population,
                                                    world->agents, live_options);
  if (!live_run) return live_run.error();
  store::Run run = new_run(settings, *plan, *world);
  run.mode = "live";
  run.activity_factor = (*live_run)->activity();
  run.id = (*store)->create_run(run);
  const store::LiveSetup setup = setup_of(run, *plan, *world, (*live_run)->policy().version());
  boost::asio::io_context io(1);
  const auto live_store =
      store::open_live(settings.text("db"), setup, live_limits(settings), io.get_executor());
  if (!live_store) {
    run.status = "failed";
    (*store)->update_run(run);
    return live_store.error();
  }
  if (!options.json) {
    fmt::print(stderr, "{} agents, {} to {}, seed {}, shopping in {}\n", with_commas(run.agents),
               to_date_string(run.start), to_date_string(run.until), run.seed,
               store::shown_url(settings.text("db")));
  }
  Shown shown(*plan, options.json);
  plan->run = run.id;
  const simulation::StoreWorld store_world(*plan, world->catalogue, world->population,
                                           world->agents, (*live_run)->policy(), **live_store);
  SteadyTime time(io.get_executor());
  simulation::RunControl control(io.get_executor());
  simulation::Pace pace(time, control);
  std::optional<Failure> failure;
  try {
    finish(io, (*live_run)->run(run.id, store_world.world(), time, control, pace, shown));
  } catch (const Failure& error) {
    failure = error;
  }
  shown.finish();
  const simulation::LiveProgress& progress = (*live_run)->progress();
  run.now = progress.now;
  run.status = failure ? "failed" : run.now < plan->until ? "stopped" : "finished";
  if (const auto noted = note_end(settings, run, failure); !noted) return noted.error();
  RunSummary summary;
  summary.tally = progress.tally;
  summary.failures = progress.failures;
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  summary.run = run;
  summary.stopped = run.now < plan->until;
  summary.database = store::shown_url(settings.text("db"));
  if (!options.json) tell_counts((*live_store)->counts(), progress);
  fmt::print("{}", options.json ? summary_json(summary) : summary_text(summary));
  return {};
}

}  // namespace footfall::cli
