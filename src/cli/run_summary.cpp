#include "cli/run_summary.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/text.hpp"
#include "cli/terminal.hpp"
#include "cli/text_table.hpp"

namespace footfall::cli {
namespace {

std::string mean(double sum, std::int64_t count) {
  return count == 0 ? "-" : fmt::format("{:.2f}", sum / static_cast<double>(count));
}

std::string ms_text(std::int64_t us) {
  return fmt::format("{:.{}f} ms", static_cast<double>(us) / 1000, us < 10'000 ? 1 : 0);
}

// What the shop's API had to say, and how long it took.
void add_service(const RunSummary& summary, std::string& out) {
  const commerce::ApiCounts& c = summary.calls;
  out += fmt::format("\nCalls to {}: {} sent, {} answered well", summary.service,
                     with_commas(c.sent), with_commas(c.ok));
  const auto add = [&](std::int64_t count, std::string_view what) {
    if (count > 0) out += fmt::format(", {} {}", with_commas(count), what);
  };
  add(c.refused, "refused (4xx)");
  add(c.throttled, "throttled (429)");
  add(c.server_errors, "server errors (5xx)");
  add(c.timeouts, "timed out");
  add(c.connection_errors, "connections failed");
  add(c.retries, "sent again");
  out += "\n";
  const auto row = [&](std::string_view what, const telemetry::LatencyHistogram& h) {
    out += fmt::format("  {:<20}{:>14}   p95 {}, p99 {}, longest {}\n", what,
                       "p50 " + ms_text(h.quantile_us(0.5)), ms_text(h.quantile_us(0.95)),
                       ms_text(h.quantile_us(0.99)), ms_text(h.max_us()));
  };
  row("from sent", summary.latency.from_sent);
  row("from due", summary.latency.from_due);
}

boost::json::object latency_json(const telemetry::LatencyHistogram& histogram) {
  return {{"count", histogram.count()},
          {"mean_us", histogram.mean_us()},
          {"p50_us", histogram.quantile_us(0.5)},
          {"p95_us", histogram.quantile_us(0.95)},
          {"p99_us", histogram.quantile_us(0.99)},
          {"max_us", histogram.max_us()}};
}

boost::json::object live_json(const RunSummary& summary) {
  const simulation::LiveProgress& live = *summary.live;
  boost::json::object failures;
  for (int i = 0; i < commerce::kTripFailureKinds; ++i) {
    failures[to_string(static_cast<commerce::TripFailure::Kind>(i))] =
        live.failures_of[static_cast<std::size_t>(i)];
  }
  boost::json::object out = {{"failed_trips_by_kind", failures},
                             {"unsettled_checkouts", live.unsettled},
                             {"held_back", live.held_back},
                             {"late_cycles", live.late_cycles},
                             {"freezes", live.freezes}};
  if (summary.service.empty()) return out;
  const commerce::ApiCounts& c = summary.calls;
  out["service"] = summary.service;
  out["calls"] = {{"asked", c.calls},
                  {"sent", c.sent},
                  {"ok", c.ok},
                  {"refused", c.refused},
                  {"throttled", c.throttled},
                  {"server_errors", c.server_errors},
                  {"timeouts", c.timeouts},
                  {"connection_errors", c.connection_errors},
                  {"retries", c.retries}};
  out["latency_from_sent"] = latency_json(summary.latency.from_sent);
  out["latency_from_due"] = latency_json(summary.latency.from_due);
  return out;
}

}  // namespace

std::string summary_text(const RunSummary& summary) {
  const simulation::Tally& t = summary.tally;
  const store::Run& run = summary.run;
  const std::int64_t hours = (run.now - run.start).us / kHour.us;
  const std::string span = hours < 48 ? fmt::format("{} hour{}", hours, hours == 1 ? "" : "s")
                                      : fmt::format("{} days", (hours + 12) / 24);
  std::string out = fmt::format("\n{} agents lived {} to {} ({}) in {}.\n\n",
                                with_commas(run.agents), to_date_string(run.start),
                                to_date_string(run.now), span, duration_text(summary.seconds));
  const auto line = [&out](std::string_view what, const std::string& figure,
                           const std::string& note) {
    out += fmt::format("  {:<20}{:>14}{}{}\n", what, figure, note.empty() ? "" : "   ", note);
  };
  line("sessions", with_commas(t.sessions),
       fmt::format("{} shopping, {} only looking", with_commas(t.trips),
                   with_commas(t.idle_sessions)));
  line("orders", with_commas(t.orders),
       fmt::format("{} of the shopping sessions", percent(t.orders, t.trips)));
  line("carts left behind", with_commas(t.abandoned), "");
  if (t.failed > 0) line("refused checkouts", with_commas(t.failed), "");
  if (summary.failures > 0) line("failed trips", with_commas(summary.failures), "");
  if (summary.live && summary.live->unsettled > 0) {
    line("unsettled", with_commas(summary.live->unsettled),
         "checkouts of which nobody knows whether they were done");
  }
  if (summary.live && summary.live->late_cycles > 0) {
    line("late cycles", with_commas(summary.live->late_cycles), "");
  }
  line("products an order", mean(static_cast<double>(t.order_lines), t.orders), "");
  line(
      "revenue", grouped(t.revenue),
      fmt::format("{} an order, {} discount by coupons",
                  mean(static_cast<double>(t.revenue.minor) / 100, t.orders), grouped(t.discount)));
  line(
      "coupons given", with_commas(t.coupons_assigned),
      fmt::format("{} redeemed ({}), {} expired", with_commas(t.coupons_redeemed),
                  percent(t.coupons_redeemed, t.coupons_assigned), with_commas(t.coupons_expired)));
  line("events", with_commas(t.events), fmt::format("{} decisions", with_commas(t.decisions)));
  line("left for good", with_commas(t.dropped_out), "agents");
  if (!summary.service.empty()) add_service(summary, out);
  out += fmt::format("\nSeed {}", run.seed);
  if (run.activity_factor != 1) out += fmt::format(", activity factor {:.3f}", run.activity_factor);
  if (summary.database.empty()) return out + "; nothing was kept.\n";
  out += fmt::format("; run {} in {}.\n", run.id.value, summary.database);
  if (summary.stopped && summary.kept_by_api) {
    out += fmt::format("It ended before its last day; the server has everything before {}.\n",
                       to_string(run.now));
  } else if (summary.stopped && run.mode == "live") {
    out += fmt::format(
        "It ended before its last day; everything before {} is kept. The same\n"
        "`footfall simulate` goes on with it; --new begins another.\n",
        to_string(run.now));
  } else if (summary.stopped) {
    out += fmt::format(
        "Stopped early; everything before {} is kept. It goes on with\n"
        "  footfall simulate --fast --continue {}\n",
        to_date_string(run.now), run.id.value);
  }
  return out;
}

std::string summary_json(const RunSummary& summary) {
  const simulation::Tally& t = summary.tally;
  const store::Run& run = summary.run;
  boost::json::object out = {{"run", run.id.value},
                             {"status", run.status},
                             {"mode", run.mode},
                             {"seed", run.seed},
                             {"config_hash", run.config_hash},
                             {"engine_version", run.engine_version},
                             {"database", summary.database},
                             {"agents", run.agents},
                             {"start", to_string(run.start)},
                             {"now", to_string(run.now)},
                             {"until", to_string(run.until)},
                             {"activity_factor", run.activity_factor},
                             {"seconds", summary.seconds},
                             {"thoughts", t.thoughts},
                             {"sessions", t.sessions},
                             {"shopping_sessions", t.trips},
                             {"idle_sessions", t.idle_sessions},
                             {"orders", t.orders},
                             {"abandoned", t.abandoned},
                             {"failed", t.failed},
                             {"failed_trips", summary.failures},
                             {"order_lines", t.order_lines},
                             {"events", t.events},
                             {"decisions", t.decisions},
                             {"dropped_out", t.dropped_out},
                             {"coupons_assigned", t.coupons_assigned},
                             {"coupons_redeemed", t.coupons_redeemed},
                             {"coupons_expired", t.coupons_expired},
                             {"coupons_superseded", t.coupons_superseded},
                             {"wallet_views", t.wallet_views},
                             {"gross_minor", t.gross.minor},
                             {"discount_minor", t.discount.minor},
                             {"revenue_minor", t.revenue.minor}};
  if (summary.live) out["live"] = live_json(summary);
  return boost::json::serialize(out) + "\n";
}

}  // namespace footfall::cli
