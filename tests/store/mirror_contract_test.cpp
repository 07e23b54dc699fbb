// Goal: a session that shopped elsewhere leaves here what a fast run's journal would have left,
// once however often its end is told, and never against a rule of this database. Method: the same
// trips through both; twice, many at once, and against sessions, coupons and limits that forbid it.
#include <fmt/format.h>

#include "base/failure.hpp"
#include "store/any/open.hpp"
#include "tests/store/trips.hpp"

namespace footfall::store {
namespace {

using retail::SessionOutcome;

// What a shopper did, priced as in memory, as a batch of the one session.
struct Trip {
  SessionOpening opening;
  retail::RecordBatch batch;

  TripEnd end(bool mirror = true) const {
    TripEnd end;
    end.batch = &batch;
    end.mirror_order = mirror;
    const retail::SessionRecord& session = batch.sessions.front();
    if (session.outcome == SessionOutcome::purchased) end.order = OrderId{session.id.value};
    return end;
  }
};

class Mirrors : public Trips {
 protected:
  Mirrors() {
    options_.simulated = true;
    options_.stock = {{7, 5}};
  }

  StoreId home_of(int who) {
    World& w = world();
    for (const retail::Store& store : w.catalogue.stores) {
      if (store.code == w.agents[static_cast<std::size_t>(who)].persona.home_store) return store.id;
    }
    return {};
  }

  // One of the store that has limited goods.
  int at_limited_store() {
    for (int who = 5; who < kPeople; ++who) {
      if (home_of(who) == World::kStore) return who;
    }
    return 0;
  }

  Trip trip(int who, std::int64_t hour, SessionOutcome outcome,
            const std::vector<retail::CartLine>& lines,
            const std::vector<retail::CartCoupon>& coupons = {}) {
    Trip trip{opening(who, hour), {}};
    trip.opening.store = home_of(who);
    trip.batch = batch(who, trip.opening, outcome);
    retail::RecordBatch& out = trip.batch;
    retail::SessionRecord& session = out.sessions.front();
    retail::PricedCart priced;
    retail::price_cart(world().catalogue, lines, coupons, priced);
    out.lines = lines;
    out.line_discounts = priced.line_discounts;
    session.lines = {0, static_cast<std::uint32_t>(lines.size())};
    session.subtotal = priced.subtotal;
    session.discount = priced.discount;
    session.total = priced.total;
    if (outcome != SessionOutcome::purchased) return trip;
    session.placed = session.started + kMinute * 5;
    for (const retail::LineDiscount& row : priced.discounts) {
      const retail::CartCoupon& coupon = coupons[row.coupon];
      out.discounts.push_back({coupon.wallet_id, row.amount, coupon.coupon, row.line});
    }
    session.discounts = {0, static_cast<std::uint32_t>(out.discounts.size())};
    for (std::size_t i = 0; i < coupons.size(); ++i) {
      if (priced.refusals[i] != retail::Refusal::none) continue;
      out.ended.push_back(
          {coupons[i].wallet_id, session.placed, session.id, retail::CouponEnd::redeemed});
    }
    return trip;
  }
  retail::CartCoupon held(UserCouponId id, std::string_view code) {
    return {id, world().coupon(code)};
  }

  // A coupon of each lane, a capped one beside limited goods, a cart that was left behind, one that
  // failed, a look around.
  std::vector<Trip> trips(const std::map<int, std::vector<UserCouponId>>& dealt) {
    World& w = world();
    const int other = at_limited_store();
    return {trip(0, 0, SessionOutcome::purchased, {w.line(25, 2), w.line(0, 3), w.line(1, 1)},
                 {held(dealt.at(0)[0], "F_200"), held(dealt.at(0)[1], "C0_20%")}),
            trip(other, 0, SessionOutcome::purchased, {w.line(7, 4)},
                 {held(dealt.at(other)[0], "F_CAP")}),
            trip(2, 0, SessionOutcome::abandoned, {w.line(3, 1), w.line(2, 2)}),
            trip(3, 0, SessionOutcome::error, {w.line(9, 1)}),
            trip(4, 0, SessionOutcome::browsed, {}),
            trip(0, 1, SessionOutcome::purchased, {w.line(30, 1)})};
  }
  std::map<int, std::vector<UserCouponId>> deal() {
    return world().deal(
        {{0, {"F_200", "C0_20%"}}, {at_limited_store(), {"F_CAP"}}, {1, {"F_200"}}});
  }

  CloseStatus mirror(const Trip& told) {
    open(told.opening);
    return Trips::close(told.end());
  }

