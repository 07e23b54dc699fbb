#include "simulation/plan.hpp"

#include <fmt/format.h>

#include "retail/records.hpp"

namespace footfall::simulation {

Result<void> check_limits(const Plan& plan, const personas::Population& population) {
  const std::int64_t hours = (plan.until - plan.start).us / kHour.us;
  const std::int64_t cycles = (plan.until - plan.start).us / plan.rules.cycle_length.us;
  if (hours > retail::kRunHoursMax || cycles > retail::kOfferCyclesMax) {
    return Error(Errc::invalid_input,
                 fmt::format("a run of {} hours is too long: at most {} simulated hours (11 years) "
                             "and {} offer cycles fit",
                             hours, retail::kRunHoursMax, retail::kOfferCyclesMax));
  }
  for (const personas::Traits& shopper : population) {
    if (shopper.agent.value > 0 && shopper.agent.value <= retail::kAgentsMax) continue;
    return Error(Errc::invalid_input,
                 fmt::format("agent {} is outside the numbers that a run can hold: 1 to {}",
                             shopper.agent.value, retail::kAgentsMax));
  }
  return {};
}

}  // namespace footfall::simulation
