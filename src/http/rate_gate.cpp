#include "http/rate_gate.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cmath>
#include <deque>
#include <limits>
#include <utility>

#include "base/assert.hpp"

namespace footfall::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr milliseconds kRetryAfterMax = seconds(60);
constexpr nanoseconds kHalvingEvery = seconds(1);
constexpr double kRaiseShare = 0.05;              // of per_second, a second
constexpr nanoseconds kRaiseAtOnce = seconds(1);  // a silence says nothing about the service
constexpr double kIntervalMaxNs = 1e18;           // thirty years: sums stay within 64 bits

// How late alarms are, whatever is asked of them: what a gate may ask them early without waking
// early. The least of the last few, so that one that came late for another reason counts for
// nothing.
class Lateness {
 public:
  void record(nanoseconds late) { late_[next_++ % late_.size()] = std::max(late, nanoseconds(0)); }
  nanoseconds least() const { return *std::min_element(late_.begin(), late_.end()); }

 private:
  std::array<nanoseconds, 8> late_{};
  std::size_t next_ = 0;
};

}  // namespace

struct RateGate::State {
  // A caller in pass(), in its coroutine's frame. The first in the queue sleeps by the gate's
  // alarm, the others until it is their turn to be that. However one goes, the next is woken.
  struct Waiter {
    Waiter(State& its_state, const boost::asio::any_io_executor& executor);
    ~Waiter();
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    bool is_first() const { return state.queue.front() == this; }
    void leave();

    State& state;
    boost::asio::steady_timer turn;  // never expires: cancelled to wake
    bool turned_away = false;
  };

  State(Timekeeper& its_time, const RateOptions& its_options);

  nanoseconds interval() const;
  Moment earliest() const;
  void admit(Moment now);
  void set_rate(double rate);

  Timekeeper& time;
  const RateOptions options;
  std::unique_ptr<Alarm> alarm;
  std::deque<Waiter*> queue;
  std::size_t inside = 0;  // in pass(), the turned away included
  bool held = false, is_shut = false;
  Moment last_passed = Moment::min(), paused_until = Moment::min();
  double per_second;
  Moment halved = Moment::min(), raised = Moment::min();
  Lateness lateness;
  RateCounts counts;
};

RateGate::State::State(Timekeeper& its_time, const RateOptions& its_options)
    : time(its_time),
      options(its_options),
      alarm(its_time.make_alarm()),
      per_second(its_options.policy == RatePolicy::off ? std::numeric_limits<double>::infinity()
                                                       : its_options.per_second) {
  FF_ASSERT(options.per_second > 0 && options.adaptive_fewest > 0, "rates are above 0");
}

RateGate::State::Waiter::Waiter(State& its_state, const boost::asio::any_io_executor& executor)
    : state(its_state), turn(executor, boost::asio::steady_timer::time_point::max()) {
  state.queue.push_back(this);
  state.counts.waiting_peak = std::max(state.counts.waiting_peak, state.queue.size());
  ++state.inside;
}

RateGate::State::Waiter::~Waiter() {
  leave();
  --state.inside;
}

void RateGate::State::Waiter::leave() {
  const auto mine = std::find(state.queue.begin(), state.queue.end(), this);
  if (mine == state.queue.end()) return;
  const bool was_first = is_first();
  state.queue.erase(mine);
  if (was_first && !state.queue.empty()) state.queue.front()->turn.cancel();
}

// Rounded up: the bound holds to the last nanosecond.
nanoseconds RateGate::State::interval() const {
  return nanoseconds(
      static_cast<std::int64_t>(std::min(kIntervalMaxNs, std::ceil(1e9 / per_second))));
}

Moment RateGate::State::earliest() const {
  return held ? Moment::max() : std::max(last_passed + interval(), paused_until);
}

void RateGate::State::admit(Moment now) {
  last_passed = now;
  ++counts.passed;
}

void RateGate::State::set_rate(double rate) {
  if (rate > per_second) alarm->ring();  // the next may pass earlier than was thought
  per_second = rate;
}

RateGate::RateGate(Timekeeper& time, const RateOptions& options)
    : state_(std::make_unique<State>(time, options)) {}

RateGate::~RateGate() { FF_ASSERT(state_->inside == 0, "a gate goes while somebody waits in it"); }

// The moment is read last, in the caller's own coroutine: what counts is when it goes on, not when
// somebody decided that it may.
Task<bool> RateGate::pass() {
  State& state = *state_;
  if (state.is_shut) co_return false;
  const Moment came = state.time.now();
  if (state.queue.empty() && state.earliest() <= came) {
    state.admit(came);
    co_return true;
  }
  const boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
  State::Waiter me(state, executor);
  while (!me.turned_away && !me.is_first()) {
    boost::system::error_code woken;
    co_await me.turn.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
  }
  while (!me.turned_away) {
    const Moment now = state.time.now();
    const Moment due = state.earliest();
    if (due <= now) {
      me.leave();
      state.admit(now);
      co_return true;
    }
    const Moment early = due - state.lateness.least();
    const Moment asked = early > now ? early : due;
    const bool has_come = co_await state.alarm->wait_until(asked);
    if (has_come) state.lateness.record(state.time.now() - asked);
  }
  co_return false;
}

void RateGate::hold() { state_->held = true; }

void RateGate::release() {
  state_->held = false;
  state_->alarm->ring();
}

void RateGate::shut() {
  state_->is_shut = true;
  for (State::Waiter* waiter : std::exchange(state_->queue, {})) {
    waiter->turned_away = true;
    waiter->turn.cancel();
  }
  state_->alarm->ring();
}

void RateGate::reopen() {
  if (!std::exchange(state_->is_shut, false)) return;
  state_->paused_until = Moment::min();  // what was asked for before is not known to hold still
}

void RateGate::note_throttled(std::optional<milliseconds> retry_after) {
  State& state = *state_;
  const Moment now = state.time.now();
  ++state.counts.throttled;
  if (retry_after) {
    const milliseconds pause = std::clamp(*retry_after, milliseconds(0), kRetryAfterMax);
    state.paused_until = std::max(state.paused_until, now + pause);
  }
  if (state.options.policy != RatePolicy::adaptive) return;
  state.raised = now;
  if (now < state.halved + kHalvingEvery) return;
  state.halved = now;
  const double fewest = std::min(state.options.adaptive_fewest, state.options.per_second);
  state.set_rate(std::max(fewest, state.per_second / 2));
}

void RateGate::note_answered() {
  State& state = *state_;
  if (state.per_second >= state.options.per_second) return;  // never so unless adaptive
  const Moment now = state.time.now();
  const nanoseconds since = std::min(kRaiseAtOnce, now - state.raised);
  state.raised = now;
  const double more = kRaiseShare * std::chrono::duration<double>(since).count();
  state.set_rate(
      std::min(state.options.per_second, state.per_second + more * state.options.per_second));
}

RateCounts RateGate::counts() const {
  RateCounts counts = state_->counts;
  counts.waiting = state_->queue.size();
  counts.per_second = state_->per_second;
  return counts;
}

}  // namespace footfall::http
