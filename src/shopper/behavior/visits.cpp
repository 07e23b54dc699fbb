#include "shopper/behavior/visits.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/math.hpp"

namespace footfall::shopper {
namespace {

using personas::DayPart;
using personas::Traits;

constexpr double kHoursPerWeek = 168;

DayPart part_of(int hour) {
  return hour < 6 ? DayPart::night : hour < 11 ? DayPart::morning : hour < 15 ? DayPart::midday
         : hour < 19 ? DayPart::afternoon : DayPart::evening;
}

template <std::size_t kSize>
void to_mean_one(const std::array<double, kSize>& shares, std::array<double, kSize>& weights) {
  double sum = 0;
  for (const double share : shares) sum += share;
  for (std::size_t i = 0; i < kSize; ++i) weights[i] = shares[i] * kSize / sum;
}

// Fills in what thoughts() needs of a weekday's peak probability.
void set_peak(Rhythm& rhythm, std::size_t day, double peak) {
  peak = std::min(1.0, peak);
  rhythm.peak[day] = peak;
  rhythm.inverse_log[day] = peak <= 0 ? -1e300 : peak >= 1 ? -0.0 : 1 / math::log(1 - peak);
  rhythm.quiet[day] = peak <= 0 ? 1 : peak >= 1 ? 0 : math::exp(24 * math::log(1 - peak));
}

// Gaps between thoughts in whole hours are geometric: floor(ln U / ln(1 - peak)).
// `u` is the first of the day's numbers; the others come from `random`.
DayThoughts draw_thoughts(const Rhythm& rhythm, std::uint32_t day, double u, RandomStream random) {
  DayThoughts thoughts;
  const std::size_t weekday = (day + 3) % 7;  // 1970-01-01 was a Thursday
  if (u <= rhythm.quiet[weekday]) return thoughts;  // the usual day: no logarithm is taken
  for (double hour = 0;; hour += 1, u = random.uniform_open_closed()) {
    hour += math::floor(std::min(24.0, math::log(u) * rhythm.inverse_log[weekday]));
    if (hour >= 24) return thoughts;
    thoughts.at[static_cast<std::size_t>(thoughts.count++)] = {
        static_cast<std::uint8_t>(hour), static_cast<std::uint8_t>(random.below(kVisitMinutes))};
  }
}

}  // namespace

VisitModel::VisitModel(const Coefficients& coefficients, Profile profile)
    : coefficients_(coefficients), profile_(profile) {
  to_mean_one(coefficients.hour_shares, hour_weight_);
  to_mean_one(coefficients.day_shares, day_weight_);
  std::array<double, 5> part_share{};
  highest_in_part_.fill(0);
  for (int hour = 0; hour < 24; ++hour) {
    const auto h = static_cast<std::size_t>(hour), part = static_cast<std::size_t>(part_of(hour));
    part_share[part] += hour_weight_[h] / 24;
    highest_in_part_[part] = std::max(highest_in_part_[part], hour_weight_[h]);
    highest_hour_ = std::max(highest_hour_, hour_weight_[h]);
  }
  for (std::size_t part = 0; part < 5; ++part) {
    part_factor_[part] = part_share[part] > 0 ? 1 / part_share[part] : 0;
  }
  highest_season_ = *std::max_element(coefficients.season.begin(), coefficients.season.end());
  lowest_season_ = *std::min_element(coefficients.season.begin(), coefficients.season.end());
  idle_.visits_per_hour = coefficients.idle_visits_per_week / kHoursPerWeek;
  for (std::size_t day = 0; day < 7; ++day) {
    set_peak(idle_, day, idle_.visits_per_hour * highest_hour_);
  }
}

double VisitModel::completion(const Traits& shopper) const {
  // The online profile keeps the differences between personas around its own mean; 0.775 is the
  // mean of R18's 70–85 %.
  const double scale = profile_ == Profile::online ? coefficients_.online_completion / 0.775 : 1;
  return std::clamp(shopper.cart_completion * scale, 0.01, 0.98);
}

// hour(t) of a shopper: the crowd's profile, of which a share `time_focus` is moved into the
// preferred part of the day. With preferences drawn at the crowd's own shares the mean over
// shoppers is the crowd's profile again.
MomentWeights VisitModel::weights(const Traits& shopper, const Rhythm& rhythm,
                                  const CalendarHour& when) const {
  const double crowd = hour_weight_[static_cast<std::size_t>(when.hour)];
  MomentWeights w;
  w.hour = crowd * (1 - shopper.time_focus);
  if (part_of(when.hour) == shopper.preferred_time) {
    w.hour += crowd * shopper.time_focus *
              part_factor_[static_cast<std::size_t>(shopper.preferred_time)];
  }
  w.day = rhythm.day_weight[static_cast<std::size_t>(when.weekday)];
  const double index = coefficients_.season[static_cast<std::size_t>(when.month - 1)];
  w.season = std::max(0.0, 1 + shopper.seasonal_sensitivity * (index - 1));
  return w;
}

double VisitModel::highest_hour_weight(const Traits& shopper) const {
  const auto part = static_cast<std::size_t>(shopper.preferred_time);
  const double preferred = highest_in_part_[part] *
                           (1 - shopper.time_focus + shopper.time_focus * part_factor_[part]);
  return std::max(preferred, highest_hour_ * (1 - shopper.time_focus));
}

Rhythm VisitModel::rhythm(const Traits& shopper, double activity) const {
  FF_ASSERT(activity > 0, "the activity factor must be positive");
  Rhythm rhythm;
  double sum = 0;
  for (std::size_t day = 0; day < 7; ++day) {
    double& weight = rhythm.day_weight[day] = day_weight_[day];
    if (day >= 5) weight *= shopper.weekend_affinity;
    if (shopper.preferred_days >> day & 1) weight *= coefficients_.preferred_day_boost;
    sum += weight;
  }
  const double season = std::max({0.0, 1 + shopper.seasonal_sensitivity * (highest_season_ - 1),
                                  1 + shopper.seasonal_sensitivity * (lowest_season_ - 1)});
  rhythm.visits_per_hour =
      shopper.shopping_frequency / completion(shopper) / kHoursPerWeek * activity;
  for (std::size_t day = 0; day < 7; ++day) {
    rhythm.day_weight[day] *= sum > 0 ? 7 / sum : 0;
    // A hair above the product, so that rounding never makes a rate pass its bound.
    set_peak(rhythm, day, rhythm.visits_per_hour * highest_hour_weight(shopper) *
                              rhythm.day_weight[day] * season * (1 + 1e-9));
  }
  return rhythm;
}

double VisitModel::rate(const Traits& shopper, const Rhythm& rhythm,
                        const CalendarHour& when) const {
  return std::min(1.0, rhythm.visits_per_hour * weights(shopper, rhythm, when).product());
}

double VisitModel::acceptance(const Rhythm& rhythm, const MomentWeights& weights,
                              int weekday) const {
  const double peak = rhythm.peak[static_cast<std::size_t>(weekday)];
  return peak > 0 ? std::min(1.0, rhythm.visits_per_hour * weights.product()) / peak : 0;
}

VisitModel::DayDraw VisitModel::draw_day(std::uint64_t seed, std::uint32_t shopper,
                                         std::uint32_t day) {
  RandomStream random(seed, shopper, day, Purpose::thoughts);
  const double shopping = random.uniform_open_closed();
  return {shopping, random.uniform_open_closed()};
}

DayThoughts VisitModel::thoughts(const Rhythm& rhythm, const DayDraw& draw, std::uint64_t seed,
                                 std::uint32_t shopper, std::uint32_t day) const {
  return draw_thoughts(rhythm, day, draw.shopping,
                       RandomStream(seed, shopper, day, Purpose::thought_times));
}

DayThoughts VisitModel::idle_thoughts(const DayDraw& draw, std::uint64_t seed,
                                      std::uint32_t shopper, std::uint32_t day) const {
  return draw_thoughts(idle_, day, draw.idle, RandomStream(seed, shopper, day, Purpose::idle));
}

double VisitModel::idle_acceptance(const CalendarHour& when) const {
  const double rate = idle_.visits_per_hour * hour_weight_[static_cast<std::size_t>(when.hour)];
  return std::min(1.0, rate) / idle_.peak[0];
}

}  // namespace footfall::shopper
