// Goal: however many call at once, each rule of the shop holds and nothing is lost. Method: many
// coroutines on the same coupon, key, cart, cap, stock or offer cycle; on SQLite from two threads.
#include "tests/store/crowd.hpp"

namespace footfall::store {
namespace {

using retail::CartLine;
using retail::Refusal;

Task<void> add(World& w, CartCall call, std::vector<CartLine> lines, CartAnswer& answer) {
  answer = co_await w.shop().add(call, lines);
}

class Concurrency : public Crowd {};

// Across carts: in one cart the cart's own lock would hide a race.
TEST_P(Concurrency, OneCouponIsRedeemedByOneOfManyCheckouts) {  // invariants 11, 12
  World& w = make();
  Hands hands;
  for (int i = 0; i < 10; ++i) hands[i] = {"F_200"};
  const auto dealt = w.deal(hands);
  for (int who = 0; who < 10; ++who) {
    std::vector<CheckoutAnswer> answers(kStores);
    std::vector<Task<void>> tasks;
    for (int s = 0; s < kStores; ++s) {
      CheckoutRequest request = w.checkout(who, "key " + std::to_string(s));
      request.call.store = StoreId{s + 1};
      request.coupons = dealt.at(who);
      const std::vector<CartLine> lines = {w.line(s, 3)};
      w.ask(w.shop().add(request.call, lines));
      tasks.push_back(check_out(w, request, answers[static_cast<std::size_t>(s)]));
    }
    all(std::move(tasks));
    EXPECT_EQ(count(answers, CheckoutStatus::placed), 1);
    for (const CheckoutAnswer& answer : answers) {
      if (answer.status == CheckoutStatus::placed) continue;
      EXPECT_EQ(answer.status, CheckoutStatus::coupon_refused);
      EXPECT_EQ(answer.coupons.at(0).refusal, Refusal::already_used);
    }
  }
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM orders"), 10);
}

// In carts of different stores, with keys of their own: only the hour keeps them apart.
TEST_P(Concurrency, OneOrderAnHourOfASimulatedShopper) {  // invariant 33
  WorldOptions options;
  options.simulated = true;
  World& w = make(options);
  for (int who = 0; who < 5; ++who) {
    std::vector<CheckoutAnswer> answers(kStores);
    std::vector<Task<void>> tasks;
    for (int s = 0; s < kStores; ++s) {
      CheckoutRequest request = w.checkout(who, "key " + std::to_string(s));
      request.call.store = StoreId{s + 1};
      const std::vector<CartLine> lines = {w.line(s, 3)};
      w.ask(w.shop().add(request.call, lines));
      tasks.push_back(check_out(w, request, answers[static_cast<std::size_t>(s)]));
    }
    all(std::move(tasks));
    EXPECT_EQ(count(answers, CheckoutStatus::placed), 1);
    EXPECT_EQ(count(answers, CheckoutStatus::hour_taken), kStores - 1);
  }
}

TEST_P(Concurrency, OneKeyHasOneEffect) {  // invariant 28
  World& w = make();
  for (int who = 0; who < 5; ++who) {
    w.put(who, {w.line(0, 2), w.line(9, 1)});
    std::vector<CheckoutAnswer> answers(24);
    std::vector<Task<void>> tasks;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const char* hash = i % 3 == 2 ? "other" : "h";
      tasks.push_back(check_out(w, w.checkout(who, "key", hash), answers[i]));
    }
    all(std::move(tasks));
    // Whichever came first has the key.
    EXPECT_EQ(w.number("SELECT count(*) AS n FROM orders"), who + 1);
    std::string placed;
    int first = 0;
    for (const CheckoutAnswer& answer : answers) {
      if (answer.status == CheckoutStatus::key_reused) continue;
      EXPECT_EQ(answer.status, CheckoutStatus::placed);
      if (placed.empty()) placed = answer_json(answer);
      EXPECT_EQ(answer_json(answer), placed);
      first += !answer.replayed;
    }
    EXPECT_EQ(first, 1);
    const int reused = count(answers, CheckoutStatus::key_reused);
    EXPECT_TRUE(reused == 8 || reused == 16) << reused;
  }
}

TEST_P(Concurrency, OneReturnKeyHasOneEffect) {  // invariants 23, 28
  World& w = make();
  const auto dealt = w.deal({{0, {"F_200"}}});
  std::vector<OrderId> orders;
  for (int s = 1; s <= 2; ++s) {
    CheckoutRequest request = w.checkout(0);
    request.call.store = StoreId{s};
    const std::vector<CartLine> lines = {w.line(0, 6)};
    w.ask(w.shop().add(request.call, lines));
    orders.push_back(w.ask(w.shop().check_out(request)).order);
  }
  std::vector<ReturnAnswer> answers(20);
  std::vector<Task<void>> tasks;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    ReturnRequest request;
    request.user = w.user(0);
    request.order = orders[i % 2];
    request.at = w.now;
    request.key = "key";
    request.hash = std::to_string(i % 2);
    if (i % 2) request.lines = {{1, 2}};
    tasks.push_back(give_back(w, request, answers[i]));
  }
  all(std::move(tasks));
  EXPECT_EQ(count(answers, ReturnStatus::done), 10);
  EXPECT_EQ(count(answers, ReturnStatus::key_reused), 10);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM orders WHERE refunded_minor > 0"), 1);
}

