// Goal: PostgreSQL's functions refuse what changed under their hands (FF00…), and then nothing of
// the transaction stands; an uncapped checkout waits for nobody (invariant 14). Method: between the
// two halves of a checkout, refresh or return a superuser changes a row, with locks and triggers
// out of the way, or the second half is called with other arguments; and a session that holds every
// shared row.
#include <fmt/format.h>

#include <chrono>

#include "store/postgres/unit.hpp"
#include "tests/store/contract_world.hpp"

namespace footfall::store {
namespace {

using postgres::Answer;
using postgres::Connection;
using postgres::DatabaseError;
using postgres::Query;
using postgres::Unit;
using postgres::Units;

// The SQLSTATE of what `sql` fails with; "" if it does not.
std::string state_of(Connection& connection, const std::string& sql) {
  try {
    connection.execute(sql);
  } catch (const DatabaseError& error) {
    return error.sqlstate();
  }
  return "";
}

class Guards : public testing::Test {
 protected:
  void SetUp() override {
    WorldOptions options;
    options.stock = {{0, 10}, {1, 10}};
    world_ = std::make_unique<World>(Backend::postgres, options);
    dealt_ = world_->deal({{0, {"F_CAP", "F_BUDGET", "C0_20%"}}});
    world_->put(0, {world_->line(0, 2), world_->line(1, 3)});
    session_ = Connection::open(world_->url(), {}).value();
  }

  // The first half of a checkout of shopper 0, in a transaction that stays open.
  void begin_checkout(const std::string& key = "'key'") {
    World& w = *world_;
    session_.execute("BEGIN");
    const Answer row = session_.execute(fmt::format(
        "SELECT * FROM footfall.checkout_begin({}, {}, 1, NULL, NULL, 77, {}, 'h', {}, 1, NULL, "
        "ARRAY[{}]::bigint[], true, false)",
        w.run.value, w.user(0).value, key, w.now.us, coupon()));
    ASSERT_EQ(row.integer(0, 0), 0);
    cart_ = row.integer(0, 3);
  }
  // Arguments of the second half that are right, and may be made wrong.
  struct Finish {
    std::string redeemed, stock = "3", capped = "NULL", capped_amount = "5", key = "'key'";
    std::string stock_product = "1";
  };
  std::string finish_sql(const Finish& what) {
    World& w = *world_;
    return fmt::format(
        "SELECT footfall.checkout_finish({}, {}, 1, {}, NULL, 77, {}, '{{}}', 'USD', 1000, 5, 995, "
        "{}, 1, false, ARRAY[1]::bigint[], ARRAY[10]::bigint[], ARRAY[100]::bigint[], "
        "ARRAY[5]::bigint[], ARRAY[1]::bigint[], ARRAY[{}]::bigint[], ARRAY[1]::bigint[], "
        "ARRAY[5]::bigint[], ARRAY[{}]::bigint[], ARRAY[{}]::bigint[], ARRAY[{}]::bigint[], "
        "array_remove(ARRAY[{}]::bigint[], NULL), ARRAY[{}]::bigint[])",
        w.run.value, w.user(0).value, cart_, what.key, w.now.us, coupon(), what.redeemed,
        what.stock_product, what.stock, what.capped,
        what.capped == "NULL" ? "" : what.capped_amount);
  }
  Finish right() { return {.redeemed = std::to_string(coupon())}; }
  std::int64_t coupon() const { return dealt_.at(0)[0].value; }

  // `sql` fails with this state, and its transaction answers ROLLBACK to COMMIT.
  void expect_guarded(const std::string& sql, std::string_view state = "FF002") {
    const std::string before = before_;
    EXPECT_EQ(state_of(session_, sql), state) << sql;
    EXPECT_EQ(session_.execute("COMMIT").tag(), "ROLLBACK");
    EXPECT_EQ(world_->dump(), before);
  }
  void begin_and_remember(const std::string& key = "'key'") {
    before_ = world_->dump();
    begin_checkout(key);
  }

