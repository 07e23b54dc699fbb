// Goal: shoppers see their orders, all of them and nobody else's, and the offer engine's book says
// what was done; who comes late is enrolled once, whoever asks at once. Method: a few orders and
// offer cycles whose rows are known; crowds of enrolments beside workers who refresh.
#include <fmt/format.h>

#include "base/failure.hpp"
#include "tests/store/crowd.hpp"

namespace footfall::store {
namespace {

class History : public OnEach {
 protected:
  // In a store of its own, so that several may be placed at one moment.
  OrderId buy(int who, std::vector<retail::CartLine> lines, int store = 1,
              std::vector<UserCouponId> coupons = {}, SessionId session = {}) {
    World& w = world();
    CheckoutRequest request = w.checkout(who);
    request.call.store = StoreId{store};
    request.call.session = session;
    request.coupons = coupons;
    w.ask(w.shop().add(request.call, lines));
    const CheckoutAnswer answer = w.ask(w.shop().check_out(request));
    EXPECT_EQ(answer.status, CheckoutStatus::placed);
    return answer.order;
  }
  std::vector<OrderId> page(int who, OrderId before, int at_most, SessionId session = {}) {
    World& w = world();
    std::vector<OrderId> ids;
    for (const PlacedOrder& order :
         w.ask(w.orders().orders(w.user(who), before, session, at_most))) {
      ids.push_back(order.id);
    }
    return ids;
  }
  std::optional<PlacedOrder> order(int who, OrderId id) {
    return world().ask(world().orders().order(world().user(who), id));
  }
};

using Ids = std::vector<OrderId>;

TEST_P(History, OrdersComeByPages) {
  for (const bool simulated : {false, true}) {
    WorldOptions options;
    options.simulated = simulated;
    World& w = make(options);
    Ids placed;
    for (int i = 0; i < 7; ++i) {
      w.now = w.now + kHour;
      placed.insert(placed.begin(), buy(0, {w.line(i, 1)}, 1, {}, SessionId{i < 5 ? 500 : 600}));
      buy(1, {w.line(i, 1)}, 2);
    }
    EXPECT_TRUE(std::is_sorted(placed.rbegin(), placed.rend()));
    EXPECT_EQ(page(0, {}, 100), placed);
    EXPECT_EQ(page(0, {}, 3), Ids(placed.begin(), placed.begin() + 3));
    EXPECT_EQ(page(0, placed[2], 3), Ids(placed.begin() + 3, placed.begin() + 6));
    EXPECT_EQ(page(0, placed[5], 3), Ids({placed[6]}));
    EXPECT_EQ(page(0, placed[6], 3), Ids());
    EXPECT_EQ(page(0, {}, 2, SessionId{500}), Ids({placed[2], placed[3]}));
    EXPECT_EQ(page(0, placed[3], 9, SessionId{500}), Ids(placed.begin() + 4, placed.end()));
    EXPECT_EQ(page(0, {}, 9, SessionId{600}), Ids({placed[0], placed[1]}));
    EXPECT_EQ(page(0, {}, 9, SessionId{7}), Ids());
    EXPECT_EQ(page(2, {}, 9), Ids());
  }
}

// Its order has its number, as in runs, or one of its own; nobody else sees it.
TEST_P(History, ASessionsOrderIsFoundByIt) {
  WorldOptions options;
  options.simulated = true;
  World& w = make(options);
  const SessionId session = retail::session_id(w.run, 3, w.agents[0].id);
  CheckoutRequest request = w.checkout(0);
  request.call.session = session;
  request.order = OrderId{session.value};
  const std::vector<retail::CartLine> lines = {w.line(0, 1)};
  w.ask(w.shop().add(request.call, lines));
  EXPECT_EQ(w.ask(w.shop().check_out(request)).status, CheckoutStatus::placed);
  const OrderId other = buy(1, {w.line(0, 1)}, 1, {}, SessionId{500});
  EXPECT_EQ(page(0, {}, 9, session), Ids({request.order}));
  EXPECT_EQ(page(0, request.order, 9, session), Ids());
  EXPECT_EQ(page(1, {}, 9, session), Ids());
  EXPECT_EQ(page(1, {}, 9, SessionId{500}), Ids({other}));
  EXPECT_EQ(page(0, {}, 9, SessionId{500}), Ids());
  EXPECT_EQ(page(1, {}, 9, SessionId{other.value}), Ids());  // an order's number is no session's
}

// Production has rows of one kind only, but a database that mixes them hides none.
TEST_P(History, BothKindsOfOrdersAreSeen) {
  WorldOptions options;
  options.simulated = true;
  World& w = make(options);
  Ids placed;
  for (int i = 0; i < 6; ++i) {
    w.now = w.now + kHour;
    placed.insert(placed.begin(), buy(0, {w.line(i, 1)}));
    if (i % 2) continue;
    w.execute(fmt::format("UPDATE orders SET is_simulated = 0, simulated_at = NULL WHERE id = {}",
                          placed[0].value));
  }
  EXPECT_EQ(page(0, {}, 4), Ids(placed.begin(), placed.begin() + 4));
  EXPECT_EQ(page(0, placed[3], 4), Ids(placed.begin() + 4, placed.end()));
}

TEST_P(History, AnOrderHasItsLinesAndWhatTookOffThem) {
  World& w = make();
  const auto dealt = w.deal({{0, {"F_200", "C0_20%"}}});
  const OrderId id = buy(0, {w.line(25, 2), w.line(0, 3)}, 3, dealt.at(0), SessionId{77});
  const auto seen = order(0, id);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->id, id);
  EXPECT_EQ(seen->store, StoreId{3});
  EXPECT_EQ(seen->session, SessionId{77});
  EXPECT_EQ(seen->status, "placed");
  EXPECT_EQ(seen->placed, w.now);
  EXPECT_EQ(seen->placed_wall_us, w.number("SELECT placed_wall_us AS n FROM orders"));
  EXPECT_EQ(seen->refunded, Money{});
  ASSERT_EQ(seen->lines.size(), 2u);
  const PlacedOrder::Line &first = seen->lines[0], &second = seen->lines[1];
  EXPECT_EQ(first.line_no, 1);
  EXPECT_EQ(first.product, w.catalogue.products[0].id);
  EXPECT_EQ(first.qty, 3);
  EXPECT_EQ(first.unit_price, w.prices[0]);
  EXPECT_EQ(second.product, w.catalogue.products[25].id);
  EXPECT_EQ(second.qty, 2);
  EXPECT_EQ(second.refunded_qty, 0);
  EXPECT_EQ(seen->subtotal.minor, 3 * w.prices[0].minor + 2 * w.prices[25].minor);
  EXPECT_EQ(seen->total, first.total + second.total);
  EXPECT_EQ(seen->discount, first.discount + second.discount);
  // The category's coupon on the first line, the shop's on what is left of both.
  ASSERT_EQ(seen->discounts.size(), 3u);
  Money off;
  for (const PlacedOrder::Discount& row : seen->discounts) off = off + row.amount;
  EXPECT_EQ(off, seen->discount);
  EXPECT_EQ(seen->discounts[0].line_no, 1);
  EXPECT_EQ(seen->discounts[0].coupon, dealt.at(0)[0]);
  EXPECT_EQ(seen->discounts[0].definition, w.catalogue.coupons[w.coupon("F_200")].id);
  EXPECT_EQ(seen->discounts[1].coupon, dealt.at(0)[1]);
  EXPECT_EQ(seen->discounts[1].definition, w.catalogue.coupons[w.coupon("C0_20%")].id);
  EXPECT_EQ(seen->discounts[2].line_no, 2);

