#include "cli/run_continue.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/live_target.hpp"
#include "cli/run_plan.hpp"
#include "cli/version.hpp"
#include "retail/records.hpp"
#include "store/any/url.hpp"

namespace footfall::cli {
namespace {

bool is_of_kind(const store::Run& run, const RunKind& kind) {
  return run.mode == kind.mode && run.shop == kind.shop;
}

std::string place_of(const std::string& shop) {
  return shop == "database" ? "in the database"
         : shop == "api"    ? "over footfall's API"
                            : "at " + shop;
}

Result<std::optional<store::Run>> named_run(store::Store& store, const Settings& settings,
                                            const SimulateOptions& options, const RunKind& kind) {
  std::optional<store::Run> run = store.run(RunId{options.continue_run});
  if (!run) {
    return Error(Errc::not_found,
                 fmt::format("{} has no run {}; `footfall runs` lists them",
                             store::shown_url(settings.text("db")), options.continue_run));
  }
  if (run->mode != kind.mode) {
    return Error(
        Errc::invalid_input,
        run->mode == "fast"
            ? fmt::format("run {} was lived in memory: go on with it with --fast", run->id.value)
            : fmt::format("run {} was lived in the database, not in memory: --fast cannot "
                          "go on with it",
                          run->id.value));
  }
  if (run->mode == "live" && run->shop != kind.shop) {
    return Error(Errc::invalid_input,
                 run->shop.empty()
                     ? fmt::format("run {} was lived by an older footfall, which did not note what "
                                   "is needed to go on with it; start a new run",
                                   run->id.value)
                     : fmt::format("run {} shops {}: it cannot go on elsewhere", run->id.value,
                                   place_of(run->shop)));
  }
  return run;
}

std::optional<store::Run> unfinished_run(store::Store& store, const RunKind& kind) {
  std::optional<store::Run> newest;
  for (store::Run& run : store.runs()) {
    if (is_of_kind(run, kind)) newest = std::move(run);
  }
  if (newest && newest->status == "finished") newest.reset();
  return newest;
}

}  // namespace

Result<std::optional<store::Run>> run_to_go_on(store::Store& store, Settings& settings,
                                               const SimulateOptions& options,
                                               const RunKind& kind) {
  const bool named = options.continue_run != 0;
  if (options.fresh || (!named && options.no_journal)) return std::optional<store::Run>();
  std::optional<store::Run> run;
  if (named) {
    auto found = named_run(store, settings, options, kind);
    if (!found) return found.error();
    run = std::move(*found);
  } else {
    run = unfinished_run(store, kind);
  }
  if (!run) return run;
  const std::string instead =
      named ? std::string()
            : fmt::format(". Run {} is not finished, so it goes on; --new starts another",
                          run->id.value);
  if (const auto done = take_stored_settings(settings, *run); !done) {
    return Error(done.error().code(), done.error().message() + instead);
  }
  if (settings.value("seed").source.starts_with("flag") &&
      static_cast<std::uint64_t>(settings.whole("seed")) != run->seed) {
    return Error(Errc::invalid_input, fmt::format("run {} has seed {}: leave --seed out{}",
                                                  run->id.value, run->seed, instead));
  }
  return run;
}

Result<void> prepare_continued(const store::Run& stored, const World& world, store::Run& run,
                               simulation::Plan& plan, const Settings& settings) {
  const auto coefficients = stored_coefficients(stored);
  if (!coefficients) return coefficients.error();
  plan.coefficients = *coefficients;
  const bool for_real_time = settings.value("weeks").source == kEndOfFor;
  const bool end_given =
      !for_real_time && (!settings.is_default("weeks") || !settings.is_default("until"));
  if (end_given && stored.shop == "api" && plan.until != stored.until) {
    return Error(
        Errc::invalid_input,
        fmt::format("run {} ends at {}: a run over the API keeps its end. Leave --weeks and "
                    "--until out, or begin another run with --new",
                    stored.id.value, to_date_string(stored.until)));
  }
  if (!end_given) {
    const SimTime latest = plan.start + kDay * (retail::kRunHoursMax / 24);
    const SimTime wanted =
        std::min(latest, SimTime{stored.now.us / kDay.us * kDay.us} + (plan.until - plan.start));
    plan.until =
        for_real_time && stored.shop != "api" ? std::max(stored.until, wanted) : stored.until;
  }
  // One that was cut off after its last hour has its end to make.
  const bool only_ends = stored.status != "finished" && plan.until == stored.now;
  if (plan.until <= stored.now && !only_ends) {
    return Error(
        Errc::invalid_input,
        fmt::format("run {} has lived to {} already: name a later end with --weeks or --until, or "
                    "begin another run with --new",
                    stored.id.value, to_date_string(stored.now)));
  }
  run = stored;
  run.until = plan.until;
  run.status = "running";
  const std::string hash = config_hash(stored.settings, world.catalogue, world.agents);
  if (hash != stored.config_hash) {
    return Error(
        Errc::incompatible,
        fmt::format("the catalogue or the agents have changed since run {} was begun, so it "
                    "cannot go on; begin another with --new",
                    stored.id.value));
  }
  if (stored.engine_version != kVersion) {
    return Error(
        Errc::incompatible,
        fmt::format("run {} was lived by footfall {}, this is {}: its shoppers might decide "
                    "otherwise, so it cannot go on; begin another with --new",
                    stored.id.value, stored.engine_version, kVersion));
  }
  plan.run = stored.id;
  plan.seed = stored.seed;
  return {};
}

}  // namespace footfall::cli
