// Goal: what a checkout or return comes to follows from what was read, whoever reads it, and
// answers come back from their keys as they were. Method: cases by hand; orders and refunds worked
// out here.
#include "store/checkout.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "simulation/test_world.hpp"

namespace footfall::store {
namespace {

using retail::Refusal;

class PlanCheckout : public testing::Test {
 protected:
  PlanCheckout() : shop_(simulation::small_shop()) {
    shop_.coupons.resize(4);
    for (int i = 0; i < 4; ++i) {
      auto& coupon = shop_.coupons[static_cast<std::size_t>(i)];
      coupon = {};
      coupon.id = CouponId{i + 1};
      coupon.amount = Money{100};
    }
    shop_.coupons[2].kind = shop_.coupons[3].kind = retail::CouponKind::category;  // category 0
    shop_.coupons[3].amount = {};
    shop_.coupons[3].percent_bps = 1000;
    for (const auto& product : shop_.products) prices_.push_back(product.list_price);
    request_.call.at = SimTime{1000};
    basis_.number = OrderId{7};
    basis_.cart = CartId{3};
    basis_.lines = {{ProductId{1}, 2}, {ProductId{21}, 1}};
  }

  void hold(std::int64_t id, std::int64_t definition, CouponState state = CouponState::active) {
    basis_.wanted.push_back(UserCouponId{id});
    basis_.coupons.push_back(
        {UserCouponId{id}, CouponId{definition}, state, SimTime{500}, SimTime{1500}});
  }
  CheckoutPlan plan() {
    request_.prices = prices_;
    return plan_checkout(shop_, request_, basis_);
  }

