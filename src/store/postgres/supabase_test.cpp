// Goal: docs/SUPABASE.md can be followed by the letter, and afterwards nobody but the role footfall
// sees a row, not even where somebody grants access by mistake. Method: its SQL block, run by a
// role that is no superuser, in a database with Supabase's API roles.
#include <fstream>
#include <sstream>

#include "store/postgres/postgres_fixture.hpp"

namespace footfall::store::postgres {
namespace {

std::string sql_block_of_the_docs() {
  std::ifstream file(std::string(FOOTFALL_SOURCE_DIR) + "/docs/SUPABASE.md");
  std::stringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  const auto begin = all.find("```sql\n") + 7;
  return all.substr(begin, all.find("```", begin) - begin);
}

// The answer, or the SQLSTATE.
std::string ask(const std::string& url, const std::string& sql) {
  try {
    return std::string(raw(url).execute(sql).text(0, 0));
  } catch (const DatabaseError& error) {
    return error.sqlstate();
  }
}

TEST(Supabase, TheDocumentedRoleWorksAndNobodyElseSeesARow) {
  tests::PostgresServer own;
  own.psql("postgres",
           "ALTER ROLE footfall RENAME TO somebody; CREATE ROLE anon LOGIN; "
           "CREATE ROLE authenticated LOGIN; CREATE ROLE dashboard LOGIN CREATEROLE CREATEDB; "
           "CREATE DATABASE shop OWNER dashboard");
  raw(own.url("shop", "dashboard")).execute(sql_block_of_the_docs());
  const std::string url = own.url("shop", "footfall");
  const auto store = open_store(url, /*make=*/true);
  ASSERT_TRUE(store) << store.error().message();
  retail::Catalogue shop;
  shop.currency = "USD";
  shop.stores = {{StoreId{1}, "S1", "One", "Here", "UTC"},
                 {StoreId{2}, "S2", "Two", "There", "UTC"}};
  EXPECT_EQ((*store)->seed(shop, some_people(3)).agents.added, 3);
  EXPECT_EQ(ask(url, "SELECT count(*) FROM footfall.agents"), "3");
  EXPECT_EQ(ask(url, "SHOW statement_timeout"), "5s");
  const std::string count = "SELECT count(*) FROM footfall.agents";
  for (const char* role : {"anon", "authenticated"}) {
    EXPECT_EQ(ask(own.url("shop", role), count), "42501") << role;
  }
  own.psql("shop",
           "GRANT USAGE ON SCHEMA footfall TO anon; "
           "GRANT SELECT ON ALL TABLES IN SCHEMA footfall TO anon");
  EXPECT_EQ(ask(own.url("shop", "anon"), count), "0") << "row level security is off";
}

}  // namespace
}  // namespace footfall::store::postgres
