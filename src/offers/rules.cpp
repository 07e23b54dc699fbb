#include "offers/rules.hpp"

#include "base/random.hpp"

namespace footfall::offers {

int first_refresh_day(const Rules& rules, std::uint64_t seed, std::uint32_t shopper) {
  if (!rules.stagger) return 0;
  const auto days = static_cast<std::uint64_t>(2 * rules.cycle_length.us / kDay.us);
  return static_cast<int>(RandomStream(seed, shopper, 0, Purpose::stagger).below(days));
}

}  // namespace footfall::offers
