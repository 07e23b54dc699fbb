// Goal: the database is migrated once, refuses what is not its own, seeds without repeating itself,
// gives back what it was given, and keeps a journal entry whole or not at all. Method: real SQLite
// files in a temporary folder. Rows R2, R3, R5.
#include "store/store.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/failure.hpp"
#include "base/test_folder.hpp"
#include "personas/attributes.hpp"
#include "personas/maker.hpp"
#include "retail/records.hpp"
#include "store/persona_json.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/sqlite_sql.hpp"

namespace footfall::store {
namespace {

using sqlite::Access;
using sqlite::Database;

class StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    folder = test_folder() /
             ("store_test_" +
              std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    shop.currency = "USD";
    shop.stores = {{StoreId{1}, "S1", "One", "Here", "UTC"}};
    retail::Product product{
        ProductId{1}, "sku1", "Oats", shop.category_index("Breakfast"), shop.brand_index("Own"),
        Money{299},   2.5};
    shop.products = {product};
    retail::Coupon coupon{CouponId{1}, "C1", "A tenth off", retail::CouponKind::category};
    coupon.percent_bps = 1000;
    coupon.min_spend = Money{500};
    coupon.max_issuance = 7;
    coupon.starts = SimTime{kDay.us};
    shop.coupons = {coupon};
    for (std::uint32_t i = 1; i <= 3; ++i) {
      people.push_back(personas::make_persona(1, i, {{{"Breakfast", 1}}, {{"Own", 1}}, {"S1"}}));
    }
  }

  std::filesystem::path file() const { return folder / "a.db"; }
  Database raw() const { return Database::open(folder / "a.db", Access::read_write).value(); }

  std::filesystem::path folder;
  retail::Catalogue shop;
  std::vector<personas::Persona> people;
};

TEST_F(StoreTest, MigratesOnceAndOnlyForward) {  // R5
  ASSERT_TRUE(sqlite::open_store(file(), true));
  ASSERT_TRUE(sqlite::open_store(file(), true));
  Database database = raw();
  EXPECT_EQ(database.integer("SELECT count(*) FROM footfall_migrations"),
            static_cast<std::int64_t>(migrations().size()));
  EXPECT_EQ(sqlite::migrate(database).value(), 0);
  database.execute("INSERT INTO footfall_migrations VALUES (99, 'future', 0)");
  const auto newer = sqlite::open_store(file(), true);
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code(), Errc::incompatible);
  EXPECT_NE(newer.error().message().find("newer footfall"), std::string::npos);
}

TEST_F(StoreTest, HasEveryTableOfTheRequirements) {  // R5
  ASSERT_TRUE(sqlite::open_store(file(), true));
  Database database = raw();
  for (const char* table :
       {"users", "agents", "stores", "products", "coupons", "user_coupons", "cart_items", "orders",
        "order_items", "shopping_sessions", "shopping_session_events", "offer_cycles",
        "user_offer_cycles", "simulation_state", "simulation_decisions"}) {
    EXPECT_EQ(database.integer(std::string("SELECT count(*) FROM ") + table), 0) << table;
  }
  for (const char* column : {"cycle_number", "simulated_start_date", "simulated_end_date",
                             "is_simulation", "is_current"}) {
    database.prepare(std::string("SELECT ") + column + " FROM offer_cycle_overview").step();
  }
  for (const char* column : {"current_cycle", "cycle_number", "last_refresh", "next_refresh",
                             "simulated_start_date", "simulated_end_date", "is_simulation"}) {
    database.prepare(std::string("SELECT ") + column + " FROM user_offer_cycle_overview").step();
  }
}

TEST_F(StoreTest, LeavesOtherFilesAlone) {
  {
    Database other = Database::open(folder / "a.db", Access::create).value();
    other.execute("CREATE TABLE songs (name TEXT); INSERT INTO songs VALUES ('a')");
  }
  const auto opened = sqlite::open_store(file(), true);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), Errc::incompatible);
  EXPECT_NE(opened.error().message().find("another program"), std::string::npos);
  Database other = raw();
  EXPECT_EQ(other.integer("SELECT count(*) FROM songs"), 1);
  EXPECT_EQ(other.integer("SELECT count(*) FROM sqlite_schema"), 1);
}