  std::unique_ptr<World> world_;
  std::map<int, std::vector<UserCouponId>> dealt_;
  Connection session_;
  std::int64_t cart_ = 0;
  std::string before_;
};

TEST_F(Guards, TheRightCheckoutPasses) {
  begin_checkout();
  EXPECT_EQ(state_of(session_, finish_sql(right())), "");
  EXPECT_EQ(session_.execute("COMMIT").tag(), "COMMIT");
}

TEST_F(Guards, StockCouponsCapsAndKeysAreCounted) {  // invariants 13, 16, 27
  Finish what = right();
  what.stock = "11";  // more than there is
  begin_and_remember();
  expect_guarded(finish_sql(what));
  what = right();
  what.stock_product = "150";  // has no row
  begin_and_remember();
  expect_guarded(finish_sql(what));
  what = right();
  what.redeemed += ", 4711";  // is not the shopper's
  begin_and_remember();
  expect_guarded(finish_sql(what));
  what = right();
  what.capped = std::to_string(world_->catalogue.coupons[world_->coupon("F_BUDGET")].id.value);
  what.capped_amount = "251";  // past its budget
  begin_and_remember();
  expect_guarded(finish_sql(what));
  what = right();
  what.capped = "4711";  // has no counter
  begin_and_remember();
  expect_guarded(finish_sql(what));
  what = right();
  what.key = "'another key'";
  begin_and_remember();
  expect_guarded(finish_sql(what));
}

TEST_F(Guards, ARedemptionPastItsCapIsRefused) {  // invariant 13
  Finish what = right();
  what.capped = std::to_string(world_->catalogue.coupons[world_->coupon("F_CAP")].id.value);
  world_->execute(
      "UPDATE run_coupons SET redeemed_count = max_redemptions WHERE max_redemptions "
      "IS NOT NULL");
  begin_and_remember();
  expect_guarded(finish_sql(what));
  world_->execute("UPDATE run_coupons SET redeemed_count = 0");
}

TEST_F(Guards, ACouponThatChangedUnderTheLockIsSeen) {  // invariants 8, 16
  // The same transaction changes it, as a bug might: no lock stands in its way.
  for (const char* change :
       {"status = 'expired', ended_sim_us = expires_sim_us", "user_id = user_id + 1",
        "assigned_sim_us = assigned_sim_us + 1", "run_id = run_id + 1"}) {
    begin_and_remember();
    session_.execute(
        fmt::format("UPDATE footfall.user_coupons SET {} WHERE id = {}", change, coupon()));
    expect_guarded(finish_sql(right()));
  }
}

TEST_F(Guards, ARefusalNeedsItsCartAndKey) {
  World& w = *world_;
  const auto refuse = [&](std::int64_t cart, const char* key) {
    return fmt::format("SELECT footfall.checkout_refuse({}, {}, {}, {}, '{{}}')", w.run.value,
                       w.user(0).value, cart, key);
  };
  begin_and_remember();
  expect_guarded(refuse(cart_ + 1000, "'key'"));
  begin_and_remember();
  expect_guarded(refuse(cart_, "'another'"));
  begin_and_remember("NULL");
  EXPECT_EQ(state_of(session_, refuse(cart_, "NULL")), "");
  EXPECT_EQ(session_.execute("COMMIT").tag(), "COMMIT");
  EXPECT_EQ(w.dump(), before_);
}

TEST_F(Guards, ATripNeedsItsSession) {
  before_ = world_->dump();
  session_.execute("BEGIN");
  expect_guarded(
      "SELECT footfall.trip_end(4711, 1, 1, 'browsed', NULL, 1, 1, 1, '{}', '{}', '{}', '{}', "
      "'{}', "
      "'{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', 'rule', 1, NULL)",
      "FF004");
}

TEST_F(Guards, RefreshesAndAllotmentsAreCounted) {  // invariants 3, 7
  World& w = *world_;
  w.now = w.now + kWeek;
  w.open_cycle({1, 2});
  before_ = w.dump();
  const std::int64_t cycle = retail::offer_cycle_id(w.run, w.offer_cycle).value;
  const auto write = [&](const std::string& ended, UserId user, const char* new_id = "") {
    return fmt::format(
        "SELECT footfall.refresh_write({}, {}, {}, {}, 'p', 1, 2, ARRAY[{}]::bigint[], {}, {}, "
        "ARRAY[{}]::bigint[], {}, {}, {}, {}, ARRAY[{}]::bigint[], '{{0}}', '{{0}}', '{{32}}', "
        "'{{0}}', '{{0}}')",
        w.run.value, cycle, w.now.us, (w.now + kDay * 14).us, ended,
        ended.empty() ? "'{}'" : "'{expired}'", ended.empty() ? "'{}'" : "'{1}'", new_id,
        *new_id ? fmt::format("'{{{}}}'", w.user(0).value) : "'{}'", *new_id ? "'{1}'" : "'{}'",
        *new_id ? "'{0}'" : "'{}'", *new_id ? "'{1}'" : "'{}'", user.value);
  };
  session_.execute("BEGIN");
  expect_guarded(write("4711", w.user(1)));  // a coupon that is not there
  session_.execute("BEGIN");
  expect_guarded(write("", w.user(3)));  // a refresh that is not due
  // A place that is taken: 40001, so that the caller claims again.
  session_.execute("BEGIN");
  EXPECT_EQ(state_of(session_, write("", w.user(1), "999")), "40001");
  EXPECT_EQ(session_.execute("COMMIT").tag(), "ROLLBACK");
  const auto allot = [&](UserId done, const char* coupons) {
    return fmt::format(
        "SELECT footfall.allot_write({}, {}, ARRAY[{}]::bigint[], '{{{}}}', {}, "
        "'{{0.5}}')",
        w.run.value, cycle, done.value, w.user(1).value, coupons);
  };
  session_.execute("BEGIN");
  expect_guarded(allot(w.user(1), "'{4711}'"));
  const std::string capped =
      fmt::format("'{{{}}}'", w.catalogue.coupons[w.coupon("C3_ISSUE")].id.value);
  session_.execute("BEGIN");
  expect_guarded(allot(w.user(3), capped.c_str()));
}

TEST_F(Guards, ReturnsAreCounted) {  // invariants 17, 23
  World& w = *world_;
  CheckoutRequest request = w.checkout(0);
  request.coupons = dealt_.at(0);
  request.policy = CouponPolicy::partial;
  const CheckoutAnswer order = w.ask(w.shop().check_out(request));
  ASSERT_EQ(order.status, CheckoutStatus::placed);
  before_ = w.dump();
  const auto give_back = [&](std::int64_t number, const char* line, const char* coupon) {
    return fmt::format(
        "SELECT footfall.order_return({}, {}, {}, 1, 'cancelled', 0, {}, 1, '{{{}}}', '{{1}}', "
        "'{{1}}', '{{1}}', '{{{}}}', '{{reversed}}', '{{0}}', '{{1}}', '{{1}}', NULL, 'h', '{{}}', "
        "NULL)",
        w.run.value, w.user(0).value, number, w.now.us, line, coupon);
  };
  for (const std::string& sql : {give_back(4711, "1", "1"), give_back(order.order.value, "9", "1"),
                                 give_back(order.order.value, "1", "4711")}) {
    session_.execute("BEGIN");
    expect_guarded(sql);
  }
}

// A COMMIT that answers ROLLBACK is an error, and leaves nothing (invariant 29).
Task<void> commit_a_failed_one(Units& units, std::string& state) {
  Unit unit = co_await units.open();
  std::vector<Query> first;
  first.emplace_back("UPDATE footfall.carts SET version = version + 1");
  co_await unit.begin(std::move(first));
  std::vector<Query> broken;
  broken.emplace_back("SELECT 1 / 0");
  try {
    co_await unit.commit(std::move(broken));
  } catch (const DatabaseError& error) {
    state = error.sqlstate();
  }
  try {
    co_await unit.commit({});
  } catch (const DatabaseError& error) {
    state += " " + error.sqlstate();
  }
}

TEST_F(Guards, ACommitThatRollsBackIsAnError) {
  const std::string before = world_->dump();
  postgres::PoolLimits limits;
  Units units(world_->io().get_executor(), world_->url(), limits, std::chrono::seconds(1),
              std::make_shared<postgres::PoolBound>(limits.kept + limits.extra));
  std::string state;
  world_->ask(commit_a_failed_one(units, state));
  EXPECT_EQ(state, "22012 40001");
  EXPECT_EQ(world_->dump(), before);
}

// Statistics say that every table is empty: a plan made now would best read all of it, and be kept.
TEST(HotPaths, FindTheirRowsByIndexHoweverSmallATableWas) {
  World w(Backend::postgres, {});
  Connection other = Connection::open(w.owner_url(), {}).value();
  const auto scans = [&] {
    const Answer answer = other.execute(
        "SELECT coalesce(string_agg(relname || ' ' || seq_scan, ', ' ORDER BY relname), '') "
        "FROM pg_stat_user_tables WHERE relname IN ('carts', 'cart_items', 'cart_coupons', "
        "'orders', 'order_items', 'order_discounts', 'user_coupons', 'idempotency_keys', "
        "'coupon_events', 'shopping_sessions')");
    return std::string(answer.text(0, 0));
  };
  const auto dealt = w.deal({{0, {"F_200", "C0_20%"}}, {1, {"F_10%"}}});
  w.close();
  other.execute("VACUUM ANALYZE");
  const std::string before = scans();
  w.reopen();
  for (int i = 0; i < 60; ++i) {
    const int who = i % kPeople;
    CartCall call = w.call(who);
    call.session = retail::session_id(w.run, i, w.agents[static_cast<std::size_t>(who)].id);
    w.ask(w.trips().open({call.session, w.agents[static_cast<std::size_t>(who)].id, call.user,
                          call.store, i, false, w.now}));
    const std::vector<retail::CartLine> lines = {w.line(i, 1), w.line(i + 1, 2)};
    w.ask(w.shop().add(call, lines));
    w.ask(w.shop().cart(w.call(who)));
    w.ask(w.shop().wallet(w.user(who), w.now));
    CheckoutRequest request = w.checkout(who, "key " + std::to_string(i));
    request.policy = CouponPolicy::partial;
    if (dealt.contains(who)) request.coupons = dealt.at(who);
    const CheckoutAnswer answer = w.ask(w.shop().check_out(request));
    ASSERT_EQ(answer.status, CheckoutStatus::placed);
    ASSERT_EQ(w.ask(w.orders().orders(call.user, OrderId{}, call.session, 1)).size(), 1u);
    retail::RecordBatch left;
    left.sessions.emplace_back();
    left.sessions[0].id = call.session;
    left.sessions[0].shopper = static_cast<std::uint32_t>(who);
    EXPECT_EQ(w.ask(w.trips().close({&left})), CloseStatus::has_order);
    left.sessions[0].outcome = retail::SessionOutcome::purchased;
    EXPECT_EQ(w.ask(w.trips().close({&left, CartId{}, answer.order})), CloseStatus::closed);
    if (i % 7 == 0) w.ask(w.shop().give_back({w.user(who), answer.order, w.now, {}, true, "back"}));
  }
  w.ask(w.offers().expire(w.now));
  w.close();  // a connection tells its counts at the latest when it ends
  for (int tries = 0; tries < 200; ++tries) {
    const Answer seen =
        other.execute("SELECT n_tup_ins >= 60 FROM pg_stat_user_tables WHERE relname = 'orders'");
    if (seen.text(0, 0) == "t") break;
    other.execute("SELECT pg_sleep(0.05)");
  }
  EXPECT_EQ(scans(), before);
  w.reopen();
}

class Locks : public testing::TestWithParam<Backend> {};

// Everything that shoppers share, and what others have, is locked by somebody else meanwhile.
TEST_P(Locks, AnUncappedCheckoutWaitsForNobody) {  // invariant 14
  WorldOptions options;
  options.stock = {{5, 100}};  // the run has limited goods, only not in this cart
  World w(GetParam(), options);
  Hands hands;
  for (int i = 0; i < kPeople; ++i) hands[i] = {"F_200", "C0_20%", "F_CAP"};
  const auto dealt = w.deal(hands);
  for (int i = 0; i < 3; ++i) w.put(i, {w.line(0, 5), w.line(1, 1)});
  Connection other = Connection::open(w.owner_url(), {}).value();
  other.execute("BEGIN");
  for (const char* table : {"products", "coupons", "stores", "simulation_state", "offer_cycles",
                            "run_stock", "run_coupons", "agents", "listings", "store_products"}) {
    other.execute(fmt::format("SELECT FROM footfall.{} FOR UPDATE", table));
  }
  const auto mine = w.user(0).value;
  other.execute(fmt::format("SELECT FROM footfall.users WHERE id <> {} FOR UPDATE", mine));
  for (const char* table : {"user_coupons", "carts", "user_offer_cycles"}) {
    other.execute(
        fmt::format("SELECT FROM footfall.{} WHERE user_id <> {} FOR UPDATE", table, mine));
  }
  CheckoutRequest request = w.checkout(0, "key");
  const std::vector<UserCouponId> uncapped = {dealt.at(0)[0], dealt.at(0)[1]};
  request.coupons = uncapped;
  const CheckoutAnswer answer = w.ask(w.shop().check_out(request));
  EXPECT_EQ(answer.status, CheckoutStatus::placed);
  EXPECT_GT(answer.discount.minor, 200);
  EXPECT_EQ(w.counts().retries, 0);
  other.execute("ROLLBACK");
  EXPECT_EQ(w.violations(), "");
}

INSTANTIATE_TEST_SUITE_P(On, Locks, testing::Values(Backend::postgres, Backend::bouncer),
                         [](const auto& tested) { return name_of(tested.param); });

// No row that shoppers share is written, on any database.
class SharedRows : public OnEach {};

TEST_P(SharedRows, AnUncappedCheckoutWritesNone) {  // invariant 14
  World& w = make();
  const auto dealt = w.deal({{0, {"F_200", "C0_20%"}}, {1, {"F_CAP"}}});
  w.put(0, {w.line(0, 5)});
  const auto shared = [&] {
    std::string rows;
    for (const char* table : {"simulation_state", "offer_cycles", "run_stock", "run_coupons",
                              "user_offer_cycles", "listings", "allotments"}) {
      rows += w.dump(table);
    }
    // PostgreSQL: a row that was written, even with the same values, has another place.
    if (GetParam() == Backend::sqlite) return rows;
    for (const char* table : {"simulation_state", "offer_cycles", "run_coupons", "products",
                              "coupons", "users", "stores", "user_offer_cycles"}) {
      const std::string places = fmt::format(
          "SELECT CAST(ctid AS TEXT) AS place, CAST(xmin AS TEXT) AS writer FROM {} ORDER BY ctid",
          table);
      for (const auto& row : w.query(places).rows) {
        rows += std::get<std::string>(row[0]) + std::get<std::string>(row[1]);
      }
    }
    return rows;
  };
  const std::string before = shared();
  CheckoutRequest request = w.checkout(0, "key");
  request.coupons = dealt.at(0);
  EXPECT_EQ(w.ask(w.shop().check_out(request)).status, CheckoutStatus::placed);
  EXPECT_EQ(shared(), before);
}

FOOTFALL_ON_EACH(SharedRows);

}  // namespace
}  // namespace footfall::store
