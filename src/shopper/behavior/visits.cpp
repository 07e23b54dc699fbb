#include "shopper/behavior/visits.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/math.hpp"

namespace footfall::shopper {
namespace {

using personas::Traits;

constexpr double kHoursPerWeek = 168;

constexpr int kPartEnds[kDayParts] = {6, 11, 15, 19, 24};  // night, morning, … evening

int part_of(int hour) {
  int part = 0;
  while (hour >= kPartEnds[part]) ++part;
  return part;
}

template <std::size_t kSize>
void to_mean_one(const std::array<double, kSize>& shares, std::array<double, kSize>& weights) {
  double sum = 0;
  for (const double share : shares) sum += share;
  for (std::size_t i = 0; i < kSize; ++i) weights[i] = shares[i] * kSize / sum;
}

// -ln(1 - p). A certain hour gets a hazard that no draw passes (-ln 2^-32 is 22).
float hazard_of(double p) { return static_cast<float>(p >= 1 ? 100.0 : -math::log(1 - p)); }

// Chance that no hour of the day has a thought.
double quiet_of(const std::array<float, kDayParts>& hazard) {
  double sum = 0;
  int from = 0;
  for (std::size_t part = 0; part < kDayParts; ++part) {
    sum += static_cast<double>(hazard[part]) * (kPartEnds[part] - from);
    from = kPartEnds[part];
  }
  return math::exp(-sum);
}

// Walks through the day's hazard: each thought comes where the hazard since the last passes an
// exponential draw. `u` is the first of the day's numbers; the others come from `random`.
DayThoughts draw_thoughts(const std::array<float, kDayParts>& hazard, double u,
                          RandomStream random) {
  DayThoughts thoughts;
  double left = -math::log(u);
  int hour = 0;
  for (std::size_t part = 0; part < kDayParts;) {
    const double rate = hazard[part];
    const double whole = rate * (kPartEnds[part] - hour);
    if (left >= whole) {
      left -= whole;
      hour = kPartEnds[part++];
      continue;
    }
    hour += static_cast<int>(left / rate);
    if (hour >= kPartEnds[part]) hour = kPartEnds[part] - 1;  // rounding
    thoughts.at[static_cast<std::size_t>(thoughts.count++)] = {
        static_cast<std::uint8_t>(hour), static_cast<std::uint8_t>(random.below(kVisitMinutes))};
    if (++hour == kPartEnds[part]) ++part;
    left = -math::log(random.uniform_open_closed());
  }
  return thoughts;
}

}  // namespace

VisitModel::VisitModel(const Coefficients& coefficients, Profile profile)
    : coefficients_(coefficients), profile_(profile) {
  to_mean_one(coefficients.hour_shares, hour_weight_);
  to_mean_one(coefficients.day_shares, day_weight_);
  std::array<double, kDayParts> part_share{};
  highest_in_part_.fill(0);
  for (int hour = 0; hour < 24; ++hour) {
    const auto h = static_cast<std::size_t>(hour), part = static_cast<std::size_t>(part_of(hour));
    part_share[part] += hour_weight_[h] / 24;
    highest_in_part_[part] = std::max(highest_in_part_[part], hour_weight_[h]);
  }
  for (std::size_t part = 0; part < kDayParts; ++part) {
    part_factor_[part] = part_share[part] > 0 ? 1 / part_share[part] : 0;
  }
  highest_season_ = *std::max_element(coefficients.season.begin(), coefficients.season.end());
  lowest_season_ = *std::min_element(coefficients.season.begin(), coefficients.season.end());
  idle_per_hour_ = coefficients.idle_visits_per_week / kHoursPerWeek;
  for (std::size_t part = 0; part < kDayParts; ++part) {
    idle_hazard_[part] = hazard_of(std::min(1.0, idle_per_hour_ * highest_in_part_[part]));
  }
  idle_quiet_ = quiet_of(idle_hazard_);
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
double VisitModel::hour_weight(const Traits& shopper, double crowd, int part) const {
  const double own = crowd * (1 - shopper.time_focus);
  if (part != static_cast<int>(shopper.preferred_time)) return own;
  return own + crowd * shopper.time_focus * part_factor_[static_cast<std::size_t>(part)];
}

double VisitModel::highest_season(const Traits& shopper) const {
  return std::max({0.0, 1 + shopper.seasonal_sensitivity * (highest_season_ - 1),
                   1 + shopper.seasonal_sensitivity * (lowest_season_ - 1)});
}

double VisitModel::highest_rate(const Traits& shopper, const Rhythm& rhythm, std::size_t weekday,
                                int part) const {
  const double hour = hour_weight(shopper, highest_in_part_[static_cast<std::size_t>(part)], part);
  // A hair above the product, so that rounding never makes a rate pass its bound.
  return std::min(1.0, rhythm.visits_per_hour * hour * rhythm.day_weight[weekday] *
                           highest_season(shopper) * (1 + 1e-6));
}

MomentWeights VisitModel::weights(const Traits& shopper, const Rhythm& rhythm,
                                  const CalendarHour& when) const {
  MomentWeights w;
  w.hour =
      hour_weight(shopper, hour_weight_[static_cast<std::size_t>(when.hour)], part_of(when.hour));
  w.day = rhythm.day_weight[static_cast<std::size_t>(when.weekday)];
  const double index = coefficients_.season[static_cast<std::size_t>(when.month - 1)];
  w.season = std::max(0.0, 1 + shopper.seasonal_sensitivity * (index - 1));
  return w;
}

Rhythm VisitModel::rhythm(const Traits& shopper, double activity) const {
  FF_ASSERT(activity > 0, "the activity factor must be positive");
  Rhythm rhythm;
  std::array<double, 7> weights = day_weight_;
  double sum = 0;
  for (std::size_t day = 0; day < 7; ++day) {
    if (day >= 5) weights[day] *= shopper.weekend_affinity;
    if (shopper.preferred_days >> day & 1) weights[day] *= coefficients_.preferred_day_boost;
    sum += weights[day];
  }
  rhythm.visits_per_hour =
      shopper.shopping_frequency / completion(shopper) / kHoursPerWeek * activity;
  for (std::size_t day = 0; day < 7; ++day) {
    rhythm.day_weight[day] = static_cast<float>(sum > 0 ? weights[day] * 7 / sum : 0);
    for (int part = 0; part < kDayParts; ++part) {
      rhythm.hazard[day][static_cast<std::size_t>(part)] =
          hazard_of(highest_rate(shopper, rhythm, day, part));
    }
    rhythm.quiet[day] = static_cast<float>(quiet_of(rhythm.hazard[day]));
  }
  return rhythm;
}

double VisitModel::rate(const Traits& shopper, const Rhythm& rhythm,
                        const CalendarHour& when) const {
  return std::min(1.0, rhythm.visits_per_hour * weights(shopper, rhythm, when).product());
}

double VisitModel::acceptance(const Traits& shopper, const Rhythm& rhythm,
                              const MomentWeights& weights, const CalendarHour& when) const {
  const double highest =
      highest_rate(shopper, rhythm, static_cast<std::size_t>(when.weekday), part_of(when.hour));
  if (highest <= 0) return 0;
  return std::min(1.0, std::min(1.0, rhythm.visits_per_hour * weights.product()) / highest);
}

VisitModel::DayDraw VisitModel::draw_day(std::uint64_t seed, std::uint32_t shopper,
                                         std::uint32_t day) {
  RandomStream random(seed, shopper, day, Purpose::thoughts);
  const double shopping = random.uniform_open_closed();
  return {shopping, random.uniform_open_closed()};
}

DayThoughts VisitModel::thoughts(const Rhythm& rhythm, const DayDraw& draw, std::uint64_t seed,
                                 std::uint32_t shopper, std::uint32_t day) const {
  const std::size_t weekday = (day + 3) % 7;              // 1970-01-01 was a Thursday
  if (draw.shopping <= rhythm.quiet[weekday]) return {};  // the usual day: no logarithm is taken
  return draw_thoughts(rhythm.hazard[weekday], draw.shopping,
                       RandomStream(seed, shopper, day, Purpose::thought_times));
}

DayThoughts VisitModel::idle_thoughts(const DayDraw& draw, std::uint64_t seed,
                                      std::uint32_t shopper, std::uint32_t day) const {
  if (draw.idle <= idle_quiet_) return {};
  return draw_thoughts(idle_hazard_, draw.idle, RandomStream(seed, shopper, day, Purpose::idle));
}

double VisitModel::idle_rate(const CalendarHour& when) const {
  return std::min(1.0, idle_per_hour_ * hour_weight_[static_cast<std::size_t>(when.hour)]);
}

double VisitModel::idle_acceptance(const CalendarHour& when) const {
  const double highest =
      idle_per_hour_ * highest_in_part_[static_cast<std::size_t>(part_of(when.hour))];
  return highest > 0 ? idle_rate(when) / std::min(1.0, highest) : 0;
}

}  // namespace footfall::shopper
