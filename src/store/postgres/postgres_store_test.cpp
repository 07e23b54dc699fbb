// Goal: the schema is made once whoever comes at once, what is not footfall's own is refused, seeds
// change nothing twice, and what was kept comes back. Method: databases on a real server, and what
// other programs may have done to them. Rows R2, R3, R5.
#include "store/postgres/postgres_store.hpp"

#include <thread>

#include "base/failure.hpp"
#include "personas/attributes.hpp"
#include "simulation/test_world.hpp"
#include "store/postgres/postgres_fixture.hpp"
#include "store/postgres/postgres_sql.hpp"

namespace footfall::store::postgres {
namespace {

std::string refusal(const std::string& url, Errc code, bool make = true) {
  const auto opened = open_store(url, make);
  EXPECT_FALSE(opened);
  if (opened) return "";
  EXPECT_EQ(opened.error().code(), code) << opened.error().message();
  return opened.error().message();
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

constexpr const char* kApplied = "SELECT count(*) FROM footfall.footfall_migrations";

TEST(PostgresMigrations, AreAppliedOnce) {  // R5
  const std::string url = fresh_url();
  Connection connection = raw(url);
  EXPECT_EQ(schema_version(connection).value(), 0);
  EXPECT_EQ(migrate(connection, 1).value(), 1);
  EXPECT_EQ(schema_version(connection).value(), 1);
  EXPECT_TRUE(contains(refusal(url, Errc::incompatible, /*make=*/false), "footfall db migrate"));
  EXPECT_EQ(migrate(connection).value(), newest_schema() - 1);
  EXPECT_EQ(migrate(connection).value(), 0);
  EXPECT_EQ(schema_version(connection).value(), newest_schema());
  EXPECT_EQ(number(url, kApplied), newest_schema());
}

TEST(PostgresMigrations, TwoAtOnceApplyEachOnce) {
  const std::string url = fresh_url();
  int applied[2] = {};
  const auto run = [&](int which) {
    Connection connection = raw(url);
    applied[which] = migrate(connection).value();
  };
  std::thread first(run, 0), second(run, 1);
  first.join();
  second.join();
  EXPECT_EQ(applied[0] + applied[1], newest_schema());
  EXPECT_EQ(number(url, kApplied), newest_schema());
}

TEST(PostgresMigrations, KeepWhatWasThere) {
  const std::string url = fresh_url();
  Connection connection = raw(url);
  ASSERT_TRUE(migrate(connection, 1));
  execute(url,
          "INSERT INTO coupons (id, code, title, kind, discount_type, percent_bps, currency) "
          "VALUES (1, 'C', 't', 'frontstore', 'percent', 500, 'EUR');"
          "INSERT INTO user_coupons VALUES (7, 1, 1, 1, 1, 'frontstore', 0, 'redeemed', 'p', 1, "
          "0.5, 10, 20, 15, 3);"
          "INSERT INTO order_discounts VALUES (3, 1, 7, 1, 40), (3, 2, 7, 1, 2)");
  ASSERT_TRUE(migrate(connection));
  EXPECT_EQ(number(url, "SELECT amount_minor FROM footfall.coupon_events"), 42);
  EXPECT_EQ(number(url, "SELECT version FROM footfall.coupons"), 1);
}

TEST(PostgresMigrations, RefuseWhatIsNotOurs) {
  const std::string url = fresh_url();
  raw(url).execute("CREATE SCHEMA footfall; CREATE TABLE footfall.songs (name text)");
  EXPECT_TRUE(contains(refusal(url, Errc::incompatible), "another program"));
  EXPECT_TRUE(contains(refusal(url, Errc::incompatible, false), "another program"));
  EXPECT_EQ(number(url,
                   "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = "
                   "relnamespace WHERE nspname = 'footfall'"),
            1);
}

TEST(PostgresMigrations, RefuseANewerSchema) {
  const std::string url = fresh_url();
  ASSERT_TRUE(open_store(url, true));
  execute(url, "INSERT INTO footfall_migrations VALUES (999, 'later', 0)");
  EXPECT_TRUE(contains(refusal(url, Errc::incompatible), "newer footfall"));
  EXPECT_TRUE(contains(open_reader(url).error().message(), "newer footfall"));
}

TEST(PostgresMigrations, NeedNoRightToMakeASchemaThatIsThere) {
  const std::string name = fresh_database();
  server().psql(name, "CREATE ROLE guest LOGIN");
  const std::string url = server().url(name, "guest");
  const std::string sentence = refusal(url, Errc::io);
  EXPECT_TRUE(contains(sentence, "CREATE SCHEMA footfall AUTHORIZATION \"guest\"")) << sentence;
  server().psql(name, "CREATE SCHEMA footfall AUTHORIZATION guest");
  EXPECT_TRUE(open_store(url, true));
  EXPECT_EQ(number(url, kApplied), newest_schema());
}

TEST(PostgresMigrations, ABrokenOneLeavesNothing) {
  const std::string url = fresh_url();
  Connection connection = raw(url);
  ASSERT_TRUE(migrate(connection, 1));
  execute(url, "DROP TABLE order_discounts");  // which the second reads
  EXPECT_THROW((void)migrate(connection), DatabaseError);
  EXPECT_EQ(schema_version(connection).value(), 1);
  EXPECT_EQ(number(url, "SELECT count(*) FROM pg_tables WHERE tablename = 'run_stock'"), 0);
}

TEST(PostgresMigrations, SecureEveryTable) {
  const std::string url = fresh_url();
  ASSERT_TRUE(open_store(url, true));
  EXPECT_EQ(number(url,
                   "SELECT count(*) FROM pg_tables WHERE schemaname = 'footfall' "
                   "AND NOT rowsecurity"),
            0);
}

TEST(PostgresStore, SeedingTwiceChangesNothing) {  // R2
  const auto store = open_store(fresh_url(), true).value();
  const retail::Catalogue shop = simulation::small_shop();
  const SeedReport first = store->seed(shop, some_people(450));
  EXPECT_EQ(first.products.added, 160);
  EXPECT_EQ(first.coupons.added, 60);
  EXPECT_EQ(first.agents.added, 450);
  const SeedReport second = store->seed(shop, some_people(451));
  for (const SeedCount& count : {second.stores, second.products, second.coupons}) {
    EXPECT_EQ(count.added + count.changed, 0);
    EXPECT_GT(count.same, 0);
  }
  EXPECT_EQ(second.agents.added, 1);
  EXPECT_EQ(second.agents.same, 450);
}

TEST(PostgresStore, ChangedTermsAreANewVersionOfACoupon) {
  const std::string url = fresh_url();
  const auto store = open_store(url, true).value();
  retail::Catalogue shop = simulation::small_shop();
  store->seed(shop, {});
  shop.coupons[1].percent_bps = 1234;
  shop.coupons[2].title = "another title";
  const SeedReport report = store->seed(shop, {});
  EXPECT_EQ(report.coupons.changed, 2);
  const retail::Catalogue kept = store->load_catalogue();
  ASSERT_EQ(kept.coupons.size(), 61U);
  EXPECT_TRUE(kept.coupons[1].retired);
  EXPECT_EQ(kept.coupons[60].percent_bps, 1234);
  EXPECT_EQ(number(url, "SELECT version FROM footfall.coupons WHERE id = 61"), 2);
}

TEST(PostgresStore, TwoSeedsAtOnceWaitForEachOther) {
  const std::string url = fresh_url();
  ASSERT_TRUE(open_store(url, true));
  const retail::Catalogue shop = simulation::small_shop();
  SeedReport reports[2];
  const auto run = [&](int which) {
    reports[which] = open_store(url, false).value()->seed(shop, some_people(20));
  };
  std::thread first(run, 0), second(run, 1);
  first.join();
  second.join();
  EXPECT_EQ(reports[0].agents.added + reports[1].agents.added, 20);
  EXPECT_EQ(reports[0].coupons.same + reports[1].coupons.same, 60);
}

TEST(PostgresStore, GivesBackWhatItWasGiven) {
  const auto store = open_store(fresh_url(), true).value();
  retail::Catalogue shop = simulation::small_shop();
  shop.products[3].popularity = 0.1 + 0.2;
  shop.products[4].name = "back\\slash, \"quote\", tab\t, line\nend, ä€𝄞";
  shop.coupons[5].starts = SimTime{kDay.us};
  const auto people = some_people(3);
  store->seed(shop, people);
  const retail::Catalogue kept = store->load_catalogue();
  EXPECT_EQ(kept.categories, shop.categories);
  EXPECT_EQ(kept.currency, "USD");
  ASSERT_EQ(kept.products.size(), shop.products.size());
  for (std::size_t i = 0; i < kept.products.size(); ++i) {
    EXPECT_EQ(kept.products[i].name, shop.products[i].name);
    EXPECT_EQ(kept.products[i].list_price, shop.products[i].list_price);
    EXPECT_EQ(kept.products[i].popularity, shop.products[i].popularity);
  }
  EXPECT_EQ(kept.coupons[5].starts, SimTime{kDay.us});
  EXPECT_EQ(kept.coupons[20].max_issuance, 25);
  EXPECT_EQ(kept.coupons[21].max_redemptions, 25);
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

TEST(PostgresStore, RunsAreNumberedAndRemembered) {
  const std::string url = fresh_url();
  const auto store = open_store(url, true).value();
  store->seed(simulation::small_shop(), {});
  store::Run run;
  run.seed = UINT64_MAX;
  run.start = run.now = SimTime{kDay.us};
  run.until = SimTime{kWeek.us};
  run.agents = 3;
  run.activity_factor = 0.1 + 0.2;
  run.settings = "{}";
  run.coupon_life = kWeek;
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
  EXPECT_EQ(runs[0].seed, UINT64_MAX);
  EXPECT_EQ(runs[0].activity_factor, 0.1 + 0.2);
  EXPECT_EQ(runs[1].status, "running");
  EXPECT_EQ(number(url, "SELECT sum(max_issuance) FROM footfall.run_coupons WHERE run_id = 2"), 50);
}

TEST(PostgresStore, TheDatabaseItselfHoldsTheWalletsRules) {  // invariants 1, 2, 6
  const std::string url = fresh_url();
  const auto store = open_store(url, true).value();
  store->seed(simulation::small_shop(), some_people(2));
  store::Run run;
  run.start = run.now = SimTime{kDay.us};
  run.until = SimTime{kWeek.us};
  run.agents = 2;
  run.slots = {1, 2};
  run.coupon_life = kWeek;
  store->create_run(run);
  execute(url,
          "INSERT INTO offer_cycles (id, run_id, seq, starts_sim_us, ends_sim_us, status, "
          "policy, policy_version) VALUES (1, 1, 0, 0, 10, 'active', 'uniform', 1)");
  const auto assign = [&](int id, int coupon, const char* lane, int slot) {
    execute(url,
            "INSERT INTO user_coupons (id, run_id, user_id, coupon_id, cycle_id, lane, slot, "
            "status, policy, policy_version, probability, assigned_sim_us, expires_sim_us) "
            "VALUES (" +
                std::to_string(id) + ", 1, 1, " + std::to_string(coupon) + ", 1, '" + lane + "', " +
                std::to_string(slot) + ", 'active', 'uniform', 1, 0.5, 0, 10)");
  };
  assign(1, 1, "category_brand", 0);
  EXPECT_THROW(assign(2, 2, "category_brand", 0), Failure) << "the place is taken";
  EXPECT_THROW(assign(3, 1, "category_brand", 1), Failure) << "the same coupon twice";
  EXPECT_THROW(assign(4, 2, "category_brand", 2), Failure) << "there are two places";
  EXPECT_THROW(assign(5, 2, "frontstore", 1), Failure) << "there is one place";
  assign(6, 2, "category_brand", 1);
  EXPECT_THROW(execute(url, "UPDATE user_coupons SET status = 'redeemed', ended_sim_us = 5"),
               Failure)
      << "redeemed without an order";
  EXPECT_THROW(
      execute(url,
              "INSERT INTO offer_cycles (id, run_id, seq, starts_sim_us, ends_sim_us, status, "
              "policy, policy_version) VALUES (2, 1, 1, 10, 20, 'active', 'uniform', 1)"),
      Failure)
      << "two active offer cycles";
}

TEST(PostgresSql, GivesValuesAsTheirColumnsHoldThem) {
  const std::string url = fresh_url();
  ASSERT_TRUE(open_store(url, true));
  const auto reader = open_reader(url).value();
  const std::int64_t parameters[] = {10, 3};
  const Rows rows = reader->query(
      "SELECT $1 * 100 + $2 AS n, 1.5::float8 AS r, 'x' AS t, NULL::bigint AS nothing, 2 = 2 AS b, "
      "7::smallint AS s, 2.25 AS d",
      parameters);
  EXPECT_EQ(rows.columns.at(3), "nothing");
  EXPECT_EQ(rows.rows.at(0),
            (std::vector<Value>{std::int64_t{1003}, 1.5, std::string("x"), std::monostate{},
                                std::int64_t{1}, std::int64_t{7}, 2.25}));
  EXPECT_THROW(reader->query("DELETE FROM users", {}), Failure);
  EXPECT_THROW(reader->query("SELECT id FROM nowhere", {}), Failure);
  EXPECT_EQ(reader->query("SELECT id FROM users", {}).rows.size(), 0U) << "usable after a refusal";
}

TEST(PostgresSqlDeathTest, InsistsOnNamesOfColumns) {
  const std::string url = fresh_url();
  ASSERT_TRUE(open_store(url, true));
  const auto reader = open_reader(url).value();
  EXPECT_DEATH(reader->query("SELECT 1 AS n, 2 AS n", {}), "two columns alike");
}

TEST(PostgresSql, ACommitThatUndoesIsAFailure) {
  const std::string url = fresh_url();
  ASSERT_TRUE(open_store(url, true));
  PostgresSql sql(std::make_shared<Connection>(raw(url)), Purpose::write);
  SqlTransaction transaction(sql);
  EXPECT_THROW(sql.change("INSERT INTO stores VALUES (1)", {}), Failure);
  EXPECT_THROW(transaction.commit(), DatabaseError);
}

TEST(PostgresSql, LeavesNothingSetForTheSession) {
  const std::string url = fresh_url();
  Connection connection = raw(url);
  const std::string before(connection.execute("SHOW search_path").text(0, 0));
  ASSERT_TRUE(migrate(connection));
  EXPECT_EQ(connection.execute("SHOW search_path").text(0, 0), before);
  EXPECT_EQ(connection.execute("SHOW statement_timeout").text(0, 0), "5s");
  EXPECT_EQ(number(url, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), 0);
}

}  // namespace
}  // namespace footfall::store::postgres
