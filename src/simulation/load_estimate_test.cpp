// Goal: the calls a population will make are known before it makes them, and the operator is told
// what would fit. Method: closed forms: equal personas of a known rate, in a week without peaks and
// in the usual week, and the numbers of the reference.
#include "simulation/load_estimate.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace footfall::simulation {
namespace {

constexpr double kWeekSeconds = 604'800;
const SimTime kMonday = parse_sim_time("2026-05-04").value();

personas::Population people(std::size_t count, double trips_per_week) {
  personas::Traits traits;
  traits.cart_completion = 0.5F;
  traits.shopping_frequency = static_cast<float>(trips_per_week * 0.5);  // baskets
  traits.weekend_affinity = 1;
  return personas::Population(count, traits);
}

// Every hour is like every other.
shopper::VisitModel flat_week(double idle_visits_per_week) {
  shopper::Coefficients coefficients;
  coefficients.hour_shares.fill(1.0 / 24);
  coefficients.day_shares.fill(1.0 / 7);
  coefficients.idle_visits_per_week = idle_visits_per_week;
  return shopper::VisitModel(coefficients);
}

LoadPlan plan(double calls, double scale, double per_second, double idle_calls = 0) {
  LoadPlan plan;
  plan.start = kMonday;
  plan.calls_per_trip = calls;
  plan.calls_per_idle_visit = idle_calls;
  plan.time_scale = scale;
  plan.per_second = per_second;
  return plan;
}

TEST(LoadEstimate, OfTwoEqualPersonasIsTheClosedForm) {
  const LoadEstimate load = estimate_load(people(2, 3.5), flat_week(0), plan(8, 100, 5));
  const double expected = 2 * 3.5 * 8 * 100 / kWeekSeconds;
  EXPECT_EQ(load.agents, 2U);
  EXPECT_NEAR(load.trips_per_week, 3.5, 1e-6);
  EXPECT_EQ(load.idle_visits_per_week, 0);
  for (const LoadEstimate::Demand& demand : {load.mean, load.busiest}) {
    EXPECT_NEAR(demand.per_second, expected, 1e-6 * expected);
    EXPECT_NEAR(demand.share, expected / 5, 1e-6 * expected);
    EXPECT_NEAR(demand.highest_scale, 100 * 5 / expected, 1e-6 * 100 * 5 / expected);
  }
}

TEST(LoadEstimate, CarriesAsManyShoppersAsTheReferenceSays) {
  for (const auto& [scale, carried] : {std::pair{168.0, 14'600.0}, std::pair{24.0, 102'000.0}}) {
    const LoadEstimate load = estimate_load(people(100, 1.23), flat_week(0), plan(10, scale, 50));
    EXPECT_NEAR(100 / load.mean.share, carried, 0.005 * carried);
    EXPECT_NEAR(100 / load.mean.share, 50 * kWeekSeconds / (1.23 * 10 * scale), 0.1);
  }
}

TEST(LoadEstimate, CountsIdleVisits) {
  const LoadEstimate load = estimate_load(people(10, 1), flat_week(0.25), plan(6, 168, 50, 4));
  EXPECT_NEAR(load.idle_visits_per_week, 0.25, 1e-9);
  EXPECT_NEAR(load.mean.per_second, 10 * (6 + 0.25 * 4) * 168 / kWeekSeconds, 1e-7);
}

TEST(LoadEstimate, GrowsWithTheActivityFactor) {
  LoadPlan twice = plan(6, 168, 50);
  twice.activity = 2;
  EXPECT_NEAR(estimate_load(people(10, 1), flat_week(0), twice).trips_per_week, 2, 1e-6);
}

// At 17 hours on a Sunday 9.93 % of a day and 16.6 % of a week, by the coefficients' own sums.
TEST(LoadEstimate, FindsTheBusiestHourOfTheUsualWeek) {
  const shopper::Coefficients usual;
  double hours = 0, days = 0;
  for (const double share : usual.hour_shares) hours += share;
  for (const double share : usual.day_shares) days += share;
  const double peak = usual.hour_shares[17] / hours * 24 * (usual.day_shares[6] / days * 7);
  const LoadEstimate load =
      estimate_load(people(3, 1.5), shopper::VisitModel(usual), plan(6, 168, 50));
  EXPECT_EQ(to_string(load.busiest_hour), "2026-05-10T17:00:00Z");
  EXPECT_NEAR(load.mean.per_second, 3 * 1.5 * 6 * 168 / kWeekSeconds, 1e-8);
  EXPECT_NEAR(load.busiest.per_second, peak * load.mean.per_second, 1e-8);
  EXPECT_NEAR(load.busiest.share, peak * load.mean.share, 1e-9);
  EXPECT_NEAR(load.busiest.highest_scale * peak / load.mean.highest_scale, 1, 1e-6);
}

TEST(LoadEstimate, OfNobodyIsNothing) {
  const LoadEstimate load = estimate_load({}, flat_week(0.25), plan(6, 168, 50, 1));
  EXPECT_EQ(load.mean.per_second, 0);
  EXPECT_EQ(load.busiest.share, 0);
  EXPECT_TRUE(std::isinf(load.mean.highest_scale));
  EXPECT_EQ(load.trips_per_week, 0);
  EXPECT_EQ(load_warning(load), "");
}

TEST(LoadEstimate, AlwaysFitsWithoutALimit) {
  const double infinity = std::numeric_limits<double>::infinity();
  const LoadEstimate load = estimate_load(people(10, 20), flat_week(0), plan(6, 1e6, infinity));
  EXPECT_EQ(load.mean.share, 0);
  EXPECT_EQ(load_warning(load), "");
}

TEST(LoadWarning, IsEmptyExactlyWhereTheBusiestHourFits) {
  const auto week = shopper::VisitModel(shopper::Coefficients{});
  const LoadEstimate at_one = estimate_load(people(100, 2), week, plan(6, 1, 50));
  const double highest = at_one.busiest.highest_scale;
  for (const auto& [scale, fits] : {std::pair{0.999, true}, std::pair{1.001, false}}) {
    const auto load = estimate_load(people(100, 2), week, plan(6, scale * highest, 50));
    EXPECT_EQ(load_warning(load).empty(), fits);
  }
}

TEST(LoadWarning, SaysTheNumbersAndWhatWouldFit) {
  const LoadEstimate load = estimate_load(
      people(20'000, 1.23), shopper::VisitModel(shopper::Coefficients{}), plan(10, 168, 50, 1));
  EXPECT_EQ(load_warning(load),
            "20,000 shoppers with 1.23 trips a week each, 10 calls a trip, and 0.25 idle visits of "
            "1, make 69.7 calls/s at time scale 168, and 193 in the busiest hour "
            "(2026-05-10T17:00:00Z), but 50 may pass: calls will wait longer and longer, and the "
            "run will fall behind. What would fit at all hours: a time scale of 43.5, 25.9 % of "
            "the shoppers, or 193 calls/s. On the mean of a week: a time scale of 120, 71.7 % of "
            "the shoppers, or 69.8 calls/s.");
}

TEST(LoadWarning, SaysIfOnlyBusyHoursAreTooMuch) {
  const LoadEstimate load = estimate_load(
      people(10'000, 1.23), shopper::VisitModel(shopper::Coefficients{}), plan(10, 168, 50));
  EXPECT_EQ(load_warning(load),
            "10,000 shoppers with 1.23 trips a week each, 10 calls a trip, make 34.2 calls/s at "
            "time scale 168, and 94.7 in the busiest hour (2026-05-10T17:00:00Z), but 50 may pass: "
            "calls will wait in busy hours, and trips take longer than they should. What would fit "
            "at all hours: a time scale of 88.6, 52.7 % of the shoppers, or 94.8 calls/s.");
}

// What is said to fit does: numbers are rounded to the safe side.
TEST(LoadWarning, WhatItProposesFits) {
  const auto week = shopper::VisitModel(shopper::Coefficients{});
  for (const double trips : {0.3, 0.77, 1.9}) {
    const auto text = load_warning(estimate_load(people(3'000, trips), week, plan(7, 90, 0.9)));
    const auto at = text.find("a time scale of ");
    ASSERT_NE(at, text.npos);
    const double scale = std::stod(text.substr(at + 16));
    EXPECT_EQ(load_warning(estimate_load(people(3'000, trips), week, plan(7, scale, 0.9))), "");
    EXPECT_NE(load_warning(estimate_load(people(3'000, trips), week, plan(7, scale * 1.02, 0.9))),
              "");
  }
}

}  // namespace
}  // namespace footfall::simulation
