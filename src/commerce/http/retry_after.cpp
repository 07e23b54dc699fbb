#include "commerce/http/retry_after.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.hpp"
#include "http/text.hpp"

namespace footfall::commerce {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

std::optional<int> number(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), http::is_digit)) return std::nullopt;
  const auto value = parse_integer(text);
  return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
}

// IMF-fixdate, the one form that services may send: "Sat, 21 Nov 2026 10:00:00 GMT".
std::optional<std::chrono::sys_seconds> parse_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") {
    return std::nullopt;
  }
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  const auto day = number(text.substr(5, 2)), year = number(text.substr(12, 4));
  const auto hour = number(text.substr(17, 2)), minute = number(text.substr(20, 2));
  const auto second = number(text.substr(23, 2));
  if (month == kMonths.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year(*year),
      std::chrono::month(static_cast<unsigned>(month - kMonths.begin() + 1)),
      std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         seconds(*second);
}

}  // namespace

std::optional<milliseconds> parse_retry_after(std::string_view text, system_clock::time_point now) {
  constexpr std::int64_t kMost = std::chrono::duration_cast<seconds>(kRetryAfterMost).count();
  if (const auto delay = parse_integer(text)) {
    if (*delay < 0) return std::nullopt;
    return seconds(std::min(*delay, kMost));
  }
  const auto date = parse_date(text);
  if (!date) return std::nullopt;
  const auto whole = std::chrono::floor<seconds>(now);
  return std::clamp(*date - whole, seconds(0), seconds(kMost));
}

}  // namespace footfall::commerce
