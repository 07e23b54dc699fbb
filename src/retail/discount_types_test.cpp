// Goal: fixed prices and "buy b, get g" keep the money invariants 18 to 22 of
// reference/offers-and-data.md section 8, as pricing_test.cpp shows for all types together.
// Method: worked examples for each rule and limit; random carts with one of the two types in every
// place (RapidCheck), against the slow pricer and against themselves with a deeper discount.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <tuple>

#include "retail/pricing.hpp"
#include "retail/pricing_fixture.hpp"

namespace footfall::retail {
namespace {

using Off = std::vector<Money>;

const std::vector kKinds{CouponKind::frontstore, CouponKind::category, CouponKind::brand};

// Coupons that look at units only, on a cart of small and middling quantities.
Cart any_cart_by_unit() {
  Cart cart = any_cart();
  for (CartLine& line : cart.lines) line.qty = static_cast<int>(any(1, 12));
  for (Coupon& coupon : cart.catalogue.coupons) {
    coupon = any_coupon_of(any(0, 1) ? DiscountType::fixed_price : DiscountType::bxgy);
  }
  return cart;
}

TEST(DiscountTypes, ACouponWithAPercentageIsAPercentageAndNamesAreThoseOfTheFiles) {
  Coupon coupon;
  EXPECT_EQ(discount_type(coupon), DiscountType::amount);
  coupon.percent_bps = 1;
  EXPECT_EQ(discount_type(coupon), DiscountType::percent);
  const std::vector<std::string> names{"percent", "amount", "fixed_price", "bxgy"};
  for (int i = 0; i < 4; ++i) EXPECT_EQ(to_string(static_cast<DiscountType>(i)), names[i]);
}

TEST(DiscountTypes, TheTighterCapIsTheOneOnCopies) {
  const auto cap = [](std::int64_t issuance, std::int64_t redemptions) {
    Coupon coupon;
    coupon.max_issuance = issuance, coupon.max_redemptions = redemptions;
    EXPECT_EQ(coupon.is_capped(), issuance != kUnlimited || redemptions != kUnlimited);
    return coupon.issuance_cap();
  };
  EXPECT_EQ(cap(kUnlimited, kUnlimited), kUnlimited);
  EXPECT_EQ(cap(7, kUnlimited), 7);
  EXPECT_EQ(cap(kUnlimited, 0), 0);
  EXPECT_EQ(cap(7, 5), 5);
  EXPECT_EQ(cap(0, 5), 0);
}

TEST(DiscountTypes, AFixedPriceIsPaidForEachUnitThatCostsMore) {
  Cart cart;
  cart.line(250, 3), cart.line(199, 1), cart.line(200, 2), cart.line(900, 1, 1);
  cart.fixed_price(CouponKind::category, 1, 200);
  EXPECT_EQ(cart.priced().line_discounts, (Off{{150}, {0}, {0}, {0}}));
  EXPECT_EQ(cart.priced().refusals[0], Refusal::none);
  cart.catalogue.coupons[0].amount = {250};
  EXPECT_EQ(cart.priced().refusals[0], Refusal::not_best);
}

TEST(DiscountTypes, AFixedPriceForTheCartIsTakenOfWhatIsStillToPay) {
  Cart cart;
  cart.line(250, 2), cart.line(1000, 1, 1);
  cart.percent(CouponKind::category, 1, 1000);       // 5.00: 4.50
  cart.fixed_price(CouponKind::frontstore, 2, 200);  // 4.50: 4.00, and 10.00: 2.00
  EXPECT_EQ(cart.priced().line_discounts, (Off{{100}, {800}}));
  cart.catalogue.coupons[0].percent_bps = 9000;  // 5.00: 0.50, less than the fixed price
  EXPECT_EQ(cart.priced().line_discounts, (Off{{450}, {800}}));
}

TEST(DiscountTypes, AfterWhatIsBoughtTheNextUnitsAreFree) {
  // Of 1, 2, 3 … 9 units. A group that is not full has free units too.
  const std::vector<std::tuple<int, int, std::vector<int>>> offers = {
      {2, 1, {0, 0, 1, 1, 1, 2, 2, 2, 3}},
      {1, 1, {0, 1, 1, 2, 2, 3, 3, 4, 4}},
      {1, 2, {0, 1, 2, 2, 3, 4, 4, 5, 6}},
      {2, 3, {0, 0, 1, 2, 3, 3, 3, 4, 5}},
      {1, kLineQtyMax, {0, 1, 2, 3, 4, 5, 6, 7, 8}}};
  for (const auto& [buy, get, free_of] : offers) {
    for (int qty = 1; qty <= 9; ++qty) {
      Cart cart;
      cart.line(99, qty);
      cart.bxgy(CouponKind::brand, 1, buy, get);
      const int free = free_of[static_cast<std::size_t>(qty) - 1];
      EXPECT_EQ(cart.priced().discount.minor, 99 * free) << buy << " + " << get << " of " << qty;
      EXPECT_EQ(cart.priced().refusals[0], free ? Refusal::none : Refusal::min_qty) << qty;
    }
  }
}

TEST(DiscountTypes, GroupsAreOfOneProduct) {
  Cart cart;
  cart.line(100, 2), cart.line(100, 2), cart.line(100, 5, 1);
  cart.bxgy(CouponKind::category, 1, 2, 1);
  EXPECT_EQ(cart.priced().discount, Money{});
  EXPECT_EQ(cart.priced().refusals[0], Refusal::min_qty);
}

TEST(DiscountTypes, FreeUnitsTakeNoMoreThanIsStillToPay) {  // invariant 18
  Cart cart;
  cart.line(100, 2);
  cart.percent(CouponKind::category, 1, 8000);  // 2.00: 0.40, less than the free unit's 1.00
  cart.bxgy(CouponKind::frontstore, 2, 1, 1);
  EXPECT_EQ(cart.priced().line_discounts, (Off{{200}}));
  EXPECT_EQ(cart.priced().refusals, (std::vector{Refusal::none, Refusal::none}));
  cart.catalogue.coupons[0].percent_bps = 10'000;  // nothing is left
  EXPECT_EQ(cart.priced().refusals, (std::vector{Refusal::none, Refusal::not_best}));
}

// 1.00 and 2.00 would be taken off the first and third line: 1.00 of 3.00, 2.00 of 3.00.
TEST(DiscountTypes, AMaximumIsSpreadOverWhatEachLineWasOffered) {
  for (const CouponKind kind : kKinds) {
    Cart cart;
    cart.line(200, 1), cart.line(100, 9), cart.line(300, 1);
    cart.fixed_price(kind, 1, 100);
    EXPECT_EQ(cart.priced().line_discounts, (Off{{100}, {0}, {200}}));
    cart.catalogue.coupons[0].max_discount = {300};
    EXPECT_EQ(cart.priced().line_discounts, (Off{{100}, {0}, {200}}));
    cart.catalogue.coupons[0].max_discount = {100};
    EXPECT_EQ(cart.priced().line_discounts, (Off{{33}, {0}, {67}}));
  }
}

TEST(DiscountTypes, MinimaHoldForThemToo) {
  Cart cart;
  cart.line(100, 4);
  for (int id = 1; id <= 4; ++id) {
    id % 2 ? cart.fixed_price(CouponKind::category, id, 50)
           : cart.bxgy(CouponKind::category, id, 1, 3);
  }
  for (const int c : {0, 1}) cart.catalogue.coupons[c].min_spend = {401};
  for (const int c : {2, 3}) cart.catalogue.coupons[c].min_qty = 5;
  using enum Refusal;
  EXPECT_EQ(cart.priced().refusals, (std::vector{min_spend, min_spend, min_qty, min_qty}));
  for (Coupon& coupon : cart.catalogue.coupons) coupon.min_spend = {400}, coupon.min_qty = 4;
  EXPECT_EQ(cart.priced().refusals, (std::vector{not_best, none, not_best, not_best}));
  EXPECT_EQ(cart.priced().total.minor, 100);
}

RC_GTEST_PROP(DiscountTypes, EqualTheSlowReference, ()) {  // invariant 20
  const Cart cart = any_cart_by_unit();
  const PricedCart priced = cart.priced();
  const SlowPricer slow(cart);
  Money discount;
  for (std::size_t i = 0; i < cart.lines.size(); ++i) {
    RC_ASSERT(priced.line_discounts[i].minor == slow.best[i] + slow.front[i]);
    RC_ASSERT(priced.line_discounts[i] <= cart.lines[i].subtotal());  // invariant 18
    discount += priced.line_discounts[i];
  }
  RC_ASSERT((priced.discount == discount && priced.total == priced.subtotal - discount));
  RC_ASSERT(priced.refusals == slow.refusals);
}

RC_GTEST_PROP(DiscountTypes, TheOrderOfLinesAndCouponsDecidesNothing, ()) {  // invariant 20
  for (int repeat = 0; repeat < 30; ++repeat) {
    const Cart cart = any_cart_by_unit();
    Cart shuffled = cart;
    shuffled.lines = any_order(cart.lines), shuffled.coupons = any_order(cart.coupons);
    const PricedCart a = cart.priced(), b = shuffled.priced();
    RC_ASSERT(taken_by_coupon(cart, a) == taken_by_coupon(shuffled, b));
    RC_ASSERT(refusals_by_coupon(cart, a) == refusals_by_coupon(shuffled, b));
  }
}

// The coupons around it are of all types, and on the cart as on lines of their own.
RC_GTEST_PROP(DiscountTypes, ADeeperDiscountNeverCostsMore, ()) {  // invariant 21
  Cart cart = any_cart();
  Coupon& coupon = cart.add(CouponKind::frontstore, 50) = any_coupon();
  coupon.percent_bps = 0, coupon.max_discount = {};
  const bool fixed = any(0, 1);
  coupon.type = fixed ? DiscountType::fixed_price : DiscountType::bxgy;
  coupon.amount = {any(0, 400)};
  coupon.buy_qty = static_cast<int>(any(1, 8)), coupon.get_qty = static_cast<int>(any(1, 3));
  const Money before = cart.priced().discount;
  coupon.amount = {any(0, coupon.amount.minor)};
  coupon.buy_qty = static_cast<int>(any(1, coupon.buy_qty));
  coupon.get_qty = static_cast<int>(any(coupon.get_qty, 12));
  RC_ASSERT(cart.priced().discount >= before);
}

RC_GTEST_PROP(DiscountTypes, AFixedPriceOfNothingLeavesNothingToPay, ()) {  // invariant 21
  Cart cart = any_cart();
  cart.fixed_price(CouponKind::frontstore, 50, 0);
  RC_ASSERT(cart.priced().total == Money{});
}

TEST(DiscountTypes, TheLargestCartDoesNotOverflow) {  // invariant 22
  const std::int64_t units = std::int64_t{kLineQtyMax} * kCartLinesMax;
  for (const CouponKind kind : kKinds) {
    Cart cart;
    for (int i = 0; i < kCartLinesMax; ++i) cart.line(kMoneyMax.minor, kLineQtyMax);
    cart.fixed_price(kind, 1, kMoneyMax.minor - 1);
    EXPECT_EQ(cart.priced().discount.minor, units);
    cart.catalogue.coupons[0].amount = {1};
    EXPECT_EQ(cart.priced().total.minor, units);
    cart.catalogue.coupons[0].amount = kMoneyMax;
    EXPECT_EQ(cart.priced().discount.minor, 0);
    Coupon& free = cart.catalogue.coupons[0];
    free.type = DiscountType::bxgy, free.buy_qty = 1, free.get_qty = kLineQtyMax - 1;
    EXPECT_EQ(cart.priced().total.minor, kMoneyMax.minor * kCartLinesMax);
    free.get_qty = std::numeric_limits<int>::max();
    EXPECT_EQ(cart.priced().total.minor, kMoneyMax.minor * kCartLinesMax);
    free.buy_qty = free.get_qty = std::numeric_limits<int>::max();
    EXPECT_EQ(cart.priced().refusals[0], Refusal::min_qty);
  }
}

TEST(DiscountTypesDeathTest, FreeUnitsNeedTheirQuantities) {
  Cart cart;
  cart.line(100, 2), cart.bxgy(CouponKind::frontstore, 1, 0, 0);
  EXPECT_DEATH(cart.priced(), "quantities");
}

}  // namespace
}  // namespace footfall::retail
