// Goal: checkouts answer as store/shop.hpp says, on every database alike: what is placed, what is
// refused and why, what a key keeps. Method: each outcome once, with the rows it leaves.
#include "tests/store/contract_world.hpp"

namespace footfall::store {
namespace {

using retail::Refusal;

class CheckoutContract : public OnEach {
 protected:
  CheckoutAnswer check_out(const CheckoutRequest& request) {
    return world().ask(world().shop().check_out(request));
  }
  // With these coupons.
  CheckoutAnswer check_out(int who, const std::vector<UserCouponId>& coupons,
                           CouponPolicy policy = CouponPolicy::all, const std::string& key = "") {
    CheckoutRequest request = world().checkout(who, key);
    request.coupons = coupons;
    request.policy = policy;
    return check_out(request);
  }
  CartView cart(int who) {
    const CartCall call = world().call(who);
    return world().ask(world().shop().cart(call));
  }
  static Refusal refusal_of(const CheckoutAnswer& answer, UserCouponId id) {
    for (const CouponOutcome& row : answer.coupons) {
      if (row.coupon == id) return row.refusal;
    }
    ADD_FAILURE() << "coupon " << id.value << " is not in the answer";
    return Refusal::none;
  }
  // `id` refuses the checkout of `who`'s cart for `why`; with partial it is left out.
  void expect_refused(int who, UserCouponId id, Refusal why) {
    const std::string before = world().dump();
    const CheckoutAnswer all = check_out(who, {id});
    EXPECT_EQ(all.status, CheckoutStatus::coupon_refused) << retail::to_string(why);
    EXPECT_EQ(refusal_of(all, id), why);
    EXPECT_FALSE(all.order);
    EXPECT_EQ(all.total.minor, 0);
    EXPECT_EQ(world().dump(), before);
    const CheckoutAnswer part = check_out(who, {id}, CouponPolicy::partial);
    EXPECT_EQ(part.status, CheckoutStatus::placed) << retail::to_string(why);
    EXPECT_EQ(refusal_of(part, id), why);
    EXPECT_EQ(part.discount.minor, 0);
    EXPECT_EQ(part.total, part.subtotal);
  }
};

TEST_P(CheckoutContract, PlacesWhatLiesInTheCart) {  // invariants 16, 18, 19
  World& w = make();
  const auto dealt = w.deal({{0, {"C0_20%", "F_200"}}});
  // Category 0 at 99 + 37 p, category 1 at 99 + 37 (p - 20).
  w.put(0, {w.line(21, 1), w.line(2, 2)});  // 136, 2 × 173
  w.now = w.now + kHour;
  const CheckoutAnswer answer = check_out(0, dealt.at(0));
  EXPECT_EQ(answer.status, CheckoutStatus::placed);
  EXPECT_FALSE(answer.replayed);
  EXPECT_TRUE(answer.order);
  EXPECT_EQ(answer.subtotal.minor, 136 + 346);
  EXPECT_EQ(answer.discount.minor, 69 + 200);  // 20 % of 346 half up, then 2.00
  EXPECT_EQ(answer.total.minor, 136 + 346 - 269);
  ASSERT_EQ(answer.coupons.size(), 2u);
  EXPECT_EQ(refusal_of(answer, dealt.at(0)[0]), Refusal::none);
  EXPECT_EQ(refusal_of(answer, dealt.at(0)[1]), Refusal::none);
  EXPECT_FALSE(cart(0).cart);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM orders"), 1);
  EXPECT_EQ(w.number("SELECT placed_sim_us AS n FROM orders"), w.now.us);
  EXPECT_EQ(w.number("SELECT product_id AS n FROM order_items WHERE line_no = 1"), 3);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM user_coupons WHERE status = 'redeemed'"), 2);
  EXPECT_TRUE(w.ask(w.shop().wallet(w.user(0), w.now)).empty());
  EXPECT_EQ(check_out(0, {}).status, CheckoutStatus::not_open);
}

TEST_P(CheckoutContract, ASimulatedShopperOrdersOnceAnHour) {
  WorldOptions options;
  options.simulated = true;
  World& w = make(options);
  w.put(0, {w.line(0, 1)});
  EXPECT_EQ(check_out(w.checkout(0, "a")).status, CheckoutStatus::placed);
  const CartAnswer next = w.put(0, {w.line(1, 2)});
  EXPECT_EQ(check_out(w.checkout(0, "b")).status, CheckoutStatus::hour_taken);
  EXPECT_EQ(check_out(w.checkout(0, "b")).replayed, false) << "the refusal was kept";
  w.now = w.now + kHour;
  const CheckoutAnswer placed = check_out(w.checkout(0, "b"));
  EXPECT_EQ(placed.status, CheckoutStatus::placed);
  EXPECT_EQ(
      w.number("SELECT cart_id AS n FROM orders WHERE id = " + std::to_string(placed.order.value)),
      next.cart.value);
}

TEST_P(CheckoutContract, AKeyIsDroppedWhenItsTimeIsOver) {
  World& w = make();
  for (const std::int64_t life : {std::int64_t{1}, std::int64_t{3'600'000'000}, std::int64_t{0}}) {
    w.put(0, {w.line(0, 1)});
    CheckoutRequest request = w.checkout(0, "life " + std::to_string(life));
    request.key_life_us = life;
    EXPECT_EQ(check_out(request).status, CheckoutStatus::placed);
  }
  w.ask(w.offers().expire(w.now));
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM idempotency_keys"), 2);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM idempotency_keys WHERE call_key = 'life 1'"), 0);
}

TEST_P(CheckoutContract, SoManyCouponsAtOnce) {
  World& w = make();
  w.put(0, {w.line(0, 1)});
  const std::vector<UserCouponId> many(retail::kCartCouponsMax, UserCouponId{1});
  std::vector<UserCouponId> more = many;
  more.push_back(UserCouponId{1});
  EXPECT_EQ(check_out(0, more, CouponPolicy::partial).status, CheckoutStatus::too_many_coupons);
  EXPECT_EQ(check_out(0, many, CouponPolicy::partial).status, CheckoutStatus::placed);
}

TEST_P(CheckoutContract, TakesTheCartsOwnCouponsIfNoneAreNamed) {
  World& w = make();
  const auto dealt = w.deal({{0, {"F_200", "C0_20%"}}});
  w.put(0, {w.line(0, 10)});
  CartChange what;
  what.coupons = std::span(dealt.at(0)).first(1);
  const CartCall call = w.call(0);
  w.ask(w.shop().change(call, what));
  const CheckoutAnswer answer = check_out(w.checkout(0));
  EXPECT_EQ(answer.discount.minor, 200);
  ASSERT_EQ(answer.coupons.size(), 1u);
  // Naming none is using none.
  w.put(1, {w.line(0, 1)});
  EXPECT_EQ(check_out(1, {}).discount.minor, 0);
}

TEST_P(CheckoutContract, TakesGivenNumbersAndTheCartsStore) {
  WorldOptions options;
  options.simulated = true;
  options.stock = {{0, 5}};
  World& w = make(options);
  CheckoutRequest request = w.checkout(0);
  request.call.cart = CartId{request.call.user.value + 800'000'000'000'000};
  request.call.session = SessionId{request.call.cart.value};
  request.order = OrderId{request.call.cart.value};
  std::vector<retail::CartLine> lines = {w.line(0, 2)};
  w.ask(w.shop().add(request.call, lines));
  request.call.store = World::kOtherStore;  // the cart stands in the other one
  EXPECT_EQ(check_out(request).order, request.order);
  EXPECT_EQ(w.number("SELECT session_id AS n FROM orders"), request.order.value);
  EXPECT_EQ(w.number("SELECT store_id AS n FROM orders"), World::kStore.value);
  EXPECT_EQ(w.number("SELECT on_hand AS n FROM run_stock"), 3);
  EXPECT_EQ(w.number("SELECT simulated_at AS n FROM orders"), w.now.us);
}

TEST_P(CheckoutContract, RefusesAnEmptyCart) {
  World& w = make();
  w.put(0, {w.line(0, 1)});
  std::vector<retail::CartLine> none = {w.line(0, 0)};
  CartChange what;
  what.set = none;
  const CartCall call = w.call(0);
  w.ask(w.shop().change(call, what));
  const CheckoutAnswer answer = check_out(w.checkout(0, "k"));
  EXPECT_EQ(answer.status, CheckoutStatus::empty_cart);
  EXPECT_EQ(cart(0).version, 2);
  const CheckoutAnswer again = check_out(w.checkout(0, "k"));
  EXPECT_EQ(again.status, CheckoutStatus::empty_cart);
  EXPECT_TRUE(again.replayed);
}

TEST_P(CheckoutContract, RefusesCouponsThatAreNotGoodNow) {  // invariants 8, 15
  World& w = make();
  const auto dealt = w.deal({{0, {"F_200"}}, {1, {"F_200"}}, {2, {"F_200"}}, {3, {"F_200"}}});
  const SimTime first = w.now, end = w.now + kDay * 14;
  w.put(0, {w.line(0, 3)});
  expect_refused(0, dealt.at(1)[0], Refusal::not_owned);
  w.put(0, {w.line(0, 3)});
  expect_refused(0, UserCouponId{12345}, Refusal::not_owned);
  // At the first moment it is good, at the last one no more, swept or not.
  w.put(0, {w.line(0, 3)});
  w.now = first - SimDuration{1};
  expect_refused(0, dealt.at(0)[0], Refusal::expired);
  w.put(0, {w.line(0, 3)});
  w.now = first;
  EXPECT_EQ(check_out(0, dealt.at(0)).status, CheckoutStatus::placed);
  w.put(0, {w.line(0, 3)});
  expect_refused(0, dealt.at(0)[0], Refusal::already_used);
  w.now = end;
  w.put(1, {w.line(0, 3)});
  expect_refused(1, dealt.at(1)[0], Refusal::expired);
  w.ask(w.offers().expire(end));
  w.put(2, {w.line(0, 3)});
  expect_refused(2, dealt.at(2)[0], Refusal::expired);
}

TEST_P(CheckoutContract, GoodInTheLastMoment) {  // invariant 8
  World& w = make();
  const auto dealt = w.deal({{0, {"F_200"}}});
  w.put(0, {w.line(0, 3)});
  w.now = w.now + kDay * 14 - SimDuration{1};
  EXPECT_EQ(check_out(0, dealt.at(0)).status, CheckoutStatus::placed);
}

TEST_P(CheckoutContract, RefusesCouponsThatDoNotApply) {  // invariant 21
  World& w = make();
  const auto dealt = w.deal({{0, {"F_BIG", "C2_MIN5", "C7_50%"}}});
  const auto& ids = dealt.at(0);
  w.put(0, {w.line(0, 3)});
  expect_refused(0, ids[0], Refusal::min_spend);
  w.put(0, {w.line(40, 4)});
  expect_refused(0, ids[1], Refusal::min_qty);
  w.put(0, {w.line(0, 3)});
  expect_refused(0, ids[2], Refusal::not_in_scope);
}

TEST_P(CheckoutContract, ACouponThatIsNotTheBestStaysInTheWallet) {
  World& w = make();
  const auto dealt = w.deal({{0, {"C0_10%", "C0_20%"}}});
  w.put(0, {w.line(0, 10)});
  const CheckoutAnswer answer = check_out(0, dealt.at(0));
  EXPECT_EQ(answer.status, CheckoutStatus::placed);
  EXPECT_EQ(answer.discount.minor, 198);
  EXPECT_EQ(refusal_of(answer, dealt.at(0)[0]), Refusal::not_best);
  const auto left = w.ask(w.shop().wallet(w.user(0), w.now));
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].id, dealt.at(0)[0]);
}

