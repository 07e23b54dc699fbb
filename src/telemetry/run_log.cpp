#include "telemetry/run_log.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "telemetry/rotated_file.hpp"

namespace footfall::telemetry {
namespace {

constexpr int kFilesMax = 1'000;
constexpr std::int64_t kSecondUs = 1'000'000;
constexpr std::string_view kCutMark = "\xE2\x80\xA6";  // …

bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// What a token may hold (RFC 6750 section 2.1), our dev tokens' colon and percent-encoding.
bool is_token_byte(char c) {
  return is_ascii_letter(c) || (c >= '0' && c <= '9') ||
         (c != '\0' && std::string_view("-._~+/=:%|").find(c) != std::string_view::npos);
}

constexpr std::string_view kBearer = "bearer";

// Bytes at the front of `text`, in lower case, that may stand between the word and its token.
std::size_t gap_bytes(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (std::string_view(" \t\r\n:=\"'+").find(text[at]) != std::string_view::npos) {
      ++at;
    } else if (text.substr(at, 3) == "%20") {
      at += 3;
    } else if (text.substr(at, kBearer.size()) == kBearer) {
      at += kBearer.size();
    } else {
      break;
    }
  }
  return at;
}

// At most kTextBytesMax, never within a character.
std::string_view clipped(std::string_view text) {
  if (text.size() <= RunLog::kTextBytesMax) return text;
  std::size_t end = RunLog::kTextBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

void append_text(std::string& out, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  out.append(",\"").append(name).append("\":\"");
  const std::string_view kept = clipped(text);
  append_escaped(out, without_bearer(kept));
  if (kept.size() < text.size()) out += kCutMark;
  out += '"';
}

void append_number(std::string& out, std::string_view name, std::optional<std::int64_t> number) {
  if (number) out.append(",\"").append(name).append("\":").append(std::to_string(*number));
}

void append_line(std::string& out, const RunLogEntry& entry, std::int64_t now_us) {
  out += "{\"time\":\"";
  append_time(out, now_us);
  out.append("\",\"level\":\"").append(to_string(entry.level)).append("\"");
  append_text(out, "event", entry.event);
  append_number(out, "run", entry.run);
  append_number(out, "cycle", entry.cycle);
  append_number(out, "agent", entry.agent);
  append_text(out, "error", entry.error);
  append_text(out, "request_id", entry.request_id);
  append_text(out, "message", entry.message);
  for (const RunLogField& field : entry.more) {
    if (const auto* text = std::get_if<std::string_view>(&field.value)) {
      append_text(out, field.name, *text);
    } else {
      append_number(out, field.name, std::get<std::int64_t>(field.value));
    }
  }
  out += "}\n";
}

// What one event with one error has had of the current second.
struct Window {
  std::int64_t second = -1;
  int written = 0;
  std::int64_t left_out = 0;
};

}  // namespace

struct RunLog::State {
  State(const RunLogLimits& its_limits, std::unique_ptr<RotatedFile> its_file)
      : limits(its_limits), file(std::move(its_file)) {
    if (!limits.clock_us) limits.clock_us = wall_clock_us;
  }

  // The functions below: with the mutex held.
  bool has_room(const RunLogEntry& entry, std::int64_t second);
  void tell_left_out(std::int64_t before_second, std::int64_t now_us);
  void put(const RunLogEntry& entry, std::int64_t now_us);
  bool put_line(const RunLogEntry& entry, std::int64_t now_us);

