// What a run is to do: everything that decides its data. Two runs with equal plans, catalogue and
// population give the same rows.
#pragma once

#include <cstdint>
#include <string>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/sim_time.hpp"
#include "offers/rules.hpp"
#include "retail/shelf.hpp"
#include "shopper/behavior/coefficients.hpp"
#include "shopper/behavior/visits.hpp"
#include "simulation/activity.hpp"

namespace footfall::simulation {

struct Plan {
  RunId run;
  std::uint64_t seed = 1;
  SimTime start;  // a day's start
  SimTime until;  // a day's start, after `start`
  Activity activity = Activity::persona;
  shopper::Profile profile = shopper::Profile::grocery;
  std::string policy = "uniform";
  offers::Rules rules;
  retail::DealRules deals;
  shopper::Coefficients coefficients;
  bool keep_failed_carts = false;  // else a failed checkout's cart is gone (R31, R55)
};

// Errors: invalid_input for a plan with more agents, hours or offer cycles than row ids can number
// (retail/records.hpp).
Result<void> check_limits(const Plan& plan, const personas::Population& population);

}  // namespace footfall::simulation