  WorldOptions options_;
};

TEST_P(Mirrors, LeaveTheRowsOfAFastRun) {
  std::string rows;
  {
    World& w = make(options_);
    for (const Trip& one : trips(deal())) EXPECT_EQ(mirror(one), CloseStatus::closed);
    rows = w.dump();
    EXPECT_EQ(w.violations(), "");
  }
  World& w = make(options_);
  const auto store = open_store(w.owner_url(), /*make=*/false).value();
  const retail::Catalogue limited = store->load_catalogue();
  const auto journal = store->open_journal(w.setup().context, limited, w.agents);
  for (const Trip& one : trips(deal())) {
    const JournalEntry entry{{}, {one.batch}, w.start};
    journal->commit({&entry, 1});
  }
  EXPECT_EQ(w.dump(), rows);
  EXPECT_NE(rows.find("event='redeemed'"), rows.npos);
  EXPECT_NE(rows.find("redeemed_count=1"), rows.npos);
  EXPECT_NE(rows.find("initial_qty=5 on_hand=1"), rows.npos);
}

TEST_P(Mirrors, AreWrittenOnceHoweverOftenTheyAreTold) {
  World& w = make(options_);
  const std::vector<Trip> all = trips(deal());
  for (const Trip& one : all) EXPECT_EQ(mirror(one), CloseStatus::closed);
  const std::string before = w.dump();
  for (const Trip& one : all) EXPECT_EQ(Trips::close(one.end()), CloseStatus::closed_before);
  EXPECT_EQ(w.dump(), before);
}

// R54: a shop elsewhere has wallets of its own.
TEST_P(Mirrors, KeepCouponsThatAreHeldElsewhere) {
  World& w = make(options_);
  w.deal({{1, {"F_200"}}});  // an offer cycle is open
  const UserCouponId first{(1LL << 62) + 1}, second{(1LL << 62) + 2}, third{(1LL << 62) + 3};
  const auto told = [&](Trip one, UserCouponId id, int days) {
    one.batch.held = {{id, one.opening.started + kDay * days, w.coupon("F_200")}};
    TripEnd end = one.end();
    end.offer_cycle = w.offer_cycle;
    open(one.opening);
    return Trips::close(end);
  };
  const auto status_of = [&](UserCouponId id) {
    const std::string rows = w.dump("user_coupons");
    const std::size_t row = rows.find(fmt::format("id={}", id.value));
    const std::size_t at = row == rows.npos ? row : rows.find("status='", row);
    return at == rows.npos ? "" : rows.substr(at + 8, rows.find('\'', at + 8) - at - 8);
  };
  const std::vector<retail::CartLine> lines = {w.line(0, 9)};
  const Trip looked = trip(0, 0, SessionOutcome::abandoned, lines);
  EXPECT_EQ(told(looked, first, 1), CloseStatus::closed);
  EXPECT_EQ(status_of(first), "active");
  const std::string before = w.dump();
  EXPECT_EQ(told(looked, first, 1), CloseStatus::closed_before);
  EXPECT_EQ(w.dump(), before);
  const Trip bought = trip(0, 30, SessionOutcome::purchased, lines, {held(first, "F_200")});
  EXPECT_EQ(told(bought, first, 1), CloseStatus::closed);
  EXPECT_EQ(status_of(first), "redeemed") << "it is good for longer than was told at first";
  EXPECT_EQ(w.number("SELECT user_coupon_id AS n FROM coupon_events"), first.value);
  EXPECT_EQ(told(trip(0, 31, SessionOutcome::abandoned, lines), second, 1), CloseStatus::closed);
  EXPECT_EQ(status_of(second), "active");
  EXPECT_EQ(told(trip(0, 32, SessionOutcome::abandoned, lines), third, 1), CloseStatus::closed);
  EXPECT_EQ(status_of(second), "superseded");
  EXPECT_EQ(status_of(third), "active");
  EXPECT_EQ(w.violations(), "");
}

Task<void> close_trip(World& w, TripEnd end, CloseStatus& status) {
  status = co_await w.trips().close(end);
}

TEST_P(Mirrors, ToldByManyAtOnceAreWrittenOnce) {
  World& w = make(options_);
  constexpr std::size_t kTimes = 5;
  std::vector<Trip> told;
  for (int who = 0; who < 20; ++who) {
    told.push_back(trip(who, 0, SessionOutcome::purchased, {w.line(who, 1), w.line(40, 2)}));
    open(told.back().opening);
  }
  std::vector<CloseStatus> statuses(told.size() * kTimes);
  std::vector<Task<void>> tasks;
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    tasks.push_back(close_trip(w, told[i / kTimes].end(), statuses[i]));
  }
  all(std::move(tasks));
  EXPECT_EQ(std::count(statuses.begin(), statuses.end(), CloseStatus::closed), 20);
  EXPECT_EQ(std::count(statuses.begin(), statuses.end(), CloseStatus::closed_before), 80);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM orders"), 20);
}

TEST_P(Mirrors, NeedASessionThatIsOpenAndHasNoOrder) {
  World& w = make(options_);
  const Trip bought = trip(0, 0, SessionOutcome::purchased, {w.line(0, 1)});
  const std::string before = w.dump();
  EXPECT_EQ(Trips::close(bought.end()), CloseStatus::not_open);
  EXPECT_EQ(w.dump(), before);
  // Paid for here.
  open(bought.opening);
  fill_cart(0, bought.opening.session);
  EXPECT_EQ(w.ask(w.shop().check_out(w.checkout(0))).status, CheckoutStatus::placed);
  const std::string placed = w.dump();
  EXPECT_EQ(Trips::close(bought.end()), CloseStatus::has_order);
  const Trip left = trip(0, 0, SessionOutcome::abandoned, {w.line(0, 1)});
  EXPECT_EQ(Trips::close(left.end()), CloseStatus::has_order);
  EXPECT_EQ(w.dump(), placed);
  // Told to have ended without a purchase.
  const Trip other = trip(1, 0, SessionOutcome::purchased, {w.line(0, 1)});
  EXPECT_EQ(mirror(trip(1, 0, SessionOutcome::browsed, {})), CloseStatus::closed);
  const std::string browsed = w.dump();
  EXPECT_EQ(Trips::close(other.end()), CloseStatus::no_such_order);
  EXPECT_EQ(w.dump(), browsed);
}

TEST_P(Mirrors, ThatPassALimitOfTheRunAreFailures) {
  World& w = make(options_);
  const auto dealt = w.deal({{0, {"F_BUDGET"}}, {1, {"F_BUDGET"}}, {2, {"F_BUDGET"}}});
  const auto pays = [&](int who) {  // 100 of 250
    return trip(who, 0, SessionOutcome::purchased, {w.line(1, 9)},
                {held(dealt.at(who)[0], "F_BUDGET")});
  };
  EXPECT_EQ(mirror(pays(0)), CloseStatus::closed);
  EXPECT_EQ(mirror(pays(1)), CloseStatus::closed);
  const Trip beyond[] = {pays(2),
                         trip(at_limited_store(), 0, SessionOutcome::purchased, {w.line(7, 6)})};
  for (const Trip& one : beyond) {
    open(one.opening);
    const std::string before = w.dump();
    try {
      Trips::close(one.end());
      ADD_FAILURE() << "was written";
    } catch (const Failure& failure) {
      EXPECT_NE(std::string(failure.what()).find("placed elsewhere"), std::string::npos)
          << failure.what();
    }
    EXPECT_EQ(w.dump(), before);
  }
}

// Without the fixture's rules: what strange coupons took off stands in the lines alone.
class StrangeCoupons : public Mirrors {
 protected:
  void TearDown() override {}
};

TEST_P(StrangeCoupons, StandInTheLinesAlone) {
  World& w = make(options_);
  const auto dealt = w.deal({{0, {"F_200"}}, {1, {"F_200"}}, {2, {"F_200", "C0_20%"}}});
  w.execute(
      fmt::format("UPDATE user_coupons SET status = 'expired', ended_sim_us = expires_sim_us "
                  "WHERE id = {}",
                  dealt.at(2)[0].value));
  const std::string wallets = w.dump("user_coupons");
  const std::vector<retail::CartLine> lines = {w.line(0, 9)};
  const UserCouponId unknown{4711}, foreign = dealt.at(1)[0];
  for (const UserCouponId id : {unknown, foreign, dealt.at(0)[0]}) {
    // The shopper's own one is of another kind than it is told to be.
    const Trip told = trip(0,
                           id == unknown   ? 0
                           : id == foreign ? 1
                                           : 2,
                           SessionOutcome::purchased, lines,
                           {held(id, id == dealt.at(0)[0] ? "F_10%" : "F_200")});
    EXPECT_GT(told.batch.sessions[0].discount, Money{});
    EXPECT_EQ(mirror(told), CloseStatus::closed);
  }
  EXPECT_EQ(w.dump("user_coupons"), wallets);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM order_items WHERE line_discount_minor > 0"), 3);
  // One that is over, beside one that is good.
  const Trip both = trip(2, 0, SessionOutcome::purchased, lines,
                         {held(dealt.at(2)[0], "F_200"), held(dealt.at(2)[1], "C0_20%")});
  EXPECT_EQ(mirror(both), CloseStatus::closed);
  EXPECT_EQ(w.number("SELECT user_coupon_id AS n FROM order_discounts"), dealt.at(2)[1].value);
  EXPECT_EQ(w.number("SELECT user_coupon_id AS n FROM coupon_events"), dealt.at(2)[1].value);
  EXPECT_EQ(w.number("SELECT id AS n FROM user_coupons WHERE status = 'redeemed'"),
            dealt.at(2)[1].value);
  const std::string wrong = w.violations();
  EXPECT_TRUE(wrong.starts_with("19 a line's discount is the sum of what its coupons took: 4 rows"))
      << wrong;
  EXPECT_EQ(std::count(wrong.begin(), wrong.end(), '\n'), 4) << wrong;
}

FOOTFALL_ON_EACH(Mirrors);
FOOTFALL_ON_EACH(StrangeCoupons);

}  // namespace
}  // namespace footfall::store