TEST_F(StoreTest, SaysWhatIsWrongWithAFileThatIsNoDatabase) {
  std::ofstream(folder / "a.db") << std::string(5000, 'x');
  const auto opened = sqlite::open_store(file(), true);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message().find("not an SQLite database"), std::string::npos);
  EXPECT_FALSE(sqlite::open_store(folder / "none.db", false));
  EXPECT_FALSE(sqlite::open_store(folder / "no/such/folder.db", true));
}

TEST_F(StoreTest, AShopHasOneCurrency) {
  const auto store = sqlite::open_store(file(), true).value();
  store->seed(shop, people);
  retail::Catalogue other = shop;
  other.currency = "EUR";
  try {
    store->seed(other, people);
    ADD_FAILURE() << "prices of two currencies were mixed";
  } catch (const Failure& refusal) {
    EXPECT_NE(std::string(refusal.what()).find("a shop in USD, and the catalogue is in EUR"),
              std::string::npos)
        << refusal.what();
  }
  EXPECT_EQ(store->load_catalogue().currency, "USD");
}

TEST_F(StoreTest, SeedingTwiceChangesNothing) {  // R2
  const auto store = sqlite::open_store(file(), true).value();
  const SeedReport first = store->seed(shop, people);
  EXPECT_EQ(first.products.added, 1);
  EXPECT_EQ(first.agents.added, 3);
  const SeedReport second = store->seed(shop, people);
  for (const SeedCount& count : {second.stores, second.products, second.coupons, second.agents}) {
    EXPECT_EQ(count.added + count.changed, 0);
    EXPECT_GT(count.same, 0);
  }
  shop.products[0].list_price = Money{199};
  people.push_back(personas::make_persona(1, 4, {}));
  const SeedReport third = store->seed(shop, people);
  EXPECT_EQ(third.products.changed, 1);
  EXPECT_EQ(third.agents.added, 1);
  EXPECT_EQ(third.agents.same, 3);
  EXPECT_EQ(store->load_catalogue().products[0].list_price, Money{199});
  EXPECT_EQ(raw().integer("SELECT count(*) FROM users"), 4);
}

TEST_F(StoreTest, GivesBackWhatItWasGiven) {
  const auto store = sqlite::open_store(file(), true).value();
  store->seed(shop, people);
  const retail::Catalogue kept = store->load_catalogue();
  EXPECT_EQ(kept.categories, shop.categories);
  EXPECT_EQ(kept.brands, shop.brands);
  EXPECT_EQ(kept.currency, "USD");
  EXPECT_EQ(kept.products[0].popularity, 2.5);
  const retail::Coupon& coupon = kept.coupons[0];
  EXPECT_EQ(coupon.percent_bps, 1000);
  EXPECT_EQ(coupon.min_spend, Money{500});
  EXPECT_EQ(coupon.max_issuance, 7);
  EXPECT_EQ(coupon.starts, SimTime{kDay.us});
  EXPECT_FALSE(coupon.ends);
  const auto agents = store->load_agents(100);
  ASSERT_EQ(agents.size(), 3U);
  for (std::size_t i = 0; i < agents.size(); ++i) {
    for (const personas::Attribute& attribute : personas::attributes()) {
      EXPECT_EQ(personas::value_text(agents[i].persona, attribute),
                personas::value_text(people[i], attribute));
    }
  }
  EXPECT_EQ(store->load_agents(2).size(), 2U);
}

