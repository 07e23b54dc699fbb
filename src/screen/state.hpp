// All that a frame of the dashboard shows, as plain values. Whoever owns the run fills it; texts
// may hold anything, also what a hostile shop answered: they are cleaned when they are drawn.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/money.hpp"
#include "base/sim_time.hpp"
#include "telemetry/log.hpp"

namespace footfall::screen {

enum class Status : std::uint8_t {
  running,
  paused,    // by a person
  frozen,    // by itself, because the service failed
  resuming,  // asking the service whether it is back
  stopping,  // saves, then ends
  finished,
  failed
};

// Microseconds, over the last 1,000 calls.
struct Latency {
  std::int64_t p50_us = 0, p95_us = 0, p99_us = 0;
};

// Calls to a service. What is not known yet is none.
struct Calls {
  std::optional<Latency> from_due;   // since the call was due: with its wait in our own queues
  std::optional<Latency> from_sent;  // since it was sent: the service alone
  std::vector<double> p95_us;        // from due, over time, newest last
  std::int64_t sent = 0, repeated = 0;
};

struct Pool {
  int open = 0, busy = 0, limit = 0;  // connections
};

// The token bucket in front of a service.
struct Bucket {
  double fill = 0;        // 0 … 1
  double per_second = 0;  // calls it lets through at most
};

struct ErrorCount {
  std::string name;  // "timeout", "api_5xx"
  std::int64_t count = 0;
};

struct Checkpoint {
  std::int64_t cycle = 0;
  double seconds_ago = 0;
  std::string file;
};

struct LogLine {
  std::string time;  // of the wall clock, "09:30:00"
  telemetry::Level level = telemetry::Level::info;
  std::string text;
};

struct AgentLine {
  std::int64_t id = 0;
  std::string persona, status, store;
  std::string cart;  // "3 lines 41.20"
};

struct State {
  // What runs, and where.
  std::int64_t run = 0;
  std::uint64_t seed = 0;
  std::string shops_in;  // "http://127.0.0.1:8080, journal in data/footfall.db"
  Status status = Status::running;
  std::string halted_because;      // frozen or failed: why, a sentence
  std::vector<std::string> to_do;  // frozen or failed: what the operator can do; empty: the usual
  double halted_seconds = 0;       // how long it has not gone on

  // Time. Seconds are real ones.
  SimTime start, now, until;
  std::int64_t cycle = 0, cycles = 0;  // the one at hand, from 1, and how many there are
  std::optional<double> time_scale;    // none: not paced
  std::optional<double> next_cycle_seconds;
  double real_seconds = 0;             // since the start
  std::optional<double> left_seconds;  // an estimate

  // People.
  std::int64_t agents = 0, admitted = 0;  // in all, and by the ramp so far
  std::int64_t in_shop = 0;               // now

  // What was done. A batch is the trips of one cycle.
  std::int64_t batch_done = 0, batch_trips = 0;
  std::int64_t sessions = 0, trips = 0, orders = 0, abandoned = 0;
  std::int64_t coupons_assigned = 0, coupons_redeemed = 0, coupons_expired = 0;
  Money revenue;
  double orders_per_minute = 0;                  // of real time
  std::vector<double> orders_per_minute_before;  // newest last; a column each is shown

  // What went wrong.
  std::int64_t failed_trips = 0, failed_checkouts = 0, unsettled = 0, late_cycles = 0, freezes = 0;
  std::vector<ErrorCount> errors;  // trips and calls by the kind of their failure

  // What it takes.
  std::optional<Calls> calls;  // none: there is no service, the agents shop in the database
  std::optional<Pool> pool;
  std::optional<Bucket> bucket;
  std::optional<double> work_share;  // of the last cycle's real time, 0 … 1; none before it ended
  std::int64_t memory_bytes = 0;     // resident
  std::optional<Checkpoint> checkpoint;

  std::vector<LogLine> log;             // newest last
  std::vector<AgentLine> agents_shown;  // all of them, and only while their list is on the screen
  std::string hint;                     // one more line for the operator, may be empty
};

}  // namespace footfall::screen
