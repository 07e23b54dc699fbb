// How many transactions should work at once: found by trying. More than a few busy connections make
// PostgreSQL slower, and how many is best depends on its machine, which the program cannot see.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

namespace footfall::store::postgres {

// Climbs the hill of throughput. It compares the limit that it holds with one a third above or a
// quarter below, over windows of time in which somebody waited for a turn: held, tried, tried,
// held, so that a database that grows faster or slower meanwhile does not count. More must pay to
// be kept, fewer must only not cost: it stays at the near end of a plateau. Where neither was
// better it rests before it tries again. Between 2, or as many as there are pools, and the maximum
// (1 if that is 1). Time comes from the caller. Thread-safe: the pools of all threads share one, as
// they share the database.
class Limiter {
 public:
  explicit Limiter(int most);

  int limit() const { return limit_.load(std::memory_order_relaxed); }

  // Each of so many pools has at least one.
  void set_fewest(int fewest);

  // A transaction ended at `now_us` (any steady clock); `waiting`: others were waiting for a turn.
  void completed(std::int64_t now_us, bool waiting);

 private:
  struct Rate {
    std::int64_t done = 0, elapsed_us = 0;
    double of_second() const;
  };

  void begin_window();
  void end_window(std::int64_t elapsed_us);
  void judge();
  void begin_round();
  int neighbour() const;

  const int most_;
  int fewest_;
  std::atomic<int> limit_;
  std::mutex mutex_;
  int held_;
  int direction_ = 1;
  int rest_ = 0;    // windows to pass before the next round, in which nothing is tried
  int rests_ = 0;   // that many after the next round in vain
  int window_ = 0;  // of the round: 0 held, 1 and 2 tried, 3 held
  Rate rate_held_, rate_tried_;
  int settling_ = 0;                   // completions of the limit before, not counted
  std::int64_t window_start_us_ = -1;  // -1: no window yet
  std::int64_t last_us_ = 0;           // the completion before
  std::int64_t done_ = 0;
  std::int64_t unsaturated_ = 0;  // of done_: nobody was waiting
};

}  // namespace footfall::store::postgres
