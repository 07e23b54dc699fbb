// Keeping little of what nobody uses at the moment.
#pragma once

#include <cstddef>

namespace footfall::api {

inline constexpr std::size_t kIdleRunsMax = 8;

// Takes entries out of a map, those with the smallest `used` first, until at most `at_most` are
// left of which is_idle(entry) is true.
template <typename Map, typename IsIdle>
void forget_idle(Map& kept, std::size_t at_most, IsIdle is_idle) {
  for (;;) {
    std::size_t idle = 0;
    auto oldest = kept.end();
    for (auto at = kept.begin(); at != kept.end(); ++at) {
      if (!is_idle(at->second)) continue;
      ++idle;
      if (oldest == kept.end() || at->second.used < oldest->second.used) oldest = at;
    }
    if (idle <= at_most) return;
    kept.erase(oldest);
  }
}

}  // namespace footfall::api
