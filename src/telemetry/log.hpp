// What the program tells those who run it: lines, to a file or a stream, from any thread. A line is
// whole: lines of several threads never mix. Secrets never come here (R14): callers log names and
// numbers, not headers or bodies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace footfall::telemetry {

enum class Level { info, warning, error };
std::string_view to_string(Level level);

class Log {
 public:
  // `target`: "-" standard output, "stderr" standard error, "off" nothing, else a file that is
  // appended to. Error: io if the file cannot be written.
  static Result<std::unique_ptr<Log>> open(const std::string& target);
  ~Log();  // flushes
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  bool is_off() const;
  // One line as it is (JSON, without the line's end). Kept in memory and flushed at least once a
  // second. A disk that is full loses lines and stops nothing.
  void line(std::string_view text);
  // {"time":"2026-11-21T09:30:00.123Z","level":"warning","message":"…"}, at once.
  void tell(Level level, std::string_view message);
  void flush();

 private:
  struct State;
  explicit Log(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// `text` as the inside of a JSON string: quotes, backslashes and control characters escaped, bytes
// that are no UTF-8 replaced by U+FFFD. Appended to `out`.
void append_escaped(std::string& out, std::string_view text);
// Microseconds since 1970 as "2026-11-21T09:30:00.123456Z", appended to `out`.
void append_time(std::string& out, std::int64_t wall_us);
// Now, in microseconds since 1970.
std::int64_t wall_clock_us();

}  // namespace footfall::telemetry
