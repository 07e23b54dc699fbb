// Goal: money invariant 23 of reference/offers-and-data.md section 8: partial refunds never sum to
// more than was paid, all of them together to exactly that, and never re-prorate. Method: random
// lines refunded in random steps (RapidCheck), each compared with the closed form; orders as
// price_cart makes them.
#include "retail/refund.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "retail/pricing_fixture.hpp"

namespace footfall::retail {
namespace {

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

RefundLine any_line() {
  const std::int64_t most = *rc::gen::element<std::int64_t>(0, 1, 2, 10, 1'000, kLargest - 1);
  return {*rc::gen::element<std::int64_t>(1, 2, 3, 7, kLineQtyMax), 0, any(0, most)};
}

// Refunds units one step after the other until `stop` of them are given back.
Money refund_in_steps(RefundLine& line, std::int64_t stop) {
  Money sum;
  while (line.refunded_qty < stop) {
    const std::int64_t qty = any(1, stop - line.refunded_qty);
    const Money part = refund_of(line, qty).value();
    RC_ASSERT(part >= Money{});
    line.refunded_qty += qty;
    sum += part;
    RC_ASSERT(sum.minor <= line.line_total_minor);
  }
  return sum;
}

RC_GTEST_PROP(Refund, AnyStepsToTheWholeLineSumToItsTotal, ()) {  // invariant 23
  RefundLine line = any_line();
  RC_ASSERT(refund_in_steps(line, line.qty).minor == line.line_total_minor);
}

// Never more than the units' share, never a whole cent less, and nothing but the number of units
// decides: two ways to the same number give the same.
RC_GTEST_PROP(Refund, TheStepsTakenDecideNothing, ()) {  // invariant 23
  RefundLine one = any_line(), other = one;
  const std::int64_t stop = any(0, one.qty);
  const Money sum = refund_in_steps(one, stop);
  RC_ASSERT(refund_in_steps(other, stop) == sum);
  const Wide share = static_cast<Wide>(one.line_total_minor) * stop;  // times qty
  const Wide paid = static_cast<Wide>(sum.minor) * one.qty;
  RC_ASSERT((paid <= share && share < paid + one.qty));
}

// Every line of an order, whatever coupons it was bought with: back comes what was paid.
RC_GTEST_PROP(Refund, AllLinesOfAnOrderGiveBackItsTotal, ()) {  // invariant 23
  const Cart cart = any_cart();
  const PricedCart priced = cart.priced();
  Money sum;
  for (std::size_t i = 0; i < cart.lines.size(); ++i) {
    const Money paid = cart.lines[i].subtotal() - priced.line_discounts[i];
    RefundLine line{cart.lines[i].qty, 0, paid.minor};
    sum += refund_in_steps(line, line.qty);
  }
  RC_ASSERT(sum == priced.total);
}

TEST(Refund, WorkedExample) {  // 10.00 for three: 3.33, 3.33, 3.34
  for (const auto& [refunded, back] : {std::pair{0, 333}, {1, 333}, {2, 334}}) {
    EXPECT_EQ(refund_of({3, refunded, 1000}, 1).value().minor, back);
  }
  EXPECT_EQ(refund_of({3, 1, 1000}, 2).value().minor, 667);
  EXPECT_EQ(refund_of({3, 0, 0}, 3).value().minor, 0);
}

TEST(Refund, LargestTotalsDoNotOverflow) {  // invariant 22
  EXPECT_EQ(refund_of({kLargest, 0, kLargest}, kLargest).value().minor, kLargest);
  EXPECT_EQ(refund_of({999, 998, kLargest}, 1).value().minor,
            kLargest - kLargest / 999 * 998 - kLargest % 999 * 998 / 999);
}

TEST(Refund, RefusesUnitsThatAreNotThere) {
  for (const std::int64_t qty :
       {-kLargest, std::int64_t{-1}, std::int64_t{0}, std::int64_t{3}, kLargest}) {
    const Result<Money> refused = refund_of({5, 3, 1000}, qty);
    ASSERT_FALSE(refused) << qty;
    EXPECT_EQ(refused.error().code(), Errc::invalid_input);
    EXPECT_NE(refused.error().message().find("from 1 to 2 of the line's 5"), std::string::npos);
  }
  const Result<Money> done = refund_of({5, 5, 1000}, 1);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message(), "all 5 units of the line are refunded already");
}

TEST(RefundDeathTest, StopsAtLinesThatCannotBe) {
  EXPECT_DEATH(refund_of({0, 0, 0}, 1).has_value(), "cannot be");
  EXPECT_DEATH(refund_of({2, 3, 0}, 1).has_value(), "cannot be");
  EXPECT_DEATH(refund_of({2, 0, -1}, 1).has_value(), "cannot be");
}

}  // namespace
}  // namespace footfall::retail