TEST_P(CheckoutContract, CapsHoldOneByOne) {  // invariant 13
  World& w = make();
  Hands hands;
  for (int i = 0; i < 5; ++i) hands[i] = {"F_CAP", "F_BUDGET"};
  const auto dealt = w.deal(hands);
  for (int i = 0; i < 3; ++i) {
    w.put(i, {w.line(0, 10)});
    EXPECT_EQ(check_out(i, {dealt.at(i)[0]}).status, CheckoutStatus::placed);
  }
  w.put(3, {w.line(0, 10)});
  expect_refused(3, dealt.at(3)[0], Refusal::cap_reached);
  // 100 each of a budget of 250; what would pass it takes nothing.
  for (int i = 0; i < 2; ++i) {
    w.put(i, {w.line(0, 10)});
    EXPECT_EQ(check_out(i, {dealt.at(i)[1]}).discount.minor, 100);
  }
  w.put(2, {w.line(0, 10)});
  expect_refused(2, dealt.at(2)[1], Refusal::cap_reached);
  // Less than is left of it is still to be had: a line of 38 takes 38.
  std::vector<Money> cheap(w.prices.size(), Money{38});
  w.put(4, {w.line(0, 1)});
  CheckoutRequest request = w.checkout(4);
  const std::vector<UserCouponId> coupons = {dealt.at(4)[1]};
  request.coupons = coupons;
  request.prices = cheap;
  EXPECT_EQ(check_out(request).discount.minor, 38);
}

