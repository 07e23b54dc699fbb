#include "cli/live_shown.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <vector>

#include "base/text.hpp"

namespace footfall::cli {

using simulation::LiveEvent;
using simulation::LiveProgress;
using telemetry::Level;
using telemetry::RunLogField;

LiveShown::LiveShown(LiveSession& session, telemetry::RunLog* log, bool quiet)
    : session_(session),
      log_(log),
      quiet_(quiet),
      line_(session.plan().start, session.plan().until),
      began_(std::chrono::steady_clock::now()) {}

void LiveShown::open_screen(const std::string& place) {
  if (!quiet_) screen_ = LiveScreen::open(session_, place);
}

void LiveShown::finish() {
  if (screen_) screen_->close();
  screen_.reset();
  if (!quiet_) line_.finish();
}

void LiveShown::tell(const std::string& text) {
  if (screen_) {
    for (std::size_t at = 0, end = 0; end != text.npos; at = end + 1) {
      end = text.find('\n', at);
      screen_->tell(Level::warning, text.substr(at, end == text.npos ? end : end - at));
    }
    return;
  }
  if (!quiet_) line_.finish();
  try {
    fmt::print(stderr, "{}\n", text);
  } catch (const std::system_error&) {
    // A terminal that is gone, a full disk: the run goes on.
  }
}

void LiveShown::show_progress(const LiveProgress& now) {
  if (quiet_ || screen_) return;
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - began_;
  std::string what = fmt::format("{} trips", with_commas(now.tally.trips));
  if (session_.target().scale) {
    fmt::format_to(std::back_inserter(what), ", {} orders, {:.0f} % of the cycle",
                   with_commas(now.tally.orders), 100 * now.work_share);
  } else {
    const double rate = static_cast<double>(now.tally.trips) / std::max(0.001, spent.count());
    fmt::format_to(std::back_inserter(what), ", {}/s",
                   with_commas(static_cast<std::int64_t>(rate)));
  }
  if (now.failures) fmt::format_to(std::back_inserter(what), ", {} failed", now.failures);
  if (now.late_cycles) fmt::format_to(std::back_inserter(what), ", {} late", now.late_cycles);
  line_.show(now.now, what);
}

void LiveShown::note(const LiveEvent& event, const LiveProgress& now) {
  if (screen_) screen_->note(event, now);
  if (!screen_ || event.kind == LiveEvent::Kind::went_on) show(event, now);
  if (log_ && event.kind != LiveEvent::Kind::cycle_began) write(event, now);
}

void LiveShown::show(const LiveEvent& event, const LiveProgress& now) {
  using Kind = LiveEvent::Kind;
  switch (event.kind) {
    case Kind::cycle_ended:
      show_progress(now);
      break;
    case Kind::paused:
      tell(fmt::format("Paused at {}. `footfall ctl resume`, or `kill -USR2 {}`, resumes it.",
                       to_string(now.now), getpid()));
      break;
    case Kind::frozen:
      tell(fmt::format("FROZEN in cycle {}: {}.", now.cycle + 1, event.message));
      if (session_.target().options.on_freeze.then == simulation::OnFreeze::Then::wait) {
        tell(
            fmt::format("Simulated time stands still. `footfall ctl resume`, or `kill -USR2 {}`, "
                        "resumes it; Ctrl-C ends it.",
                        getpid()));
      }
      break;
    case Kind::probe_failed:
      tell(fmt::format("Still down: {}", event.message));
      break;
    case Kind::resumed:
      tell("Resumed.");
      break;
    case Kind::went_on:
      tell_past(now);
      break;
    case Kind::checkpoint_failed:
      tell(fmt::format("No checkpoint could be kept: {}. The run goes on; the ones before stay.",
                       event.message));
      break;
    case Kind::completed:
    case Kind::checkpoint:
    case Kind::cycle_began:
    case Kind::cycle_late:
    case Kind::trip_failed:
    case Kind::run_ended:
      break;
  }
}

// What was found when the run was taken up: on the terminal, and each session that had been cut off
// in the log.
void LiveShown::tell_past(const LiveProgress& now) {
  const std::optional<WentOn>& past = session_.went_on();
  if (!past) return;
  std::string text = went_on_text(session_.run(), *past);
  if (!quiet_ && !text.empty()) tell(text.substr(0, text.size() - 1));
  if (!log_) return;
  for (const checkpoint::Rejected& one : past->rejected) {
    write_past("checkpoint_rejected", now, {}, fmt::format("{}: {}", one.file, one.why));
  }
  for (const simulation::FoundPast::Orphan& one : past->past.orphans) {
    const std::string_view what = past->past.orphans_kept ? "left open"
                                  : one.order             ? "has its order, and is completed"
                                                          : "set aside: its cart is left behind";
    write_past("orphan", now, retail::agent_of(one.session),
               fmt::format("session {} was cut off; {}", one.session.value, what));
  }
}

void LiveShown::write_past(std::string_view event, const LiveProgress& now, AgentId agent,
                           const std::string& message) {
  telemetry::RunLogEntry entry;
  entry.event = event;
  entry.level = Level::warning;
  entry.run = session_.run().id.value;
  entry.cycle = now.cycle;
  if (agent) entry.agent = agent.value;
  entry.message = message;
  log_->write(entry);
}

void LiveShown::write(const LiveEvent& event, const LiveProgress& now) {
  using Kind = LiveEvent::Kind;
  telemetry::RunLogEntry entry;
  entry.event = to_string(event.kind);
  entry.level = event.kind == Kind::trip_failed || event.kind == Kind::frozen ||
                        event.kind == Kind::checkpoint_failed
                    ? Level::error
                : event.kind == Kind::cycle_late || event.kind == Kind::probe_failed
                    ? Level::warning
                    : Level::info;
  entry.run = session_.run().id.value;
  entry.cycle = event.cycle;
  if (event.agent) entry.agent = event.agent.value;
  entry.error = event.error;
  entry.request_id = event.request_id;
  entry.message = event.message;
  const std::string simulated = to_string(now.now);
  const std::array<RunLogField, 8> counts = {
      RunLogField{"simulated", std::string_view(simulated)},
      {"admitted", static_cast<std::int64_t>(now.admitted)},
      {"trips", now.tally.trips},
      {"orders", now.tally.orders},
      {"failures", now.failures},
      {"unsettled", now.unsettled},
      {"late_cycles", now.late_cycles},
      {"calls", session_.sessions() ? session_.sessions()->counts().sent : 0}};
  if (event.kind == Kind::cycle_ended || event.kind == Kind::run_ended) entry.more = counts;
  log_->write(entry);
}

void LiveShown::note_mocked(const commerce::MockedStep& step) {
  if (!log_) return;
  telemetry::RunLogEntry entry;
  entry.event = "mocked";
  entry.run = session_.run().id.value;
  entry.cycle = session_.live_run().progress().cycle;
  if (step.agent) entry.agent = step.agent.value;
  entry.message = step.detail;
  const std::array<RunLogField, 2> more = {RunLogField{"action", step.what},
                                           {"session", step.session.value}};
  entry.more = more;
  log_->write(entry);
}

}  // namespace footfall::cli