  ReturnRequest refund;
  refund.user = w.user(0);
  refund.order = id;
  refund.at = w.now;
  refund.lines = {{2, 1}};
  const Money paid_back = w.ask(w.shop().give_back(refund)).refunded;
  const auto after = order(0, id);
  EXPECT_EQ(after->status, "part_refunded");
  EXPECT_EQ(after->refunded, paid_back);
  EXPECT_EQ(after->lines[1].refunded_qty, 1);
  const auto listed = w.ask(w.orders().orders(w.user(0), {}, {}, 1));
  EXPECT_EQ(listed.at(0).refunded, paid_back);
  EXPECT_TRUE(listed[0].lines.empty());
}

TEST_P(History, SomebodyElsesOrderIsNotSeen) {  // invariant 15
  World& w = make();
  const OrderId mine = buy(0, {w.line(0, 1)});
  EXPECT_TRUE(order(0, mine));
  EXPECT_FALSE(order(1, mine));
  EXPECT_FALSE(order(0, OrderId{mine.value + 1}));
  EXPECT_EQ(page(1, {}, 9), Ids());
  w.execute(GetParam() == Backend::sqlite
                ? "PRAGMA foreign_keys = OFF; UPDATE orders SET run_id = run_id + 1"
                : "UPDATE orders SET run_id = run_id + 1");
  EXPECT_FALSE(order(0, mine));
  EXPECT_EQ(page(0, {}, 9), Ids());
  w.execute("UPDATE orders SET run_id = run_id - 1");
}

FOOTFALL_ON_EACH(History);

class Book : public Crowd {
 protected:
  // People with the numbers after agents', or from `first` on.
  void add_people(int count, std::int64_t first = kPeople + 1) {
    for (std::int64_t id = first; id < first + count; ++id) {
      world().execute(fmt::format(
          "INSERT INTO users (id, auth_sub, kind, email, created_wall_us) VALUES ({0}, 'sub {0}', "
          "'human', 'p{0}@shop.example', 1)",
          id));
    }
  }
  // One coupon for whoever comes, in the place of their number.
  Refill one_each() {
    return [this](std::span<const ClaimedWallet> wallets) {
      World& w = world();
      std::vector<RefilledWallet> out;
      for (const ClaimedWallet& wallet : wallets) {
        RefilledWallet& row = out.emplace_back();
        row.user = wallet.user;
        row.assigned.push_back(
            {retail::user_coupon_id(w.run, w.offer_cycle, AgentId{wallet.user.value}, 5),
             w.catalogue.coupons[w.coupon("G1")].id, 5, 0.5});
        row.n_category_brand = 1;
        row.n_skipped = 31;
      }
      return out;
    };
  }
  int refresh_all() {
    World& w = world();
    int done = 0;
    for (int n = 1; n > 0; done += n) {
      const Refill refill = one_each();
      n = w.ask(w.offers().refresh(w.offer_cycle, w.now, 1000, {}, false, refill));
    }
    return done;
  }
  std::int64_t total() {
    return world().number("SELECT users_total AS n FROM offer_cycles WHERE status = 'active'");
  }
};

TEST_P(Book, CyclesComeByPages) {
  World& w = make();
  EXPECT_TRUE(w.ask(w.book().cycles(-1, 9)).empty());
  w.open_cycle();
  refresh_all();
  w.open_cycle({0, 1});
  w.open_cycle({2});
  const auto all_of = w.ask(w.book().cycles(-1, 9));
  ASSERT_EQ(all_of.size(), 3u);
  EXPECT_EQ(all_of[0].seq, 2);
  EXPECT_EQ(all_of[0].status, "active");
  EXPECT_EQ(all_of[0].users_total, 1);
  const OfferCycleRow& first = all_of[2];
  EXPECT_EQ(first.id, retail::offer_cycle_id(w.run, 0));
  EXPECT_EQ(first.status, "closed");
  EXPECT_EQ(first.starts, w.start);
  EXPECT_EQ(first.ends, w.start + kWeek);
  EXPECT_EQ(first.policy, "test");
  EXPECT_EQ(first.policy_version, 1);
  EXPECT_EQ(first.users_total, kPeople);
  EXPECT_EQ(first.users_done, kPeople);
  EXPECT_EQ(first.assigned, kPeople);
  EXPECT_EQ(first.skipped_capacity, 31 * kPeople);
  const auto page = w.ask(w.book().cycles(2, 1));
  ASSERT_EQ(page.size(), 1u);
  EXPECT_EQ(page[0].seq, 1);
  EXPECT_TRUE(w.ask(w.book().cycles(0, 9)).empty());
  EXPECT_EQ(w.ask(w.book().cycle(1))->users_total, 2);
}

// Ids are made of the number: a wrong one would be another run's.
TEST_P(Book, NumbersThatNoOfferCycleCanHaveAreNobodys) {
  World& w = make();
  w.open_cycle();
  // As another run's first one, which lies a run's span further on.
  w.execute(fmt::format(
      "INSERT INTO offer_cycles (id, run_id, seq, starts_sim_us, ends_sim_us, status, policy, "
      "policy_version, users_total) VALUES ({0}, 1, 1, {1}, {2}, 'planned', 'test', 1, 1); INSERT "
      "INTO user_offer_cycles (cycle_id, user_id, status) VALUES ({0}, 1, 'pending')",
      2 * retail::kRunSpan, (w.start + kWeek).us, (w.start + kWeek * 2).us));
  for (const std::int64_t seq : {std::int64_t{-1}, std::int64_t{2}, retail::kOfferCyclesMax + 1,
                                 retail::kRunSpan, -retail::kRunSpan, INT64_MAX, INT64_MIN}) {
    EXPECT_FALSE(w.ask(w.book().cycle(seq))) << seq;
    EXPECT_FALSE(w.ask(w.book().refresh_of(seq, w.user(0)))) << seq;
    EXPECT_FALSE(w.ask(w.book().enroll(seq, w.user(0), w.now))) << seq;
    EXPECT_EQ(w.ask(w.book().enroll_people(seq, w.now)), 0) << seq;
  }
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM user_offer_cycles"), kPeople + 1);
}

TEST_P(Book, ARefreshIsPendingAndThenDone) {
  World& w = make();
  w.open_cycle({0});
  const auto pending = w.ask(w.book().refresh_of(0, w.user(0)));
  ASSERT_TRUE(pending);
  EXPECT_EQ(pending->status, "pending");
  EXPECT_EQ(pending->due, w.start);
  EXPECT_EQ(pending->assigned, SimTime{});
  EXPECT_FALSE(w.ask(w.book().refresh_of(0, w.user(1))));
  w.now = w.now + kHour;
  EXPECT_EQ(refresh_all(), 1);
  const auto done = w.ask(w.book().refresh_of(0, w.user(0)));
  EXPECT_EQ(done->status, "done");
  EXPECT_EQ(done->due, w.start);
  EXPECT_EQ(done->assigned, w.now);
  EXPECT_EQ(done->n_frontstore, 0);
  EXPECT_EQ(done->n_category_brand, 1);
  EXPECT_EQ(done->n_skipped_capacity, 31);
}

Task<void> enroll(World& w, UserId user, std::atomic<int>& enrolled) {
  const bool mine = co_await w.book().enroll(0, user, w.now);
  enrolled += mine;
}

Task<void> enroll_people(World& w, std::atomic<int>& enrolled) {
  const std::int64_t n = co_await w.book().enroll_people(0, w.now);
  enrolled += static_cast<int>(n);
}

Task<void> work(World& w, Refill refill, std::atomic<int>& done) {
  for (int i = 0; i < 20; ++i) {
    done += co_await w.offers().refresh(w.offer_cycle, w.now, 3, {}, false, refill);
  }
}

TEST_P(Book, WhoComesLateIsEnrolledOnce) {  // invariants 4, 30
  World& w = make();
  add_people(30);
  w.execute(fmt::format("UPDATE users SET status = 'disabled' WHERE id = {}", kPeople + 30));
  EXPECT_EQ(w.ask(w.book().enroll_people(0, w.now)), 0) << "there is no offer cycle yet";
  w.open_cycle({0, 1, 2});
  std::atomic<int> enrolled = 0, done = 0;
  std::vector<Task<void>> tasks;
  for (int i = 0; i < 12; ++i) {
    for (const int user : {1, 4, kPeople + 1, kPeople + 5, kPeople + 29 - i}) {
      tasks.push_back(enroll(w, UserId{user}, enrolled));
    }
    if (i % 3 == 0) tasks.push_back(enroll_people(w, enrolled));
    if (i % 3 == 1) tasks.push_back(work(w, one_each(), done));
  }
  all(std::move(tasks));
  EXPECT_EQ(enrolled, 1 + 29);  // agent 4, and the people but for one
  EXPECT_EQ(total(), 3 + 1 + 29);
  EXPECT_EQ(w.ask(w.book().enroll_people(0, w.now)), 0);
  EXPECT_FALSE(w.ask(w.book().enroll(0, UserId{kPeople + 1}, w.now))) << "whatever its state";
  done += refresh_all();
  EXPECT_EQ(done, 33);
  EXPECT_EQ(w.ask(w.book().refresh_of(0, UserId{kPeople + 7}))->status, "done");
  EXPECT_EQ(w.ask(w.shop().wallet(UserId{kPeople + 7}, w.now)).size(), 1u);
}

// Wallets of whoever holds coupons expire, agents or not, wherever their numbers lie.
TEST_P(Book, WalletsOfPeopleExpire) {  // invariant 9
  World& w = make();
  constexpr std::int64_t kAtOnce = OfferDesk::kExpireAtOnce;
  for (const std::int64_t first :
       {std::int64_t{kPeople} + 1, kAtOnce, 2 * kAtOnce, 7 * kAtOnce - 1, retail::kAgentsMax - 1}) {
    add_people(2, first);
  }
  w.open_cycle({0, 39});
  EXPECT_EQ(w.ask(w.book().enroll_people(0, w.now)), 10);
  EXPECT_EQ(refresh_all(), 12);
  const SimTime over = w.now + kDay * 14;
  EXPECT_EQ(w.ask(w.offers().expire(over - SimDuration{1})), 0);
  EXPECT_EQ(w.ask(w.offers().expire(over)), 12);
  EXPECT_EQ(w.ask(w.offers().expire(over)), 0);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM user_coupons WHERE status = 'expired' AND "
                     "ended_sim_us = expires_sim_us"),
            12);
}

TEST_P(Book, TheClockIsTheRuns) {
  World& w = make();
  EXPECT_EQ(w.ask(w.book().clock()).now, w.start);
  EXPECT_EQ(w.ask(w.book().clock()).status, "running");
  EXPECT_TRUE(w.ask(w.offers().advance(w.start + kDay)));
  w.execute("UPDATE simulation_state SET status = 'stopped'");
  EXPECT_EQ(w.ask(w.book().clock()).now, w.start + kDay);
  EXPECT_EQ(w.ask(w.book().clock()).status, "stopped");
  w.execute("DELETE FROM simulation_state");
  EXPECT_THROW(w.ask(w.book().clock()), Failure);
}

FOOTFALL_ON_EACH(Book);

}  // namespace
}  // namespace footfall::store
