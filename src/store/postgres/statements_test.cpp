// Goal: statements are prepared once where no pooler stands between, never through one, and a
// server that has lost them is no trouble. Method: one pool of one connection, asked what the
// server keeps.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <string>

#include "store/postgres/pool.hpp"
#include "tests/servers/pgbouncer.hpp"
#include "tests/servers/postgres_server.hpp"

namespace footfall::store::postgres {
namespace {

tests::PostgresServer& server() {
  static tests::PostgresServer server;
  return server;
}

constexpr const char* kKept =
    "SELECT coalesce(string_agg(statement, '; ' ORDER BY statement), '') FROM "
    "pg_prepared_statements WHERE statement LIKE 'SELECT 4%'";

PoolLimits one_connection() {
  PoolLimits limits;
  limits.kept = 1;
  limits.extra = 0;
  return limits;
}

class Statements : public testing::Test {
 protected:
  explicit Statements(const std::string& url = server().url(), PoolLimits limits = one_connection())
      : pool_(io_.get_executor(), url, limits,
              std::make_shared<PoolBound>(limits.kept + limits.extra)) {}

  // The last statement's first value, or the SQLSTATE of what was refused.
  std::string ask(std::vector<const char*> statements) {
    std::string answer;
    boost::asio::co_spawn(io_, run(pool_, statements, answer), [](const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
    });
    io_.restart();
    io_.run();
    return answer;
  }

  static Task<void> run(Pool& pool, const std::vector<const char*>& statements,
                        std::string& answer) {
    std::vector<Query> batch(statements.begin(), statements.end());
    Lease lease = co_await pool.acquire();
    try {
      const std::vector<Answer> answers = co_await lease.run(batch);
      answer = answers.back().rows() ? answers.back().text(0, 0) : answers.back().tag();
    } catch (const DatabaseError& error) {
      answer = error.sqlstate() + (error.is_retryable() ? " retryable" : "");
    }
  }

  boost::asio::io_context io_;
  Pool pool_;
};

TEST_F(Statements, ArePreparedOnce) {
  EXPECT_EQ(ask({"SELECT 41", "SELECT 42", "SELECT 41"}), "41");
  EXPECT_EQ(ask({"SELECT 41"}), "41");
  EXPECT_EQ(ask({kKept}), "SELECT 41; SELECT 42");
}

TEST_F(Statements, OnesThatWereSkippedAreNotTakenForPrepared) {
  EXPECT_EQ(ask({"SELECT 41", "SELECT 1/0", "SELECT 43"}), "22012");
  EXPECT_EQ(ask({kKept}), "SELECT 41");
  EXPECT_EQ(ask({"SELECT 43"}), "43");
  EXPECT_EQ(ask({"SELECT nonsense"}), "42703");
  EXPECT_EQ(ask({"SELECT 44", kKept}), "SELECT 41; SELECT 43; SELECT 44");
}

TEST_F(Statements, AServerThatLostThemIsNoTrouble) {
  EXPECT_EQ(ask({"SELECT 41"}), "41");
  EXPECT_EQ(ask({"DEALLOCATE ALL"}), "DEALLOCATE ALL");
  EXPECT_EQ(ask({"SELECT 41"}), "26000 retryable");
  EXPECT_EQ(ask({"SELECT 41"}), "41");
}

class Unprepared : public Statements {
 protected:
  Unprepared() : Statements(server().url(), limits()) {}
  static PoolLimits limits() {
    PoolLimits limits = one_connection();
    limits.keep_statements = false;
    return limits;
  }
};

TEST_F(Unprepared, IfSoWished) {
  EXPECT_EQ(ask({"SELECT 41"}), "41");
  EXPECT_EQ(ask({kKept}), "");
}

struct Bouncer {
  tests::PgBouncer bouncer{server()};
};

class ThroughPooler : private Bouncer, public Statements {
 protected:
  ThroughPooler() : Statements(bouncer.url()) {}
};

TEST_F(ThroughPooler, NothingIsPrepared) {
  EXPECT_EQ(ask({"SELECT 41"}), "41");
  EXPECT_EQ(ask({"SELECT 41"}), "41");
  EXPECT_EQ(ask({kKept}), "");
}

}  // namespace
}  // namespace footfall::store::postgres
