// Goal: draws depend on nothing but their key, repeat exactly, and are uniform.
#include "base/random.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace footfall {
namespace {

TEST(RandomStream, MatchesThePublishedPhiloxAnswers) {
  // Random123's kat_vectors for philox4x32-10 with counter and key all zero.
  RandomStream random(/*seed=*/0, 0, 0, static_cast<Purpose>(0));
  for (const std::uint32_t answer : {0x6627e8d5U, 0xe169c58dU, 0xbc57ac4cU, 0x9b00dbd8U}) {
    EXPECT_EQ(random.bits(), answer);
  }
}

TEST(RandomStream, EveryPartOfTheKeyMatters) {
  std::set<std::uint32_t> seen;
  for (const std::uint64_t seed : {1ULL, 2ULL, 1ULL << 32}) {
    for (const std::uint32_t who : {1U, 2U}) {
      for (const std::uint32_t when : {1U, 2U}) {
        for (const Purpose purpose : {Purpose::trip, Purpose::thoughts}) {
          RandomStream random(seed, who, when, purpose);
          for (int i = 0; i < 4; ++i) EXPECT_TRUE(seen.insert(random.bits()).second);
        }
      }
    }
  }
}

TEST(RandomStream, UniformHasTheRightMeanAndBounds) {
  RandomStream random(42, 7, 0, Purpose::trip);
  const int draws = 100'000;
  double sum = 0;
  for (int i = 0; i < draws; ++i) {
    const double u = random.uniform();
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    sum += u;
  }
  // The standard error is sqrt(1/12/n) = 0.0009; four of them.
  EXPECT_NEAR(sum / draws, 0.5, 0.0037);
}

TEST(RandomStream, BelowCoversItsRangeEvenly) {
  RandomStream random(42, 8, 0, Purpose::trip);
  std::vector<int> counts(7);
  for (int i = 0; i < 70'000; ++i) ++counts[random.below(7)];
  // Each count is binomial with sd 92.6; five of them.
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 463);
}

TEST(RandomStream, FreshSeedsDiffer) { EXPECT_NE(fresh_seed(), fresh_seed()); }

}  // namespace
}  // namespace footfall
