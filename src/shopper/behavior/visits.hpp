// When a shopper thinks of shopping, and whether it becomes a visit.
//
// Visits are a non-homogeneous Poisson process in hours (realism.md 7.8): in the hour t a shopper
// comes with probability rate(t) = visits a week / 168 * day(t) * hour(t) * season(t), each factor
// with mean 1 over its own period. It is drawn by thinning (Lewis and Shedler 1979): the keyed draw
// of (seed, shopper, day) gives thoughts at that weekday's highest rate, at most one an hour;
// decide_shop accepts a thought with rate / highest rate, so its probability is real. All worlds use this
// one function. The expected number of visits is the sum of rate(t), exactly, while rate(t) <= 1.
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

// A shopper's week, compiled once. 232 bytes.
struct Rhythm {
  double visits_per_hour = 0;  // mean over the year, activity factor included
  // By weekday, Monday first:
  std::array<double, 7> day_weight{};   // mean 1
  std::array<double, 7> peak{};         // highest thought probability of an hour, in [0, 1]
  std::array<double, 7> quiet{};        // chance of a day without a thought
  std::array<double, 7> inverse_log{};  // 1 / ln(1 - peak)
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
  double rate(const personas::Traits& shopper, const Rhythm& rhythm, const CalendarHour& when) const;

  // The probability with which decide_shop accepts a thought on that weekday.
  double acceptance(const Rhythm& rhythm, const MomentWeights& weights, int weekday) const;

  // The two uniform numbers that most days end with: of shopping, and of looking (R19). A day whose
  // number is at most quiet(…) has no thoughts of that kind.
  struct DayDraw {
    double shopping;
    double idle;
  };
  static DayDraw draw_day(std::uint64_t seed, std::uint32_t shopper, std::uint32_t day);
  double idle_quiet() const { return idle_.quiet[0]; }

  // The day's thoughts, in order: of shopping, and of looking without buying (R19), which comes at
  // a rate that is the same for all. `day` is a day number since 1970, `draw` that day's draw.
  DayThoughts thoughts(const Rhythm& rhythm, const DayDraw& draw, std::uint64_t seed,
                       std::uint32_t shopper, std::uint32_t day) const;
  DayThoughts idle_thoughts(const DayDraw& draw, std::uint64_t seed, std::uint32_t shopper,
                            std::uint32_t day) const;
  // Idle looking follows the crowd's hours.
  double idle_acceptance(const CalendarHour& when) const;

  // The completion that visits are divided by, so that baskets come at shopping_frequency.
  double completion(const personas::Traits& shopper) const;

 private:
  double highest_hour_weight(const personas::Traits& shopper) const;

  Coefficients coefficients_;
  Profile profile_;
  std::array<double, 24> hour_weight_;           // mean 1
  std::array<double, 7> day_weight_;             // mean 1
  std::array<double, 5> part_factor_;            // 1 / share of the day part's hours
  std::array<double, 5> highest_in_part_;        // of hour_weight_
  double highest_hour_ = 0;
  double highest_season_ = 1, lowest_season_ = 1;
  Rhythm idle_;  // the same for all
};

}  // namespace footfall::shopper