  retail::Catalogue shop_;
  std::vector<Money> prices_;
  CheckoutRequest request_;
  CheckoutBasis basis_;
};

TEST_F(PlanCheckout, WritesDownEachLineAtTodaysPrice) {
  prices_[0] = Money{50};
  const CheckoutPlan out = plan();
  ASSERT_TRUE(out.placed());
  EXPECT_EQ(out.answer.order.value, 7);
  EXPECT_EQ(out.answer.subtotal.minor, 2 * 50 + 99);
  EXPECT_EQ(out.answer.total, out.answer.subtotal);
  ASSERT_EQ(out.lines.size(), 2u);
  EXPECT_EQ(out.lines[1].product, 20);
  EXPECT_EQ(out.lines[1].category, 1);
}

TEST_F(PlanCheckout, ACouponIsGoodFromItsFirstToBeforeItsLastMoment) {  // invariant 8
  hold(11, 1);
  for (const auto& [at, good] :
       {std::pair(499, false), {500, true}, {1499, true}, {1500, false}, {9999, false}}) {
    request_.call.at = SimTime{at};
    EXPECT_EQ(plan().placed(), good) << at;
    EXPECT_EQ(plan().redeemed.size(), good ? 1u : 0u);
  }
}

TEST_F(PlanCheckout, TheOrderOfCouponsAndRowsDecidesNothing) {  // invariant 20
  hold(12, 1);
  hold(11, 2);
  hold(14, 3);
  hold(13, 4);
  const std::string first = answer_json(plan().answer);
  for (int i = 0; i < 24; ++i) {
    std::next_permutation(basis_.wanted.begin(), basis_.wanted.end());
    if (i % 2) std::reverse(basis_.coupons.begin(), basis_.coupons.end());
    EXPECT_EQ(answer_json(plan().answer), first);
  }
  basis_.wanted.push_back(basis_.wanted.front());  // named twice
  EXPECT_EQ(answer_json(plan().answer), first);
}

TEST_F(PlanCheckout, EachStateHasItsReason) {
  const std::pair<CouponState, Refusal> cases[] = {
      {CouponState::redeemed, Refusal::already_used}, {CouponState::expired, Refusal::expired},
      {CouponState::superseded, Refusal::expired},    {CouponState::revoked, Refusal::expired},
      {CouponState::reversed, Refusal::expired},      {CouponState::active, Refusal::none}};
  for (const auto& [state, refusal] : cases) {
    basis_.wanted.clear();
    basis_.coupons.clear();
    hold(11, 1, state);
    const CheckoutPlan out = plan();
    EXPECT_EQ(out.answer.coupons.at(0).refusal, refusal);
    EXPECT_EQ(out.placed(), refusal == Refusal::none);
  }
  basis_.coupons.clear();
  EXPECT_EQ(plan().answer.coupons.at(0).refusal, Refusal::not_owned);
}

TEST_F(PlanCheckout, ABudgetIsSpentWholeOrNotAtAll) {  // invariant 13
  hold(11, 1);
  for (const std::int64_t left : {0, 99, 100, 101}) {
    basis_.capped = {{CouponId{1}, {}, left}};
    request_.policy = CouponPolicy::all;
    EXPECT_EQ(plan().placed(), left >= 100);
    request_.policy = CouponPolicy::partial;
    const CheckoutPlan out = plan();
    EXPECT_TRUE(out.placed());
    EXPECT_EQ(out.answer.discount.minor, left >= 100 ? 100 : 0);
    EXPECT_EQ(out.capped.size(), left >= 100 ? 1u : 0u);
  }
}

TEST_F(PlanCheckout, WhatABudgetLeavesOutAnotherMayTake) {
  hold(11, 3);  // 1.00 off category 0, over its budget
  hold(12, 4);  // 10 %
  basis_.capped = {{CouponId{3}, {}, 1}};
  request_.policy = CouponPolicy::partial;
  const CheckoutPlan out = plan();
  EXPECT_EQ(out.answer.discount.minor, 20);  // of 1.98
  EXPECT_EQ(out.answer.coupons[0].refusal, Refusal::cap_reached);
  EXPECT_EQ(out.answer.coupons[1].refusal, Refusal::none);
}

TEST_F(PlanCheckout, RefusalsNameWhatIsShort) {
  basis_.stock = {{ProductId{1}, 1}, {ProductId{21}, 1}};
  const CheckoutPlan out = plan();
  EXPECT_EQ(out.answer.status, CheckoutStatus::insufficient_stock);
  EXPECT_EQ(out.answer.short_of, (std::vector<ShortLine>{{ProductId{1}, 2, 1}}));
  EXPECT_TRUE(out.lines.empty());
  basis_.lines.push_back({ProductId{9999}, 3});  // taken off the shelves
  EXPECT_EQ(plan().answer.short_of, (std::vector<ShortLine>{{ProductId{9999}, 3, 0}}));
  basis_.lines.clear();
  EXPECT_EQ(plan().answer.status, CheckoutStatus::empty_cart);
}

TEST(Answers, ComeBackFromTheirKeys) {  // invariant 28
  for (int status = 0; status < 8; ++status) {
    CheckoutAnswer answer;
    answer.status = static_cast<CheckoutStatus>(status);
    answer.order = OrderId{INT64_MAX};
    answer.subtotal = Money{INT64_MAX};
    answer.discount = Money{1};
    answer.total = Money{INT64_MAX - 1};
    for (int r = 0; r < retail::kRefusalCount; ++r) {
      answer.coupons.push_back({UserCouponId{r + 1}, static_cast<Refusal>(r)});
    }
    answer.short_of = {{ProductId{1}, 3, 2}, {ProductId{2}, INT64_MAX, 0}};
    const CheckoutAnswer back = checkout_answer(answer_json(answer)).value();
    EXPECT_EQ(answer_json(back), answer_json(answer));
    EXPECT_EQ(back.coupons, answer.coupons);
    EXPECT_EQ(back.short_of, answer.short_of);
    EXPECT_FALSE(back.replayed);
  }
  for (int status = 0; status < 6; ++status) {
    ReturnAnswer answer;
    answer.status = static_cast<ReturnStatus>(status);
    answer.refunded = Money{12};
    answer.coupons_back = {{1}, {2}};
    answer.coupons_lost = {{3}};
    const ReturnAnswer back = return_answer(answer_json(answer)).value();
    EXPECT_EQ(answer_json(back), answer_json(answer));
    EXPECT_EQ(back.coupons_back, answer.coupons_back);
  }
  for (const char* text : {"", "{}", "[]", "{\"status\":\"placed\"}", "{\"status\":7}",
                           "{\"status\":\"done\",\"refunded\":1,\"coupons_back\":3}"}) {
    EXPECT_EQ(checkout_answer(text).error().code(), Errc::incompatible);
    EXPECT_EQ(return_answer(text).error().code(), Errc::incompatible);
  }
}

class PlanReturn : public testing::Test {
 protected:
  PlanReturn() {
    basis_.status = "placed";
    basis_.lines = {{1, ProductId{1}, 3, 0, Money{100}}, {2, ProductId{2}, 1, 0, Money{7}}};
    basis_.total = Money{107};
    basis_.coupons = {{UserCouponId{5}, CouponId{1}, true, 1, SimTime{1000}, Money{9}}};
  }
  ReturnPlan plan() { return plan_return(request_, basis_, {2, 3}); }

