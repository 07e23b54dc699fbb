#include "cli/live_status.hpp"

#include <unistd.h>

#include "telemetry/json_writer.hpp"

namespace footfall::cli {

std::string_view status_of(const simulation::RunControl& control) {
  if (control.is_stopping()) return "stopping";
  if (control.is_frozen()) return "frozen";
  return control.is_paused() ? "paused" : "running";
}

std::string status_json(LiveSession& session) {
  const simulation::LiveProgress& now = session.live_run().progress();
  const simulation::Plan& plan = session.plan();
  const simulation::RunControl& control = session.control();
  std::string out;
  telemetry::JsonWriter json(out);
  json.begin_object()
      .member("run", session.run().id.value)
      .member("process", static_cast<std::int64_t>(::getpid()))
      .member("status", status_of(control));
  if (control.is_frozen()) {
    json.member("frozen_because", std::string_view(control.frozen_because()));
  }
  json.member("simulated", now.now)
      .member("until", plan.until)
      .member("cycle", hour_number(now.now) - hour_number(plan.start))
      .member("cycles", hour_number(plan.until) - hour_number(plan.start))
      .member("admitted", static_cast<std::int64_t>(now.admitted))
      .member("sessions", now.tally.sessions)
      .member("trips", now.tally.trips)
      .member("orders", now.tally.orders)
      .member("revenue_minor", now.tally.revenue)
      .member("failures", now.failures)
      .member("unsettled", now.unsettled)
      .member("late_cycles", now.late_cycles)
      .member("freezes", now.freezes)
      .member("calls", session.sessions() ? session.sessions()->counts().sent : 0)
      .member("checkpoints", now.checkpoints)
      .member("checkpoint", std::string_view(now.last_checkpoint))
      .member("checkpoint_error", std::string_view(now.checkpoint_error))
      .end_object();
  return out;
}

}  // namespace footfall::cli