  RunLogLimits limits;
  mutable std::mutex mutex;
  std::unique_ptr<RotatedFile> file;
  std::string line;  // kept, so that a line costs few allocations
  // Both are literals, so there are few.
  std::map<std::pair<std::string, std::string>, Window> windows;
  bool owes_summary = false;  // some window has left out lines
  std::int64_t lost = 0, lost_untold = 0, left_out = 0;
};

bool RunLog::State::has_room(const RunLogEntry& entry, std::int64_t second) {
  Window& window = windows[{std::string(entry.event), std::string(entry.error)}];
  if (window.second != second) window = Window{.second = second};
  if (window.written < limits.lines_per_second_max) {
    ++window.written;
    return true;
  }
  ++window.left_out;
  ++left_out;
  owes_summary = true;
  return false;
}

// Of all seconds but `current`; a clock that was put back ends a second as well.
void RunLog::State::tell_left_out(std::int64_t current, std::int64_t now_us) {
  if (!owes_summary) return;
  owes_summary = false;
  for (auto& [key, window] : windows) {
    if (window.left_out == 0) continue;
    if (window.second == current) {
      owes_summary = true;
      continue;
    }
    const RunLogField of[] = {{"of", key.first}, {"count", window.left_out}};
    put({.level = Level::warning, .event = "lines_left_out", .error = key.second, .more = of},
        now_us);
    window.left_out = 0;
  }
}

void RunLog::State::put(const RunLogEntry& entry, std::int64_t now_us) {
  if (!put_line(entry, now_us) || lost_untold == 0) return;
  const RunLogField count[] = {{"count", std::exchange(lost_untold, 0)}};
  put_line({.level = Level::error, .event = "lines_lost", .more = count}, now_us);
}

bool RunLog::State::put_line(const RunLogEntry& entry, std::int64_t now_us) {
  line.clear();
  append_line(line, entry, now_us);
  if (file->append(line)) return true;
  ++lost;
  ++lost_untold;
  return false;
}

RunLog::RunLog(std::unique_ptr<State> state) : state_(std::move(state)) {}

RunLog::~RunLog() { summarize(); }

Result<std::unique_ptr<RunLog>> RunLog::open(const std::string& path, const RunLogLimits& limits) {
  if (limits.bytes_max < 1 || limits.files_max < 1 || limits.files_max > kFilesMax ||
      limits.lines_per_second_max < 1) {
    return Error(Errc::invalid_input,
                 "the log \"" + path + "\" cannot have files of " +
                     std::to_string(limits.bytes_max) + " bytes, " +
                     std::to_string(limits.files_max) + " of them, and " +
                     std::to_string(limits.lines_per_second_max) +
                     " lines a second: each must be at least 1, and the files at most 1,000");
  }
  auto file = RotatedFile::open(path, limits.bytes_max, limits.files_max);
  if (!file) return file.error();
  return std::unique_ptr<RunLog>(
      new RunLog(std::make_unique<State>(limits, std::move(file.value()))));
}

bool RunLog::takes(Level level) const { return level >= state_->limits.level_min; }

void RunLog::write(const RunLogEntry& entry) {
  if (!takes(entry.level)) return;
  const std::lock_guard<std::mutex> lock(state_->mutex);
  const std::int64_t now_us = state_->limits.clock_us();
  const std::int64_t second = now_us / kSecondUs;
  state_->tell_left_out(second, now_us);
  if (state_->has_room(entry, second)) state_->put(entry, now_us);
}

void RunLog::summarize() {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  if (state_->owes_summary) state_->tell_left_out(/*current=*/-1, state_->limits.clock_us());
}

std::int64_t RunLog::lost() const {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  return state_->lost;
}

std::int64_t RunLog::left_out() const {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  return state_->left_out;
}

std::string without_bearer(std::string_view text) {
  const std::string folded = lower(text);
  std::string out;
  std::size_t done = 0;
  for (std::size_t at = folded.find(kBearer); at != folded.npos; at = folded.find(kBearer, at)) {
    at += kBearer.size();
    const std::size_t start = at + gap_bytes(std::string_view(folded).substr(at));
    if (start == at) continue;
    std::size_t end = start;
    while (end < text.size() && is_token_byte(text[end])) ++end;
    if (end == start) continue;
    out.append(text.substr(done, start - done)).append("***");
    done = at = end;
  }
  return out.append(text.substr(done));
}

}  // namespace footfall::telemetry
