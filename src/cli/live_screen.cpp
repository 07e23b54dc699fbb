#include "cli/live_screen.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <fstream>

namespace footfall::cli {
namespace {

using screen::Key;
using simulation::LiveEvent;
using telemetry::Level;

constexpr std::chrono::seconds kEvery{1};  // R37 wants 5: a countdown by fives looks stuck
constexpr std::chrono::milliseconds kSoon{100};
constexpr std::chrono::seconds kSampleEvery{5};
constexpr std::size_t kLogLines = 200, kSamples = 120;

std::string clock_text() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::localtime_r(&now, &parts);
  return fmt::format("{:02}:{:02}:{:02}", parts.tm_hour, parts.tm_min, parts.tm_sec);
}

// Resident, in bytes; 0 where the system does not tell.
std::int64_t memory_now() {
  std::ifstream file("/proc/self/statm");
  std::int64_t whole = 0, resident = 0;
  file >> whole >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

double seconds_between(Moment from, Moment to) {
  return std::chrono::duration<double>(to - from).count();
}

template <typename T>
void push_bounded(std::vector<T>& values, T value) {
  if (values.size() == kSamples) values.erase(values.begin());
  values.push_back(value);
}

}  // namespace

std::unique_ptr<LiveScreen> LiveScreen::open(LiveSession& session, std::string place) {
  auto terminal = screen::Terminal::open();
  if (!terminal) return nullptr;
  return std::unique_ptr<LiveScreen>(
      new LiveScreen(session, std::move(place), std::move(*terminal)));
}

LiveScreen::LiveScreen(LiveSession& session, std::string place,
                       std::unique_ptr<screen::Terminal> terminal)
    : session_(session),
      terminal_(std::move(terminal)),
      signals_(session.io(), SIGWINCH, SIGTSTP, SIGCONT),
      every_(session.io()),
      soon_(session.io()),
      began_(std::chrono::steady_clock::now()),
      sampled_(began_),
      first_now_(session.run().now) {
  state_.shops_in = std::move(place);
  const int keys = terminal_->key_fd() >= 0 ? ::dup(terminal_->key_fd()) : -1;
  view_.has_keys = keys >= 0;
  if (view_.has_keys) {
    keys_ = std::make_unique<boost::asio::posix::stream_descriptor>(session.io(), keys);
    wait_for_keys();
  }
  wait_for_signals();
  tick();
}

LiveScreen::~LiveScreen() = default;

void LiveScreen::close() {
  every_.cancel();
  soon_.cancel();
  boost::system::error_code ignored;
  signals_.cancel(ignored);
  if (keys_) keys_->cancel(ignored);
  terminal_->restore();
}

void LiveScreen::wait_for_keys() {
  waits_for_keys_ = true;
  keys_->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [this](const boost::system::error_code& error) {
                      waits_for_keys_ = false;
                      if (error) return;
                      bool any = false;
                      for (;;) {
                        const Key key = terminal_->read_key();
                        if (key == Key::closed) {
                          view_.has_keys = false;
                          return draw_soon();
                        }
                        if (key == Key::none) break;
                        any = true;
                        take(key);
                      }
                      // In the background there may be input that is not ours to read: tick() looks
                      // again.
                      if (!any) return;
                      draw();
                      wait_for_keys();
                    });
}

void LiveScreen::take(Key key) {
  simulation::RunControl& control = session_.control();
  if (key == Key::pause) control.pause();
  if (key == Key::resume) control.resume();
  if (key == Key::checkpoint) control.ask_checkpoint();
  if (key == Key::quit) {
    if (!control.is_stopping()) tell(Level::info, "Ends after the cycle at hand, and saves.");
    control.stop();
  }
  const screen::Size size = terminal_->size();
  const screen::Page before = view_.page;
  view_ = turned(view_, key, state_, size.width, size.height);
  if (view_.page == screen::Page::agents && before != screen::Page::agents) fill_agents();
}

void LiveScreen::wait_for_signals() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    if (signal == SIGWINCH) terminal_->resized();
    if (signal == SIGTSTP) terminal_->suspend();
    if (signal == SIGCONT) terminal_->continued();
    draw();
    wait_for_signals();
  });
}

