// Goal: checkouts are served whole or not at all, in (moment, shopper) order, however they are
// spread over ranges, and a refused one leaves what it wanted to those after it. Method: a tiny
// shop, carts by hand; random checkouts against themselves in other ranges.
#include "simulation/shared_goods.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <tuple>

namespace footfall::simulation {
namespace {

using retail::Refusal;

retail::Catalogue tiny_shop() {
  retail::Catalogue shop;
  shop.stores.resize(3);
  shop.products.resize(3);
  shop.coupons.resize(2);
  shop.coupons[1].max_discount_total = Money{100};
  shop.stock = {{0, 0, 5}, {0, 2, 0}, {2, 0, 1}};
  return shop;
}

// A cart of single lines, with what its one coupon (definition 1) takes off.
struct Cart {
  std::vector<retail::CartLine> lines;
  std::vector<retail::CartCoupon> coupons;
  retail::PricedCart priced;

  Cart(std::vector<std::pair<int, int>> products, std::vector<std::int64_t> off = {}) {
    for (const auto& [product, qty] : products) {
      lines.push_back({static_cast<std::uint16_t>(product), 0, 0, qty, Money{100}});
    }
    if (!off.empty()) coupons = {{UserCouponId{1}, 1}};
    for (const std::int64_t amount : off) priced.discounts.push_back({0, 0, Money{amount}});
  }
};

class SharedGoodsTest : public testing::Test {
 protected:
  HeldTrip* hold(std::uint32_t shopper, std::int64_t at_us, const Cart& cart,
                 std::uint16_t store = 0) {
    HeldTrip* const made =
        goods.hold(store, SimTime{at_us}, cart.lines, cart.coupons, cart.priced, held);
    if (made) made->arrival.shopper = shopper;
    return made;
  }
  // The refusals of all checkouts, in the order in which they were made.
  std::vector<Refusal> settle() {
    HeldTrips* const ranges[] = {&held};
    goods.settle(ranges);
    std::vector<Refusal> refusals;
    for (const HeldTrip& one : held.trips) refusals.push_back(one.refusal);
    held.clear();
    return refusals;
  }

  SharedGoods goods{tiny_shop()};
  HeldTrips held;
};

TEST_F(SharedGoodsTest, OnlyWhatIsLimitedIsHeld) {
  EXPECT_EQ(hold(1, 1, {{{1, 9}}}), nullptr);
  EXPECT_EQ(hold(1, 1, {{{0, 9}, {2, 1}}}, 1), nullptr) << "another store's stock";
  EXPECT_EQ(hold(1, 1, {{{0, 9}}}, 9), nullptr) << "a shop without stores has store 0 or more";
  EXPECT_TRUE(held.trips.empty() && held.wants.empty());
  EXPECT_NE(hold(1, 1, {{{1, 1}, {0, 2}}}), nullptr);
  EXPECT_NE(hold(1, 1, {{{1, 1}}, {10}}), nullptr);
  EXPECT_EQ(held.wants.size(), 2U);
  EXPECT_EQ(goods.stock_left(0, 1), retail::kUnlimited);
  EXPECT_EQ(goods.stock_left(1, 0), retail::kUnlimited);
  EXPECT_EQ(goods.budget_left(0), retail::kUnlimited);
  EXPECT_EQ(goods.budget_left(1), 100);
}

TEST_F(SharedGoodsTest, TheEarlierCheckoutIsServedAndTiesGoByShopper) {
  hold(1, 20, {{{0, 3}}});
  hold(9, 10, {{{0, 3}}});
  hold(8, 20, {{{0, 2}}});
  hold(2, 20, {{{0, 2}}});
  EXPECT_EQ(settle(), (std::vector{Refusal::out_of_stock, Refusal::none, Refusal::out_of_stock,
                                   Refusal::none}));
  EXPECT_EQ(goods.stock_left(0, 0), 0);
  EXPECT_EQ(goods.stock_left(2, 0), 1);
}

TEST_F(SharedGoodsTest, ARefusedCheckoutTakesNothing) {
  hold(1, 1, {{{0, 2}, {2, 1}}, {40}});  // product 2 is sold out
  hold(2, 2, {{{0, 2}}, {60, 41}});      // 101 of 100
  hold(3, 3, {{{0, 6}}, {101}});         // stock is looked at first
  hold(4, 4, {{{0, 5}}, {60, 40}});
  EXPECT_EQ(settle(), (std::vector{Refusal::out_of_stock, Refusal::cap_reached,
                                   Refusal::out_of_stock, Refusal::none}));
  EXPECT_EQ(goods.stock_left(0, 0), 0);
  EXPECT_EQ(goods.budget_left(1), 0);
}

TEST_F(SharedGoodsTest, AProductThatStandsTwiceIsCountedTwice) {
  hold(1, 1, {{{0, 3}, {0, 3}}});
  hold(2, 2, {{{0, 3}, {0, 2}}});
  EXPECT_EQ(settle(), (std::vector{Refusal::out_of_stock, Refusal::none}));
}

TEST_F(SharedGoodsTest, WhatIsGoneStaysGone) {
  hold(1, 1, {{{0, 5}}});
  settle();
  hold(2, 2, {{{0, 1}}});
  EXPECT_EQ(settle(), std::vector{Refusal::out_of_stock});
}

// The same checkouts in one range, and in any number of them.
RC_GTEST_PROP(SharedGoods, TheNumberOfRangesChangesNothing, ()) {
  const auto shop = tiny_shop();
  SharedGoods one(shop), many(shop);
  HeldTrips whole;
  std::vector<HeldTrips> parts(1 + *rc::gen::inRange<std::size_t>(0, 4));
  const auto count = *rc::gen::inRange<std::uint32_t>(0, 20);
  for (std::uint32_t shopper = 0; shopper < count; ++shopper) {
    const SimTime at{*rc::gen::inRange(0, 4)};
    const Cart cart({{0, *rc::gen::inRange(1, 3)}}, {*rc::gen::inRange<std::int64_t>(1, 30)});
    for (HeldTrips* range : {&whole, &parts[shopper * parts.size() / count]}) {
      one.hold(0, at, cart.lines, cart.coupons, cart.priced, *range)->arrival.shopper = shopper;
    }
  }
  HeldTrips* const whole_list[] = {&whole};
  std::vector<HeldTrips*> part_lists;
  for (HeldTrips& part : parts) part_lists.push_back(&part);
  one.settle(whole_list);
  many.settle(part_lists);
  auto expected = whole.trips.begin();
  for (const HeldTrips& part : parts) {
    for (const HeldTrip& trip : part.trips) RC_ASSERT(trip.refusal == (expected++)->refusal);
  }
  RC_ASSERT(one.stock_left(0, 0) == many.stock_left(0, 0));
  RC_ASSERT(one.budget_left(1) == many.budget_left(1));
  RC_ASSERT((one.stock_left(0, 0) >= 0 && one.budget_left(1) >= 0));
}

}  // namespace
}  // namespace footfall::simulation
