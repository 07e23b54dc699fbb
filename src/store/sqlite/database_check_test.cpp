// Goal: the check finds every way in which a database can differ from what this program makes, says
// it in a sentence, and survives odd values. Method: databases made by the migrations, then spoiled
// in one way each.
#include "store/database_check.hpp"

#include <algorithm>

#include "base/failure.hpp"
#include "store/sqlite/schema_shape.hpp"
#include "store/sqlite/sqlite_sql.hpp"
#include "store/sqlite/test_database.hpp"

namespace footfall::store::sqlite {
namespace {

using Sentences = std::vector<std::string>;

DatabaseCheck check_of(const std::string& spoiling, int sample_rows = 3) {
  const auto path = fresh_path();
  make_footfall_database(path, spoiling);
  return check_database(path, sample_rows).value();
}

// The statements that made `name`, to make it again in another way.
std::string sql_of(const std::string& name) {
  Database database = Database::open("", Access::create).value();
  EXPECT_TRUE(migrate(database));
  Statement row = database.prepare("SELECT sql FROM sqlite_schema WHERE name = ?1");
  row.bind(1, name);
  EXPECT_TRUE(row.step()) << name;
  return row.text(0);
}

std::string made_again(const std::string& table, const std::string& from, const std::string& to) {
  std::string sql = sql_of(table);
  const auto at = sql.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) sql.replace(at, from.size(), to);
  return "DROP TABLE " + table + "; " + sql;
}

const CheckedTable& table_of(const DatabaseCheck& check, const std::string& name) {
  const auto found = std::find_if(check.tables.begin(), check.tables.end(),
                                  [&](const CheckedTable& table) { return table.name == name; });
  if (found == check.tables.end()) throw std::out_of_range(name);
  return *found;
}

TEST(DatabaseCheck, FindsNothingWrongWithAFreshDatabase) {
  const DatabaseCheck check = check_of("");
  EXPECT_TRUE(check.good());
  EXPECT_EQ(check.problems, Sentences{});
  EXPECT_EQ(check.notes, Sentences{});
  EXPECT_EQ(check.schema_version, newest_schema());
  EXPECT_EQ(check.newest_version, newest_schema());
  EXPECT_EQ(check.views, (Sentences{"coupon_history", "offer_cycle_overview", "order_overview",
                                    "user_offer_cycle_overview"}));
  EXPECT_EQ(check.tables.size(), 26U);
  EXPECT_TRUE(std::all_of(check.tables.begin(), check.tables.end(),
                          [](const CheckedTable& table) { return table.ours; }));
  EXPECT_EQ(table_of(check, "orders").rows, 0);
  EXPECT_EQ(table_of(check, "footfall_migrations").rows, newest_schema());
  EXPECT_EQ(table_of(check, "cart_items").columns,
            (Sentences{"cart_id", "product_id", "qty", "price_seen_minor"}));
}

TEST(DatabaseCheck, MissesADroppedTableIndexAndView) {
  EXPECT_EQ(
      check_of("DROP TABLE carts").problems,
      (Sentences{"Table carts is missing.", "Index carts_one_open of table carts is missing."}));
  EXPECT_EQ(check_of("DROP INDEX products_brand").problems,
            Sentences{"Index products_brand of table products is missing."});
  EXPECT_EQ(check_of("DROP VIEW user_offer_cycle_overview").problems,
            Sentences{"View user_offer_cycle_overview is missing."});
}

TEST(DatabaseCheck, MissesADroppedColumn) {
  const DatabaseCheck check = check_of("ALTER TABLE users DROP COLUMN created_wall_us");
  EXPECT_EQ(check.problems, Sentences{"Column users.created_wall_us is missing."});
  EXPECT_EQ(check.notes, Sentences{"Foreign keys were not checked, since the schema differs."});
}

TEST(DatabaseCheck, SeesAnExtraColumn) {
  EXPECT_EQ(check_of("ALTER TABLE users ADD COLUMN nickname TEXT").problems,
            Sentences{"Column users.nickname is not in this program's schema."});
}

TEST(DatabaseCheck, SeesOtherTypesNullsAndKeys) {
  EXPECT_EQ(
      check_of(made_again("listings", "price_minor INTEGER NOT NULL", "price_minor REAL")).problems,
      (Sentences{"Column listings.price_minor has type REAL; it should be INTEGER.",
                 "Column listings.price_minor allows NULL; it should refuse it."}));
  EXPECT_EQ(
      check_of(made_again("agents", "home_store_id INTEGER", "home_store_id INTEGER NOT NULL"))
          .problems,
      Sentences{"Column agents.home_store_id refuses NULL; it should allow it."});
  EXPECT_EQ(check_of(made_again("cart_items", "PRIMARY KEY (cart_id, product_id)",
                                "PRIMARY KEY (cart_id)"))
                .problems,
            Sentences{"Column cart_items.product_id is not part of the primary key; it should be "
                      "number 2 of the primary key."});
}

TEST(DatabaseCheck, SeesOtherConstraintsAndOrder) {
  const Sentences constraint =
      check_of(made_again("cart_items", "qty BETWEEN 1 AND 999", "qty BETWEEN 0 AND 5")).problems;
  ASSERT_EQ(constraint.size(), 1U);
  EXPECT_TRUE(constraint[0].starts_with(
      "Table cart_items has the right columns, but other constraints or defaults: it has "
      "'qty BETWEEN 0 AND 5"))
      << constraint[0];
  EXPECT_NE(constraint[0].find("schema has 'qty BETWEEN 1 AND 999"), std::string::npos);
  EXPECT_EQ(check_of("DROP VIEW user_offer_cycle_overview; "
                     "CREATE VIEW user_offer_cycle_overview AS SELECT 1 AS id")
                .problems,
            Sentences{"View user_offer_cycle_overview is defined otherwise than in this program's "
                      "schema."});
  const std::string swapped = "session_id INTEGER NOT NULL,\n  seq INTEGER NOT NULL,";
  EXPECT_EQ(check_of(made_again("shopping_session_events", swapped,
                                "seq INTEGER NOT NULL, session_id INTEGER NOT NULL,"))
                .problems,
            Sentences{"Table shopping_session_events has its columns in another order than this "
                      "program's schema."});
}

TEST(DatabaseCheck, SeesViewsThatCannotBeRead) {
  const DatabaseCheck check = check_of("CREATE VIEW mine AS SELECT gone FROM stores");
  ASSERT_EQ(check.problems.size(), 1U);
  EXPECT_TRUE(check.problems[0].starts_with("View mine cannot be read: ")) << check.problems[0];
  EXPECT_NE(check.problems[0].find("no such column: gone"), std::string::npos);
}

TEST(DatabaseCheck, SpacesAndCommentsMakeNoDifference) {
  EXPECT_EQ(check_of(made_again("listings", "position INTEGER", "position  /* from 1 */\n INTEGER"))
                .problems,
            Sentences{});
  EXPECT_EQ(normalized_sql("A -- why\n  B /* and */ 'x  -- y' \"c  d\"  "),
            "A B 'x  -- y' \"c  d\"");
  EXPECT_EQ(normalized_sql("A /* no end"), "A");
  EXPECT_EQ(normalized_sql("A 'no end"), "A 'no end");
}

TEST(DatabaseCheck, ExtraTablesViewsAndIndexesAreNoted) {
  const DatabaseCheck check = check_of(
      "CREATE TABLE \"my \"\"notes\" (text); INSERT INTO \"my \"\"notes\" VALUES (x'00ff'); "
      "CREATE VIEW mine AS SELECT 1; CREATE INDEX orders_mine ON orders (user_id)");
  EXPECT_TRUE(check.good());
  EXPECT_EQ(check.notes,
            (Sentences{"Table my \"notes is not in this program's schema; it is left alone.",
                       "Index orders_mine of table orders is not in this program's schema.",
                       "View mine is not in this program's schema."}));
  const CheckedTable& notes = table_of(check, "my \"notes");
  EXPECT_FALSE(notes.ours);
  EXPECT_EQ(notes.rows, 1);
  EXPECT_EQ(notes.samples.at(0).at(0), "(2 bytes)");
}

TEST(DatabaseCheck, WhatCanRefuseRowsIsAProblem) {
  EXPECT_EQ(
      check_of("CREATE UNIQUE INDEX one_each ON orders (user_id)").problems,
      Sentences{"Index one_each of table orders is not in this program's schema and can refuse "
                "rows: it is UNIQUE."});
  EXPECT_EQ(
      check_of("CREATE TRIGGER spy AFTER INSERT ON orders BEGIN DELETE FROM orders; END").problems,
      Sentences{"Trigger spy of table orders is not in this program's schema."});
}

TEST(DatabaseCheck, CountsRowsThatPointNowhere) {
  const DatabaseCheck check = check_of(
      "INSERT INTO user_offer_cycles (cycle_id, user_id, status) VALUES (7, 8, 'done');"
      "INSERT INTO orders (id, run_id, cart_id, user_id, status, currency, subtotal_minor, "
      "discount_minor, total_minor, placed_sim_us, placed_wall_us, simulated_at) VALUES "
      "(5, 1, 5, 9, 'placed', 'EUR', 1, 0, 1, 1, 1, 1), (6, 1, 6, 9, 'placed', 'EUR', 1, 0, 1, "
      "3600000001, 1, 1)");
  EXPECT_EQ(
      check.problems,
      (Sentences{"Table orders: 2 rows point to rows of simulation_state that do not exist "
                 "(the first: id 5).",
                 "Table orders: 2 rows point to rows of users that do not exist (the first: "
                 "id 5).",
                 "Table user_offer_cycles: 1 row points to rows of offer_cycles that do not "
                 "exist.",
                 "Table user_offer_cycles: 1 row points to rows of users that do not exist."}));
}

TEST(DatabaseCheck, ShowsOddValuesCut) {
  const DatabaseCheck check = check_of(
      "INSERT INTO stores (id, code, name, city, timezone, currency) VALUES "
      "(1, 'long', replace(hex(zeroblob(500)), '0', 'ä'), 'two' || char(10) || 'lines', "
      "char(27) || '[31m', 'EUR'), (2, '', 'b', 'b', 'b', 'EUR'), (3, 'c', 'c', 'c', 'c', 'EUR'); "
      "INSERT INTO users (id, kind, email, created_wall_us) VALUES (1, 'simulated', 'e', 0)",
      2);
  EXPECT_TRUE(check.good());
  const CheckedTable& stores = table_of(check, "stores");
  EXPECT_EQ(stores.rows, 3);
  ASSERT_EQ(stores.samples.size(), 2U);
  EXPECT_EQ(stores.samples[0][0], "1");
  std::string letters;
  for (int i = 0; i < 98; ++i) letters += "ä";  // 196 bytes: 197 would split the next
  EXPECT_EQ(stores.samples[0][2], letters + "…");
  EXPECT_EQ(stores.samples[0][3], "two\nlines");
  EXPECT_EQ(stores.samples[0][4], "\x1b[31m");
  EXPECT_EQ(stores.samples[1][1], "");
  EXPECT_EQ(table_of(check, "users").samples.at(0).at(1), std::nullopt);
}

TEST(DatabaseCheck, ReadsNoSamplesIfNoneAreAskedFor) {
  const DatabaseCheck check = check_of("", 0);
  EXPECT_TRUE(table_of(check, "footfall_migrations").samples.empty());
  EXPECT_EQ(table_of(check, "footfall_migrations").rows, newest_schema());
}

TEST(DatabaseCheck, TellsThatTheListOfMigrationsIsGone) {
  const DatabaseCheck check = check_of("DROP TABLE footfall_migrations");
  EXPECT_EQ(check.schema_version, 0);
  EXPECT_EQ(check.problems, Sentences{"Table footfall_migrations is missing."});
}

TEST(DatabaseCheck, TellsThatTheSchemaIsOld) {
  const DatabaseCheck check = check_of("UPDATE footfall_migrations SET number = -number");
  ASSERT_EQ(check.problems.size(), 1U);
  EXPECT_NE(check.problems[0].find("footfall db migrate"), std::string::npos);
}

TEST(DatabaseCheck, FindsADamagedFile) {
  const auto path = fresh_path();
  make_footfall_database(
      path,
      "INSERT INTO users (id, kind, email, created_wall_us) WITH RECURSIVE "
      "c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2000) "
      "SELECT n, 'simulated', hex(zeroblob(100)) || n, 0 FROM c; PRAGMA wal_checkpoint(TRUNCATE)");
  const auto size = std::filesystem::file_size(path);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(size / 4096 * 4096 - 3 * 4096));
  file << std::string(4096, 'x');
  file.close();
  const DatabaseCheck check = check_database(path, 3).value();
  ASSERT_FALSE(check.good());
  EXPECT_TRUE(check.problems[0].starts_with("The file ")) << check.problems[0];
  EXPECT_EQ(check.notes, Sentences{"Rows were not read, since the file is damaged."});
  EXPECT_TRUE(check.tables.empty());
}

TEST(DatabaseCheck, RefusesWhatIsNotOurs) {
  const auto path = fresh_path();
  EXPECT_EQ(check_database(path, 3).error().code(), Errc::not_found);
  make_database(path, "");
  const auto empty = check_database(path, 3);
  EXPECT_EQ(empty.error().code(), Errc::incompatible);
  EXPECT_NE(empty.error().message().find("footfall seed"), std::string::npos);
  make_database(path, "CREATE TABLE notes (text TEXT)");
  EXPECT_NE(check_database(path, 3).error().message().find("another program"), std::string::npos);
}

}  // namespace
}  // namespace footfall::store::sqlite
