// Goal: every command works on PostgreSQL as on SQLite, says what is wrong where it does not, and
// no password is ever printed. Method: the program itself against a server of the test's own.
#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

#include "tests/servers/child.hpp"
#include "tests/servers/pgbouncer.hpp"
#include "tests/servers/postgres_server.hpp"

namespace footfall::tests {
namespace {

PostgresServer& server() {
  static PostgresServer server;
  return server;
}

std::string fresh_url() {
  static int made = 0;
  const std::string name = "cli_" + std::to_string(++made);
  server().create_database(name);
  return server().url(name);
}

// Standard output; what a failing program says on standard error is thrown.
std::string footfall(std::vector<std::string> arguments, const std::string& url) {
  Program program;
  program.arguments = {FOOTFALL_PROGRAM};
  for (std::string& argument : arguments) program.arguments.push_back(std::move(argument));
  program.environment = {"FOOTFALL_DB=" + url,
                         "FOOTFALL_CATALOGUE=" FOOTFALL_SOURCE_DIR "/data/sample",
                         "FOOTFALL_PERSONAS=" FOOTFALL_SOURCE_DIR "/data/sample/personas.xlsx"};
  return run_program(program);
}

std::string failure(const std::vector<std::string>& arguments, const std::string& url) {
  try {
    return "no failure: " + footfall(arguments, url);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

testing::AssertionResult holds(const std::string& text, const std::string& wanted) {
  if (std::regex_search(text, std::regex(wanted))) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "'" << wanted << "' is not in:\n" << text;
}

TEST(CliOnPostgres, LivesFromTheFirstTableToTheReport) {  // R2, R3, R5
  const std::string url = fresh_url();
  EXPECT_TRUE(holds(footfall({"db", "status"}, url), "schema 0 of [0-9]+: empty"));
  EXPECT_TRUE(holds(failure({"report"}, url), "is empty: run `footfall seed` first"));
  EXPECT_TRUE(holds(footfall({"db", "migrate"}, url), "schema 0 -> [0-9]+"));
  EXPECT_TRUE(holds(footfall({"db", "migrate"}, url), "nothing to do"));
  EXPECT_TRUE(holds(footfall({"db", "status"}, url), "up to date"));
  EXPECT_TRUE(holds(footfall({"seed"}, url), "agents +372 added"));
  EXPECT_TRUE(holds(footfall({"seed"}, url), "agents +0 added +0 changed +372 as they were"));
  const std::string fast =
      footfall({"simulate", "--fast", "--weeks", "1", "--seed", "42", "--json"}, url);
  const std::string direct =
      footfall({"simulate", "--direct", "--weeks", "1", "--seed", "42", "--json"}, url);
  std::smatch of_fast, of_direct;
  const std::regex figures("\"sessions\".*\"revenue_minor\":[0-9]+");
  ASSERT_TRUE(std::regex_search(fast, of_fast, figures));
  ASSERT_TRUE(std::regex_search(direct, of_direct, figures));
  EXPECT_EQ(of_fast[0], of_direct[0]) << "fast and direct runs differ";
  EXPECT_TRUE(holds(footfall({"runs"}, url), "finished[^\n]*\n[^\n]*finished"));
  EXPECT_TRUE(holds(footfall({"report", "--run", "1"}, url), "shopping"));
  EXPECT_TRUE(holds(footfall({"check-db", "--rows", "1"}, url), "shopping_session_events"));
}

TEST(CliOnPostgres, WorksThroughPgBouncer) {  // R28
  fresh_url();
  server().create_database("pooled");
  const PgBouncer bouncer(server());
  const std::string url = bouncer.url("pooled", "footfall");
  EXPECT_TRUE(holds(footfall({"seed", "--test"}, url), "agents +12 added"));
  EXPECT_TRUE(holds(footfall({"simulate", "--direct", "--weeks", "2", "--seed", "7"}, url),
                    "12 agents lived"));
  EXPECT_TRUE(holds(footfall({"report"}, url), "orders"));
}

TEST(CliOnPostgres, SaysWhatIsWrongAndNoPassword) {
  const std::string port = std::to_string(server().port());
  for (const auto& [url, wanted] : std::vector<std::pair<std::string, std::string>>{
           {"postgresql://footfall:s3cret@127.0.0.1:1/shop", "cannot be reached"},
           {"postgresql://footfall:s3cret@127.0.0.1:" + port + "/nowhere", "nowhere"},
           {"postgresql://nobody:s3cret@127.0.0.1:" + port + "/footfall", "nobody"},
           {"postgresql://footfall:s3cret@127.0.0.1:notaport/shop", "cannot be read"},
           {"mysql://footfall:s3cret@127.0.0.1/shop", "postgresql://"}}) {
    for (const char* command : {"runs", "report", "check-db", "seed"}) {
      const std::string said = failure({command}, url);
      EXPECT_TRUE(holds(said, wanted)) << command << " " << url;
      EXPECT_EQ(said.find("s3cret"), std::string::npos) << said;
    }
  }
}

TEST(CliOnPostgres, ADirectRunIsRefusedWhatItCannotDo) {
  const std::string url = fresh_url();
  EXPECT_TRUE(holds(failure({"simulate", "--direct"}, url), "is empty"));
  EXPECT_TRUE(holds(failure({"simulate", "--direct", "--fast"}, url), "exclude each other"));
  EXPECT_TRUE(holds(failure({"simulate", "--direct", "--new", "--continue", "1"}, url),
                    "exclude each other"));
}

}  // namespace
}  // namespace footfall::tests
