// The Retry-After header (RFC 9110 section 10.2.3).
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace footfall::commerce {

inline constexpr std::chrono::milliseconds kRetryAfterMost{60'000};

// How long the service asks to be left alone: a number of seconds, or a moment ("Sat, 21 Nov 2026
// 10:00:00 GMT") seen from `now`; at most kRetryAfterMost. Nothing if it is neither.
std::optional<std::chrono::milliseconds> parse_retry_after(
    std::string_view text, std::chrono::system_clock::time_point now);

}  // namespace footfall::commerce
