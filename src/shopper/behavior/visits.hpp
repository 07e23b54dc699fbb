// When a shopper thinks of shopping, and whether it becomes a visit.
//
// Visits are a non-homogeneous Poisson process in hours (realism.md 7.8): in the hour t a shopper
// comes with probability rate(t) = visits a week / 168 * day(t) * hour(t) * season(t), each factor
// with mean 1 over its own period. It is drawn by thinning (Lewis and Shedler 1979): the keyed draw
// of (seed, shopper, day) gives thoughts, at most one an hour, at the highest rate of that weekday
// and part of the day; decide_shop accepts a thought with rate / highest rate, so its probability
// is real. All worlds use this one function. The expected number of visits is the sum of rate(t),
// exactly, while rate(t) <= 1.
#pragma once

#include <array>
#include <cstdint>

#include "base/random.hpp"
#include "base/sim_time.hpp"
#include "personas/population.hpp"
#include "shopper/behavior/coefficients.hpp"

namespace footfall::shopper {

// Grocery: carts are paid as the persona says. Online: about 30 % are (R18).
enum class Profile : std::uint8_t { grocery, online };

inline constexpr int kDayParts = 5;  // of personas::DayPart

// A shopper's week, compiled once. 208 bytes.
struct Rhythm {
  double visits_per_hour = 0;         // mean over the year, activity factor included
  std::array<float, 7> day_weight{};  // by weekday, Monday first; mean 1
  std::array<float, 7> quiet{};       // chance of a day without a thought
  // -ln(1 - p) with p the thought probability of an hour, by weekday and part of the day.
  std::array<std::array<float, kDayParts>, 7> hazard{};
};

struct Thought {
  std::uint8_t hour;
  std::uint8_t minute;  // 0 … kVisitMinutes-1
};

// Visits start in the first 45 minutes of an hour and last less than 15, so a trip ends within the
// simulation cycle in which it began.
inline constexpr int kVisitMinutes = 45;

struct DayThoughts {
  std::array<Thought, 24> at;
  int count = 0;
};

// The three weights of a moment, each 1 on average: features of decide_shop.
struct MomentWeights {
  double hour = 1;
  double day = 1;
  double season = 1;

  double product() const { return hour * day * season; }
};

// Shared by all threads, read-only.
class VisitModel {
 public:
  explicit VisitModel(const Coefficients& coefficients, Profile profile = Profile::grocery);

  // `activity` multiplies the rate (R18). Requires activity > 0.
  Rhythm rhythm(const personas::Traits& shopper, double activity) const;

  MomentWeights weights(const personas::Traits& shopper, const Rhythm& rhythm,
                        const CalendarHour& when) const;

  // Probability of a visit in that hour, in [0, 1].
  double rate(const personas::Traits& shopper, const Rhythm& rhythm,
              const CalendarHour& when) const;

  // The probability with which decide_shop accepts a thought in that hour.
  double acceptance(const personas::Traits& shopper, const Rhythm& rhythm,
                    const MomentWeights& weights, const CalendarHour& when) const;

  // The two uniform numbers that most days end with: of shopping, and of looking (R19). A day whose
  // number is at most quiet(…) has no thoughts of that kind.
  struct DayDraw {
    double shopping;
    double idle;
  };
  static DayDraw draw_day(std::uint64_t seed, std::uint32_t shopper, std::uint32_t day);
  double idle_quiet() const { return idle_quiet_; }

  // The day's thoughts, in order: of shopping, and of looking without buying (R19), which comes at
  // a rate that is the same for all. `day` is a day number since 1970, `draw` that day's draw.
  DayThoughts thoughts(const Rhythm& rhythm, const DayDraw& draw, std::uint64_t seed,
                       std::uint32_t shopper, std::uint32_t day) const;
  DayThoughts idle_thoughts(const DayDraw& draw, std::uint64_t seed, std::uint32_t shopper,
                            std::uint32_t day) const;
  // Idle looking follows the crowd's hours: its probability in that hour, in [0, 1], where no
  // thought of shopping goes before; and the probability with which a thought of it is accepted.
  double idle_rate(const CalendarHour& when) const;
  double idle_acceptance(const CalendarHour& when) const;

  // The completion that visits are divided by, so that baskets come at shopping_frequency.
  double completion(const personas::Traits& shopper) const;

 private:
  double hour_weight(const personas::Traits& shopper, double crowd, int part) const;
  double highest_season(const personas::Traits& shopper) const;
  // The highest visit probability of an hour in that part of that weekday, in [0, 1].
  double highest_rate(const personas::Traits& shopper, const Rhythm& rhythm, std::size_t weekday,
                      int part) const;

  Coefficients coefficients_;
  Profile profile_;
  std::array<double, 24> hour_weight_;             // mean 1
  std::array<double, 7> day_weight_;               // mean 1
  std::array<double, kDayParts> part_factor_;      // 1 / share of the part's visits
  std::array<double, kDayParts> highest_in_part_;  // of hour_weight_
  double highest_season_ = 1, lowest_season_ = 1;
  double idle_per_hour_ = 0;
  std::array<float, kDayParts> idle_hazard_{};
  double idle_quiet_ = 1;
};

}  // namespace footfall::shopper