// Stock is what the catalogue says, if it says anything; a run gets its own copy.
TEST_F(StoreTest, StockIsReplacedByACatalogueThatHasSome) {  // R2
  shop.stores.push_back({StoreId{2}, "S2", "Two", "There", "UTC"});
  retail::Product rye = shop.products[0];
  rye.id = ProductId{2}, rye.sku = "sku2";
  shop.products.push_back(rye);
  const auto store = sqlite::open_store(file(), true).value();
  const auto seeded = [&](std::vector<retail::StockLimit> stock) {
    shop.stock = std::move(stock);
    const SeedCount count = store->seed(shop, people).stock;
    return std::vector{count.added, count.changed, count.same};
  };
  using Count = std::vector<std::int64_t>;
  using Stock = std::vector<retail::StockLimit>;
  EXPECT_EQ(seeded({}), (Count{0, 0, 0}));
  EXPECT_EQ(seeded({{1, 0, 7}, {0, 1, 0}, {0, 0, 3}}), (Count{3, 0, 0}));
  EXPECT_EQ(store->load_catalogue().stock, (Stock{{0, 0, 3}, {0, 1, 0}, {1, 0, 7}}));
  EXPECT_EQ(seeded({{0, 0, 3}, {0, 1, 0}, {1, 0, 7}}), (Count{0, 0, 3}));
  EXPECT_EQ(seeded({}), (Count{0, 0, 0}));
  EXPECT_EQ(store->load_catalogue().stock.size(), 3U) << "a catalogue without stock lifts nothing";
  EXPECT_EQ(seeded({{0, 0, 4}, {1, 1, 1}, {1, 0, 7}}), (Count{1, 2, 1}));
  EXPECT_EQ(store->load_catalogue().stock, (Stock{{0, 0, 4}, {1, 0, 7}, {1, 1, 1}}));
  EXPECT_EQ(raw().integer("SELECT count(*) FROM store_products WHERE on_hand IS NULL"), 1);
  EXPECT_EQ(seeded({{0, 0, 4}, {0, 1, 9}, {1, 1, 1}, {1, 0, 7}}), (Count{0, 1, 3}));
  store::Run run;
  run.until = SimTime{kDay.us};
  store->create_run(run);
  EXPECT_EQ(raw().integer("SELECT sum(initial_qty) FROM run_stock"), 4 + 9 + 1 + 7);
  raw().execute("UPDATE products SET active = 0 WHERE sku = 'sku1'");
  raw().execute("UPDATE stores SET active = 0 WHERE code = 'S1'");
  EXPECT_EQ(store->load_catalogue().stock, (Stock{{0, 0, 1}})) << "S2's sku2, by position";
}

TEST_F(StoreTest, NumbersOfPersonasComeBackToTheLastBit) {
  personas::Persona persona = people[0];
  for (const double value : {0.7 + 0.1, 2.0 / 3, 3.8000000000000003, 59.999999999999993}) {
    persona.basket_size = 1 + value / 2;
    persona.trip_budget = value;
    const auto back = persona_from_json(persona_to_json(persona)).value();
    EXPECT_EQ(back.trip_budget, value);
    EXPECT_EQ(back.basket_size, persona.basket_size);
  }
}

TEST_F(StoreTest, RefusesBrokenTraits) {
  EXPECT_FALSE(persona_from_json("{"));
  EXPECT_FALSE(persona_from_json("[]"));
  EXPECT_FALSE(persona_from_json("{\"age\": 40}"));
  std::string json = persona_to_json(people[0]);
  json.replace(json.find("\"age\":"), 6, "\"age\":5");
  EXPECT_FALSE(persona_from_json(json));
}

TEST_F(StoreTest, RunsAreNumberedAndRemembered) {
  const auto store = sqlite::open_store(file(), true).value();
  store::Run run;
  run.seed = 42;
  run.start = run.now = SimTime{kDay.us};
  run.until = SimTime{kWeek.us};
  run.agents = 3;
  run.settings = "{}";
  run.config_hash = "abc";
  run.engine_version = "1";
  run.id = store->create_run(run);
  EXPECT_EQ(run.id.value, 1);
  EXPECT_EQ(store->create_run(run).value, 2);
  run.status = "finished";
  run.now = run.until;
  store->update_run(run);
  const auto runs = store->runs();
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].status, "finished");
  EXPECT_EQ(runs[0].now, run.until);
  EXPECT_EQ(runs[1].status, "running");
  run.now = run.start;
  store->update_run(run);
  EXPECT_EQ(store->runs()[0].now, run.until) << "simulated time went back";
}

