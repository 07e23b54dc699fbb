#include "cli/terminal.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace footfall::cli {

ProgressLine::ProgressLine(SimTime start, SimTime until)
    : start_(start),
      until_(until),
      terminal_(isatty(STDERR_FILENO) == 1),
      began_(std::chrono::steady_clock::now()),
      last_(began_) {}

void ProgressLine::show(SimTime now, const std::string& what) {
  const auto clock = std::chrono::steady_clock::now();
  const double share =
      static_cast<double>((now - start_).us) / static_cast<double>((until_ - start_).us);
  const std::chrono::duration<double> spent = clock - began_;
  const std::string left = share > 0.02 && spent.count() > 1
                               ? ", " + duration_text(spent.count() * (1 - share) / share) + " left"
                               : "";
  if (terminal_) {
    if (drawn_ && clock - last_ < std::chrono::milliseconds(100) && now < until_) return;
    constexpr int kWidth = 24;
    const int full = static_cast<int>(share * kWidth);
    fmt::print(stderr, "\r\x1b[K  {} [{}{}] {:3.0f} %  {}{}", to_date_string(now),
               std::string(static_cast<std::size_t>(full), '#'),
               std::string(static_cast<std::size_t>(kWidth - full), '.'), share * 100, what, left);
    std::fflush(stderr);
    last_ = clock;
    drawn_ = true;
    return;
  }
  const int tenth = static_cast<int>(share * 10);
  if (tenth == last_tenth_) return;
  last_tenth_ = tenth;
  fmt::print(stderr, "  {}  {:3.0f} %  {}{}\n", to_date_string(now), share * 100, what, left);
}

void ProgressLine::finish() {
  if (drawn_) fmt::print(stderr, "\n");
  drawn_ = false;
}

std::string duration_text(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<long>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
}

}  // namespace footfall::cli