void LiveScreen::tick() {
  if (view_.page == screen::Page::agents) fill_agents();
  draw();
  if (keys_ && view_.has_keys && !waits_for_keys_) wait_for_keys();
  every_.expires_after(kEvery);
  every_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

void LiveScreen::draw_soon() {
  if (draws_soon_) return;
  draws_soon_ = true;
  soon_.expires_after(kSoon);
  soon_.async_wait([this](const boost::system::error_code& error) {
    draws_soon_ = false;
    if (!error) draw();
  });
}

void LiveScreen::draw() {
  fill();
  const screen::Size size = terminal_->size();
  terminal_->show(screen::draw(state_, view_, size.width, size.height, terminal_->glyphs()));
}

void LiveScreen::tell(Level level, const std::string& text) {
  log_.push_back({clock_text(), level, text});
  if (log_.size() > kLogLines) log_.pop_front();
  draw_soon();
}

void LiveScreen::note(const LiveEvent& event, const simulation::LiveProgress& now) {
  using Kind = LiveEvent::Kind;
  const auto cycle = [&] { return fmt::format("Cycle {}", event.cycle + 1); };
  switch (event.kind) {
    case Kind::trip_failed:
      tell(Level::error, fmt::format("Agent {}: {}", event.agent.value, event.message));
      break;
    case Kind::frozen:
      tell(Level::error, fmt::format("{} froze: {}", cycle(), event.message));
      break;
    case Kind::probe_failed:
      tell(Level::warning, fmt::format("Still down: {}", event.message));
      break;
    case Kind::cycle_late:
      tell(Level::warning, fmt::format("{} began late", cycle()));
      break;
    case Kind::paused:
      tell(Level::info, "Paused");
      break;
    case Kind::resumed:
      tell(Level::info, "Resumed");
      break;
    case Kind::checkpoint:
      checkpoint_at_ = std::chrono::steady_clock::now();
      checkpoint_cycle_ = hour_number(now.now) - hour_number(session_.plan().start);
      tell(Level::info, fmt::format("Checkpoint {}", event.message));
      break;
    case Kind::checkpoint_failed:
      tell(Level::error, fmt::format("No checkpoint could be kept: {}", event.message));
      break;
    case Kind::completed:
      tell(Level::info, fmt::format("A session that was cut off ends {}", event.message));
      break;
    case Kind::went_on:
      sampled_orders_ = now.tally.orders;
      sampled_ = std::chrono::steady_clock::now();
      break;
    case Kind::cycle_began:
    case Kind::cycle_ended:  // the next tick shows them
      return;
    case Kind::run_ended:
      break;
  }
  const bool halts = session_.control().is_halted();
  if (halts && halted_ == Moment{}) halted_ = std::chrono::steady_clock::now();
  if (!halts) halted_ = {};
  draw_soon();
}

// What the charts are made of.
void LiveScreen::sample() {
  const Moment now = std::chrono::steady_clock::now();
  const double spent = seconds_between(sampled_, now);
  if (spent < std::chrono::duration<double>(kSampleEvery).count()) return;
  const simulation::LiveProgress& progress = session_.live_run().progress();
  const auto orders = static_cast<double>(progress.tally.orders - sampled_orders_);
  state_.orders_per_minute = orders * 60 / spent;
  push_bounded(state_.orders_per_minute_before, state_.orders_per_minute);
  sampled_orders_ = progress.tally.orders;
  sampled_ = now;
  const commerce::ApiSessions* const sessions = session_.sessions();
  if (!sessions) return;
  const http::RateCounts rate = sessions->rate();
  gate_share_ = static_cast<double>(rate.passed - sampled_passed_) / spent / rate.per_second;
  sampled_passed_ = rate.passed;
  if (state_.calls && state_.calls->from_due) {
    push_bounded(state_.calls->p95_us, static_cast<double>(state_.calls->from_due->p95_us));
  }
}

void LiveScreen::fill() {
  const simulation::LiveProgress& now = session_.live_run().progress();
  const simulation::Plan& plan = session_.plan();
  const simulation::RunControl& control = session_.control();
  const Moment moment = std::chrono::steady_clock::now();
  state_.run = session_.run().id.value;
  state_.seed = plan.seed;
  state_.status = control.is_stopping() ? screen::Status::stopping
                  : control.is_frozen() ? screen::Status::frozen
                  : control.is_paused() ? screen::Status::paused
                                        : screen::Status::running;
  state_.halted_because = control.frozen_because();
  state_.halted_seconds = halted_ == Moment{} ? 0 : seconds_between(halted_, moment);
  state_.to_do.clear();
  if (control.is_frozen() &&
      session_.target().options.on_freeze.then == simulation::OnFreeze::Then::retry) {
    const auto every = session_.target().options.on_freeze.retry;
    state_.to_do = {
        fmt::format("asks again every {:.3g} s", static_cast<double>(every.count()) / 1000),
        "r resume now", "q quit"};
  }
  fill_time(now, moment);
  fill_counts(now);
  state_.work_share.reset();
  if (state_.time_scale && now.cycle > 0) state_.work_share = now.work_share;
  state_.memory_bytes = memory_now();
  state_.checkpoint.reset();
  if (!now.last_checkpoint.empty()) {
    state_.checkpoint = screen::Checkpoint{
        checkpoint_cycle_, seconds_between(checkpoint_at_, moment), now.last_checkpoint};
  }
  state_.log.assign(log_.begin(), log_.end());
  fill_calls();
  sample();
}

// Between two cycles the clock comes up to the next one's start; within one it does not pass its
// end.
void LiveScreen::fill_time(const simulation::LiveProgress& now, Moment moment) {
  const simulation::Plan& plan = session_.plan();
  const simulation::RunControl& control = session_.control();
  state_.start = plan.start;
  state_.until = plan.until;
  state_.now = std::max(now.now, first_now_);  // it has no time yet before it begins
  const bool between = session_.pace().is_paced() && session_.pace().now() < now.now;
  if (session_.pace().is_paced()) {
    const SimTime clock = session_.pace().now();
    state_.now = between ? std::max(clock, state_.now - kHour)
                         : std::clamp(clock, state_.now, state_.now + kHour);
  }
  state_.cycle = std::min(now.cycle + 1, hour_number(plan.until) - hour_number(plan.start));
  state_.cycles = hour_number(plan.until) - hour_number(plan.start);
  state_.time_scale = session_.target().scale;
  state_.next_cycle_seconds.reset();
  if (state_.time_scale && !control.is_halted() && between) {
    state_.next_cycle_seconds =
        static_cast<double>((now.now - state_.now).us) / 1e6 / *state_.time_scale;
  }
  state_.real_seconds = seconds_between(began_, moment);
  const auto lived = static_cast<double>((state_.now - first_now_).us);
  const auto to_live = static_cast<double>((plan.until - state_.now).us);
  state_.left_seconds.reset();
  if (state_.time_scale)
    state_.left_seconds = to_live / 1e6 / *state_.time_scale;
  else if (lived > 0)
    state_.left_seconds = state_.real_seconds * to_live / lived;
}

void LiveScreen::fill_counts(const simulation::LiveProgress& now) {
  state_.agents = static_cast<std::int64_t>(session_.world().agents.size());
  state_.admitted = static_cast<std::int64_t>(now.admitted);
  state_.in_shop = now.in_shop;
  state_.batch_done = now.batch_done;
  state_.batch_trips = now.batch_trips;
  state_.sessions = now.tally.sessions;
  state_.trips = now.tally.trips;
  state_.orders = now.tally.orders;
  state_.abandoned = now.tally.abandoned;
  state_.coupons_assigned = now.tally.coupons_assigned;
  state_.coupons_redeemed = now.tally.coupons_redeemed;
  state_.coupons_expired = now.tally.coupons_expired;
  state_.revenue = now.tally.revenue;
  state_.failed_trips = now.failures;
  state_.failed_checkouts = now.tally.failed;
  state_.unsettled = now.unsettled;
  state_.late_cycles = now.late_cycles;
  state_.freezes = now.freezes;
  state_.errors.clear();
  for (std::size_t i = 0; i < now.failures_of.size(); ++i) {
    if (now.failures_of[i] == 0) continue;
    const auto kind = static_cast<commerce::TripFailure::Kind>(i);
    state_.errors.push_back({std::string(to_string(kind)), now.failures_of[i]});
  }
}

void LiveScreen::fill_calls() {
  if (store::LiveStore* const live = session_.live_store()) {
    const store::LiveCounts counts = live->counts();
    state_.pool = screen::Pool{counts.connections, counts.busy,
                               std::max(counts.connections_peak, counts.connections)};
  }
  commerce::ApiSessions* const sessions = session_.sessions();
  if (!sessions) return;
  if (!state_.calls) state_.calls.emplace();
  const commerce::ApiLatency& latency = sessions->latency();
  const auto quantiles = [](const telemetry::RecentLatencies& recent) {
    std::optional<screen::Latency> all;
    if (recent.count() == 0) return all;
    all = screen::Latency{recent.quantile_us(0.5), recent.quantile_us(0.95),
                          recent.quantile_us(0.99)};
    return all;
  };
  state_.calls->from_due = quantiles(latency.recent_due);
  state_.calls->from_sent = quantiles(latency.recent);
  state_.calls->sent = sessions->counts().sent;
  state_.calls->repeated = sessions->counts().retries;
  const http::ClientCounts connections = sessions->connections();
  const commerce::ApiLimits& limits = session_.target().limits;
  state_.pool = screen::Pool{
      connections.connections, connections.busy,
      static_cast<int>(limits.sessions) * static_cast<int>(limits.client.connections_max)};
  if (limits.rate.policy == http::RatePolicy::off) return;
  const http::RateCounts rate = sessions->rate();
  const double fill = rate.waiting > 0 ? 0 : std::clamp(1 - gate_share_, 0.0, 1.0);
  state_.bucket = screen::Bucket{fill, rate.per_second};
}

void LiveScreen::fill_agents() {
  state_.agents_shown.clear();
  const World& world = session_.world();
  for (const simulation::ShopperNow& one : session_.live_run().shoppers_now()) {
    const store::Agent& agent = world.agents[one.shopper];
    screen::AgentLine line;
    line.id = agent.id.value;
    line.persona = agent.persona.persona_id;
    line.status = one.status;
    line.store = agent.persona.home_store;
    if (one.lines > 0) {
      line.cart =
          fmt::format("{} line{} {}", one.lines, one.lines == 1 ? "" : "s", to_string(one.total));
    }
    state_.agents_shown.push_back(std::move(line));
  }
}

}  // namespace footfall::cli