// An entry with a row that the database refuses (a session that stands there already), or a coupon
// that is not active there, leaves nothing behind.
TEST_F(StoreTest, AJournalEntryIsKeptWholeOrNotAtAll) {
  const auto store = sqlite::open_store(file(), true).value();
  store->seed(shop, people);
  store::Run run;
  run.start = run.now = SimTime{kDay.us * 20'458};
  run.until = run.start + kWeek;
  run.agents = 3;
  const RunId id = store->create_run(run);
  const auto agents = store->load_agents(10);
  const auto journal =
      store->open_journal({id, run.start, kDay * 14, {2, 30}, "uniform", 1}, shop, agents);
  JournalEntry entry;
  entry.now = run.start + kDay;
  entry.ranges.resize(1);
  retail::SessionRecord session;
  session.id = retail::session_id(id, 3, agents[0].id);
  session.started = session.ended = run.start + kHour * 3;
  session.has_session = true;
  entry.ranges[0].sessions = {session};
  journal->commit({&entry, 1});
  EXPECT_EQ(raw().integer("SELECT count(*) FROM shopping_sessions"), 1);
  EXPECT_EQ(raw().integer("SELECT sim_now_us FROM simulation_state"), entry.now.us);
  entry.now = run.start + kDay * 2;
  retail::SessionRecord fresh = session;
  fresh.id = retail::session_id(id, 2, agents[0].id);
  fresh.started = fresh.ended = run.start + kHour * 2;
  entry.ranges[0].sessions = {fresh, session};
  EXPECT_THROW(journal->commit({&entry, 1}), Failure);
  EXPECT_EQ(raw().integer("SELECT count(*) FROM shopping_sessions"), 1);
  EXPECT_EQ(raw().integer("SELECT sim_now_us FROM simulation_state"), (run.start + kDay).us);
  entry.ranges[0].sessions = {fresh};
  entry.ranges[0].ended.resize(1);
  EXPECT_THROW(journal->commit({&entry, 1}), Failure);
  EXPECT_EQ(raw().integer("SELECT count(*) FROM shopping_sessions"), 1);
  // The journal is usable again.
  entry.ranges[0].ended.clear();
  journal->commit({&entry, 1});
  EXPECT_EQ(raw().integer("SELECT count(*) FROM shopping_sessions"), 2);
}

TEST_F(StoreTest, TheDatabaseItselfHoldsTheWalletsRules) {  // invariants 1 and 2
  ASSERT_TRUE(sqlite::open_store(file(), true).value()->seed(shop, people).agents.added == 3);
  Database database = raw();
  database.execute(
      "INSERT INTO simulation_state VALUES (1,'running',1,'fast',0,1,0,0,0,168,1,3,1,'{}','h','1',"
      "'simulation',0,2,30,1000,NULL,NULL,NULL);"
      "INSERT INTO offer_cycles (id, run_id, seq, starts_sim_us, ends_sim_us, status, policy, "
      "policy_version) VALUES (1, 1, 0, 0, 10, 'active', 'uniform', 1)");
  const auto assign = [&](int id, int user, const char* lane, int slot) {
    database.execute(
        "INSERT INTO user_coupons (id, run_id, user_id, coupon_id, cycle_id, lane, slot, "
        "status, policy, policy_version, probability, assigned_sim_us, expires_sim_us) "
        "VALUES (" +
        std::to_string(id) + ", 1, " + std::to_string(user) + ", 1, 1, '" + lane + "', " +
        std::to_string(slot) + ", 'active', 'uniform', 1, 0.5, 0, 10)");
  };
  assign(1, 1, "category_brand", 0);
  EXPECT_THROW(assign(2, 1, "category_brand", 1), Failure) << "the same coupon twice";
  EXPECT_THROW(assign(3, 2, "elsewhere", 0), Failure) << "no such lane";
  EXPECT_THROW(assign(4, 2, "frontstore", 2), Failure) << "past the run's own limit";
  EXPECT_THROW(database.execute("UPDATE user_coupons SET status = 'redeemed', ended_sim_us = 5"),
               Failure)
      << "redeemed without an order";
  EXPECT_THROW(
      database.execute("INSERT INTO offer_cycles (id, run_id, seq, starts_sim_us, ends_sim_us, "
                       "status, policy, policy_version) VALUES (2, 1, 1, 10, 20, 'active', "
                       "'uniform', 1)"),
      Failure)
      << "two active offer cycles";
}

TEST(Migrations, TheTextForSqliteHasNoMarksLeft) {
  for (const Migration& migration : migrations()) {
    const std::string sql = for_sqlite(migration.sql);
    EXPECT_EQ(sql.find("/*sqlite"), std::string::npos);
    EXPECT_EQ(sql.find("BIGINT"), std::string::npos);
  }
}

}  // namespace
}  // namespace footfall::store