  ReturnRequest request_;
  ReturnBasis basis_;
};

TEST_F(PlanReturn, ACancelledOrderIsPaidBackWhole) {
  const ReturnPlan out = plan();
  EXPECT_EQ(out.answer.refunded.minor, 107);
  EXPECT_EQ(out.status, "cancelled");
  EXPECT_EQ(out.answer.coupons_back.size(), 1u);
  EXPECT_EQ(out.coupons.at(0).slot, 1);
}

TEST_F(PlanReturn, PartsSumToTheWholeInAnyOrder) {  // invariant 23
  Money sum;
  for (const int line : {1, 2, 1, 1}) {
    request_.lines = {{line, 1}};
    const ReturnPlan out = plan();
    ASSERT_EQ(out.answer.status, ReturnStatus::done);
    sum += out.answer.refunded;
    EXPECT_EQ(out.refunded, sum);
    EXPECT_TRUE(out.coupons.empty());
    for (std::size_t i = 0; i < 2; ++i) basis_.lines[i].refunded_qty = out.lines[i].refunded_qty;
    basis_.refunded = out.refunded;
    basis_.status = out.status;
  }
  EXPECT_EQ(sum, basis_.total);
  EXPECT_EQ(basis_.status, "refunded");
  EXPECT_EQ(plan().answer.status, ReturnStatus::already_returned);
}

TEST_F(PlanReturn, ACouponFindsItsPlaceOrTheLowestFreeOne) {  // invariants 1, 17
  basis_.wallet = {{CouponId{9}, true, 1}};
  EXPECT_EQ(plan().coupons.at(0).slot, 0);
  basis_.wallet.push_back({CouponId{8}, true, 0});
  EXPECT_EQ(plan().coupons.at(0).state, CouponState::reversed);
  basis_.wallet = {{CouponId{8}, false, 1}};  // the other lane's places are no matter
  EXPECT_EQ(plan().coupons.at(0).slot, 1);
  basis_.wallet = {{CouponId{1}, true, 0}};  // holds the same again
  EXPECT_EQ(plan().coupons.at(0).state, CouponState::reversed);
  // Two that come back at once take two places.
  basis_.wallet = {{CouponId{8}, true, 1}};
  basis_.coupons.push_back({UserCouponId{6}, CouponId{2}, true, 0, SimTime{1000}, Money{9}});
  EXPECT_EQ(plan().answer.coupons_back.size(), 1u);
  basis_.wallet.clear();
  EXPECT_EQ(plan().answer.coupons_back.size(), 2u);
}

TEST_F(PlanReturn, AnExpiredCouponIsLost) {  // invariant 17
  request_.at = SimTime{999};
  EXPECT_EQ(plan().answer.coupons_back.size(), 1u);
  request_.at = SimTime{1000};
  EXPECT_EQ(plan().answer.coupons_lost.size(), 1u);
}

TEST(Lines, EachProductIsThereOnce) {
  const retail::Catalogue shop = simulation::small_shop();
  const auto line = [](int product, int qty, int price) {
    return retail::CartLine{static_cast<std::uint16_t>(product), 0, 0, qty, Money{price}};
  };
  const std::vector<retail::CartLine> lines = {line(5, 1, 1), line(2, 2, 1), line(5, 3, 9)};
  const auto once = merged(shop, lines);
  ASSERT_EQ(once.size(), 2u);
  EXPECT_EQ(once[0].product, 2);
  EXPECT_EQ(once[1].qty, 4);
  EXPECT_EQ(once[1].unit_price.minor, 9);
  EXPECT_TRUE(merged(shop, {}).empty());
  EXPECT_EQ(find_product(shop, ProductId{160}), 159);
  EXPECT_FALSE(find_product(shop, ProductId{161}));
  EXPECT_FALSE(find_coupon(shop, CouponId{0}));
}

}  // namespace
}  // namespace footfall::store
