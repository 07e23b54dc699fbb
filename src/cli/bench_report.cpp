// What a load came to, as a table and as JSON.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "cli/bench.hpp"
#include "cli/text_table.hpp"
#include "telemetry/json_writer.hpp"

namespace footfall::cli {
namespace {

using commerce::ApiAction;

double per_second(std::int64_t count, double seconds) {
  return static_cast<double>(count) / std::max(seconds, 1e-6);
}

std::string rate_text(std::int64_t count, double seconds) {
  const double rate = per_second(count, seconds);
  return rate < 100 ? fmt::format("{:.1f}", rate) : with_commas(static_cast<std::int64_t>(rate));
}

struct Kind {
  std::string_view name, meaning;
  std::int64_t count;
};

// Requests that were not answered well.
std::vector<Kind> errors_of(const commerce::ApiCounts& counts) {
  return {{"refused", "refused (4xx)", counts.refused},
          {"throttled", "throttled (429)", counts.throttled},
          {"server_errors", "server errors (5xx)", counts.server_errors},
          {"timeouts", "timed out", counts.timeouts},
          {"connection_errors", "connections failed", counts.connection_errors},
          {"stopped", "given up at the end", counts.stopped}};
}

std::string ms(std::int64_t us) {
  return fmt::format("{:.{}f} ms", static_cast<double>(us) / 1000, us < 10'000 ? 2 : 0);
}

void add_latency(std::string_view name, const telemetry::LatencyHistogram& h, TextTable& table) {
  table.add({std::string(name), ms(h.quantile_us(0.5)), ms(h.quantile_us(0.95)),
             ms(h.quantile_us(0.99)), ms(h.max_us())});
}

void write_latency(std::string_view name, const telemetry::LatencyHistogram& h,
                   telemetry::JsonWriter& json) {
  json.key(name)
      .begin_object()
      .member("count", h.count())
      .member("mean_us", h.mean_us())
      .member("p50_us", h.quantile_us(0.5))
      .member("p95_us", h.quantile_us(0.95))
      .member("p99_us", h.quantile_us(0.99))
      .member("max_us", h.max_us())
      .end_object();
}

}  // namespace

std::string load_text(const load::LoadReport& report, const std::string& target) {
  const TextStyle style = terminal_style(/*colour=*/false);
  const simulation::Tally& shopped = report.shopped.tally;
  const commerce::ApiCounts& counts = report.requests;
  std::string out =
      fmt::format("\n{} agents shopped at {} for {:.2f} s, in {} simulated hour{}.\n\n",
                  with_commas(report.agents), target, report.seconds, with_commas(report.hours),
                  report.hours == 1 ? "" : "s");
  TextTable done({{"", Align::left}, {"done", Align::right}, {"a second", Align::right}});
  const auto add = [&](std::string_view what, std::int64_t count) {
    done.add({std::string(what), with_commas(count), rate_text(count, report.seconds)});
  };
  add("sessions", shopped.sessions);
  add("orders", shopped.orders);
  if (report.shopped.failures > 0) add("failed sessions", report.shopped.failures);
  add("requests", counts.sent);
  for (int i = 0; i < commerce::kApiActionCount; ++i) {
    const std::int64_t count = counts.sent_of[static_cast<std::size_t>(i)];
    if (count > 0) add(fmt::format("- {}", to_string(static_cast<ApiAction>(i))), count);
  }
  add("answered well", counts.ok);
  for (const Kind& kind : errors_of(counts)) {
    if (kind.count > 0) add(kind.meaning, kind.count);
  }
  out += done.text(style) + "\n";
  TextTable latency({{"", Align::left},
                     {"p50", Align::right},
                     {"p95", Align::right},
                     {"p99", Align::right},
                     {"longest", Align::right}});
  add_latency("from due", report.latency.from_due, latency);
  add_latency("from sent", report.latency.from_sent, latency);
  out += latency.text(style);
  if (report.steering > 0) {
    out += fmt::format("\nBeside these {} requests began the run, moved its time and ended it.\n",
                       with_commas(report.steering));
  }
  if (report.shopped.failures > 0) {
    out += fmt::format("\nThe last failure: {}\n", report.shopped.last_failure);
  }
  for (const std::string& note : report.notes) out += fmt::format("\nNote: {}.\n", note);
  return out;
}

std::string load_json(const load::LoadReport& report, const std::string& target) {
  const simulation::LiveProgress& shopped = report.shopped;
  const commerce::ApiCounts& counts = report.requests;
  std::string out;
  telemetry::JsonWriter json(out);
  json.begin_object()
      .member("target", target)
      .member("agents", report.agents)
      .member("seconds", report.seconds)
      .member("simulated_hours", report.hours)
      .member("sessions", shopped.tally.sessions)
      .member("sessions_per_second", per_second(shopped.tally.sessions, report.seconds))
      .member("orders", shopped.tally.orders)
      .member("failed_sessions", shopped.failures)
      .key("failed_sessions_by_kind")
      .begin_object();
  for (int i = 0; i < commerce::kTripFailureKinds; ++i) {
    json.member(to_string(static_cast<commerce::TripFailure::Kind>(i)),
                shopped.failures_of[static_cast<std::size_t>(i)]);
  }
  json.end_object()
      .member("requests", counts.sent)
      .member("requests_per_second", per_second(counts.sent, report.seconds))
      .key("requests_by_action")
      .begin_object();
  for (int i = 0; i < commerce::kApiActionCount; ++i) {
    json.member(to_string(static_cast<ApiAction>(i)), counts.sent_of[static_cast<std::size_t>(i)]);
  }
  json.end_object().member("ok", counts.ok).key("errors").begin_object();
  for (const Kind& kind : errors_of(counts)) json.member(kind.name, kind.count);
  json.end_object().member("steering_requests", report.steering);
  write_latency("latency_from_due", report.latency.from_due, json);
  write_latency("latency_from_sent", report.latency.from_sent, json);
  json.key("notes").begin_array();
  for (const std::string& note : report.notes) json.value(std::string_view(note));
  json.end_array().end_object();
  return out + "\n";
}

}  // namespace footfall::cli
