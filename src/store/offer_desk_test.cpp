// Goal: a sweep visits each shopper once, in pieces. Method: populations around the size of a
// piece.
#include "store/offer_desk.hpp"

#include <gtest/gtest.h>

namespace footfall::store {
namespace {

TEST(ExpiryRanges, HoldEachUserOnce) {
  const auto most = static_cast<int>(OfferDesk::kExpireAtOnce);
  for (const int n : {0, 1, most - 1, most, most + 1, 3 * most + 7}) {
    std::vector<Agent> agents;
    for (int i = n; i > 0; --i) agents.push_back({AgentId{i}, UserId{2 * i}, {}});
    const std::vector<UserRange> ranges = expiry_ranges(agents);
    ASSERT_EQ(ranges.size(), static_cast<std::size_t>((n + most - 1) / most));
    std::int64_t before = 0;
    for (const UserRange& range : ranges) {
      EXPECT_EQ(range.first.value, before + 2);
      EXPECT_LT(range.last.value - range.first.value, 2 * most);
      before = range.last.value;
    }
    EXPECT_EQ(before, 2 * n);
  }
}

}  // namespace
}  // namespace footfall::store
