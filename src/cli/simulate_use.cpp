#include "cli/simulate_use.hpp"

#include <fmt/format.h>

#include <span>

namespace footfall::cli {
namespace {

// What only some kinds of runs look at.
constexpr std::string_view kFastOnly[] = {"threads"};
constexpr std::string_view kLiveOnly[] = {"batch-size",
                                          "db-pool",
                                          "db-pool-extra",
                                          "db-prepared",
                                          "db-connect-timeout",
                                          "db-statement-timeout",
                                          "db-lock-timeout",
                                          "db-wait-timeout",
                                          "db-reconnect-timeout",
                                          "time-scale",
                                          "for",
                                          "ramp",
                                          "breaker",
                                          "on-freeze",
                                          "commit",
                                          "run-log",
                                          "run-log-megabytes",
                                          "orphans",
                                          "control",
                                          "screen"};
constexpr std::string_view kApiOnly[] = {"api",
                                         "api-profile",
                                         "api-tokens",
                                         "journal",
                                         "rate",
                                         "rate-policy",
                                         "http-sessions",
                                         "http-connections",
                                         "http-connect-timeout",
                                         "http-first-byte-timeout",
                                         "http-timeout",
                                         "http-tries",
                                         "http-authorities"};

Error wrong(std::string text) { return Error(Errc::invalid_input, std::move(text)); }

Result<void> refuse_flags(const Settings& settings, std::span<const std::string_view> names,
                          std::string_view kind, std::string_view instead) {
  for (const std::string_view name : names) {
    if (!settings.value(name).source.starts_with("flag")) continue;
    return wrong(
        fmt::format("--{} does nothing in a {} run: leave it out, or say {}", name, kind, instead));
  }
  return {};
}

Result<void> check_live(const Settings& settings, const SimulateOptions& options) {
  if (options.no_journal) {
    return wrong("--no-journal goes with --fast only: --mock-db keeps no journal of a live run");
  }
  if (const auto good = refuse_flags(settings, kFastOnly, "live", "--fast"); !good) return good;
  if (options.direct) return refuse_flags(settings, kApiOnly, "direct", "--api URL");
  return {};
}

Result<void> check_fast(const Settings& settings, const SimulateOptions& options) {
  if (options.direct || options.mock_api || options.mock_db || options.dry_run || options.unpaced) {
    return wrong(fmt::format("--fast and {} exclude each other: a fast run lives in memory",
                             options.direct     ? "--direct"
                             : options.mock_api ? "--mock-api"
                             : options.mock_db  ? "--mock-db"
                             : options.dry_run  ? "--dry-run"
                                                : "--unpaced"));
  }
  if (options.skip_preflight) return wrong("--skip-preflight: a fast run has no preflight");
  if (options.no_journal && options.continue_run != 0) {
    return wrong("--no-journal keeps nothing, so no run can go on with it");
  }
  if (const auto good = refuse_flags(settings, kLiveOnly, "fast", "--direct or --api URL"); !good) {
    return good;
  }
  return refuse_flags(settings, kApiOnly, "fast", "--api URL instead of --fast");
}

}  // namespace

Result<bool> is_live(const Settings& settings, const SimulateOptions& options) {
  if (options.fresh && options.continue_run != 0) {
    return wrong("--new and --continue exclude each other: one starts a run, one goes on with one");
  }
  const bool mocked = options.mock_api || options.dry_run;
  const bool live = !options.fast && (options.direct || mocked || !settings.is_empty("api"));
  if (!live && !options.fast) {
    return wrong(
        "say how the agents are to live: --fast in memory, --direct in the database, "
        "--api URL at a shop's API, or --dry-run without touching anything");
  }
  if (!settings.is_default("weeks") && !settings.is_empty("until")) {
    return wrong("--weeks and --until both name the end: give one of them");
  }
  const auto good = live ? check_live(settings, options) : check_fast(settings, options);
  if (!good) return good.error();
  return live;
}

}  // namespace footfall::cli
