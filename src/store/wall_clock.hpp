// The real clock: for *_wall_us columns.
#pragma once

#include <chrono>
#include <cstdint>

namespace footfall::store {

// Microseconds since 1970 UTC.
inline std::int64_t wall_clock_us() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

}  // namespace footfall::store
