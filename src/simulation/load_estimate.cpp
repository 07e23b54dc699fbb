#include "simulation/load_estimate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/assert.hpp"
#include "base/text.hpp"

namespace footfall::simulation {
namespace {

constexpr std::size_t kHours = 168;
constexpr double kSecondsPerHour = 3600;

// `calls` in `hours` simulated hours.
LoadEstimate::Demand demand(double calls, double hours, const LoadPlan& plan) {
  const double per_simulated_second = calls / (hours * kSecondsPerHour);
  LoadEstimate::Demand demand;
  demand.per_second = per_simulated_second * plan.time_scale;
  demand.share = demand.per_second / plan.per_second;
  demand.highest_scale =
      calls > 0 ? plan.per_second / per_simulated_second : std::numeric_limits<double>::infinity();
  return demand;
}

// Three digits, more before the point; rounded by `round`, so that what is said to fit does.
template <typename Round>
std::string digits(double value, Round round) {
  double factor = 1;
  while (value > 0 && value * factor < 100 && factor < 1e9) factor *= 10;
  const double rounded = round(value * factor) / factor;
  if (rounded >= 100) return with_commas(static_cast<std::int64_t>(rounded));
  return fmt::format("{}", rounded);
}

std::string about(double value) {
  return digits(value, [](double x) { return std::round(x); });
}
std::string at_most(double value) {
  return digits(value, [](double x) { return std::floor(x); });
}
std::string at_least(double value) {
  return digits(value, [](double x) { return std::ceil(x); });
}

std::string what_fits(const LoadEstimate::Demand& demand) {
  return fmt::format("a time scale of {}, {} % of the shoppers, or {} calls/s",
                     at_most(demand.highest_scale), at_most(100 / demand.share),
                     at_least(demand.per_second));
}

}  // namespace

LoadEstimate estimate_load(const personas::Population& population,
                           const shopper::VisitModel& visits, const LoadPlan& plan) {
  FF_ASSERT(plan.time_scale > 0 && plan.per_second > 0, "time scale and rate are above 0");
  FF_ASSERT(plan.calls_per_trip >= 0 && plan.calls_per_idle_visit >= 0, "calls are not negative");
  std::array<CalendarHour, kHours> hours;
  for (std::size_t i = 0; i < kHours; ++i) {
    hours[i] = calendar_hour(plan.start + kHour * static_cast<std::int64_t>(i));
  }
  std::array<double, kHours> trips{};
  for (const personas::Traits& shopper : population) {
    const shopper::Rhythm rhythm = visits.rhythm(shopper, plan.activity);
    for (std::size_t i = 0; i < kHours; ++i) trips[i] += visits.rate(shopper, rhythm, hours[i]);
  }

  LoadEstimate load;
  load.plan = plan;
  load.agents = population.size();
  const auto agents = static_cast<double>(population.size());
  double trips_sum = 0, idle_sum = 0, most_calls = -1;
  for (std::size_t i = 0; i < kHours; ++i) {
    const double idle = agents * visits.idle_rate(hours[i]);
    const double calls = trips[i] * plan.calls_per_trip + idle * plan.calls_per_idle_visit;
    trips_sum += trips[i];
    idle_sum += idle;
    if (calls <= most_calls) continue;
    most_calls = calls;
    load.busiest_hour = plan.start + kHour * static_cast<std::int64_t>(i);
  }
  const double calls = trips_sum * plan.calls_per_trip + idle_sum * plan.calls_per_idle_visit;
  load.mean = demand(calls, kHours, plan);
  load.busiest = demand(most_calls, 1, plan);
  load.trips_per_week = agents > 0 ? trips_sum / agents : 0;
  load.idle_visits_per_week = agents > 0 ? idle_sum / agents : 0;
  return load;
}

std::string load_warning(const LoadEstimate& load) {
  if (load.busiest.share <= 1) return {};
  const bool mean_fits = load.mean.share <= 1;
  const LoadPlan& plan = load.plan;
  std::string idle;
  if (load.idle_visits_per_week > 0 && plan.calls_per_idle_visit > 0) {
    idle = fmt::format(", and {} idle visits of {}", about(load.idle_visits_per_week),
                       about(plan.calls_per_idle_visit));
  }
  std::string text = fmt::format(
      "{} shoppers with {} trips a week each, {} calls a trip{}, make {} calls/s at time scale {}, "
      "and {} in the busiest hour ({}), but {} may pass: ",
      with_commas(static_cast<std::int64_t>(load.agents)), about(load.trips_per_week),
      about(plan.calls_per_trip), idle, about(load.mean.per_second), about(plan.time_scale),
      about(load.busiest.per_second), to_string(load.busiest_hour), about(plan.per_second));
  text += mean_fits ? "calls will wait in busy hours, and trips take longer than they should. "
                    : "calls will wait longer and longer, and the run will fall behind. ";
  text += fmt::format("What would fit at all hours: {}.", what_fits(load.busiest));
  if (!mean_fits) text += fmt::format(" On the mean of a week: {}.", what_fits(load.mean));
  return text;
}

}  // namespace footfall::simulation
