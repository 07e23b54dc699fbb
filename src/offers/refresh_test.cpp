// Goal: a refresh gives only what is on offer at its own moment, and a policy that breaks its
// promise stops the run rather than a wallet's invariants. Method: small catalogues, and a policy
// written to misbehave.
#include "offers/refresh.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace footfall::offers {
namespace {

constexpr SimTime kEpoch{kDay.us * 20'458};  // a Monday

retail::Catalogue coupons(int n) {
  retail::Catalogue catalogue;
  for (int i = 0; i < n; ++i) {
    retail::Coupon coupon;
    coupon.id = CouponId{i + 1};
    coupon.kind = retail::CouponKind::category;
    coupon.percent_bps = 1000;
    catalogue.coupons.push_back(coupon);
  }
  return catalogue;
}

class PicksTheFirstTwice final : public AssignmentPolicy {
 public:
  std::string_view name() const override { return "broken"; }
  int version() const override { return 1; }
  void choose(const retail::Catalogue&, const personas::Traits&,
              std::span<std::uint16_t> candidates, int, RandomStream&,
              std::vector<Pick>& picks) const override {
    picks.clear();
    if (!candidates.empty()) picks = {{candidates[0], 0.5}, {candidates[0], 0.5}};
  }
};

TEST(RefresherDeathTest, StopsWhenAPolicyPicksACouponTwice) {  // invariant 2
  const retail::Catalogue catalogue = coupons(5);
  const PicksTheFirstTwice policy;
  Refresher refresher(catalogue, Rules{}, policy, 1);
  Wallet wallet;
  Changes changes;
  const Offers offers = offers_of(catalogue, 1, {kEpoch, kWeek}, 0);
  EXPECT_DEATH(refresher.refresh(wallet, {}, offers, kEpoch, {}, changes), "twice");
}

// R10: a coupon may be assigned within [starts, ends), also when a window begins or ends within
// the offer cycle and the shopper's own refresh day lies on its other side.
TEST(Refresher, GivesACouponOnlyWithinItsWindow) {
  retail::Catalogue catalogue = coupons(3);
  catalogue.coupons[1].ends = kEpoch + kDay * 3;
  catalogue.coupons[2].starts = kEpoch + kDay * 3;
  catalogue.coupons[2].max_issuance = 100;
  const auto policy = make_policy("uniform").value();
  const Offers offers = offers_of(catalogue, 1, {kEpoch, kWeek}, 0);
  const personas::Population population(1);
  for (int day = 0; day < 7; ++day) {
    const SimTime now = kEpoch + kDay * day;
    Refresher refresher(catalogue, Rules{}, *policy, 1);
    Wallet wallet;
    Changes changes;
    std::vector<std::int64_t> issued(3);
    const std::size_t due[] = {0};
    const auto allotted = allot_capped(
        catalogue, Rules{}, offers, 1, now, due, population,
        [&](std::size_t) -> const Wallet& { return wallet; }, issued);
    refresher.refresh(wallet, population[0], offers, now, allotted, changes);
    std::vector<bool> given(3);
    for (const Assigned& assigned : changes.assigned) given[assigned.coupon] = true;
    EXPECT_EQ(given, (std::vector<bool>{true, day < 3, day >= 3})) << "day " << day;
  }
}

TEST(Offers, HoldNoRetiredCoupons) {
  retail::Catalogue catalogue = coupons(4);
  catalogue.coupons[1].retired = catalogue.coupons[2].retired = true;
  catalogue.coupons[2].max_issuance = catalogue.coupons[3].max_redemptions = 1;
  const Offers offers = offers_of(catalogue, 1, {kEpoch, kWeek}, 0);
  EXPECT_EQ(offers.category_brand, (std::vector<std::uint16_t>{0}));
  EXPECT_EQ(offers.capped, (std::vector<std::uint16_t>{3}));
  EXPECT_EQ(offers.frontstore, std::vector<std::uint16_t>{});
}

// A copy that could never be redeemed is not given: 40 shoppers, of whom each has room for both.
TEST(Offers, ACapOnRedemptionsIsOneOnCopies) {
  retail::Catalogue catalogue = coupons(3);
  catalogue.coupons[0].max_redemptions = 7;
  catalogue.coupons[1].max_redemptions = 7, catalogue.coupons[1].max_issuance = 5;
  catalogue.coupons[2].max_redemptions = 5, catalogue.coupons[2].max_issuance = 7;
  const Offers offers = offers_of(catalogue, 1, {kEpoch, kWeek}, 0);
  const personas::Population population(40);
  std::vector<std::size_t> due(40);
  std::iota(due.begin(), due.end(), std::size_t{0});
  const Wallet empty;
  std::vector<std::int64_t> issued(3);
  allot_capped(
      catalogue, Rules{}, offers, 1, kEpoch, due, population,
      [&](std::size_t) -> const Wallet& { return empty; }, issued);
  EXPECT_EQ(issued, (std::vector<std::int64_t>{7, 5, 5}));
}

}  // namespace
}  // namespace footfall::offers
