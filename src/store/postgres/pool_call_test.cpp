// Goal: calls that share a turn each get their own answer or their own error, whatever happens to
// those beside them, to the connection or to their callers. Method: more calls at once than a pool
// of one or two connections has turns for, against a server and a PgBouncer.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>

#include "base/random.hpp"
#include "store/postgres/pool_fixture.hpp"
#include "tests/servers/pgbouncer.hpp"

namespace footfall::store::postgres {
namespace {

// How one call came out.
struct Told {
  std::string answer, sqlstate, error;
  bool lost = false;
};

Task<void> call(Pool& pool, std::string sql, Told& told, std::int64_t key = 0) {
  const Query query(sql.c_str());
  try {
    const Answer answer = co_await pool.call(query, key);
    told.answer = answer.text(0, 0);
  } catch (const DatabaseError& error) {
    told.sqlstate = error.sqlstate();
    told.error = error.what();
    told.lost = error.is_lost_connection();
  }
}

PoolLimits narrow(int connections) {
  PoolLimits limits = small_limits();
  limits.kept = connections;
  limits.extra = 0;
  return limits;
}

std::vector<Told> call_all(World& world, const std::vector<std::string>& statements) {
  std::vector<Told> told(statements.size());
  for (std::size_t i = 0; i < statements.size(); ++i) {
    world.start(call(world.pool, statements[i], told[i]));
  }
  world.run();
  return told;
}

std::vector<std::string> numbers(int count) {
  std::vector<std::string> statements;
  for (int i = 0; i < count; ++i) statements.push_back(fmt::format("SELECT {}", i));
  return statements;
}

TEST(PoolCall, EachGetsItsOwnAnswer) {
  for (const int connections : {1, 2}) {
    World world(server().url(), narrow(connections));
    const std::vector<Told> told = call_all(world, numbers(200));
    for (std::size_t i = 0; i < told.size(); ++i) EXPECT_EQ(told[i].answer, fmt::format("{}", i));
    EXPECT_GT(world.pool.counts().ridden, 100);
    EXPECT_EQ(world.pool.counts().busy, 0);
  }
}

TEST(PoolCall, NobodyRidesWhereEachCanHaveATurn) {
  World world(server().url(), narrow(6));
  call_all(world, numbers(6));
  call_all(world, numbers(12));
  EXPECT_EQ(world.pool.counts().ridden, 0);
}

TEST(PoolCall, AnErrorIsOnlyItsOwn) {
  World world(server().url(), narrow(1));
  std::vector<std::string> statements = numbers(60);
  for (std::size_t i = 0; i < statements.size(); i += 3) statements[i] = "SELECT 1 / 0";
  for (std::size_t i = 1; i < statements.size(); i += 6) statements[i] = "SELECT nonsense";
  const std::vector<Told> told = call_all(world, statements);
  for (std::size_t i = 0; i < told.size(); ++i) {
    const bool divides = i % 3 == 0, nonsense = i % 6 == 1;
    EXPECT_EQ(told[i].sqlstate, divides ? "22012" : nonsense ? "42703" : "") << i;
    EXPECT_EQ(told[i].answer, divides || nonsense ? "" : fmt::format("{}", i));
  }
  EXPECT_EQ(world.pool.counts().lost, 0);
}

TEST(PoolCall, AGroupThatIsRefusedIsDoneOneByOneOnce) {
  server().psql("footfall",
                "CREATE TABLE ridden (number int PRIMARY KEY); GRANT ALL ON ridden TO footfall");
  World world(server().url(), narrow(1));
  std::vector<std::string> statements;
  for (int i = 0; i < 40; ++i) {  // every second number comes twice
    statements.push_back(fmt::format("INSERT INTO ridden VALUES ({}) RETURNING number", i * 2 / 3));
  }
  const std::vector<Told> told = call_all(world, statements);
  int done = 0, refused = 0;
  for (const Told& one : told) {
    done += !one.answer.empty();
    refused += one.sqlstate == "23505";
  }
  EXPECT_EQ(done, 27);
  EXPECT_EQ(refused, 13);
  EXPECT_EQ(server().psql("footfall", "SELECT count(*) FROM ridden"), "27");
  EXPECT_GT(world.pool.counts().ridden, 20);
  server().psql("footfall", "DROP TABLE ridden");
}

// Two turns at once, in which the same rows come in any order. A group that was refused, by the
// search for deadlocks or by a lock's time, would be done again in more batches.
TEST(PoolCall, ThoseThatShareTurnsDoNotBlockEachOther) {
  server().psql("footfall",
                "CREATE TABLE rows (id int PRIMARY KEY, n int NOT NULL); INSERT INTO rows SELECT "
                "i, 0 FROM generate_series(0, 3) i; GRANT ALL ON rows TO footfall");
  World world(server().url(), narrow(2));
  std::vector<Told> told(400);
  RandomStream random(42, 1, 1, Purpose::idle);
  std::vector<int> rows(told.size());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<int>(i % 4);
  for (std::size_t i = rows.size() - 1; i > 0; --i) {
    std::swap(rows[i], rows[static_cast<std::size_t>(random.uniform() * static_cast<double>(i))]);
  }
  for (std::size_t i = 0; i < told.size(); ++i) {
    const std::string sql =
        fmt::format("UPDATE rows SET n = n + 1 WHERE id = {} RETURNING n", rows[i]);
    world.start(call(world.pool, sql, told[i], rows[i]));
  }
  world.run();
  for (const Told& one : told) EXPECT_EQ(one.sqlstate, "");
  EXPECT_EQ(server().psql("footfall", "SELECT min(n), max(n) FROM rows"), "100|100");
  const PoolCounts counts = world.pool.counts();
  EXPECT_GT(counts.ridden, 200);
  constexpr int kQuestionsOnOpening = 4;
  EXPECT_LE(counts.batches, 400 - counts.ridden + kQuestionsOnOpening);
  server().psql("footfall", "DROP TABLE rows");
}

// A change that stands is never told as lost, one that was lost never as done.
TEST(PoolCall, ALostConnectionLosesOnlyWhatWasBehind) {
  server().psql("footfall", "CREATE TABLE ridden (number int); GRANT ALL ON ridden TO footfall");
  World world(server().url(), narrow(1));
  std::vector<std::string> statements;
  for (int i = 0; i < 40; ++i) {
    statements.push_back(fmt::format("INSERT INTO ridden VALUES ({0}) RETURNING number", i));
  }
  statements[13] = "SELECT pg_terminate_backend(pg_backend_pid())";
  const std::vector<Told> told = call_all(world, statements);
  int lost = 0;
  for (int i = 0; i < 40; ++i) {
    const Told& one = told[static_cast<std::size_t>(i)];
    const std::string kept =
        server().psql("footfall", fmt::format("SELECT count(*) FROM ridden WHERE number = {}", i));
    EXPECT_EQ(kept, one.answer == std::to_string(i) ? "1" : "0") << i;
    EXPECT_TRUE(one.lost != (one.answer == std::to_string(i))) << i << " " << one.sqlstate;
    lost += one.lost;
    EXPECT_EQ(one.sqlstate, one.lost ? "57P01" : "") << one.error;
  }
  EXPECT_GE(lost, 1);
  EXPECT_LE(lost, 1 + Pool::kRidersMax);
  EXPECT_EQ(world.pool.counts().lost, 1);
  server().psql("footfall", "DROP TABLE ridden");
}

TEST(PoolCall, TimeoutsHoldForEach) {
  PoolLimits limits = narrow(1);
  limits.timeouts.statement_ms = 250;
  World world(server().url("footfall", "postgres"), limits);
  std::vector<std::string> statements(8, "SELECT current_setting('statement_timeout')");
  statements[5] = "SELECT pg_sleep(10)";
  const std::vector<Told> told = call_all(world, statements);
  for (std::size_t i = 0; i < told.size(); ++i) {
    EXPECT_EQ(told[i].answer, i == 5 ? "" : "250ms") << i;
    EXPECT_EQ(told[i].sqlstate, i == 5 ? "57014" : "") << i;
  }
  EXPECT_GT(world.pool.counts().ridden, 0);
}

TEST(PoolCall, AGroupHasMoreTimeThanOne) {
  PoolLimits limits = narrow(1);
  limits.timeouts.statement_ms = 250;
  World world(server().url("footfall", "postgres"), limits);
  const std::vector<std::string> slow(8,
                                      "SELECT current_setting('statement_timeout'), pg_sleep(0.1)");
  for (const Told& one : call_all(world, slow)) EXPECT_EQ(one.answer, "250ms") << one.sqlstate;
  EXPECT_EQ(world.pool.counts().ridden, 6) << "all but the first and the one that drove";
}

Task<void> transact(Pool& pool, Told& told) {
  Lease lease = co_await pool.acquire();
  const Query batch[] = {Query("BEGIN"), Query("SELECT nextval('turn')"), Query("COMMIT")};
  const std::vector<Answer> answers = co_await lease.run(batch);
  told.answer = answers[1].text(0, 0);
}

TEST(PoolCall, TransactionsBetweenKeepTheirPlace) {
  server().psql("footfall", "CREATE SEQUENCE turn; GRANT ALL ON turn TO footfall");
  World world(server().url(), narrow(1));
  std::vector<Told> told(60);
  for (std::size_t i = 0; i < told.size(); ++i) {
    if (i % 4 == 3) {
      world.start(transact(world.pool, told[i]));
    } else {
      world.start(call(world.pool, "SELECT nextval('turn')", told[i]));
    }
  }
  world.run();
  for (std::size_t i = 0; i < told.size(); ++i) EXPECT_EQ(told[i].answer, std::to_string(i + 1));
  EXPECT_EQ(world.pool.counts().ridden, 29) << "two of each three calls, but for the first to come";
  server().psql("footfall", "DROP SEQUENCE turn");
}

TEST(PoolCall, GoesThroughPgBouncer) {
  tests::PgBouncerOptions options;
  options.default_pool_size = 2;
  const tests::PgBouncer bouncer(server(), options);
  World world(bouncer.url(), narrow(1));
  std::vector<std::string> statements = numbers(200);
  statements[50] = "SELECT 1 / 0";
  const std::vector<Told> told = call_all(world, statements);
  for (std::size_t i = 0; i < told.size(); ++i) {
    EXPECT_EQ(told[i].answer, i == 50 ? "" : fmt::format("{}", i));
  }
  EXPECT_GT(world.pool.counts().ridden, 100);
  EXPECT_EQ(world.pool.counts().lost, 0);
}

TEST(PoolCall, AnAbandonedContextReleasesThoseWhoRide) {
  std::vector<Told> told(12);
  {
    World world(server().url(), narrow(1));
    for (Told& one : told) world.start(call(world.pool, "SELECT pg_sleep(1)", one));
    while (world.pool.counts().ridden < 3) world.context.run_one();
    EXPECT_EQ(world.pool.counts().busy, 1);
  }
  for (const Told& one : told) EXPECT_EQ(one.answer + one.sqlstate, "");
}

// The pool goes while calls are under way: they end, those that wait are refused.
TEST(PoolCall, APoolThatGoesLetsThemEnd) {
  World world(server().url(), narrow(1));
  std::optional<Pool> pool;
  pool.emplace(world.context.get_executor(), server().url(), narrow(1), world.bound);
  std::vector<Told> told(5);
  int refused = 0;
  for (Told& one : told) {
    const auto count = [&](const std::exception_ptr& failure) { refused += failure != nullptr; };
    boost::asio::co_spawn(world.context, call(*pool, "SELECT 'done'", one), count);
  }
  while (pool->counts().ridden < 3) world.context.run_one();
  pool.reset();
  world.run();
  for (const Told& one : told) EXPECT_EQ(one.answer, "done");
  EXPECT_EQ(refused, 0);
}

}  // namespace
}  // namespace footfall::store::postgres