TEST_P(CheckoutContract, AKeyGivesTheSameAnswerForEver) {  // invariant 28
  World& w = make();
  const auto dealt = w.deal({{0, {"F_200"}}});
  w.put(0, {w.line(0, 3), w.line(1, 1)});
  const CheckoutAnswer first = check_out(0, dealt.at(0), CouponPolicy::all, "key");
  const std::string rows = w.dump();
  w.put(0, {w.line(5, 1)});
  const std::string with_cart = w.dump();
  for (int i = 0; i < 3; ++i) {
    const CheckoutAnswer again = check_out(0, dealt.at(0), CouponPolicy::all, "key");
    EXPECT_TRUE(again.replayed);
    EXPECT_EQ(answer_json(again), answer_json(first));
    EXPECT_EQ(again.coupons, first.coupons);
  }
  const CheckoutAnswer other = check_out(w.checkout(0, "key", "another request"));
  EXPECT_EQ(other.status, CheckoutStatus::key_reused);
  EXPECT_FALSE(other.replayed);
  EXPECT_EQ(w.dump(), with_cart);
  // Principals do not collide.
  w.put(1, {w.line(0, 1)});
  const CheckoutAnswer theirs = check_out(w.checkout(1, "key", "h"));
  EXPECT_FALSE(theirs.replayed);
  EXPECT_NE(theirs.order, first.order);
}

