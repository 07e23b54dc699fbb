#include "screen/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.hpp"

namespace footfall::screen {
namespace {

constexpr double kScaleMaxAdvised = 48;  // twice that is as far as the advice goes
constexpr double kShareLow = 0.20;

// Three digits: "1.24", "12.4", "124".
std::string three_digits(double number) {
  const int behind = number < 9.995 ? 2 : number < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f}", number, behind);
}

}  // namespace

std::string duration_words(double seconds) {
  constexpr std::int64_t kMin = 60, kHours = 3600, kDays = 86400;
  const double bounded = seconds > 0 ? std::min(seconds, 9999.0 * kDays) : 0.0;
  const auto whole = static_cast<std::int64_t>(std::llround(bounded));
  if (whole < kMin) return fmt::format("{} s", whole);
  if (whole < kHours) return fmt::format("{} min {} s", whole / kMin, whole % kMin);
  if (whole < kDays) return fmt::format("{} h {} min", whole / kHours, whole / kMin % 60);
  return fmt::format("{} d {} h", with_commas(whole / kDays), whole / kHours % 24);
}

std::string latency_words(std::int64_t us) {
  const std::int64_t known = std::max<std::int64_t>(us, 0);
  if (known < 1000) return fmt::format("{} µs", known);
  const double ms = static_cast<double>(known) / 1000;
  if (ms < 999.5) return three_digits(ms) + " ms";
  if (ms < 999'500) return three_digits(ms / 1000) + " s";
  return fmt::format("{} s", with_commas(std::llround(ms / 1000)));
}

std::string bytes_words(std::int64_t bytes) {
  constexpr std::array<std::string_view, 4> kUnits = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return fmt::format("{} B", std::max<std::int64_t>(bytes, 0));
  double number = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (number >= 999.5 && unit + 1 < kUnits.size()) {
    number /= 1024;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", number, number < 99.95 ? 1 : 0, kUnits[unit]);
}

std::string percent_words(double share) {
  constexpr double kMost = 9.99, kRounding = 1e-9;
  const double bounded = share > 0 ? std::min(share, kMost) : 0.0;
  return fmt::format("{} %", static_cast<int>(100 * bounded + kRounding));
}

std::string moment_words(SimTime moment) {
  constexpr std::array<std::string_view, 7> kDays = {"Mon", "Tue", "Wed", "Thu",
                                                     "Fri", "Sat", "Sun"};
  if (moment.us < 0) return "before 1970";
  return fmt::format("{} {} {:02}:{:02}", kDays[static_cast<std::size_t>(weekday(moment))],
                     to_date_string(moment), hour_of_day(moment), moment.us / kMinute.us % 60);
}

std::string rate_words(double rate) {
  constexpr double kMost = 1e15;
  const double bounded = rate > 0 ? std::min(rate, kMost) : 0.0;
  return bounded < 99.95 ? fmt::format("{:.1f}", bounded) : with_commas(std::llround(bounded));
}

std::string money_words(Money amount) {
  constexpr std::size_t kBehind = 3;  // the point and two digits
  const std::string plain = to_string(amount);
  const bool is_small_debt = -100 < amount.minor && amount.minor < 0;
  return (is_small_debt ? "-" : "") + with_commas(amount.minor / 100) +
         plain.substr(plain.size() - kBehind);
}

std::string_view to_string(Status status) {
  switch (status) {
    case Status::running:
      return "running";
    case Status::paused:
      return "paused";
    case Status::frozen:
      return "frozen";
    case Status::resuming:
      return "resuming";
    case Status::stopping:
      return "stopping";
    case Status::finished:
      return "finished";
    case Status::failed:
      return "failed";
  }
  return "";
}

std::string scale_advice(const State& state) {
  if (state.status != Status::running || !state.time_scale || !state.work_share) return {};
  const double scale = *state.time_scale;
  if (!(scale > 0) || scale > kScaleMaxAdvised || !(*state.work_share < kShareLow)) return {};
  return fmt::format("work takes {} of the cycle: --time-scale {:g} would fit",
                     percent_words(*state.work_share), 2 * scale);
}

}  // namespace footfall::screen
