// Goal: a URL leads to the right database, a wrong one is explained, and no message holds a
// password. Method: files in a temporary folder, a PostgreSQL server, and URLs of all kinds.
#include "store/any/open.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/test_folder.hpp"
#include "store/any/open_live.hpp"
#include "store/any/url.hpp"
#include "store/schema.hpp"
#include "tests/servers/postgres_server.hpp"

namespace footfall::store {
namespace {

TEST(ShownUrl, HoldsNoPassword) {
  const std::pair<const char*, const char*> cases[] = {
      {"sqlite:data/a.db", "sqlite:data/a.db"},
      {"postgresql://me@host:5432/shop", "postgresql://me@host:5432/shop"},
      {"postgresql://me:secret@host:5432/shop", "postgresql://me@host:5432/shop"},
      {"postgres://me:secret@host/shop?sslmode=require", "postgres://me@host/shop"},
      {"postgresql://me:sec?ret@host/shop", "postgresql://me@host/shop"},
      {"postgresql://host:5432/shop?user=me&password=secret", "postgresql://host:5432/shop"},
      {"postgresql://me:sec@ret@host/shop", "postgresql://…"},
      {"postgresql://me:sec/ret@host/shop", "postgresql://…"},
      {"postgresql://host/shop?password=sec@ret", "postgresql://…"},
      {"mysql://me:secret@host/shop", "mysql://me@host/shop"},
      {"host=here password=secret", "…"},
      {"data/footfall.db", "data/footfall.db"},
      {"", ""}};
  for (const auto& [url, shown] : cases) EXPECT_EQ(shown_url(url), shown) << url;
}

TEST(Open, ExplainsWhatADatabaseIs) {
  for (const char* url :
       {"mysql://me:secret@host/shop", "sqlite:", "data/footfall.db", "", "postgresql:shop"}) {
    for (const Error& error : {open_store(url, true).error(), open_reader(url).error(),
                               check_database(url, 1).error(), schema_status(url).error(),
                               migrate(url).error(), open_live_databases(url, {}, {}).error()}) {
      EXPECT_EQ(error.code(), Errc::invalid_input) << url;
      EXPECT_NE(error.message().find("sqlite:PATH"), std::string::npos) << error.message();
      EXPECT_NE(error.message().find("postgresql://user@host"), std::string::npos);
      EXPECT_EQ(error.message().find("secret"), std::string::npos);
    }
  }
}

TEST(Open, MakesAFileAndItsFolder) {
  const auto folder = test_folder() / "open_test";
  std::filesystem::remove_all(folder);
  for (const char* name : {"a/b/c.db", "d/e.db"}) {
    const std::string url = "sqlite:" + (folder / name).string();
    EXPECT_EQ(schema_status(url).error().code(), Errc::not_found);
    EXPECT_EQ(open_store(url, false).error().code(), Errc::not_found);
    EXPECT_EQ(open_live_databases(url, {}, {}).error().code(), Errc::not_found);
    EXPECT_FALSE(std::filesystem::exists(folder / name));
    if (name[0] == 'a') {
      EXPECT_TRUE(open_store(url, true));
    } else {
      EXPECT_EQ(migrate(url).value().version, 0);
    }
    const SchemaStatus status = schema_status(url).value();
    EXPECT_EQ(status.version, newest_schema());
    EXPECT_EQ(status.newest, newest_schema());
    EXPECT_EQ(migrate(url).value().version, newest_schema());
    EXPECT_TRUE(open_reader(url));
    EXPECT_TRUE(open_live_databases(url, {}, {}));
    EXPECT_TRUE(check_database(url, 1).value().good());
  }
  std::ofstream(folder / "file") << "x";
  const auto refused = open_store("sqlite:" + (folder / "file/x/a.db").string(), true);
  EXPECT_EQ(refused.error().code(), Errc::io);
  EXPECT_NE(refused.error().message().find("cannot be made"), std::string::npos);
}

TEST(Open, KnowsPostgres) {
  const tests::PostgresServer server;
  const std::string url = server.url();
  EXPECT_EQ(schema_status(url).value().version, 0);
  EXPECT_EQ(open_store(url, false).error().code(), Errc::incompatible);
  EXPECT_EQ(open_live_databases(url, {}, {}).error().code(), Errc::incompatible);
  EXPECT_EQ(migrate(url).value().version, 0);
  EXPECT_EQ(schema_status(url).value().version, newest_schema());
  EXPECT_EQ(schema_status(url).value().database, shown_url(url));
  EXPECT_TRUE(open_store("postgres" + url.substr(10), false)) << "postgres:// is the same";
  EXPECT_TRUE(open_reader(url));
  EXPECT_TRUE(open_live_databases(url, {}, {}));
  EXPECT_TRUE(check_database(url, 1).value().good());
  EXPECT_EQ(open_store("postgresql://me:secret@127.0.0.1:1/x", true).error().code(), Errc::io);
}

}  // namespace
}  // namespace footfall::store
