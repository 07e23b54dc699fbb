// Numbers as people read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/sim_time.hpp"
#include "screen/state.hpp"

namespace footfall::screen {

// "4 s", "3 min 20 s", "2 h 5 min", "3 d 4 h". What is negative or NaN counts as 0, and nothing is
// longer than 9,999 days.
std::string duration_words(double seconds);
// "850 µs", "12.3 ms", "1.24 s": three digits, so that columns stay narrow.
std::string latency_words(std::int64_t us);
// "512 B", "1.9 MiB", "123 MiB".
std::string bytes_words(std::int64_t bytes);
// "7 %", "99 %", "130 %": only what is complete is 100 %. At least 0, at most 999 %.
std::string percent_words(double share);
// "Mon 2026-01-05 08:30".
std::string moment_words(SimTime moment);
// "1,234.56", without a currency.
std::string money_words(Money amount);
// With one digit behind the point below 100, whole above: "51.2", "1,234".
std::string rate_words(double rate);

std::string_view to_string(Status status);  // "running", "frozen", …

// "work takes 12 % of the cycle: --time-scale 96 would fit", where that is so: the run goes on, the
// work takes less than a fifth of the cycle and the scale is at most 48. Else empty.
std::string scale_advice(const State& state);

}  // namespace footfall::screen
