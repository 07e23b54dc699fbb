// Simulated time: whole microseconds since 1970-01-01T00:00Z. Distinct from any real clock, so
// mixing the two does not compile.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace footfall {

// A span of simulated time, in microseconds.
struct SimDuration {
  std::int64_t us = 0;

  friend constexpr auto operator<=>(SimDuration, SimDuration) = default;
  friend constexpr SimDuration operator+(SimDuration a, SimDuration b) { return {a.us + b.us}; }
  friend constexpr SimDuration operator-(SimDuration a, SimDuration b) { return {a.us - b.us}; }
  friend constexpr SimDuration operator*(SimDuration a, std::int64_t n) { return {a.us * n}; }
};

inline constexpr SimDuration kMinute{60'000'000};
inline constexpr SimDuration kHour{60 * kMinute.us};
inline constexpr SimDuration kDay{24 * kHour.us};
inline constexpr SimDuration kWeek{7 * kDay.us};

// A moment of simulated time.
struct SimTime {
  std::int64_t us = 0;

  friend constexpr auto operator<=>(SimTime, SimTime) = default;
  friend constexpr SimTime operator+(SimTime t, SimDuration d) { return {t.us + d.us}; }
  friend constexpr SimTime operator-(SimTime t, SimDuration d) { return {t.us - d.us}; }
  friend constexpr SimDuration operator-(SimTime a, SimTime b) { return {a.us - b.us}; }
};

// Whole days and hours since 1970, rounded down; valid for moments from 1970 on.
constexpr std::int64_t day_number(SimTime t) { return t.us / kDay.us; }
constexpr std::int64_t hour_number(SimTime t) { return t.us / kHour.us; }
constexpr int hour_of_day(SimTime t) { return static_cast<int>(hour_number(t) % 24); }
// 0 Monday … 6 Sunday; 1970-01-01 was a Thursday.
constexpr int weekday(SimTime t) { return static_cast<int>((day_number(t) + 3) % 7); }
// 1 January … 12 December.
int month(SimTime t);

// An hour's place in the calendar, worked out once for all who need it.
struct CalendarHour {
  int hour = 0;     // 0 … 23
  int weekday = 0;  // 0 Monday … 6 Sunday
  int month = 1;    // 1 … 12
};
inline CalendarHour calendar_hour(SimTime t) { return {hour_of_day(t), weekday(t), month(t)}; }

// "2026-01-05T08:30:00Z"; with a fraction when there is one.
std::string to_string(SimTime t);
// "2026-01-05", the day alone.
std::string to_date_string(SimTime t);

// Reads "2026-01-05", "2026-01-05T08:30" or "2026-01-05T08:30:00Z", from 1970 to 2199.
// Errors: invalid_input with the text and the forms that are allowed.
Result<SimTime> parse_sim_time(std::string_view text);

}  // namespace footfall
