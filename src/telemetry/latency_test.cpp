// Goal: quantiles are as near to the true ones as the header says, over the whole range and for any
// shape of data, and merging loses nothing. Method: exact quantiles of the same data, sorted.
#include "telemetry/latency.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include "base/math.hpp"
#include "base/random.hpp"

namespace footfall::telemetry {
namespace {

using Values = std::vector<std::int64_t>;

constexpr double kShares[] = {1e-9, 0.001, 0.01, 0.07, 0.1,   0.25,   0.5,
                              0.75, 0.9,   0.95, 0.99, 0.999, 0.9999, 1};

// By counting, not by a place: the smallest value that share q of all are not above.
std::int64_t exact_quantile(Values values, double q) {
  std::sort(values.begin(), values.end());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double not_above = static_cast<double>(i + 1) / static_cast<double>(values.size());
    if (not_above >= q - 1e-12) return values[i];
  }
  return values.back();
}

LatencyHistogram histogram_of(const Values& values) {
  LatencyHistogram histogram;
  for (const std::int64_t us : values) histogram.record(us);
  return histogram;
}

// Latencies as they come (log-normal), as nobody wants them (two humps, a heavy tail), and over the
// whole range (uniform in the logarithm).
std::map<std::string, std::function<double(RandomStream&)>> shapes() {
  const auto normal = [](RandomStream& random) {  // sum of twelve (central limit)
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += random.uniform();
    return sum;
  };
  return {
      {"uniform", [](RandomStream& random) { return 1e5 * random.uniform(); }},
      {"log-normal", [=](RandomStream& random) { return 8000 * math::exp(normal(random)); }},
      {"two humps",
       [](RandomStream& random) {
         const double base = random.uniform() < 0.97 ? 2000 : 5'000'000;
         return base * (1 + 0.1 * random.uniform());
       }},
      {"heavy tail",
       [](RandomStream& random) { return 300 / math::pow(random.uniform_open_closed(), 0.7); }},
      {"whole range", [](RandomStream& random) { return math::exp(22.1 * random.uniform()) - 1; }},
      {"all equal", [](RandomStream&) { return 12'345.0; }},
  };
}

TEST(LatencyHistogram, QuantilesAreWithinOnePercentForAnyShape) {
  std::uint32_t number = 0;
  for (const auto& [name, draw] : shapes()) {
    RandomStream random(42, ++number, 0, Purpose::trip);
    Values values;
    for (int i = 0; i < 20'000; ++i) {
      values.push_back(std::min(LatencyHistogram::kTopUs, static_cast<std::int64_t>(draw(random))));
    }
    const LatencyHistogram histogram = histogram_of(values);
    for (const double q : kShares) {
      const auto exact = static_cast<double>(exact_quantile(values, q));
      EXPECT_NEAR(static_cast<double>(histogram.quantile_us(q)), exact, 0.01 * exact)
          << name << " " << q;
    }
    EXPECT_EQ(histogram.max_us(), *std::max_element(values.begin(), values.end())) << name;
    double sum = 0;
    for (const std::int64_t us : values) sum += static_cast<double>(us);
    EXPECT_DOUBLE_EQ(histogram.mean_us(), sum / static_cast<double>(values.size())) << name;
  }
}

// Each bucket's lowest and highest values, as the median of three: between 0 and the top.
TEST(LatencyHistogram, EachValueIsWithinOnePercentAndSmallOnesAreExact) {
  const auto check = [](std::int64_t us) {
    const auto found = histogram_of({0, us, LatencyHistogram::kTopUs}).quantile_us(0.6);
    const auto error = static_cast<double>(us < 128 ? 0 : us) * 0.01;
    ASSERT_NEAR(static_cast<double>(found), static_cast<double>(us), error) << us;
  };
  for (std::int64_t us = 0; us < 10'000; ++us) check(us);
  for (int octave = 13; octave < 32; ++octave) {
    for (std::int64_t part = 64; part < 128; ++part) {
      const std::int64_t lowest = part << (octave - 6);
      for (const std::int64_t us : {lowest - 1, lowest, lowest + 1}) check(us);
    }
  }
  check(LatencyHistogram::kTopUs);
}

TEST(LatencyHistogram, KnowsItsExtremes) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.count(), 0);
  EXPECT_EQ(histogram.quantile_us(0.5), 0);
  EXPECT_EQ(histogram.mean_us(), 0);
  EXPECT_EQ(histogram.max_us(), 0);
  histogram.record(-5);
  histogram.record(std::numeric_limits<std::int64_t>::min());
  histogram.record(0);
  EXPECT_EQ(histogram.quantile_us(1), 0);
  EXPECT_EQ(histogram.mean_us(), 0);
  histogram.record(LatencyHistogram::kTopUs + 1);
  histogram.record(std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(histogram.count(), 5);
  EXPECT_EQ(histogram.max_us(), LatencyHistogram::kTopUs);
  EXPECT_EQ(histogram.quantile_us(1), LatencyHistogram::kTopUs);
  EXPECT_EQ(histogram.quantile_us(0.6), 0);
  EXPECT_NEAR(static_cast<double>(histogram.quantile_us(0.61)), 4294967295.0, 0.01 * 4294967295.0);
  EXPECT_DOUBLE_EQ(histogram.mean_us(), 2.0 / 5 * 4294967295.0);
}

TEST(LatencyHistogram, NeverSaysMoreThanTheHighest) {
  const LatencyHistogram histogram = histogram_of(Values(10, 1'000'000));
  EXPECT_LE(histogram.quantile_us(0.5), 1'000'000);
}

TEST(LatencyHistogram, HasAConstantSize) {
  static_assert(std::is_trivially_copyable_v<LatencyHistogram>);
  static_assert(sizeof(LatencyHistogram) < 14'000);
  static_assert(sizeof(RecentLatencies) < 8'100);
}

RC_GTEST_PROP(LatencyHistogram, MergingEqualsRecordingAllInOne, ()) {
  LatencyHistogram merged, all;
  const int parts = *rc::gen::inRange(0, 5);
  for (int part = 0; part < parts; ++part) {
    const auto values = *rc::gen::container<Values>(rc::gen::oneOf(
        rc::gen::arbitrary<std::int64_t>(), rc::gen::inRange<std::int64_t>(0, 10'000'000)));
    merged.merge(histogram_of(values));
    for (const std::int64_t us : values) all.record(us);
  }
  RC_ASSERT(merged.count() == all.count());
  RC_ASSERT(merged.max_us() == all.max_us());
  RC_ASSERT(merged.mean_us() == all.mean_us());
  for (const double q : kShares) RC_ASSERT(merged.quantile_us(q) == all.quantile_us(q));
}

RC_GTEST_PROP(RecentLatencies, AreExactlyTheLastThousand, ()) {
  const auto count = *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::size_t>(1, 3'500));
  RandomStream random(*rc::gen::arbitrary<std::uint64_t>(), 1, 1, Purpose::trip);
  RecentLatencies recent;
  Values all;
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back(random.below(1'000'000));
    recent.record(all.back());
  }
  const std::size_t kept = std::min(count, RecentLatencies::kKept);
  RC_ASSERT(recent.count() == kept);
  const Values last(all.end() - static_cast<std::ptrdiff_t>(kept), all.end());
  for (const double q : kShares) RC_ASSERT(recent.quantile_us(q) == exact_quantile(last, q));
}

TEST(RecentLatencies, AreNoneAtFirstAndNeverNegative) {
  RecentLatencies recent;
  EXPECT_EQ(recent.count(), 0U);
  EXPECT_EQ(recent.quantile_us(0.99), 0);
  recent.record(-1);
  EXPECT_EQ(recent.count(), 1U);
  EXPECT_EQ(recent.quantile_us(0.5), 0);
}

}  // namespace
}  // namespace footfall::telemetry
