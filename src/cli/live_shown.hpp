// What a live run tells: lines on the terminal, and simulation_runs.log (R39).
#pragma once

#include <functional>
#include <memory>

#include "cli/live_screen.hpp"
#include "cli/live_session.hpp"
#include "cli/terminal.hpp"
#include "commerce/mock/mock_commerce.hpp"
#include "simulation/live_world.hpp"
#include "telemetry/run_log.hpp"

namespace footfall::cli {

class LiveShown final : public simulation::LiveObserver {
 public:
  // `log` may be null: nothing is logged. The session must outlive it.
  LiveShown(LiveSession& session, telemetry::RunLog* log, bool quiet);

  // From here on the dashboard shows it, where there is a terminal; `place`: what shops where.
  void open_screen(const std::string& place);

  void note(const simulation::LiveEvent& event, const simulation::LiveProgress& now) override;
  void note_mocked(const commerce::MockedStep& step);
  void finish();

 private:
  void show(const simulation::LiveEvent& event, const simulation::LiveProgress& now);
  void tell_past(const simulation::LiveProgress& now);
  void write_past(std::string_view event, const simulation::LiveProgress& now, AgentId agent,
                  const std::string& message);
  void show_progress(const simulation::LiveProgress& now);
  void tell(const std::string& text);  // a line of its own
  void write(const simulation::LiveEvent& event, const simulation::LiveProgress& now);

  LiveSession& session_;
  telemetry::RunLog* log_;
  bool quiet_;
  ProgressLine line_;
  std::unique_ptr<LiveScreen> screen_;  // null: lines
  std::chrono::steady_clock::time_point began_;
};

}  // namespace footfall::cli
