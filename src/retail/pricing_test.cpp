// Goal: a cart's price obeys money invariants 18 to 22 of reference/offers-and-data.md section 8.
// Method: random small carts full of ties (RapidCheck), with coupons of all four types, compared
// with a slow pricer written from the rules in pricing.hpp alone; worked examples for each refusal,
// tie and limit. discount_types_test.cpp has those of fixed prices and free units.
#include "retail/pricing.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "retail/pricing_fixture.hpp"

namespace footfall::retail {
namespace {

RC_GTEST_PROP(Pricing, SumsAreExactAndEveryLineStaysWithinItsSubtotal, ()) {  // invariants 18, 19
  const Cart cart = any_cart();
  const PricedCart priced = cart.priced();
  Money subtotal, discount;
  for (std::size_t i = 0; i < cart.lines.size(); ++i) {
    const Money off = priced.line_discounts[i], line = cart.lines[i].subtotal();
    RC_ASSERT((off >= Money{} && off <= line));
    subtotal += line;
    discount += off;
  }
  RC_ASSERT((priced.subtotal == subtotal && priced.discount == discount));
  RC_ASSERT(priced.total == subtotal - discount);
  std::vector<Money> by_line(cart.lines.size());
  for (const LineDiscount& d : priced.discounts) by_line[d.line] += d.amount;
  RC_ASSERT(by_line == priced.line_discounts);
  const auto taken = taken_by_coupon(cart, priced);
  for (const auto& [id, why] : refusals_by_coupon(cart, priced)) {
    RC_ASSERT(taken.contains(id) == (why == Refusal::none));
  }
}

RC_GTEST_PROP(Pricing, EqualsTheSlowReference, ()) {  // invariant 20
  const Cart cart = any_cart();
  const PricedCart priced = cart.priced();
  const SlowPricer slow(cart);
  std::vector<std::vector<std::int64_t>> expected, got;
  for (std::size_t i = 0; i < cart.lines.size(); ++i) {
    const auto line = static_cast<std::int64_t>(i);
    if (slow.best[i] > 0) expected.push_back({line, slow.best_by[i], slow.best[i]});
    if (slow.front[i] > 0) expected.push_back({line, slow.front_by[i], slow.front[i]});
  }
  for (const LineDiscount& d : priced.discounts) got.push_back({d.line, d.coupon, d.amount.minor});
  RC_ASSERT(got == expected);
  RC_ASSERT(priced.refusals == slow.refusals);
}

RC_GTEST_PROP(Pricing, TheOrderOfCouponsDecidesNothing, ()) {  // invariant 20
  const Cart cart = any_cart();
  Cart shuffled = cart;
  shuffled.coupons = any_order(cart.coupons);
  const PricedCart a = cart.priced(), b = shuffled.priced();
  RC_ASSERT((a.line_discounts == b.line_discounts && a.total == b.total));
  RC_ASSERT(taken_by_coupon(cart, a) == taken_by_coupon(shuffled, b));
  RC_ASSERT(refusals_by_coupon(cart, a) == refusals_by_coupon(shuffled, b));
}

RC_GTEST_PROP(Pricing, TheOrderOfLinesDecidesNothing, ()) {  // invariant 20
  for (int repeat = 0; repeat < 30; ++repeat) {              // odd cents that matter are rare
    const Cart cart = any_cart();
    Cart shuffled = cart;
    shuffled.lines = any_order(cart.lines);
    const PricedCart a = cart.priced(), b = shuffled.priced();
    RC_ASSERT((a.subtotal == b.subtotal && a.total == b.total));
    RC_ASSERT(taken_by_coupon(cart, a) == taken_by_coupon(shuffled, b));
  }
}

// The smallest cart in which the odd cent of an amount decides whether a second coupon adds to it.
TEST(Pricing, TheOddCentFallsOnTheSameProductInEitherOrder) {  // invariant 20
  Cart cart;
  cart.line(100, 1, 0, 0);
  cart.line(100, 1, 0, 1);
  cart.amount(CouponKind::category, 1, 1);
  cart.percent(CouponKind::brand, 2, 100);
  const Money total = cart.priced().total;
  std::swap(cart.lines[0], cart.lines[1]);
  EXPECT_EQ(cart.priced().total, total);
}

RC_GTEST_PROP(Pricing, AnIneligibleCouponChangesNothing, ()) {  // invariant 21
  const Cart cart = any_cart();
  Cart more = cart;
  const auto reason = any(0, 2);
  Coupon& coupon = more.add(CouponKind::category, any(0, 1) ? 0 : 99) = any_coupon();
  if (reason == 0) coupon.kind = CouponKind::brand, coupon.scope = 7;
  if (reason == 1) coupon.min_spend = {kMoneyMax.minor * 10'000};
  if (reason == 2) coupon.min_qty = 100'000;
  const UserCouponId added = more.coupons.back().wallet_id;
  more.coupons = any_order(more.coupons);
  const PricedCart a = cart.priced(), b = more.priced();
  RC_ASSERT((a.line_discounts == b.line_discounts && a.total == b.total));
  RC_ASSERT(taken_by_coupon(cart, a) == taken_by_coupon(more, b));
  RC_ASSERT(refusals_by_coupon(more, b)[added] != Refusal::none);
}

RC_GTEST_PROP(Pricing, RaisingAPercentageNeverLowersTheDiscount, ()) {  // invariant 21
  Cart cart = any_cart();
  Coupon& coupon = cart.add(CouponKind::frontstore, 50) = any_coupon();
  coupon.type = DiscountType::percent;
  coupon.amount = coupon.max_discount = {};
  coupon.percent_bps = static_cast<int>(any(1, 10'000));
  const Money before = cart.priced().discount;
  coupon.percent_bps = static_cast<int>(any(coupon.percent_bps, 10'000));
  RC_ASSERT(cart.priced().discount >= before);
}

RC_GTEST_PROP(Pricing, AHundredPercentLeavesNothingToPay, ()) {  // invariant 21
  Cart cart = any_cart();
  cart.percent(CouponKind::frontstore, 50, 10'000);
  RC_ASSERT(cart.priced().total == Money{});
}

RC_GTEST_PROP(Pricing, SavingAloneIsWhatTheCouponTakesWhenItIsAlone, ()) {
  Cart cart = any_cart();
  cart.coupons.clear();
  const Coupon coupon = cart.add(CouponKind::frontstore, 5) = any_coupon();
  Refusal why{};
  const Money saving = saving_alone(coupon, cart.lines, why);
  RC_ASSERT(saving == cart.priced().discount);
  RC_ASSERT(why == cart.priced().refusals[0]);
  RC_ASSERT((why == Refusal::none) == (saving > Money{}));
}

TEST(Pricing, AShareThatRoundsToNothingIsNotCalledASaving) {
  Cart cart;
  cart.line(1, 1), cart.percent(CouponKind::category, 1, 1);
  Refusal why{};
  saving_alone(cart.catalogue.coupons[0], cart.lines, why);
  EXPECT_EQ(why, Refusal::not_best);
}

TEST(Pricing, TheLargestCartDoesNotOverflow) {  // invariant 22
  for (const bool by_amount : {false, true}) {
    Cart cart;
    for (int i = 0; i < kCartLinesMax; ++i) cart.line(kMoneyMax.minor, kLineQtyMax);
    for (int c = 0; c < 64; ++c) {
      const auto kind = static_cast<CouponKind>(c % 3);
      by_amount ? cart.amount(kind, c + 1, kMoneyMax.minor) : cart.percent(kind, c + 1, 9999);
    }
    const PricedCart priced = cart.priced();
    const std::int64_t subtotal = kMoneyMax.minor * kLineQtyMax * kCartLinesMax;  // 1.2e16
    EXPECT_EQ(priced.subtotal.minor, subtotal);
    // 1 bp of 1 bp is left, or one amount on the lines and one on the rest.
    const std::int64_t left = by_amount ? subtotal - 2 * kMoneyMax.minor : subtotal / 100'000'000;
    EXPECT_EQ(priced.total.minor, left);
  }
}

TEST(PricingDeathTest, RefusesCartsBeyondTheLimits) {  // invariant 22
  Cart coupons, lines;
  for (int c = 0; c < 65; ++c) coupons.percent(CouponKind::frontstore, c + 1, 100);
  for (int i = 0; i <= kCartLinesMax; ++i) lines.line(1, 1);
  EXPECT_DEATH(coupons.priced(), "limits");
  EXPECT_DEATH(lines.priced(), "limits");
}

TEST(Pricing, WorkedExample) {
  Cart cart;
  cart.line(333, 3, 0, 0), cart.line(250, 2, 1, 0);  // 9.99 and 5.00
  cart.percent(CouponKind::category, 1, 2500);       // 9.99: 2.4975, so 2.50
  cart.amount(CouponKind::brand, 2, 300);            // 3.00 as 2.00 and 1.00; the 2.00 lapse
  cart.percent(CouponKind::frontstore, 3, 1000);     // 7.49 + 4.00 = 11.49: 1.15 as .75 and .40
  EXPECT_EQ(cart.priced().line_discounts, (std::vector<Money>{{325}, {140}}));
  EXPECT_EQ(cart.priced().total.minor, 1034);
}

TEST(Pricing, EachRefusalIsNamed) {
  Cart cart;
  cart.line(100, 2), cart.percent(CouponKind::category, 1, 5000);
  cart.add(CouponKind::category, 2).scope = 4;
  cart.add(CouponKind::category, 3).min_spend = {201};
  cart.add(CouponKind::brand, 4).min_qty = 3;
  cart.percent(CouponKind::brand, 5, 4999);
  for (const std::size_t c : {1U, 2U, 3U}) cart.catalogue.coupons[c].percent_bps = 9000;
  using enum Refusal;
  const std::vector expected{none, not_in_scope, min_spend, min_qty, not_best};
  EXPECT_EQ(cart.priced().refusals, expected);
}

TEST(Pricing, MinimaAreReachedExactlyAndLookAtTheCartBeforeAnyDiscount) {
  Cart cart;
  cart.line(100, 2), cart.percent(CouponKind::category, 1, 5000);
  cart.amount(CouponKind::frontstore, 2, 10);
  cart.catalogue.coupons[1].min_spend = {200}, cart.catalogue.coupons[1].min_qty = 2;
  EXPECT_EQ(cart.priced().total.minor, 90);
}

TEST(Pricing, OfTwoEqualsTheLowerWalletIdIsTaken) {  // invariant 20
  for (const std::int64_t first : {1, 2}) {
    Cart cart;
    cart.line(100, 1);
    cart.percent(CouponKind::category, first, 1000);
    cart.amount(CouponKind::brand, 3 - first, 10);
    cart.percent(CouponKind::frontstore, first + 10, 1000);
    cart.amount(CouponKind::frontstore, 13 - first, 9);
    EXPECT_EQ(taken_by_coupon(cart, cart.priced()),
              (std::map<UserCouponId, Money>{{{1}, {10}}, {{11}, {9}}}));
  }
}

TEST(Pricing, AnAmountLargerThanTheCartTakesTheCartAndNoMore) {  // invariant 18
  for (const CouponKind kind : {CouponKind::frontstore, CouponKind::category, CouponKind::brand}) {
    Cart cart;
    cart.line(100, 1), cart.line(1, 1), cart.line(333, 7);
    cart.amount(kind, 1, 1'000'000);
    EXPECT_EQ(cart.priced().line_discounts, (std::vector<Money>{{100}, {1}, {2331}}));
  }
}

TEST(Pricing, AReusedResultKeepsNothingOfTheCartBefore) {
  Cart cart;
  for (int i = 0; i < 9; ++i) cart.line(500, 2), cart.percent(CouponKind::category, i + 1, 900);
  PricedCart out = cart.priced();
  price_cart(cart.catalogue, std::span(cart.lines).first(1), {}, out);
  EXPECT_TRUE(out.total.minor == 1000 && out.line_discounts == std::vector<Money>{Money{}});
  EXPECT_TRUE(out.discounts.empty() && out.refusals.empty());
}

}  // namespace
}  // namespace footfall::retail