TEST_P(CheckoutContract, KeysLiveAsLongAsAsked) {
  World& w = make();
  w.put(0, {w.line(0, 1)});
  CheckoutRequest request = w.checkout(0, "short");
  request.key_life_us = 1'000;
  check_out(request);
  w.put(1, {w.line(0, 1)});
  check_out(w.checkout(1, "long"));
  EXPECT_EQ(w.number("SELECT expires_wall_us - created_wall_us AS n FROM idempotency_keys WHERE "
                     "call_key = 'short'"),
            1'000);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM idempotency_keys WHERE expires_wall_us IS NULL"),
            1);
}

TEST_P(CheckoutContract, ARefusalIsKeptAndTheCartStaysAsItWas) {  // invariant 28
  World& w = make();
  const auto dealt = w.deal({{0, {"F_BIG"}}});
  w.put(0, {w.line(0, 3), w.line(7, 1)});
  const CartView before = cart(0);
  const CheckoutAnswer refused = check_out(0, dealt.at(0), CouponPolicy::all, "key");
  EXPECT_EQ(refused.status, CheckoutStatus::coupon_refused);
  const CartView after = cart(0);
  EXPECT_EQ(after.cart, before.cart);
  EXPECT_EQ(after.version, before.version);
  EXPECT_EQ(after.lines.size(), 2u);
  const CheckoutAnswer again = check_out(0, dealt.at(0), CouponPolicy::all, "key");
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(answer_json(again), answer_json(refused));
  EXPECT_EQ(check_out(0, {}, CouponPolicy::all, "another key").status, CheckoutStatus::placed);
}

