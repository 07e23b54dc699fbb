#include "base/sim_time.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>

namespace footfall {
namespace {

std::chrono::year_month_day calendar_day(SimTime t) {
  return std::chrono::sys_days(std::chrono::days(static_cast<int>(day_number(t))));
}

// Two or four digits at `at`, or -1.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

}  // namespace

int month(SimTime t) { return static_cast<int>(static_cast<unsigned>(calendar_day(t).month())); }

std::string to_date_string(SimTime t) {
  const auto date = calendar_day(t);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string to_string(SimTime t) {
  const std::int64_t in_day = t.us % kDay.us;
  const std::int64_t seconds = in_day / 1'000'000;
  std::string text = fmt::format("{}T{:02}:{:02}:{:02}", to_date_string(t), seconds / 3600,
                                 seconds / 60 % 60, seconds % 60);
  if (in_day % 1'000'000 != 0) text += fmt::format(".{:06}", in_day % 1'000'000);
  return text + "Z";
}

Result<SimTime> parse_sim_time(std::string_view text) {
  const auto bad = [text] {
    return Error(Errc::invalid_input,
                 fmt::format("'{}' is no date: write 2026-01-05, 2026-01-05T08:30 or "
                             "2026-01-05T08:30:00Z, from 1970 to 2199",
                             text.substr(0, 40)));
  };
  std::string_view rest = text;
  if (rest.ends_with('Z') && rest.size() > 10) rest.remove_suffix(1);
  if (rest.size() != 10 && rest.size() != 16 && rest.size() != 19) return bad();
  const int y = digits(rest, 0, 4), m = digits(rest, 5, 2), d = digits(rest, 8, 2);
  if (y < 1970 || y > 2199 || m < 0 || d < 0 || rest[4] != '-' || rest[7] != '-') return bad();
  const std::chrono::year_month_day date{std::chrono::year(y),
                                         std::chrono::month(static_cast<unsigned>(m)),
                                         std::chrono::day(static_cast<unsigned>(d))};
  if (!date.ok()) return bad();
  int hour = 0, minute = 0, second = 0;
  if (rest.size() > 10) {
    if ((rest[10] != 'T' && rest[10] != ' ') || rest[13] != ':') return bad();
    hour = digits(rest, 11, 2);
    minute = digits(rest, 14, 2);
  }
  if (rest.size() == 19) {
    if (rest[16] != ':') return bad();
    second = digits(rest, 17, 2);
  }
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return bad();
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return SimTime{} + kDay * days + kHour * hour + kMinute * minute +
         SimDuration{1'000'000} * second;
}

}  // namespace footfall
