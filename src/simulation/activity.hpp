// The activity factor (R18): one number that scales everybody's visit rate.
#pragma once

#include "personas/population.hpp"
#include "shopper/behavior/visits.hpp"

namespace footfall::simulation {

enum class Activity : std::uint8_t { persona, crowd };

// Share of the population that is active in the busiest hour of an average week's busiest day.
inline constexpr double kCrowdShare = 0.40;

// 1 for `persona`. For `crowd`, the factor at which the expected share of shoppers who come in the
// week's busiest hour is kCrowdShare; found by bisection to a relative 1e-6. Rates of very frequent
// shoppers are cut at one visit an hour. At most 10,000: for populations that hardly ever shop.
double activity_factor(const personas::Population& population, const shopper::VisitModel& visits,
                       Activity activity, SimTime start);

}  // namespace footfall::simulation
