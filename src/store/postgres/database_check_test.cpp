// Goal: the check finds every way in which a PostgreSQL database can differ from what this program
// makes, and says it in a sentence; the built-in text of the schema's shape is what the migrations
// make. Method: databases made by the migrations, then spoiled in one way each.
//
// FOOTFALL_REWRITE_GOLDEN=1 writes schema/postgres_shape.txt anew, from the server's version: then
// build again.
#include "store/database_check.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/failure.hpp"
#include "store/postgres/loose_references.hpp"
#include "store/postgres/postgres_fixture.hpp"
#include "store/postgres/schema_shape.hpp"
#include "store/postgres/transaction.hpp"

namespace footfall::store::postgres {
namespace {

using Sentences = std::vector<std::string>;

SchemaShape made_shape() {
  Connection connection = raw(fresh_url());
  EXPECT_TRUE(migrate(connection));
  const Transaction transaction(connection, Purpose::read);
  return shape_of(connection);
}

DatabaseCheck check_of(const std::string& spoiling, int sample_rows = 3) {
  const std::string url = fresh_url();
  EXPECT_TRUE(open_store(url, true));
  if (!spoiling.empty()) execute(url, spoiling);
  return check_database(url, sample_rows).value();
}

const CheckedTable& table_of(const DatabaseCheck& check, const std::string& name) {
  const auto found = std::find_if(check.tables.begin(), check.tables.end(),
                                  [&](const CheckedTable& table) { return table.name == name; });
  if (found == check.tables.end()) throw std::out_of_range(name);
  return *found;
}

TEST(PostgresShape, IsWhatTheMigrationsMake) {
  const std::string path = FOOTFALL_SOURCE_DIR "/schema/postgres_shape.txt";
  const SchemaShape made = made_shape();
  if (std::getenv("FOOTFALL_REWRITE_GOLDEN") != nullptr) {
    std::ofstream(path) << to_text(made);
    return;
  }
  std::ostringstream kept;
  kept << std::ifstream(path).rdbuf();
  EXPECT_EQ(to_text(shape_from_text(kept.str())), kept.str());
  if (made.server == expected_shape().server) {
    EXPECT_EQ(to_text(made), kept.str()) << "FOOTFALL_REWRITE_GOLDEN=1 writes it anew";
  }
  EXPECT_EQ(differences(expected_shape(), made).problems, Sentences{});
}

TEST(PostgresCheck, FindsNothingWrongWithAFreshDatabase) {
  const DatabaseCheck check = check_of("");
  EXPECT_EQ(check.problems, Sentences{});
  EXPECT_EQ(check.notes, Sentences{});
  EXPECT_EQ(check.schema_version, newest_schema());
  EXPECT_EQ(check.views, (Sentences{"coupon_history", "offer_cycle_overview", "order_overview",
                                    "user_offer_cycle_overview"}));
  EXPECT_EQ(check.tables.size(), 26U);
  EXPECT_EQ(table_of(check, "orders").rows, 0);
  EXPECT_EQ(table_of(check, "footfall_migrations").rows, newest_schema());
  EXPECT_EQ(table_of(check, "cart_items").columns,
            (Sentences{"cart_id", "product_id", "qty", "price_seen_minor"}));
}

TEST(PostgresCheck, MissesWhatWasDropped) {
  const DatabaseCheck without_carts = check_of("DROP TABLE carts");
  EXPECT_EQ(without_carts.problems, Sentences{"Table carts is missing."});
  EXPECT_EQ(without_carts.notes,
            Sentences{"Whether rows point nowhere was not checked, since the schema differs."});
  EXPECT_EQ(check_of("DROP INDEX products_brand").problems,
            Sentences{"Index products_brand of table products is missing."});
  EXPECT_EQ(check_of("DROP VIEW user_offer_cycle_overview").problems,
            Sentences{"View user_offer_cycle_overview is missing."});
  EXPECT_EQ(check_of("ALTER TABLE agents DROP COLUMN traits").problems,
            Sentences{"Column agents.traits is missing."});
  EXPECT_EQ(check_of("ALTER TABLE agents DROP CONSTRAINT agents_age_check").problems,
            Sentences{"Constraint agents_age_check of table agents is missing."});
  EXPECT_EQ(check_of("DROP FUNCTION expire_coupons").problems,
            Sentences{"Function expire_coupons is missing."});
  EXPECT_EQ(check_of("DROP TRIGGER user_coupons_within_capacity ON user_coupons").problems,
            Sentences{"Trigger user_coupons_within_capacity of table user_coupons is missing."});
  EXPECT_EQ(check_of("DROP SEQUENCE shop_numbers").problems,
            Sentences{"Sequence shop_numbers is missing."});
}

TEST(PostgresCheck, SeesWhatIsOtherwise) {
  EXPECT_EQ(check_of("ALTER TABLE agents ALTER home_store_id TYPE integer, "
                     "ALTER status DROP NOT NULL, ALTER status SET DEFAULT 'paused'")
                .problems,
            (Sentences{"Column agents.home_store_id has 'integer'; it should have 'bigint'.",
                       "Column agents.status has 'text default 'paused'::text'; it should have "
                       "'text not null default 'active'::text'."}));
  EXPECT_EQ(
      check_of(
          "CREATE OR REPLACE FUNCTION expire_coupons(p_run bigint, p_at bigint, p_first bigint, "
          "p_last bigint) RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint'")
          .problems,
      Sentences{"Function expire_coupons is defined otherwise than in this program's schema."});
  EXPECT_EQ(
      check_of("CREATE FUNCTION expire_coupons(p_run text) RETURNS bigint LANGUAGE sql "
               "AS 'SELECT 0::bigint'")
          .problems,
      Sentences{"Function expire_coupons is defined otherwise than in this program's schema."});
  EXPECT_EQ(
      check_of("CREATE OR REPLACE VIEW coupon_history AS SELECT id AS user_coupon_id, run_id, "
               "user_id, coupon_id, status AS event, ended_sim_us AS at_sim_us, order_id "
               "FROM user_coupons")
          .problems,
      Sentences{"View coupon_history is defined otherwise than in this program's schema."});
  EXPECT_EQ(check_of("ALTER TABLE orders DISABLE ROW LEVEL SECURITY").problems,
            Sentences{"Table orders has 'no row level security'; it should have 'row level "
                      "security'."});
  const Sentences disabled = check_of("ALTER TABLE user_coupons DISABLE TRIGGER USER").problems;
  ASSERT_EQ(disabled.size(), 1U);
  EXPECT_NE(disabled[0].find("(disabled)'; it should have"), std::string::npos) << disabled[0];
}

TEST(PostgresCheck, WhatCanRefuseRowsIsAProblem) {
  EXPECT_EQ(check_of("ALTER TABLE users ADD COLUMN nickname text").problems,
            Sentences{"Column users.nickname is not in this program's schema."});
  EXPECT_EQ(check_of("CREATE UNIQUE INDEX one_each ON orders (user_id)").problems,
            Sentences{"Index one_each of table orders is not in this program's schema and can "
                      "refuse rows: it is UNIQUE."});
  EXPECT_EQ(check_of("ALTER TABLE orders ADD CONSTRAINT cheap CHECK (total_minor < 100)").problems,
            Sentences{"Constraint cheap of table orders is not in this program's schema."});
  EXPECT_EQ(
      check_of("CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; "
               "END'; CREATE TRIGGER spy BEFORE INSERT ON orders EXECUTE FUNCTION spy()")
          .problems,
      Sentences{"Trigger spy of table orders is not in this program's schema."});
}

TEST(PostgresCheck, WhatIsMoreIsNoted) {
  const DatabaseCheck check = check_of(
      "CREATE TABLE \"my \"\"notes\" (t text, CHECK (t <> '')); INSERT INTO \"my \"\"notes\" "
      "VALUES "
      "('a'); CREATE VIEW mine AS SELECT 1 AS one; CREATE INDEX orders_mine ON orders (user_id); "
      "CREATE POLICY open ON orders USING (true)");
  EXPECT_TRUE(check.good());
  EXPECT_EQ(check.notes,
            (Sentences{"Index orders_mine of table orders is not in this program's schema.",
                       "Policy open of table orders is not in this program's schema.",
                       "Table my \"notes is not in this program's schema; it is left alone.",
                       "View mine is not in this program's schema."}));
  const CheckedTable& notes = table_of(check, "my \"notes");
  EXPECT_FALSE(notes.ours);
  EXPECT_EQ(notes.rows, 1);
  EXPECT_EQ(notes.samples.at(0).at(0), "a");
}

TEST(PostgresCheck, ATableOfSomebodyElseIsNotRead) {
  const std::string name = fresh_database();
  ASSERT_TRUE(open_store(server().url(name), true));
  server().psql(name, "CREATE TABLE footfall.secrets (t text)");
  const DatabaseCheck check = check_database(server().url(name), 3).value();
  EXPECT_TRUE(check.good());
  EXPECT_EQ(check.notes.back(), "Table secrets may not be read by this user.");
}

// What differs in print alone on another version is no problem; what is certain stays one.
TEST(PostgresCheck, AnotherServersPrintIsNoted) {
  SchemaShape newer = expected_shape();
  newer.server += 1;
  EXPECT_TRUE(differences(expected_shape(), newer).notes.empty());
  newer.parts.at({"constraint", "agents", "agents_age_check"}) = "CHECK ((16 <= age <= 110))";
  newer.parts.at({"column", "agents", "status"}) = "text not null default ('active')";
  newer.parts.at({"view", "", "order_overview"}) = "0";
  newer.parts.at({"column", "agents", "age"}) = "integer not null";
  newer.parts.erase({"index", "products", "products_brand"});
  const SchemaDifferences found = differences(expected_shape(), newer);
  EXPECT_EQ(
      found.problems,
      (Sentences{"Column agents.age has 'integer not null'; it should have 'bigint not null'.",
                 "Index products_brand of table products is missing."}));
  ASSERT_EQ(found.notes.size(), 1U);
  EXPECT_TRUE(found.notes[0].starts_with("3 definitions could not be compared")) << found.notes[0];
}

TEST(PostgresCheck, KnowsWhatPointsWhere) {
  const auto loose = loose_references();
  EXPECT_EQ(loose.size(), 19U);
  const auto& first = loose.at(0);
  EXPECT_EQ(first.table + "." + first.column, "user_offer_cycles.cycle_id");
  EXPECT_EQ(first.target + "." + first.target_column, "offer_cycles.id");
}

TEST(PostgresCheck, CountsRowsThatPointNowhere) {
  const DatabaseCheck check = check_of(
      "INSERT INTO user_offer_cycles (cycle_id, user_id, status) VALUES (7, 8, 'done');"
      "INSERT INTO orders (id, run_id, cart_id, user_id, status, currency, subtotal_minor, "
      "discount_minor, total_minor, placed_sim_us, placed_wall_us, simulated_at) VALUES "
      "(5, 1, 5, 9, 'placed', 'EUR', 1, 0, 1, 1, 1, 1), (6, 1, 6, 9, 'placed', 'EUR', 1, 0, 1, "
      "3600000001, 1, 1)");
  Sentences problems = check.problems;
  std::sort(problems.begin(), problems.end());
  EXPECT_EQ(problems,
            (Sentences{
                "Table orders: 2 rows point to rows of simulation_state that do not exist (the "
                "first: run_id 1).",
                "Table orders: 2 rows point to rows of users that do not exist (the first: user_id "
                "9).",
                "Table user_offer_cycles: 1 row points to rows of offer_cycles that do not exist "
                "(the first: cycle_id 7).",
                "Table user_offer_cycles: 1 row points to rows of users that do not exist (the "
                "first: user_id 8)."}));
}

TEST(PostgresCheck, ShowsOddValuesCut) {
  const DatabaseCheck check = check_of(
      "INSERT INTO stores (id, code, name, city, timezone, currency) VALUES (1, 'long', "
      "repeat('ä', 500), E'two\\nlines', E'\\033[31m', 'EUR'), (2, '', 'b', 'b', 'b', 'EUR'), "
      "(3, 'c', 'c', 'c', 'c', 'EUR'); "
      "INSERT INTO users (id, kind, email, created_wall_us) VALUES (1, 'simulated', 'e', 0)",
      2);
  EXPECT_TRUE(check.good());
  const CheckedTable& stores = table_of(check, "stores");
  EXPECT_EQ(stores.rows, 3);
  ASSERT_EQ(stores.samples.size(), 2U);
  std::string letters;
  for (int i = 0; i < 98; ++i) letters += "ä";
  EXPECT_EQ(stores.samples[0][2], letters + "…");
  EXPECT_EQ(stores.samples[0][3], "two\nlines");
  EXPECT_EQ(stores.samples[1][1], "");
  EXPECT_FALSE(table_of(check, "users").samples.at(0).at(1)) << "NULL";
}

TEST(PostgresCheck, TellsWhenTheSchemaIsOldEmptyOrNewer) {
  const std::string url = fresh_url();
  EXPECT_NE(check_database(url, 1).error().message().find("is empty"), std::string::npos);
  Connection connection = raw(url);
  ASSERT_TRUE(migrate(connection, 1));
  const DatabaseCheck old = check_database(url, 1).value();
  EXPECT_EQ(old.schema_version, 1);
  EXPECT_TRUE(old.problems.at(0).starts_with("The schema has version 1; this program needs"));
  execute(url, "INSERT INTO footfall_migrations VALUES (999, 'later', 0)");
  EXPECT_EQ(check_database(url, 1).error().code(), Errc::incompatible);
}

}  // namespace
}  // namespace footfall::store::postgres
