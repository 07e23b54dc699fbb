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

}  // namespace

std::string summary_text(const RunSummary& summary) {
  const simulation::Tally& t = summary.tally;
  const store::Run& run = summary.run;
  const double days = static_cast<double>((run.now - run.start).us) / static_cast<double>(kDay.us);
  std::string out = fmt::format("\n{} agents lived {} to {} ({:.0f} days) in {}.\n\n",
                                with_commas(run.agents), to_date_string(run.start),
                                to_date_string(run.now), days, duration_text(summary.seconds));
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
  if (summary.failures > 0) line("failed trips", with_commas(summary.failures), "by the database");
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
  out += fmt::format("\nSeed {}", run.seed);
  if (run.activity_factor != 1) out += fmt::format(", activity factor {:.3f}", run.activity_factor);
  if (summary.database.empty()) return out + "; nothing was kept.\n";
  out += fmt::format("; run {} in {}.\n", run.id.value, summary.database);
  if (summary.stopped && run.mode == "live") {
    out += fmt::format("Stopped early; everything before {} is kept.\n", to_string(run.now));
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
  const boost::json::object out = {{"run", run.id.value},
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
  return boost::json::serialize(out) + "\n";
}

}  // namespace footfall::cli