TEST_P(Concurrency, NoUnitIsReturnedTwice) {  // invariant 23
  World& w = make();
  w.put(0, {w.line(0, 7)});
  const CheckoutAnswer order = w.ask(w.shop().check_out(w.checkout(0)));
  std::vector<ReturnAnswer> answers(20);
  std::vector<Task<void>> tasks;
  for (ReturnAnswer& answer : answers) {
    ReturnRequest request;
    request.user = w.user(0);
    request.order = order.order;
    request.at = w.now;
    request.lines = {{1, 1}};
    tasks.push_back(give_back(w, request, answer));
  }
  all(std::move(tasks));
  EXPECT_EQ(count(answers, ReturnStatus::done), 7);
  Money sum;
  for (const ReturnAnswer& answer : answers) sum += answer.refunded;
  EXPECT_EQ(sum, order.total);
}

TEST_P(Concurrency, AddsAreAllThere) {  // invariant 25
  World& w = make();
  std::vector<CartAnswer> answers(60);
  std::vector<Task<void>> tasks;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const std::vector<CartLine> lines = {w.line(0, 3), w.line(static_cast<int>(i), 1)};
    tasks.push_back(add(w, w.call(0), lines, answers[i]));
  }
  all(std::move(tasks));
  EXPECT_EQ(count(answers, CartStatus::done), 60);
  EXPECT_EQ(w.number("SELECT CAST(sum(qty) AS BIGINT) AS n FROM cart_items"), 60 * 4);
  EXPECT_EQ(w.number("SELECT version AS n FROM carts"), 60);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM carts"), 1);
}

TEST_P(Concurrency, AStepSentManyTimesIsDoneOnce) {  // invariants 24, 28
  World& w = make();
  for (int step = 1; step <= 5; ++step) {
    std::vector<CartAnswer> answers(20);
    std::vector<Task<void>> tasks;
    CartCall call = w.call(0);
    call.step = step;
    call.cart = CartId{700'000'000'000'000};
    for (CartAnswer& answer : answers) tasks.push_back(add(w, call, {w.line(0, 2)}, answer));
    all(std::move(tasks));
    EXPECT_EQ(count(answers, CartStatus::done), 1);
    EXPECT_EQ(count(answers, CartStatus::done_before), 19);
  }
  EXPECT_EQ(w.number("SELECT qty AS n FROM cart_items"), 10);
}

TEST_P(Concurrency, OfOneVersionOneChangeWins) {
  World& w = make();
  w.put(0, {w.line(0, 1)});
  std::vector<CartAnswer> answers(20);
  std::vector<Task<void>> tasks;
  CartCall call = w.call(0);
  call.version = 1;
  for (CartAnswer& answer : answers) tasks.push_back(add(w, call, {w.line(0, 1)}, answer));
  all(std::move(tasks));
  EXPECT_EQ(count(answers, CartStatus::done), 1);
  EXPECT_EQ(count(answers, CartStatus::version_conflict), 19);
}

TEST_P(Concurrency, ACheckoutTakesAnAddOrLeavesItInAnotherCart) {  // invariants 24, 26
  World& w = make();
  for (int who = 0; who < 10; ++who) {
    w.put(who, {w.line(0, 1)});
    std::vector<CartAnswer> added(12);
    std::vector<CheckoutAnswer> answers(2);
    std::vector<Task<void>> tasks;
    for (std::size_t i = 0; i < added.size(); ++i) {
      if (i == 4 || i == 8) {
        tasks.push_back(check_out(w, w.checkout(who), answers[i / 4 - 1]));
      }
      tasks.push_back(add(w, w.call(who), {w.line(static_cast<int>(i) % 5, 1)}, added[i]));
    }
    all(std::move(tasks));
    EXPECT_EQ(count(added, CartStatus::done), 12);
    EXPECT_GE(count(answers, CheckoutStatus::placed), 1);
    EXPECT_EQ(w.number("SELECT CAST(sum(i.qty) AS BIGINT) AS n FROM cart_items i JOIN carts c ON "
                       "c.id = i.cart_id WHERE c.user_id = " +
                       std::to_string(w.user(who).value)),
              13);
  }
}

