// Whether a live run can keep its pace (R26): the calls that a population is expected to make
// against the calls that may pass. An operator is told before the run begins, not by a queue that
// grows.
//
//   calls a second = agents * trips a week * calls a trip * time scale / 604,800
//
// (realism.md section 6). Idle visits count too. Pure: nothing is drawn.
#pragma once

#include <string>

#include "base/sim_time.hpp"
#include "personas/population.hpp"
#include "shopper/behavior/visits.hpp"

namespace footfall::simulation {

struct LoadPlan {
  double activity = 1;              // the factor (activity.hpp), > 0
  SimTime start;                    // an hour's start; the week from here on is looked at
  double calls_per_trip = 6;        // >= 0, with all that a trip brings along
  double calls_per_idle_visit = 1;  // >= 0
  double time_scale = 168;          // simulated seconds a real one, > 0
  double per_second = 50;           // calls that may pass, > 0; infinity: no limit
};

struct LoadEstimate {
  struct Demand {
    double per_second = 0;     // calls, at the plan's time scale
    double share = 0;          // of the calls that may pass; above 1 it does not fit
    double highest_scale = 0;  // the highest time scale at which it fits; infinity if there is none
  };

  LoadPlan plan;
  std::size_t agents = 0;
  double trips_per_week = 0, idle_visits_per_week = 0;  // expected, of the mean agent
  Demand mean;                                          // over the week
  Demand busiest;                                       // its hour with the most calls
  SimTime busiest_hour;
};

// Visits as VisitModel draws them, at most one an hour; all agents take part (no ramp), nobody has
// left for good. An idle visit in an hour in which its shopper thinks of shopping does not come
// about but is counted: the estimate is a little high. 168 rates a shopper, about 5 µs.
LoadEstimate estimate_load(const personas::Population& population,
                           const shopper::VisitModel& visits, const LoadPlan& plan);

// What the operator has to know if the busiest hour, or even the mean, does not fit: the numbers,
// what will happen, and which time scale, share of the shoppers or rate would fit. Else empty.
std::string load_warning(const LoadEstimate& load);

}  // namespace footfall::simulation
