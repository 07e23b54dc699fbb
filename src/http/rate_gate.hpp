// What stands in front of a service whose limit must never be hit (R26): calls pass one by one, in
// the order they came, at most `per_second` of them. The rule is GCRA with a burst of one (ITU-T
// I.371): a call passes no earlier than 1 / per_second after the one before, so no window of t
// seconds admits more than per_second * t + 1. One io_context thread.
#pragma once

#include <cstdint>
#include <deque>
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
  double adaptive_fewest = 1;  // adaptive never goes below; > 0
};

struct RateCounts {
  std::int64_t passed = 0;
  std::int64_t throttled = 0;  // note_throttled() calls
  std::size_t waiting = 0, waiting_peak = 0;
  double per_second = 0;  // the rate at the moment; infinite with `off`
};

class RateGate {
 public:
  // `time` must outlive it. Nobody may wait in it when it is destroyed.
  RateGate(Timekeeper& time, const RateOptions& options);
  ~RateGate();

  // Returns true when the caller may send its call; false if the gate was shut meanwhile. Its queue
  // is bounded by its callers: each agent waits at most once.
  Task<bool> pass();

  // Nobody passes between hold() and release(); who waits keeps its place.
  void hold();
  void release();
  // Turns away everybody who waits and who comes, until reopen().
  void shut();
  void reopen();

  // The service said that it is too much: nobody passes for `retry_after` (at most a minute), and
  // `adaptive` halves its rate, at most once a second.
  void note_throttled(std::optional<std::chrono::milliseconds> retry_after);
  // The service answered: `adaptive` raises its rate by a twentieth of `per_second` a second.
  void note_answered();

  RateCounts counts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace footfall::http
