#include "telemetry/log.hpp"

#include <spdlog/common.h>
#include <spdlog/details/periodic_worker.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <mutex>

#include "base/utf8.hpp"

namespace footfall::telemetry {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// spdlog's own stream sinks flush after each line, which costs a system call each; this one leaves
// lines in the stream's buffer.
class StreamSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  StreamSink(std::FILE* stream, bool is_ours) : stream_(stream), is_ours_(is_ours) {
    set_formatter_(
        std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::utc, "\n"));
  }
  ~StreamSink() override {
    if (is_ours_) std::fclose(stream_);
  }

 private:
  // A write that fails is not told to anybody: there is nowhere left to tell it.
  void sink_it_(const spdlog::details::log_msg& message) override {
    text_.clear();
    formatter_->format(message, text_);
    std::fwrite(text_.data(), 1, text_.size(), stream_);
  }
  void flush_() override { std::fflush(stream_); }

  std::FILE* stream_;
  bool is_ours_;
  spdlog::memory_buf_t text_;  // kept, so that a line costs no allocation
};

// `number` with at least `width` digits.
void append_padded(std::string& out, std::int64_t number, std::size_t width) {
  char digits[24];
  const char* end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  const auto count = static_cast<std::size_t>(end - digits);
  if (count < width) out.append(width - count, '0');
  out.append(digits, count);
}

}  // namespace

std::string_view to_string(Level level) {
  switch (level) {
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "error";
}

struct Log::State {
  explicit State(std::shared_ptr<StreamSink> sink)
      : logger("footfall", std::move(sink)),
        flusher([this] { logger.flush(); }, std::chrono::seconds(1)) {}

  spdlog::logger logger;
  spdlog::details::periodic_worker flusher;  // last, so that it ends before what it flushes
};

Log::Log(std::unique_ptr<State> state) : state_(std::move(state)) {}

Log::~Log() { flush(); }

Result<std::unique_ptr<Log>> Log::open(const std::string& target) {
  if (target == "off") return std::unique_ptr<Log>(new Log(nullptr));
  // "e": programs that we start do not inherit it.
  std::FILE* stream = target == "-"        ? stdout
                      : target == "stderr" ? stderr
                                           : std::fopen(target.c_str(), "ae");
  if (stream == nullptr) {
    return Error(Errc::io, "the log \"" + target + "\" cannot be written: " + std::strerror(errno));
  }
  const bool is_ours = stream != stdout && stream != stderr;
  auto sink = std::make_shared<StreamSink>(stream, is_ours);
  return std::unique_ptr<Log>(new Log(std::make_unique<State>(std::move(sink))));
}

bool Log::is_off() const { return state_ == nullptr; }

void Log::line(std::string_view text) {
  if (is_off()) return;
  state_->logger.log(spdlog::level::info, spdlog::string_view_t(text.data(), text.size()));
}

void Log::tell(Level level, std::string_view message) {
  if (is_off()) return;
  std::string text = "{\"time\":\"";
  append_time(text, wall_clock_us());
  text.replace(text.size() - 4, 3, "");  // milliseconds are enough here
  text.append("\",\"level\":\"").append(to_string(level)).append("\",\"message\":\"");
  append_escaped(text, message);
  text += "\"}";
  line(text);
  flush();
}

void Log::flush() {
  if (!is_off()) state_->logger.flush();
}

void append_escaped(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  while (!text.empty()) {
    const std::size_t bytes = utf8_bytes(text);
    const char c = text.front();
    if (bytes == 0) {
      out += kReplacement;
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += "\\u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
    } else {
      out.append(text.substr(0, bytes));
    }
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
}

void append_time(std::string& out, std::int64_t wall_us) {
  using std::chrono::microseconds;
  const std::chrono::sys_time<microseconds> moment{microseconds(wall_us)};
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(moment - day);
  append_padded(out, static_cast<int>(date.year()), 4);
  out += '-';
  append_padded(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append_padded(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  append_padded(out, clock.hours().count(), 2);
  out += ':';
  append_padded(out, clock.minutes().count(), 2);
  out += ':';
  append_padded(out, clock.seconds().count(), 2);
  out += '.';
  append_padded(out, clock.subseconds().count(), 6);
  out += 'Z';
}

std::int64_t wall_clock_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace footfall::telemetry
