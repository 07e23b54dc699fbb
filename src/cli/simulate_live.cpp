// footfall simulate, live: the agents shop in the database, at a shop's API, or in a mocked one.
#include <fmt/format.h>

#include <chrono>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/control_socket.hpp"
#include "cli/live_session.hpp"
#include "cli/live_shown.hpp"
#include "cli/live_signals.hpp"
#include "cli/live_status.hpp"
#include "cli/live_target.hpp"
#include "cli/preflight.hpp"
#include "cli/run_continue.hpp"
#include "cli/run_summary.hpp"
#include "store/any/open.hpp"
#include "store/any/url.hpp"

namespace footfall::cli {
namespace {

using Shop = LiveTarget::Shop;
using Keep = LiveTarget::Keep;

constexpr int kMockedLinesASecond = 100'000;  // a dry run's log is its result

std::string place_of(const LiveTarget& target, const std::string& database) {
  std::string shop = target.shop == Shop::database ? database
                     : target.shop == Shop::mock   ? "a mocked shop"
                                                   : target.url->origin + target.url->base;
  if (target.shop == Shop::database) return shop;
  return shop + (target.keep == Keep::database ? ", journal in " + database
                 : target.keep == Keep::api    ? ", journal over the API"
                                               : ", nothing is kept");
}

std::string pace_of(const LiveTarget& target) {
  if (!target.scale) return "unpaced";
  return fmt::format("at scale {} (a cycle every {:.4g} s)", *target.scale, 3600.0 / *target.scale);
}

std::string limit_of(const LiveTarget& target) {
  if (target.shop != Shop::api) return {};
  using http::RatePolicy;
  const http::RateOptions& rate = target.limits.rate;
  if (rate.policy == RatePolicy::off) return ", no rate limit";
  return fmt::format(", at most {} calls a second{}", rate.per_second,
                     rate.policy == RatePolicy::adaptive ? " (adaptive)" : "");
}

void announce(const LiveSession& session, const Settings& settings) {
  const simulation::Plan& plan = session.plan();
  fmt::print(stderr, "{} agents, {} to {}, seed {}, shopping in {}\n",
             with_commas(static_cast<std::int64_t>(session.world().agents.size())),
             to_date_string(plan.start), to_date_string(plan.until), plan.seed,
             place_of(session.target(), store::shown_url(settings.text("db"))));
  fmt::print(stderr, "{}{}\n", pace_of(session.target()), limit_of(session.target()));
  const LiveTarget& target = session.target();
  if (target.url && !target.url->is_https && !target.url->is_loopback) {
    fmt::print(stderr, "Warning: {} is not encrypted: tokens can be read on the way\n",
               target.url->origin);
  }
  if (const std::string warning = session.load_warning(); !warning.empty()) {
    fmt::print(stderr, "Warning: {}\n", warning);
  }
}

void tell_counts(LiveSession& session) {
  if (!session.live_store()) return;
  const store::LiveCounts counts = session.live_store()->counts();
  fmt::print(stderr, "{} transactions over {} connection{}{}{}{}\n",
             with_commas(counts.transactions), counts.connections_peak,
             counts.connections_peak == 1 ? "" : "s",
             counts.retries ? fmt::format(", {} tried again", counts.retries) : "",
             counts.lost ? fmt::format(", {} connections lost", counts.lost) : "",
             counts.refused ? fmt::format(", {} callers refused", counts.refused) : "");
}

Result<std::unique_ptr<telemetry::RunLog>> open_log(const Settings& settings,
                                                    const LiveTarget& target) {
  if (settings.text("run-log") == "off") return std::unique_ptr<telemetry::RunLog>();
  telemetry::RunLogLimits limits;
  limits.bytes_max = settings.whole("run-log-megabytes") * 1024 * 1024;
  if (target.shop == Shop::mock || target.keep == Keep::nothing) {
    limits.lines_per_second_max = kMockedLinesASecond;
  }
  return telemetry::RunLog::open(settings.text("run-log"), limits);
}

RunSummary summary_of(LiveSession& session, const Settings& settings, double seconds) {
  RunSummary summary;
  summary.live = session.live_run().progress();
  summary.tally = summary.live->tally;
  summary.failures = summary.live->failures;
  summary.seconds = seconds;
  summary.run = session.run();
  summary.stopped = summary.run.now < session.plan().until;
  if (session.target().keep == Keep::database) {
    summary.database = store::shown_url(settings.text("db"));
  }
  summary.kept_by_api = session.target().keep == Keep::api;
  if (summary.kept_by_api) summary.database = session.target().url->origin;
  if (commerce::ApiSessions* const sessions = session.sessions()) {
    summary.service = session.target().url->origin + session.target().url->base;
    summary.calls = sessions->counts();
    summary.latency = sessions->latency();
  }
  return summary;
}

// A run that cannot be steered from elsewhere is lived all the same.
void open_socket(ControlSocket& socket, LiveSession& session, const Settings& settings) {
  const std::string& folder = settings.text("control");
  if (folder == "off") return;
  const auto listening = socket.listen(control_path(folder, session.run().id.value));
  if (listening) return;
  fmt::print(stderr, "Warning: {}; `footfall ctl` cannot reach this run\n",
             listening.error().message());
}

}  // namespace

Result<void> simulate_live(Settings settings, const SimulateOptions& options) {
  const auto began = std::chrono::steady_clock::now();
  auto target = live_target(settings, options);
  if (!target) return target.error();
  std::optional<store::Run> stored;
  if (target->keep == Keep::database) {
    const auto store = store::open_store(settings.text("db"), /*make=*/false);
    if (!store) return store.error();
    auto found = run_to_go_on(**store, settings, options, {"live", target->shop_name()});
    if (!found) return found.error();
    stored = std::move(*found);
  }
  if (!options.skip_preflight) {
    const Preflight found = look_before(settings, *target);
    if (const int failures = found.failures()) {
      fmt::print(stderr, "{}", preflight_text(found, /*only_failures=*/true));
      return Error(Errc::incompatible,
                   fmt::format("{} of {} preflight checks failed; mend that, or go on anyway with "
                               "--skip-preflight",
                               failures, found.checks.size()));
    }
  }
  auto log = open_log(settings, *target);
  if (!log) return log.error();
  auto created = LiveSession::create(settings, std::move(*target), stored);
  if (!created) return created.error();
  LiveSession& session = **created;
  const bool tells = !options.json && !options.quiet;
  if (tells) announce(session, settings);
  LiveShown shown(session, log->get(), options.json || options.quiet);
  session.tell_mocked([&](const commerce::MockedStep& step) { shown.note_mocked(step); });
  LiveSignals signals(session.io(), session.control());
  ControlSocket socket(session.io(), session.control(), [&] { return status_json(session); });
  session.on_begun([&] {
    open_socket(socket, session, settings);
    if (settings.text("screen") == "off") return;
    shown.open_screen(place_of(session.target(), store::shown_url(settings.text("db"))));
  });
  std::exception_ptr failure;
  try {
    session.live(shown);
  } catch (...) {
    failure = std::current_exception();
  }
  shown.finish();
  if (failure && !session.has_begun()) std::rethrow_exception(failure);
  if (tells) tell_counts(session);
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - began;
  const RunSummary summary = summary_of(session, settings, spent.count());
  fmt::print("{}", options.json ? summary_json(summary) : summary_text(summary));
  std::fflush(stdout);
  if (failure) std::rethrow_exception(failure);
  return {};
}

}  // namespace footfall::cli
