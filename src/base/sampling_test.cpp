// Goal: tables and draws follow the laws they name. Tolerances come from the number of draws.
#include "base/sampling.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace footfall {
namespace {

TEST(DiscreteTable, InvertsItsCumulativeDistribution) {
  const std::vector<double> weights = {0, 3, 0, 1, 6, 0};
  const DiscreteTable table(weights);
  EXPECT_EQ(table.invert(0.0), 1);
  EXPECT_EQ(table.invert(0.2999), 1);
  EXPECT_EQ(table.invert(0.3001), 3);
  EXPECT_EQ(table.invert(0.3999), 3);
  EXPECT_EQ(table.invert(0.4001), 4);
  EXPECT_EQ(table.invert(std::nextafter(1.0, 0.0)), 4);
  EXPECT_NEAR(table.probability(3), 0.1, 1e-15);
  EXPECT_EQ(table.probability(0), 0);
}

TEST(DiscreteTable, FrequenciesMatchTheWeights) {
  std::vector<double> weights;
  for (int i = 0; i < 50; ++i) weights.push_back(1.0 / (i + 2.7));
  const DiscreteTable table(weights);
  RandomStream random(3, 1, 0, Purpose::trip);
  const int draws = 200'000;
  std::vector<int> counts(weights.size());
  for (int i = 0; i < draws; ++i)
    ++counts[static_cast<std::size_t>(table.invert(random.uniform()))];
  for (int i = 0; i < table.size(); ++i) {
    const double p = table.probability(i), sd = std::sqrt(draws * p * (1 - p));
    EXPECT_NEAR(counts[static_cast<std::size_t>(i)], draws * p, 5 * sd);
  }
}

TEST(GammaQuantiles, MomentsFollowTheShape) {
  for (const double shape : {0.4, 1.0, 2.0, 6.25, 40.0}) {
    const GammaQuantiles gamma(shape);
    const int points = 200'000;
    double sum = 0, squares = 0;
    for (int i = 0; i < points; ++i) {
      const double x = gamma.at((i + 0.5) / points);
      sum += x;
      squares += x * x;
    }
    const double mean = sum / points;
    EXPECT_NEAR(mean, 1, 0.001) << shape;
    EXPECT_NEAR((squares / points - mean * mean) * shape, 1, 0.01) << shape;
  }
}

TEST(GammaQuantiles, ShapeOneIsTheExponential) {
  const GammaQuantiles gamma(1.0);
  for (const double u : {0.1, 0.5, 0.9, 0.99}) EXPECT_NEAR(gamma.at(u), -std::log(1 - u), 2e-3);
}

TEST(Draws, NormalGammaAndBetaHaveTheirMoments) {
  RandomStream random(5, 1, 0, Purpose::persona);
  const int draws = 100'000;
  double normal = 0, normal_squares = 0, gamma = 0, gamma_squares = 0, beta = 0;
  for (int i = 0; i < draws; ++i) {
    const double z = draw_normal(random);
    normal += z, normal_squares += z * z;
    const double g = draw_gamma(random, 0.5);
    gamma += g, gamma_squares += g * g;
    beta += draw_beta(random, 2, 6);
  }
  const double root = std::sqrt(static_cast<double>(draws));
  EXPECT_NEAR(normal / draws, 0, 4 / root);
  EXPECT_NEAR(normal_squares / draws, 1, 4 * std::sqrt(2) / root);
  EXPECT_NEAR(gamma / draws, 1, 4 * std::sqrt(2) / root);
  EXPECT_NEAR(gamma_squares / draws, 3, 4 * std::sqrt(96) / root);  // E g^4 - 9 = 105 - 9
  EXPECT_NEAR(beta / draws, 0.25, 4 * 0.145 / root);
}

}  // namespace
}  // namespace footfall
