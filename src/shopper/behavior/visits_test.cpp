// Goal: visits come at the rate that personas and calendar say (R18), and the probability of each
// is real. Method: closed form of the rate over weeks and populations; thinned draws over hundreds
// of weeks against it; every hour of every weekday and month for personas at the ends of ranges.
#include "shopper/behavior/visits.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace footfall::shopper {
namespace {

using personas::DayPart;
using personas::Traits;

constexpr std::uint32_t kMonday = 20'458;  // 2026-01-05
constexpr std::uint32_t kMay = 20'576;     // 2026-05-03, in a month of season 1

const VisitModel& model() {
  static const VisitModel visits{Coefficients{}};
  return visits;
}

Traits persona(double visits_per_week, float weekend = 1, float focus = 0.3F,
               DayPart part = DayPart::afternoon, float season = 1, std::uint8_t days = 0) {
  Traits traits;
  traits.shopping_frequency = static_cast<float>(visits_per_week);
  traits.cart_completion = 0.78F;
  traits.weekend_affinity = weekend;
  traits.time_focus = focus;
  traits.preferred_time = part;
  traits.seasonal_sensitivity = season;
  traits.preferred_days = days;
  return traits;
}

// A persona and an activity factor at and between the ends of the ranges.
struct Case {
  Traits traits;
  double activity;
};

std::vector<Case> cases() {
  return {{persona(1.2), 1},
          {persona(0.02), 1},
          {persona(3, 0, 0, DayPart::night), 1},
          {persona(3, 5, 1, DayPart::night), 2},
          {persona(2, 1, 1, DayPart::evening, 3, 0b0000011), 1},
          {persona(5, 2, 0.5F, DayPart::midday, 0, 0b1100000), 1},
          {persona(21, 5, 1, DayPart::morning, 3), 1},
          {persona(21, 1, 0.5F, DayPart::midday, 3, 0b1111111), 50},
          {persona(21, 5, 0, DayPart::night, 0), 10'000}};
}

SimTime moment(std::uint32_t day, int hour) { return SimTime{} + kDay * day + kHour * hour; }

// Calls visit(when, acceptance) for each accepted thought of the days from `from` on.
template <typename OnThought>
void think(const Traits& traits, const Rhythm& rhythm, std::uint64_t seed, std::uint32_t shopper,
           std::uint32_t from, std::uint32_t days, OnThought on_thought) {
  for (std::uint32_t day = from; day < from + days; ++day) {
    const auto draw = VisitModel::draw_day(seed, shopper, day);
    const DayThoughts thoughts = model().thoughts(rhythm, draw, seed, shopper, day);
    for (int i = 0; i < thoughts.count; ++i) {
      const SimTime t = moment(day, thoughts.at[static_cast<std::size_t>(i)].hour);
      const CalendarHour when = calendar_hour(t);
      const double accepted =
          model().acceptance(traits, rhythm, model().weights(traits, rhythm, when), when);
      const auto hour = static_cast<std::uint32_t>(hour_number(t));
      RandomStream random(seed, shopper, hour, Purpose::trip);
      on_thought(when, accepted, random.uniform() < accepted);
    }
  }
}

double expected_visits(const Traits& traits, const Rhythm& rhythm, std::uint32_t from,
                       std::uint32_t days) {
  double sum = 0;
  for (std::uint32_t day = from; day < from + days; ++day) {
    for (int hour = 0; hour < 24; ++hour) {
      sum += model().rate(traits, rhythm, calendar_hour(moment(day, hour)));
    }
  }
  return sum;
}

TEST(Visits, RateSumsToBasketsOverCompletionInAWeek) {
  for (const double baskets : {0.02, 1.2, 3.0}) {
    for (const DayPart part : {DayPart::night, DayPart::morning, DayPart::evening}) {
      const Traits traits = persona(baskets, 0.3F, 0.4F, part, 2, 0b0010001);
      const Rhythm rhythm = model().rhythm(traits, 0.5);
      EXPECT_NEAR(expected_visits(traits, rhythm, kMay, 7), 0.5 * baskets / 0.78, 1e-6 * baskets)
          << baskets;
    }
  }
  const VisitModel online(Coefficients{}, Profile::online);
  const Traits traits = persona(1.2);
  EXPECT_NEAR(online.rhythm(traits, 1).visits_per_hour * 168, 1.2 / (0.78 * 0.298 / 0.775), 1e-6);
}

// An hour has at most one visit, so visits are a sum of Bernoulli draws: their variance is at most
// the expected number. Seven years; bounds of 4.5 standard errors.
TEST(Visits, ComeAsOftenAsTheRateSays) {
  const std::uint32_t days = 7 * 364;
  std::uint32_t shopper = 0;
  for (const Case& c : cases()) {
    const Rhythm rhythm = model().rhythm(c.traits, c.activity);
    const double expected = expected_visits(c.traits, rhythm, kMonday, days);
    int visits = 0;
    think(c.traits, rhythm, 42, ++shopper, kMonday, days,
          [&](const CalendarHour&, double, bool comes) { visits += comes; });
    EXPECT_NEAR(visits, expected, 4.5 * std::sqrt(expected)) << "case " << shopper;
    EXPECT_LE(visits, 24 * static_cast<int>(days));
  }
}

// Thoughts in five classes of acceptance: n of mean p are accepted within 4.5 sqrt(n p (1-p)).
TEST(Visits, AreAcceptedAsOftenAsRecorded) {
  std::array<double, 5> said{}, variance{};
  std::array<int, 5> done{};
  std::uint32_t shopper = 100;
  for (const Case& c : cases()) {
    think(c.traits, model().rhythm(c.traits, c.activity), 7, ++shopper, kMonday, 1'400,
          [&](const CalendarHour&, double p, bool comes) {
            const auto of = static_cast<std::size_t>(std::min(4.0, p * 5));
            said[of] += p, variance[of] += p * (1 - p), done[of] += comes;
          });
  }
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_GT(variance[i], 100) << "too few thoughts of class " << i;
    EXPECT_NEAR(done[i], said[i], 4.5 * std::sqrt(variance[i])) << "class " << i;
  }
}

TEST(Visits, AcceptanceTimesPeakIsTheRateInEveryHourOfTheYear) {
  std::vector<Case> all = cases();
  for (const float weekend : {0.0F, 5.0F}) {
    for (const float focus : {0.0F, 1.0F}) {
      for (const float season : {0.0F, 3.0F}) {
        for (int part = 0; part < 5; ++part) {
          const auto day_part = static_cast<DayPart>(part);
          all.push_back({persona(21, weekend, focus, day_part, season), 100});
          all.push_back({persona(1, weekend, focus, day_part, season, 0b0100000), 1});
        }
      }
    }
  }
  for (const Case& c : all) {
    const Rhythm rhythm = model().rhythm(c.traits, c.activity);
    for (int cell = 0; cell < 24 * 7 * 12; ++cell) {
      const CalendarHour when{cell % 24, cell / 24 % 7, cell / 168 + 1};
      const MomentWeights w = model().weights(c.traits, rhythm, when);
      const double p = model().acceptance(c.traits, rhythm, w, when);
      const double rate = model().rate(c.traits, rhythm, when);
      ASSERT_TRUE(p >= 0 && p <= 1) << p << " at " << cell;
      ASSERT_TRUE(rate >= 0 && rate <= 1) << rate << " at " << cell;
      // Thinning: thought probability times acceptance is the rate. Hazards are floats (6e-8).
      const int part = when.hour < 6    ? 0
                       : when.hour < 11 ? 1
                       : when.hour < 15 ? 2
                       : when.hour < 19 ? 3
                                        : 4;
      const double hazard =
          rhythm.hazard[static_cast<std::size_t>(when.weekday)][static_cast<std::size_t>(part)];
      ASSERT_NEAR(p * -std::expm1(-hazard), rate, 2e-6 * rate + 1e-12);
      const double idle = model().idle_acceptance(when);
      ASSERT_TRUE(idle >= 0 && idle <= 1) << idle;
    }
  }
}

TEST(Visits, AtMostOneThoughtAnHourInOrder) {
  std::uint32_t shopper = 200;
  for (const Case& c : cases()) {
    const Rhythm rhythm = model().rhythm(c.traits, c.activity);
    ++shopper;
    for (std::uint32_t day = kMonday; day < kMonday + 700; ++day) {
      const auto draw = VisitModel::draw_day(3, shopper, day);
      const DayThoughts thoughts = model().thoughts(rhythm, draw, 3, shopper, day);
      ASSERT_EQ(thoughts.count == 0, draw.shopping <= rhythm.quiet[(day + 3) % 7]);
      int last = -1;
      for (int i = 0; i < thoughts.count; ++i) {
        const Thought thought = thoughts.at[static_cast<std::size_t>(i)];
        ASSERT_GT(thought.hour, last);
        ASSERT_LT(thought.hour, 24);
        ASSERT_LT(thought.minute, kVisitMinutes);
        last = thought.hour;
      }
    }
  }
}

// Whom the rate would bring more than once an hour comes once an hour, all round the clock.
TEST(Visits, SaturateAtOneAnHour) {
  const Traits traits = persona(21, 1, 0, DayPart::night, 0);
  const Rhythm rhythm = model().rhythm(traits, 10'000);
  for (std::uint32_t day = kMonday; day < kMonday + 14; ++day) {
    const auto draw = VisitModel::draw_day(1, 1, day);
    EXPECT_EQ(model().thoughts(rhythm, draw, 1, 1, day).count, 24);
  }
  int visits = 0;
  think(traits, rhythm, 1, 1, kMonday, 14,
        [&](const CalendarHour&, double, bool comes) { visits += comes; });
  EXPECT_EQ(visits, 24 * 14);
}

TEST(Visits, NobodyComesOnWeekendsWithoutAffinity) {
  const Traits traits = persona(21, 0);
  think(traits, model().rhythm(traits, 3), 5, 1, kMonday, 700,
        [](const CalendarHour& when, double, bool) { ASSERT_LT(when.weekday, 5); });
}

TEST(Visits, DrawsArePureFunctionsOfSeedShopperAndDay) {
  const Rhythm rhythm = model().rhythm(persona(21), 5);
  const auto draw = [&](std::uint64_t seed, std::uint32_t shopper, std::uint32_t day) {
    const auto d = VisitModel::draw_day(seed, shopper, day);
    std::vector<int> all;
    const DayThoughts thoughts = model().thoughts(rhythm, d, seed, shopper, day);
    for (int i = 0; i < thoughts.count; ++i) {
      const Thought thought = thoughts.at[static_cast<std::size_t>(i)];
      all.push_back(thought.hour * 60 + thought.minute);
    }
    return all;
  };
  const auto first = draw(1, 2, kMonday);
  ASSERT_FALSE(first.empty());
  for (std::uint32_t day = kMonday + 30; day > kMonday; --day) draw(9, 9, day);
  EXPECT_EQ(draw(1, 2, kMonday), first);
  EXPECT_NE(draw(2, 2, kMonday), first);
  EXPECT_NE(draw(1, 3, kMonday), first);
  EXPECT_NE(draw(1, 2, kMonday + 7), first);  // a day with the same rates
}

// T8. Preferred parts are held in the crowd's own shares, so the closed form is exact; of 100,000
// draws the hours' total variation is about 0.007 and a day's share is off by 0.0012 (one s.e.).
TEST(Visits, APopulationReproducesTheCrowdsHoursAndDays) {
  const Coefficients c;
  double hours_sum = 0, days_sum = 0;
  for (const double share : c.hour_shares) hours_sum += share;
  for (const double share : c.day_shares) days_sum += share;
  constexpr int kFrom[] = {0, 6, 11, 15, 19, 24};
  std::array<double, 24> closed{}, drawn{};
  std::array<double, 7> by_day{};
  double total = 0;
  std::uint32_t shopper = 1'000;
  for (std::size_t part = 0; part < 5; ++part) {
    double part_share = 0;
    for (int h = kFrom[part]; h < kFrom[part + 1]; ++h) {
      part_share += c.hour_shares[static_cast<std::size_t>(h)] / hours_sum;
    }
    const Traits traits = persona(6, 1, 0.6F, static_cast<DayPart>(part));
    const Rhythm rhythm = model().rhythm(traits, 1);
    for (int h = 0; h < 24; ++h) {
      closed[static_cast<std::size_t>(h)] +=
          part_share * model().weights(traits, rhythm, {h, 0, 5}).hour / 24;
    }
    for (int i = 0; i < static_cast<int>(std::lround(250 * part_share)); ++i) {
      think(traits, rhythm, 42, ++shopper, kMonday, 364,
            [&](const CalendarHour& when, double, bool comes) {
              if (!comes) return;
              ++drawn[static_cast<std::size_t>(when.hour)];
              ++by_day[static_cast<std::size_t>(when.weekday)];
              ++total;
            });
    }
  }
  double variation = 0;
  for (std::size_t h = 0; h < 24; ++h) {
    EXPECT_NEAR(closed[h], c.hour_shares[h] / hours_sum, 1e-7) << h;
    variation += std::abs(drawn[h] / total - c.hour_shares[h] / hours_sum) / 2;
  }
  EXPECT_GT(total, 90'000);
  EXPECT_LT(variation, 0.03);
  for (std::size_t d = 0; d < 7; ++d) {
    EXPECT_NEAR(by_day[d] / total, c.day_shares[d] / days_sum, 0.005);
  }
}

// T25: visits a day by month against the index, weekdays being equal so that months compare, and no
// hour near one visit. About 23,000 visits a month: one standard error is 0.7 %, the limit 3 %.
TEST(Visits, FollowTheSeasonIndex) {
  Coefficients c;
  c.day_shares.fill(1);
  c.season = {.5, .6, .8, .9, 1, 1, 1, 1, 1.1, 1.2, 1.4, 1.5};
  const VisitModel seasonal(c);
  const Traits traits = persona(21);
  const Rhythm rhythm = seasonal.rhythm(traits, 1);
  std::array<double, 12> visits{}, days{};
  for (std::uint32_t shopper = 1; shopper <= 200; ++shopper) {
    for (std::uint32_t day = 20'454; day < 20'454 + 365; ++day) {  // 2026
      const auto month_index = static_cast<std::size_t>(month(moment(day, 0)) - 1);
      ++days[month_index];
      const auto draw = VisitModel::draw_day(11, shopper, day);
      const DayThoughts thoughts = seasonal.thoughts(rhythm, draw, 11, shopper, day);
      for (int i = 0; i < thoughts.count; ++i) {
        const SimTime t = moment(day, thoughts.at[static_cast<std::size_t>(i)].hour);
        const auto w = seasonal.weights(traits, rhythm, calendar_hour(t));
        RandomStream random(11, shopper, static_cast<std::uint32_t>(hour_number(t)), Purpose::trip);
        visits[month_index] +=
            random.uniform() < seasonal.acceptance(traits, rhythm, w, calendar_hour(t));
      }
    }
  }
  for (std::size_t m = 0; m < 12; ++m) {
    const double expected = 21 / 0.78 / 7 * c.season[m];
    EXPECT_NEAR(visits[m] / days[m], expected, 0.03 * expected) << "month " << m + 1;
  }
  // A persona's sensitivity scales the swing; it never turns a rate negative.
  for (const float s : {0.0F, 0.5F, 3.0F}) {
    for (int m = 1; m <= 12; ++m) {
      const auto w = seasonal.weights(persona(1, 1, 0, DayPart::night, s), rhythm, {12, 0, m});
      const double index = c.season[static_cast<std::size_t>(m - 1)];
      EXPECT_NEAR(w.season, std::max(0.0, 1 + s * (index - 1)), 1e-7);
    }
  }
}

// R19. 2,000 shoppers for 140 days look 10,000 times: one standard error is 1 %; by the crowd's
// hours, whose total variation is then about 0.02.
TEST(IdleVisits, ComeAtTheirOwnRateInTheCrowdsHours) {
  const Coefficients c;
  std::array<double, 24> by_hour{};
  double idle = 0, hours_sum = 0, variation = 0;
  for (std::uint32_t shopper = 1; shopper <= 2'000; ++shopper) {
    for (std::uint32_t day = kMonday; day < kMonday + 140; ++day) {
      const auto draw = VisitModel::draw_day(42, shopper, day);
      const DayThoughts thoughts = model().idle_thoughts(draw, 42, shopper, day);
      ASSERT_EQ(thoughts.count == 0, draw.idle <= model().idle_quiet());
      for (int i = 0; i < thoughts.count; ++i) {
        const auto hour = thoughts.at[static_cast<std::size_t>(i)].hour;
        const SimTime t = moment(day, hour);
        RandomStream random(42, shopper, static_cast<std::uint32_t>(hour_number(t)), Purpose::trip);
        const bool looks = random.uniform() < model().idle_acceptance(calendar_hour(t));
        idle += looks, by_hour[hour] += looks;
      }
    }
  }
  const double expected = c.idle_visits_per_week * 2'000 * 20;
  EXPECT_NEAR(idle, expected, 4.5 * std::sqrt(expected));
  for (const double share : c.hour_shares) hours_sum += share;
  for (std::size_t h = 0; h < 24; ++h) {
    variation += std::abs(by_hour[h] / idle - c.hour_shares[h] / hours_sum) / 2;
  }
  EXPECT_LT(variation, 0.04);
}

TEST(IdleVisits, CanBeTurnedOffAndAreCutAtOneAnHour) {
  Coefficients c;
  c.idle_visits_per_week = 0;
  const VisitModel none(c);
  c.idle_visits_per_week = 100;
  const VisitModel many(c);
  EXPECT_EQ(none.idle_quiet(), 1);
  for (std::uint32_t day = kMonday; day < kMonday + 1'000; ++day) {
    const auto draw = VisitModel::draw_day(1, 1, day);
    EXPECT_EQ(none.idle_thoughts(draw, 1, 1, day).count, 0);
    // A hundred a week are more than one an hour from midday on: then each of 13 hours has one.
    const DayThoughts thoughts = many.idle_thoughts(draw, 1, 1, day);
    EXPECT_LE(thoughts.count, 24);
    int late = 0;
    for (int i = 0; i < thoughts.count; ++i) {
      late += thoughts.at[static_cast<std::size_t>(i)].hour >= 11;
    }
    EXPECT_EQ(late, 13);
  }
}

}  // namespace
}  // namespace footfall::shopper
