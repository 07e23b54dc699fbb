// Goal: sharing money never makes or loses a cent; text is read strictly. R13's arithmetic.
#include "base/money.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>
#include <vector>

namespace footfall {
namespace {

std::vector<Money> share(std::int64_t total, const std::vector<std::int64_t>& weights) {
  std::vector<Money> in, out(weights.size());
  for (const auto weight : weights) in.push_back(Money{weight});
  allocate(Money{total}, in.data(), out.data(), static_cast<int>(in.size()));
  return out;
}

TEST(Money, OneCentOverThreeEqualLinesGoesToTheFirst) {
  const auto parts = share(1, {5, 5, 5});
  EXPECT_EQ(parts[0], Money{1});
  EXPECT_EQ(parts[1], Money{0});
}

TEST(Money, LinesOfPriceZeroGetNothing) {
  const auto parts = share(3, {0, 10, 0, 10});
  EXPECT_EQ(parts[0], Money{0});
  EXPECT_EQ(parts[1] + parts[3], Money{3});
}

RC_GTEST_PROP(Money, AllocationIsExactAndWithinEachWeight, ()) {
  const auto weights = *rc::gen::nonEmpty(
      rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 1'000'000)));
  const std::int64_t sum = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
  RC_PRE(sum > 0);
  const std::int64_t total = *rc::gen::inRange<std::int64_t>(0, sum + 1);
  const auto parts = share(total, weights);
  std::int64_t given = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    RC_ASSERT(parts[i].minor >= 0 && parts[i].minor <= weights[i]);
    given += parts[i].minor;
  }
  RC_ASSERT(given == total);
}

TEST(Money, ReadsAndWritesAmounts) {
  for (const char* text : {"0.00", "12.34", "-0.05", "999999999.99"}) {
    EXPECT_EQ(to_string(parse_money(text).value()), text);
  }
  EXPECT_EQ(parse_money("12").value(), Money{1200});
  EXPECT_EQ(parse_money("12.5").value(), Money{1250});
}

TEST(Money, RefusesWhatIsNoAmount) {
  for (const char* text : {"", "-", ".", "1.", ".5", "1.234", "1,00", "1e3", " 1", "--1", "1.2.3",
                           "99999999999999", "10000000000.00"}) {
    EXPECT_FALSE(parse_money(text)) << text;
  }
}

TEST(Money, SharesOfLargeAmountsDoNotOverflow) {
  EXPECT_EQ(share_bps(kMoneyMax * 1000, 10'000), kMoneyMax * 1000);
  EXPECT_EQ(share_bps(Money{333}, 5000), Money{167});
}

}  // namespace
}  // namespace footfall
