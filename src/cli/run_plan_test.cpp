// Goal: a run's hash changes with everything that decides its data and with nothing else, and stays
// what it was for runs of earlier versions. Method: a small catalogue, changed field by field; its
// hash as the version that knew percentages and amounts only wrote it.
#include "cli/run_plan.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace footfall::cli {
namespace {

using retail::Coupon;
using retail::DiscountType;

retail::Catalogue small_catalogue() {
  retail::Catalogue catalogue;
  catalogue.currency = "USD";
  catalogue.stores = {{StoreId{1}, "S1", "One", "Here", "UTC"}};
  retail::Product& product = catalogue.products.emplace_back();
  product.id = ProductId{1}, product.sku = "p1", product.list_price = Money{299};
  product.category = catalogue.category_index("Breakfast");
  product.brand = catalogue.brand_index("Own");
  Coupon& percent = catalogue.coupons.emplace_back();
  percent.id = CouponId{1}, percent.code = "C1", percent.percent_bps = 1000;
  percent.max_issuance = 7;
  Coupon& amount = catalogue.coupons.emplace_back();
  amount.id = CouponId{2}, amount.code = "C2", amount.amount = Money{50};
  amount.kind = retail::CouponKind::brand, amount.max_discount = Money{40};
  return catalogue;
}

std::string hash_of(const retail::Catalogue& catalogue) { return config_hash("{}", catalogue, {}); }

TEST(ConfigHash, StaysForRunsOfEarlierVersions) {
  retail::Catalogue catalogue = small_catalogue();
  EXPECT_EQ(hash_of(catalogue), "53700ab44d861f37");
  catalogue.coupons[0].type = DiscountType::percent;  // as readers set it today
  EXPECT_EQ(hash_of(catalogue), "53700ab44d861f37");
}

TEST(ConfigHash, ChangesWithEachFieldOfACoupon) {
  const std::function<void(Coupon&)> changes[] = {
      [](Coupon&) {},
      [](Coupon& c) { c.type = DiscountType::fixed_price; },
      [](Coupon& c) { c.type = DiscountType::bxgy; },
      [](Coupon& c) { c.buy_qty = 2; },
      [](Coupon& c) { c.get_qty = 2; },
      [](Coupon& c) { c.amount = Money{51}; },
      [](Coupon& c) { c.max_issuance = 2; },
      [](Coupon& c) { c.max_redemptions = 2; },
      [](Coupon& c) { c.max_discount_total = Money{2}; },
      [](Coupon& c) { c.retired = true; }};
  std::set<std::string> hashes;
  for (const auto& change : changes) {
    retail::Catalogue catalogue = small_catalogue();
    change(catalogue.coupons[1]);
    hashes.insert(hash_of(catalogue));
  }
  EXPECT_EQ(hashes.size(), std::size(changes));
}

TEST(ConfigHash, ChangesWithStock) {
  std::set<std::string> hashes{hash_of(small_catalogue())};
  for (const std::int64_t on_hand : {0, 1, 2}) {
    retail::Catalogue catalogue = small_catalogue();
    catalogue.stock = {{0, 0, on_hand}};
    hashes.insert(hash_of(catalogue));
  }
  EXPECT_EQ(hashes.size(), 4U);
}

TEST(ConfigHash, KnowsNothingOfRetiredCoupons) {
  retail::Catalogue catalogue = small_catalogue();
  Coupon& old = catalogue.coupons.emplace_back();
  old.id = CouponId{3}, old.code = "C3", old.type = DiscountType::bxgy, old.retired = true;
  EXPECT_EQ(hash_of(catalogue), hash_of(small_catalogue()));
}

}  // namespace
}  // namespace footfall::cli
