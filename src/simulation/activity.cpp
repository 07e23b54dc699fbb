#include "simulation/activity.hpp"

#include <algorithm>
#include <vector>

namespace footfall::simulation {
namespace {

// Expected share of shoppers who come in the hour of `t`, at each one's rate times `factor`.
double share_at(const std::vector<double>& rates, double factor) {
  double sum = 0;
  for (const double rate : rates) sum += std::min(1.0, rate * factor);
  return sum / static_cast<double>(rates.size());
}

}  // namespace

double activity_factor(const personas::Population& population, const shopper::VisitModel& visits,
                       Activity activity, SimTime start) {
  if (activity == Activity::persona || population.empty()) return 1;
  // The week's busiest hour at factor 1.
  std::vector<double> busiest;
  double busiest_sum = -1;
  for (int hour = 0; hour < 168; ++hour) {
    const SimTime t = start + kHour * hour;
    std::vector<double> rates;
    double sum = 0;
    for (const personas::Traits& shopper : population) {
      const shopper::Rhythm rhythm = visits.rhythm(shopper, 1);
      rates.push_back(visits.rate(shopper, rhythm, calendar_hour(t)));
      sum += rates.back();
    }
    if (sum > busiest_sum) {
      busiest_sum = sum;
      busiest = std::move(rates);
    }
  }
  double low = 0, high = 10'000;
  while (high - low > 1e-6 * high) {
    const double middle = (low + high) / 2;
    (share_at(busiest, middle) < kCrowdShare ? low : high) = middle;
  }
  return high;
}

}  // namespace footfall::simulation