// Round by round one more redemption is allowed, and 1.50 more of the budget: a race is lost only
// at the brink.
TEST_P(Concurrency, CapsHoldUnderContention) {  // invariant 13
  World& w = make();
  constexpr int kShoppers = 24;
  for (const bool capped : {true, false}) {
    Hands hands;
    for (int i = 0; i < kShoppers; ++i) hands[i] = {capped ? "F_CAP" : "F_BUDGET"};
    const auto dealt = w.deal(hands);
    std::vector<bool> used(kShoppers);
    for (int i = 0; i < kShoppers; ++i) w.put(i, {w.line(i, 5)});
    for (int round = 1; round <= 10; ++round) {
      w.execute(
          "UPDATE run_coupons SET max_redemptions = redeemed_count + 1 WHERE max_redemptions IS "
          "NOT NULL; UPDATE run_coupons SET max_discount_total_minor = discount_total_minor + 150 "
          "WHERE max_discount_total_minor IS NOT NULL");
      std::vector<CheckoutAnswer> answers(kShoppers);
      std::vector<Task<void>> tasks;
      for (int i = 0; i < kShoppers; ++i) {
        const auto at = static_cast<std::size_t>(i);
        if (used[at]) continue;
        CheckoutRequest request = w.checkout(i);
        request.coupons = dealt.at(i);
        tasks.push_back(check_out(w, request, answers[at]));
      }
      all(std::move(tasks));
      int placed = 0;
      for (std::size_t i = 0; i < answers.size(); ++i) {
        if (used[i]) continue;
        const Refusal refusal = answers[i].coupons.at(0).refusal;
        used[i] = refusal == Refusal::none;
        placed += used[i];
        EXPECT_EQ(answers[i].status,
                  used[i] ? CheckoutStatus::placed : CheckoutStatus::coupon_refused);
        EXPECT_TRUE(used[i] || refusal == Refusal::cap_reached);
      }
      EXPECT_EQ(placed, 1);
    }
    w.now = w.now + kWeek * 2;
  }
}

TEST_P(Concurrency, StockIsNeverOversold) {  // invariants 27, 30
  WorldOptions options;
  options.stock = {{0, 10}, {1, 25}, {2, 3}, {3, 40}};
  World& w = make(options);
  std::vector<CheckoutAnswer> answers(kPeople);
  std::vector<Task<void>> tasks;
  for (int i = 0; i < kPeople; ++i) {  // in every order
    w.put(i, {w.line(i % 4, 1), w.line((i + 1) % 4, 2)});
    tasks.push_back(check_out(w, w.checkout(i), answers[static_cast<std::size_t>(i)]));
  }
  all(std::move(tasks));
  EXPECT_GE(count(answers, CheckoutStatus::placed), 3);
  EXPECT_EQ(
      count(answers, CheckoutStatus::placed) + count(answers, CheckoutStatus::insufficient_stock),
      kPeople);
  // Cancelled all at once, while others buy again.
  std::vector<ReturnAnswer> back(kPeople);
  std::vector<CheckoutAnswer> again(kPeople);
  for (int i = 0; i < kPeople; ++i) {
    const auto at = static_cast<std::size_t>(i);
    ReturnRequest request;
    request.user = w.user(i);
    request.order = answers[at].order;
    request.at = w.now;
    if (i % 3 == 0) request.lines = {{2, 1}, {1, 1}};
    tasks.push_back(give_back(w, request, back[at]));
    const CheckoutRequest more = w.checkout(i);
    if (answers[at].status == CheckoutStatus::placed) {
      w.put(i, {w.line(3, 1), w.line(0, 1)});
    }
    tasks.push_back(check_out(w, more, again[at]));
  }
  all(std::move(tasks));
  EXPECT_EQ(count(back, ReturnStatus::done), count(answers, CheckoutStatus::placed));
}

FOOTFALL_ON_EACH(Concurrency);

}  // namespace
}  // namespace footfall::store
