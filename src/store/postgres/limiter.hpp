// How many transactions should work at once: found by trying. More than a few busy connections make
// PostgreSQL slower, and how many is best depends on its machine, which the program cannot see.
#pragma once

#include <cstdint>

namespace footfall::store::postgres {

// Climbs the hill of throughput: over windows of time in which somebody waited for a turn, it
// counts completions, keeps going in a direction that pays, and turns round where it does not.
// Below the best number a step costs much, above it little, so where two windows do not differ it
// goes down: it stays at the near end of a plateau, within a step of a tenth or so. Between 2 and
// the maximum (1 if that is 1). Time comes from the caller. Not thread-safe.
class Limiter {
 public:
  explicit Limiter(int most);

  int limit() const { return limit_; }

  // A transaction ended at `now_us` (any steady clock); `waiting`: others were waiting for a turn.
  void completed(std::int64_t now_us, bool waiting);

 private:
  void begin_window(std::int64_t now_us);
  void move(double rate);

  int most_;
  int limit_;
  int direction_ = 1;
  int settling_ = 0;                   // completions of the limit before, not counted
  std::int64_t window_start_us_ = -1;  // -1: no window yet
  std::int64_t last_us_ = 0;           // the completion before
  std::int64_t done_ = 0;
  std::int64_t unsaturated_ = 0;  // of done_: nobody was waiting
  double rate_before_ = 0;        // of the window before, at another limit; 0: none to compare with
};

}  // namespace footfall::store::postgres
