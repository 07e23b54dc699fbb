// Goal: baskets are 1 + NBD within each level, levels are fine enough, units follow their mean.
// Method: closed form, the tables against nbd_probability (buying_laws.hpp), then draws against the
// tables' own moments.
#include "shopper/behavior/basket.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "shopper/behavior/buying_laws.hpp"

namespace footfall::shopper {
namespace {

constexpr double kMeans[] = {1.5, 2.5, 4.41, 9.4, 20};  // 4.41: T11; 9.4: T10

const BasketModel& model() {
  static const BasketModel baskets{Coefficients{}};
  return baskets;
}

struct Moments {
  double mean = 0, variance = 0, fourth = 0;  // the last two about the mean
};

Moments moments(const DiscreteTable& table) {
  Moments m;
  for (int i = 0; i < table.size(); ++i) m.mean += (i + 1) * table.probability(i);
  for (int i = 0; i < table.size(); ++i) {
    const double d = i + 1 - m.mean;
    m.variance += d * d * table.probability(i);
    m.fourth += d * d * d * d * table.probability(i);
  }
  return m;
}

TEST(BasketModel, EveryLevelIsOnePlusTheNbdCutAtItsMax) {
  EXPECT_EQ(model().sizes(0).probability(0), 1);  // a mean of 1 product: never more
  for (std::size_t level = 1; level < 64; ++level) {
    const double m = model().level_mean(level) - 1, k = Coefficients{}.basket_dispersion;
    const DiscreteTable& table = model().sizes(level);
    ASSERT_EQ(table.size(), kBasketMax);
    double kept = 0;
    for (int n = 0; n < kBasketMax; ++n) kept += nbd_probability(n, m, k);
    for (int n = 0; n < kBasketMax; ++n) {
      ASSERT_NEAR(table.probability(n), nbd_probability(n, m, k) / kept, 1e-10) << level;
    }
  }
}

// Up to 4.41 products nothing worth the name lies beyond the cut: below 1e-6 of P, so the textbook
// moments hold: mean 1 + m, variance m + m^2 / k, P(1) = (k / (k + m))^k.
TEST(BasketModel, SmallBasketsHaveTheTextbookMoments) {
  for (const double mean : {1.5, 2.5, 4.41}) {
    const std::size_t level = model().level(mean);
    const double m = model().level_mean(level) - 1, k = 1.14;
    const Moments found = moments(model().sizes(level));
    EXPECT_NEAR(found.mean, 1 + m, 1e-4 * m);
    EXPECT_NEAR(found.variance, m + m * m / k, 1e-3 * (m + m * m / k));
    EXPECT_NEAR(model().sizes(level).probability(0), std::pow(k / (k + m), k), 1e-6);
  }
}

// Of n draws the standard error of the mean is sd / sqrt(n), of a share sqrt(p (1-p) / n), of the
// variance sqrt((mu4 - sd^4) / n); 4.5 of them let one check in 150,000 fail by chance.
TEST(BasketModel, DrawsHaveTheMomentsOfTheTable) {
  const int n = 100'000;
  for (const double mean : kMeans) {
    const DiscreteTable& table = model().sizes(model().level(mean));
    const Moments m = moments(table);
    RandomStream random(42, static_cast<std::uint32_t>(mean * 100), 0, Purpose::trip);
    std::vector<int> count(static_cast<std::size_t>(table.size()));
    double sum = 0, squares = 0;
    for (int i = 0; i < n; ++i) {
      const int size = table.invert(random.uniform());
      ++count[static_cast<std::size_t>(size)];
      sum += size + 1 - m.mean;
      squares += (size + 1 - m.mean) * (size + 1 - m.mean);
    }
    EXPECT_NEAR(sum / n, 0, 4.5 * std::sqrt(m.variance / n)) << mean;
    EXPECT_NEAR(squares / n, m.variance, 4.5 * std::sqrt((m.fourth - m.variance * m.variance) / n))
        << mean;
    for (int size = 0; size < 20; ++size) {  // the recorded probability is the frequency
      const double p = table.probability(size);
      EXPECT_NEAR(count[static_cast<std::size_t>(size)] / double{n}, p,
                  4.5 * std::sqrt(p * (1 - p) / n))
          << mean << ' ' << size;
    }
  }
}

TEST(BasketModel, LevelsAreWithinEightPercentAndNearestInLogarithm) {
  for (std::size_t level = 1; level < 64; ++level) {
    const double step = model().level_mean(level) / model().level_mean(level - 1);
    EXPECT_GT(step, 1);
    EXPECT_LT(step, 1.08);
  }
  EXPECT_NEAR(model().level_mean(0), 1, 1e-12);
  EXPECT_NEAR(model().level_mean(63), kBasketMax, 1e-9);
  for (double mean = 1; mean <= 60; mean += 0.01) {
    const double ratio = model().level_mean(model().level(mean)) / mean;
    // Half of the largest step, 60^(1/63) = 1.0672.
    ASSERT_LT(std::abs(std::log(ratio)), 0.5 * std::log(60.0) / 63 + 1e-9) << mean;
  }
}

TEST(BasketModel, MeansBeyondTheEndsTakeTheEndLevels) {
  for (const double mean : {-5.0, 0.0, 0.99, 1.0}) EXPECT_EQ(model().level(mean), 0U) << mean;
  for (const double mean : {60.0, 61.0, 1e9}) EXPECT_EQ(model().level(mean), 63U) << mean;
}

TEST(BasketModel, UnitsHaveTheMeasuredMean) {  // section 8: 1.32 a line
  const DiscreteTable& units = model().units();
  ASSERT_EQ(units.size(), 4);
  const Moments m = moments(units);
  EXPECT_NEAR(m.mean, 1.32, 0.01);
  const Coefficients c;
  EXPECT_NEAR(units.probability(1), c.units_two, 1e-12);
  EXPECT_NEAR(units.probability(2), c.units_three, 1e-12);
  EXPECT_NEAR(units.probability(3), c.units_four, 1e-12);
  const int n = 100'000;
  RandomStream random(7, 1, 0, Purpose::trip);
  double sum = 0;
  for (int i = 0; i < n; ++i) sum += units.invert(random.uniform()) + 1;
  EXPECT_NEAR(sum / n, m.mean, 4.5 * std::sqrt(m.variance / n));
}

TEST(BasketModel, FollowsItsCoefficients) {
  Coefficients c;
  c.basket_dispersion = 100;  // nearly Poisson: P(1) = e^-m
  c.units_two = 0.3;
  const BasketModel baskets(c);
  const std::size_t level = baskets.level(3);
  EXPECT_NEAR(baskets.sizes(level).probability(0), std::exp(1 - baskets.level_mean(level)), 0.003);
  EXPECT_NEAR(baskets.units().probability(1), 0.3, 1e-12);
}

TEST(CategoriesWanted, GrowsWithTheBasketFromOneToItsMax) {
  EXPECT_EQ(categories_wanted(1), 1);
  for (int products = 2; products <= kBasketMax; ++products) {
    const int wanted = categories_wanted(products);
    EXPECT_GE(wanted, categories_wanted(products - 1));
    EXPECT_LE(wanted, std::min(products, kCategoriesPerTripMax));  // never an empty-handed one
  }
  EXPECT_EQ(categories_wanted(kBasketMax), kCategoriesPerTripMax);
}

}  // namespace
}  // namespace footfall::shopper
