// What stands in front of a service whose limit must never be hit (R26): calls pass one by one, in
// the order they came, at most `per_second` of them. The rule is GCRA with a burst of one (ITU-T
// I.371): a call passes no earlier than 1 / per_second after the one before, so no window of t
// seconds admits more than per_second * t + 1. That leaves nothing to catch up with: a call that
// passes late moves all after it, so the gate learns how late its alarm usually is and asks it that
// much earlier. One io_context thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/task.hpp"
#include "base/timekeeper.hpp"

namespace footfall::http {

// bucket: always at `per_second`. adaptive: slower while the service says that it is too much
// (429 or 503), faster again while it does not; never above `per_second`. off: no limit.
enum class RatePolicy : std::uint8_t { bucket, adaptive, off };

struct RateOptions {
  RatePolicy policy = RatePolicy::bucket;
  double per_second = 50;      // > 0
  double adaptive_fewest = 1;  // adaptive never goes below, unless per_second is; > 0
};

struct RateCounts {
  std::int64_t passed = 0;
  std::int64_t throttled = 0;                 // note_throttled() calls
  std::size_t waiting = 0, waiting_peak = 0;  // at the moment, and the most so far
  double per_second = 0;                      // the rate at the moment; infinite with `off`
};

class RateGate {
 public:
  // `time` must outlive it. Nobody may wait in it when it is destroyed.
  RateGate(Timekeeper& time, const RateOptions& options);
  ~RateGate();

  // Returns true when the caller may send its call, at once and without suspending if it need not
  // wait; false if the gate was shut meanwhile. A caller that is cancelled leaves the queue. The
  // queue is bounded by its callers: each agent waits at most once.
  Task<bool> pass();

  // Nobody passes between hold() and release(); who waits keeps its place. What was due meanwhile
  // does not add up: at release() one passes, the others follow at the rate.
  void hold();
  void release();
  // Turns away everybody who waits and who comes, until reopen(), which also forgets a pause.
  void shut();
  void reopen();

  // The service said that it is too much: nobody passes for `retry_after` (at most a minute; with
  // `off` too), and `adaptive` halves its rate, at most once a second.
  void note_throttled(std::optional<std::chrono::milliseconds> retry_after);
  // The service answered: `adaptive` raises its rate by a twentieth of `per_second` a second,
  // by no more than that after a silence.
  void note_answered();

  RateCounts counts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace footfall::http
