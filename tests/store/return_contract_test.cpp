// Goal: cancelling and refunding give back what was paid, once, and coupons only where they are
// still good and a place is free. Method: each outcome once, with the rows it leaves.
#include "tests/store/contract_world.hpp"

namespace footfall::store {
namespace {

using Line = ReturnRequest::Line;

class ReturnContract : public OnEach {
 protected:
  ReturnRequest request(int who, OrderId order, std::vector<Line> lines = {}) {
    ReturnRequest request;
    request.user = world().user(who);
    request.order = order;
    request.at = world().now;
    request.lines = std::move(lines);
    request.hash = "h";
    return request;
  }
  ReturnAnswer give_back(const ReturnRequest& what) {
    return world().ask(world().shop().give_back(what));
  }
  CheckoutAnswer buy(int who, std::vector<retail::CartLine> lines,
                     const std::vector<UserCouponId>& coupons = {}) {
    world().put(who, std::move(lines));
    CheckoutRequest what = world().checkout(who);
    what.coupons = coupons;
    const CheckoutAnswer answer = world().ask(world().shop().check_out(what));
    EXPECT_EQ(answer.status, CheckoutStatus::placed);
    return answer;
  }
  std::string status_of(OrderId order) {
    return std::get<std::string>(
        world()
            .query("SELECT status FROM orders WHERE id = " + std::to_string(order.value))
            .rows[0][0]);
  }
  std::string coupon_status(UserCouponId id) {
    return std::get<std::string>(
        world()
            .query("SELECT status FROM user_coupons WHERE id = " + std::to_string(id.value))
            .rows[0][0]);
  }
};

TEST_P(ReturnContract, CancellingPaysAllBackAndRestocks) {  // invariants 23, 27
  WorldOptions options;
  options.stock = {{0, 10}};
  World& w = make(options);
  const CheckoutAnswer order = buy(0, {w.line(0, 4), w.line(1, 1)});
  const ReturnAnswer answer = give_back(request(0, order.order));
  EXPECT_EQ(answer.status, ReturnStatus::done);
  EXPECT_EQ(answer.refunded, order.total);
  EXPECT_EQ(status_of(order.order), "cancelled");
  EXPECT_EQ(w.number("SELECT on_hand AS n FROM run_stock"), 10);
  EXPECT_EQ(give_back(request(0, order.order)).status, ReturnStatus::already_returned);
  EXPECT_EQ(give_back(request(0, order.order, {{1, 1}})).status, ReturnStatus::already_returned);
}

TEST_P(ReturnContract, RefundsInPartsSumToTheWhole) {  // invariant 23
  WorldOptions options;
  options.stock = {{0, 10}};
  World& w = make(options);
  const auto dealt = w.deal({{0, {"C0_20%", "F_200"}}});
  const CheckoutAnswer order = buy(0, {w.line(0, 7), w.line(1, 3)}, dealt.at(0));
  Money sum;
  for (int i = 0; i < 6; ++i) sum += give_back(request(0, order.order, {{1, 1}})).refunded;
  EXPECT_EQ(status_of(order.order), "part_refunded");
  EXPECT_EQ(give_back(request(0, order.order)).status, ReturnStatus::already_returned);
  EXPECT_EQ(w.number("SELECT on_hand AS n FROM run_stock"), 9);
  const ReturnAnswer last = give_back(request(0, order.order, {{2, 3}, {1, 1}}));
  EXPECT_EQ(last.status, ReturnStatus::done);
  EXPECT_TRUE(last.coupons_back.empty());  // a refund gives no coupon back
  EXPECT_EQ(sum + last.refunded, order.total);
  EXPECT_EQ(status_of(order.order), "refunded");
  EXPECT_EQ(coupon_status(dealt.at(0)[0]), "redeemed");
  EXPECT_EQ(give_back(request(0, order.order, {{1, 1}})).status, ReturnStatus::already_returned);
}

TEST_P(ReturnContract, RefusesWhatWasNotBought) {  // invariant 15
  World& w = make();
  const CheckoutAnswer order = buy(0, {w.line(0, 2)});
  const std::string before = w.dump();
  EXPECT_EQ(give_back(request(0, OrderId{4711})).status, ReturnStatus::no_such_order);
  EXPECT_EQ(give_back(request(1, order.order)).status, ReturnStatus::no_such_order);
  EXPECT_EQ(give_back(request(1, order.order, {{1, 1}})).status, ReturnStatus::no_such_order);
  EXPECT_EQ(give_back(request(0, order.order, {{2, 1}})).status, ReturnStatus::no_such_line);
  EXPECT_EQ(give_back(request(0, order.order, {{1, 3}})).status, ReturnStatus::too_many_units);
  EXPECT_EQ(give_back(request(0, order.order, {{1, 1}, {1, 2}})).status,
            ReturnStatus::too_many_units);
  EXPECT_EQ(give_back(request(0, order.order, {{1, 0}})).status, ReturnStatus::too_many_units);
  EXPECT_EQ(give_back(request(0, order.order, {{1, -1}})).status, ReturnStatus::too_many_units);
  EXPECT_EQ(w.dump(), before);
}

TEST_P(ReturnContract, AKeyGivesTheSameAnswer) {  // invariant 28
  World& w = make();
  const auto dealt = w.deal({{0, {"F_200"}}});
  const CheckoutAnswer order = buy(0, {w.line(0, 5)}, dealt.at(0));
  ReturnRequest what = request(0, order.order);
  what.key = "key";
  const ReturnAnswer first = give_back(what);
  EXPECT_FALSE(first.replayed);
  const std::string before = w.dump();
  const ReturnAnswer again = give_back(what);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.refunded, first.refunded);
  EXPECT_EQ(again.coupons_back, dealt.at(0));
  EXPECT_EQ(answer_json(again), answer_json(first));
  what.hash = "other";
  EXPECT_EQ(give_back(what).status, ReturnStatus::key_reused);
  EXPECT_EQ(w.dump(), before);
}

TEST_P(ReturnContract, ACancelledOrderGivesItsCouponsBack) {  // invariants 13, 17
  World& w = make();
  const auto dealt = w.deal({{0, {"F_CAP", "C0_20%"}}});
  const std::string before = w.dump("user_coupons");
  const auto wallet = [&] { return w.ask(w.shop().wallet(w.user(0), w.now)); };
  const CheckoutAnswer order = buy(0, {w.line(0, 5)}, dealt.at(0));
  EXPECT_EQ(w.number("SELECT CAST(sum(redeemed_count) AS BIGINT) AS n FROM run_coupons"), 1);
  w.now = w.now + kDay;
  const ReturnAnswer answer = give_back(request(0, order.order));
  EXPECT_EQ(answer.coupons_back.size(), 2u);
  EXPECT_TRUE(answer.coupons_lost.empty());
  EXPECT_EQ(w.dump("user_coupons"), before);
  EXPECT_EQ(wallet().size(), 2u);
  EXPECT_EQ(w.number("SELECT CAST(sum(redeemed_count + discount_total_minor) AS BIGINT) AS n FROM "
                     "run_coupons"),
            0);
  // They are good again, and for another order.
  const CheckoutAnswer second = buy(0, {w.line(0, 5)}, dealt.at(0));
  EXPECT_EQ(second.discount, order.discount);
  EXPECT_EQ(give_back(request(0, second.order)).coupons_back.size(), 2u);
}

TEST_P(ReturnContract, CouponsAreLostIfNobodyWantsThemBack) {
  World& w = make();
  const auto dealt = w.deal({{0, {"F_200"}}});
  const CheckoutAnswer order = buy(0, {w.line(0, 5)}, dealt.at(0));
  ReturnRequest what = request(0, order.order);
  what.coupons_back = false;
  EXPECT_EQ(give_back(what).coupons_lost, dealt.at(0));
  EXPECT_EQ(coupon_status(dealt.at(0)[0]), "reversed");
}

TEST_P(ReturnContract, AnExpiredCouponNeverComesBack) {  // invariant 17
  World& w = make();
  const auto dealt = w.deal({{0, {"F_200"}}, {1, {"F_200"}}});
  const CheckoutAnswer first = buy(0, {w.line(0, 5)}, dealt.at(0));
  const CheckoutAnswer second = buy(1, {w.line(0, 5)}, dealt.at(1));
  w.now = w.now + kDay * 14 - SimDuration{1};
  EXPECT_EQ(give_back(request(0, first.order)).coupons_back, dealt.at(0));
  w.now = w.now + SimDuration{1};
  EXPECT_EQ(give_back(request(1, second.order)).coupons_lost, dealt.at(1));
  EXPECT_EQ(coupon_status(dealt.at(1)[0]), "reversed");
}

TEST_P(ReturnContract, ACouponTakesAnotherPlaceIfItsOwnIsTaken) {  // invariant 17
  World& w = make();
  const auto dealt = w.deal({{0, {"F_200"}}});
  const CheckoutAnswer order = buy(0, {w.line(0, 5)}, dealt.at(0));
  w.now = w.now + kWeek;
  w.deal({{0, {"F_10%"}}});  // takes place 0
  EXPECT_EQ(give_back(request(0, order.order)).coupons_back, dealt.at(0));
  EXPECT_EQ(w.number("SELECT slot AS n FROM user_coupons WHERE id = " +
                     std::to_string(dealt.at(0)[0].value)),
            1);
}

TEST_P(ReturnContract, ACouponIsLostIfTheWalletIsFullOrHoldsItAgain) {  // invariants 1, 2, 17
  World& w = make();
  const auto dealt = w.deal({{0, {"F_200", "C0_20%"}}});
  const CheckoutAnswer order = buy(0, {w.line(0, 5)}, dealt.at(0));
  ASSERT_EQ(order.discount.minor, 200 + 99);
  w.now = w.now + kWeek;
  w.deal({{0, {"F_10%", "F_BIG", "C0_20%"}}});  // both places of its lane; the same coupon
  EXPECT_EQ(give_back(request(0, order.order)).coupons_lost, dealt.at(0));
  EXPECT_EQ(w.ask(w.shop().wallet(w.user(0), w.now)).size(), 3u);
}

FOOTFALL_ON_EACH(ReturnContract);

}  // namespace
}  // namespace footfall::store
