// The structured log of live runs, simulation_runs.log (R39): one JSON object a line.
//
//   {"time":"2026-11-21T09:30:00.123456Z","level":"error","event":"trip_failed","run":7,"cycle":12,
//    "agent":42,"error":"api_5xx","request_id":"…","message":"…","attempt":2}
//
// What is empty is left out; `time`, `level` and `event` are always there. Two events are the log's
// own: "lines_left_out" (with `of`, its `error` and `count`) where the rate limit took effect, and
// "lines_lost" (with `count`) once the disk takes lines again.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"
#include "telemetry/log.hpp"

namespace footfall::telemetry {

struct RunLogLimits {
  std::int64_t bytes_max = 50 * 1024 * 1024;  // of one file; then the next one is begun, at least 1
  int files_max = 5;                          // kept, with the one written to: 1 to 1,000
  // Of one event with one error in a second of the clock, at least 1: a million equal errors must
  // not fill the disk. The first ones of a second are kept.
  int lines_per_second_max = 100;
  Level level_min = Level::info;           // below it nothing is written
  std::function<std::int64_t()> clock_us;  // microseconds since 1970; the wall clock if null
};

// A further member. `name` is a literal, and none of those above.
struct RunLogField {
  std::string_view name;
  std::variant<std::int64_t, std::string_view> value;  // an empty text is left out
};

struct RunLogEntry {
  Level level = Level::info;
  std::string_view event;  // a literal in snake_case
  std::optional<std::int64_t> run, cycle, agent;
  std::string_view error;  // a literal: "api_5xx", "database", "timeout", …
  std::string_view request_id;
  std::string_view message;
  std::span<const RunLogField> more;
};

// Any thread may write; each line goes to the file at once, by one system call. Nothing secret may
// come here: callers pass no headers and no bodies. In case one does slip into a text, what follows
// the word "Bearer" is masked.
class RunLog {
 public:
  static constexpr std::size_t kTextBytesMax = 4096;  // of each text; what is longer is cut

  // Appends to the file; makes it (0600) and the folders above it where they are missing. Errors:
  // io if it cannot be written, invalid_input for limits outside their ranges.
  static Result<std::unique_ptr<RunLog>> open(const std::string& path, const RunLogLimits& limits);
  ~RunLog();  // summarizes
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;

  // For callers to whom making the entry is dear.
  bool takes(Level level) const;
  // Never fails: a disk that is full loses lines and stops nothing.
  void write(const RunLogEntry& entry);
  // Tells at once what the rate limit has left out; else the first entry of a later second does.
  void summarize();

  std::int64_t lost() const;      // lines that could not be written
  std::int64_t left_out() const;  // by the rate limit

 private:
  struct State;
  explicit RunLog(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// `text` with "***" for whatever follows the word "Bearer", in any case, up to a space, quote,
// comma or the like.
std::string without_bearer(std::string_view text);

}  // namespace footfall::telemetry