TEST_P(CheckoutContract, WhatWasNotTriedIsNotKept) {
  World& w = make();
  EXPECT_EQ(check_out(w.checkout(0, "key")).status, CheckoutStatus::not_open);
  w.put(0, {w.line(0, 1)});
  w.put(0, {w.line(0, 1)});
  CheckoutRequest request = w.checkout(0, "key");
  request.call.version = 1;
  EXPECT_EQ(check_out(request).status, CheckoutStatus::version_conflict);
  request.call.cart = CartId{4711};
  EXPECT_EQ(check_out(request).status, CheckoutStatus::not_open);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM idempotency_keys"), 0);
  request = w.checkout(0, "key");
  request.call.version = 2;
  EXPECT_EQ(check_out(request).status, CheckoutStatus::placed);
}

TEST_P(CheckoutContract, StockThatIsShortIsNamed) {  // invariant 27
  WorldOptions options;
  options.stock = {{0, 5}, {1, 0}, {2, 7}};
  World& w = make(options);
  w.put(0, {w.line(3, 9), w.line(2, 7), w.line(1, 2), w.line(0, 6)});
  const std::string before = w.dump();
  const CheckoutAnswer refused = check_out(w.checkout(0));
  EXPECT_EQ(refused.status, CheckoutStatus::insufficient_stock);
  EXPECT_EQ(refused.short_of, (std::vector<ShortLine>{{ProductId{1}, 6, 5}, {ProductId{2}, 2, 0}}));
  EXPECT_EQ(w.dump(), before);
  w.put(1, {w.line(0, 5), w.line(3, 9), w.line(2, 3)});
  EXPECT_EQ(check_out(w.checkout(1)).status, CheckoutStatus::placed);
  EXPECT_EQ(w.number("SELECT CAST(sum(on_hand) AS BIGINT) AS n FROM run_stock"), 4);
  // The other store has its own, without limit.
  CheckoutRequest elsewhere = w.checkout(2);
  elsewhere.call.store = World::kOtherStore;
  const std::vector<retail::CartLine> lines = {w.line(1, 50)};
  w.ask(w.shop().add(elsewhere.call, lines));
  EXPECT_EQ(check_out(elsewhere).status, CheckoutStatus::placed);
}

TEST_P(CheckoutContract, PricesPastWhatMoneyCountsAreRefused) {  // invariant 22
  World& w = make();
  w.put(0, {w.line(0, 999)});
  w.prices[0] = kMoneyMax + Money{1};
  EXPECT_EQ(check_out(w.checkout(0)).status, CheckoutStatus::price_too_large);
  w.prices[0] = Money{INT64_MAX};
  EXPECT_EQ(check_out(w.checkout(0, "k")).status, CheckoutStatus::price_too_large);
  EXPECT_TRUE(check_out(w.checkout(0, "k")).replayed);
  w.prices[0] = kMoneyMax;
  EXPECT_EQ(check_out(w.checkout(0)).total.minor, 999 * kMoneyMax.minor);
}

TEST_P(CheckoutContract, EverythingFreeCostsNothing) {  // invariant 21
  World& w = make();
  const auto dealt = w.deal({{0, {"F_ALL"}}});
  w.put(0, {w.line(0, 3), w.line(33, 1)});
  const CheckoutAnswer answer = check_out(0, dealt.at(0));
  EXPECT_EQ(answer.status, CheckoutStatus::placed);
  EXPECT_EQ(answer.total.minor, 0);
}

TEST_P(CheckoutContract, AFullCartWithAFullWallet) {
  World& w = make();
  Hands hands = {{0, {"F_10%", "F_200"}}};
  for (int i = 0; i < 30; ++i) hands[0].push_back("G" + std::to_string(i));
  const auto dealt = w.deal(hands);
  ASSERT_EQ(dealt.at(0).size(), 32u);
  std::vector<retail::CartLine> lines;
  for (int i = 0; i < retail::kCartLinesMax; ++i) lines.push_back(w.line(i, 1 + i % 3));
  w.put(0, lines);
  const CheckoutAnswer answer = check_out(0, dealt.at(0), CouponPolicy::partial);
  EXPECT_EQ(answer.status, CheckoutStatus::placed);
  EXPECT_GT(answer.discount.minor, 0);
  EXPECT_EQ(answer.coupons.size(), 32u);
}

FOOTFALL_ON_EACH(CheckoutContract);

}  // namespace
}  // namespace footfall::store
