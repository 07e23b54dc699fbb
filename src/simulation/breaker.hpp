// The circuit breaker (R30): a run freezes when too many agents fail in one cycle, or when the API
// is down. Counts only; whoever asks does the freezing. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace footfall::simulation {

class Breaker {
 public:
  static constexpr double kDefaultShare = 0.05;

  // `share` in [0, 1]: of the agents that the ramp admits to a cycle; 1: never opens.
  explicit Breaker(double share = kDefaultShare);

  void begin_cycle(std::size_t admitted);
  // An agent's trip failed; expected refusals are none. Counted once an agent and cycle by the
  // caller. True if that was one too many (once a cycle).
  bool note_failure();

  // Both 0 before the first cycle.
  std::size_t failures() const { return failures_; }  // in this cycle
  std::size_t allowed() const { return allowed_; }    // failures that do not open it: 18 of 372

 private:
  double share_;
  std::size_t failures_ = 0, allowed_ = 0;
};

// When an API counts as down (R30): three results in a row, from at least two sessions, that are
// connection errors, timeouts or 502/503/504 with no answer between them. Where calls went over one
// session only since the last good answer and no other is in use, that session is enough. A health
// probe has to confirm it.
class OutageWatch {
 public:
  // Sessions are numbered from 0; at most 64 of them.
  explicit OutageWatch(int sessions);

  // A trip that calls over this session begins or ends. A session without one cannot confirm
  // anything, so it is not waited for: where nobody notes this, one session is always enough.
  void begin_use(int session);
  void end_use(int session);

  void note_answer(int session);  // an answer of the service itself
  bool note_outage(int session);  // true: probe now; not again before an answer or reset()
  void reset();                   // forgets results, not who is in use
  // Another number after each reset() and note_answer(): what was seen before is old.
  std::int64_t generation() const { return generation_; }

 private:
  bool is_enough() const;

  std::vector<int> trips_;    // per session
  std::uint64_t failed_ = 0;  // sessions, as bits
  int in_a_row_ = 0;
  bool asked_ = false;
  std::int64_t generation_ = 0;
};

}  // namespace footfall::simulation
