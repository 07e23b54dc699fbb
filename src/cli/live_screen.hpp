// The dashboard of a live run (R37, R38): fills what the screen shows from the session, and does
// what its keys say. One io_context thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <string>

#include "cli/live_session.hpp"
#include "screen/dashboard.hpp"
#include "screen/terminal.hpp"

namespace footfall::cli {

class LiveScreen {
 public:
  // The session must outlive it. `place`: what shops where. Null where there is no terminal that
  // can be drawn on.
  static std::unique_ptr<LiveScreen> open(LiveSession& session, std::string place);
  ~LiveScreen();

  // Draws at once, but not more than ten times a second.
  void note(const simulation::LiveEvent& event, const simulation::LiveProgress& now);
  // A line in the event log.
  void tell(telemetry::Level level, const std::string& text);
  // Gives the terminal back for good.
  void close();

 private:
  LiveScreen(LiveSession& session, std::string place, std::unique_ptr<screen::Terminal> terminal);

  void wait_for_keys();
  void take(screen::Key key);
  void wait_for_signals();
  void draw_soon();
  void draw();
  void tick();
  void sample();
  void fill();
  void fill_time(const simulation::LiveProgress& now, Moment moment);
  void fill_counts(const simulation::LiveProgress& now);
  void fill_calls();
  void fill_agents();

  LiveSession& session_;
  std::unique_ptr<screen::Terminal> terminal_;
  std::unique_ptr<boost::asio::posix::stream_descriptor> keys_;  // null: there is no keyboard
  boost::asio::signal_set signals_;
  boost::asio::steady_timer every_, soon_;
  bool draws_soon_ = false, waits_for_keys_ = false;
  screen::State state_;
  screen::View view_;
  std::deque<screen::LogLine> log_;
  Moment began_, halted_{}, sampled_, checkpoint_at_{};
  std::int64_t sampled_orders_ = 0, sampled_passed_ = 0, checkpoint_cycle_ = 0;
  double gate_share_ = 0;  // of the rate limit that was used lately
  SimTime first_now_;
};

}  // namespace footfall::cli
