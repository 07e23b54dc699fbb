// Goal: the pool keeps its bounds and its order, cuts what takes too long, gives out only working
// connections whatever happens to the server, and ends by itself. Method: coroutines on one
// io_context against a server, a PgBouncer and a proxy of our own.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "store/postgres/pool_fixture.hpp"
#include "tests/servers/cutting_proxy.hpp"
#include "tests/servers/pgbouncer.hpp"

namespace footfall::store::postgres {
namespace {

using std::chrono::milliseconds;

// One batch in a lease of its own; the last answer's first field.
Task<std::string> ask(Pool& pool, std::vector<Query> batch) {
  Lease lease = co_await pool.acquire();
  const std::vector<Answer> answers = co_await lease.run(batch);
  const Answer& last = answers.back();
  co_return last.rows() == 0 ? std::string() : std::string(last.text(0, 0));
}

// As ask(), with the error kept in the world.
Task<void> note(World& world, std::vector<Query> batch) {
  world.what = world.sqlstate = "";
  try {
    world.what = co_await ask(world.pool, std::move(batch));
    ++world.done;
  } catch (const DatabaseError& error) {
    world.what = error.what();
    world.sqlstate = error.sqlstate();
    world.lost = error.is_lost_connection();
  } catch (const Failure& error) {
    world.what = error.what();
    world.sqlstate = "refused";
  }
}

std::vector<Query> sql(std::initializer_list<const char*> statements) {
  std::vector<Query> batch;
  for (const char* statement : statements) batch.emplace_back(statement);
  return batch;
}

Task<void> work(World& world, int number, const char* statement) {
  std::vector<Query> batch = sql({"BEGIN", statement, "COMMIT"});
  co_await ask(world.pool, std::move(batch));
  world.order.push_back(number);
  EXPECT_LE(world.bound->open, 6);
  ++world.done;
}

// A slow question; what came of it is added to `said`.
Task<void> say(Pool& pool, std::vector<std::string>& said) {
  try {
    std::vector<Query> batch = sql({"SELECT pg_sleep(0.2)", "SELECT 'done'"});
    std::string answer = co_await ask(pool, std::move(batch));
    said.push_back(std::move(answer));
  } catch (const Failure& failure) {
    said.push_back(failure.what());
  }
}

Task<void> ask_timeouts(Pool& pool, std::optional<bool>& sets) {
  const Lease lease = co_await pool.acquire();
  sets = lease.set_timeouts() != nullptr;
}

TEST(Pool, NeverOpensMoreThanItsBoundAndClosesTheSurplus) {
  World world(server().url());
  for (int i = 0; i < 200; ++i) world.start(work(world, i, "SELECT pg_sleep(0.005)"));
  world.run();
  const PoolCounts counts = world.pool.counts();
  EXPECT_EQ(world.done, 200);
  EXPECT_EQ(counts.opened, 6);
  EXPECT_GT(counts.waiting_peak, 150);
  EXPECT_EQ(counts.waiting, 0);
  EXPECT_EQ(counts.busy, 0);
  EXPECT_EQ(counts.open, 4) << "kept";
  EXPECT_EQ(world.bound->open, 4);
  EXPECT_EQ(counts.lost, 0);
  EXPECT_EQ(counts.refused, 0);
}

TEST(Pool, ServesInOrder) {
  PoolLimits limits = small_limits();
  limits.kept = 1;
  limits.extra = 0;
  World world(server().url(), limits);
  for (int i = 0; i < 50; ++i) world.start(work(world, i, "SELECT 1"));
  world.run();
  ASSERT_EQ(world.order.size(), 50U);
  EXPECT_TRUE(std::is_sorted(world.order.begin(), world.order.end()));
}

TEST(Pool, OneIdleConnectionIsUsedAgain) {
  World world(server().url());
  for (int i = 0; i < 5; ++i) {
    world.start(work(world, i, "SELECT 1"));
    world.run();
  }
  EXPECT_EQ(world.done, 5);
  EXPECT_EQ(world.pool.counts().opened, 1);
}

TEST(Pool, PoolsShareTheBoundAndNoneStarves) {
  PoolLimits limits = small_limits();
  limits.kept = 3;
  limits.extra = 0;
  World first(server().url(), limits);
  Pool second(first.context.get_executor(), server().url(), limits, first.bound);
  std::vector<std::string> said;
  for (int i = 0; i < 20; ++i) first.start(work(first, i, "SELECT pg_sleep(0.005)"));
  first.run();
  EXPECT_EQ(first.bound->open, 2) << "one place is held for the other pool";
  for (int i = 0; i < 2; ++i) first.start(say(second, said));
  first.run();
  EXPECT_EQ(said, std::vector<std::string>(2, "done"));
  EXPECT_EQ(second.counts().opened, 1) << "two might work, but three are open";
  EXPECT_EQ(first.bound->open, 3);
}

TEST(Pool, WhoWaitsTooLongOrFindsTooManyWaitingIsRefused) {
  PoolLimits limits = small_limits();
  limits.kept = 1;
  limits.extra = 0;
  limits.waiting_max = 2;
  limits.wait_max = milliseconds(200);
  World world(server().url(), limits);
  world.start(work(world, 0, "SELECT pg_sleep(0.6)"));
  for (int i = 0; i < 4; ++i) world.start(note(world, sql({"SELECT 1"})));
  world.run();
  EXPECT_EQ(world.done, 1) << "only who came first";
  EXPECT_EQ(world.pool.counts().refused, 4);
  EXPECT_EQ(world.pool.counts().waiting_peak, 2);
  EXPECT_EQ(world.sqlstate, "refused");
  EXPECT_NE(world.what.find("within 0.2 s: 1 are busy, of at most 1"), std::string::npos)
      << world.what;
}

TEST(Pool, ARefusedTransactionIsRolledBackBeforeTheNextLease) {
  PoolLimits limits = small_limits();
  limits.kept = 1;
  limits.extra = 0;
  World world(server().url(), limits);
  world.start(note(world, sql({"BEGIN", "CREATE TABLE gone (a int)", "SELECT 1/0", "COMMIT"})));
  world.run();
  EXPECT_EQ(world.sqlstate, "22012");
  EXPECT_FALSE(world.lost);
  world.start(note(world, sql({"SELECT count(*) FROM pg_tables WHERE tablename = 'gone'"})));
  world.run();
  EXPECT_EQ(world.what, "0");
  // Left open, not failed: rolled back at once, although nobody takes the connection.
  world.start(note(world, sql({"BEGIN", "CREATE TABLE gone (a int)"})));
  world.run();
  EXPECT_EQ(server().psql("footfall",
                          "SELECT count(*) FROM pg_stat_activity WHERE state LIKE "
                          "'idle in transaction%'"),
            "0");
  EXPECT_EQ(world.pool.counts().opened, 1);
}

TEST(Pool, SurvivesARestartOfTheServer) {
  World world(server().url());
  for (int i = 0; i < 4; ++i) world.start(work(world, i, "SELECT pg_sleep(0.01)"));
  world.run();
  EXPECT_EQ(world.pool.counts().open, 4);
  server().restart();
  for (int i = 0; i < 4; ++i) world.start(work(world, i, "SELECT pg_sleep(0.01)"));
  world.run();
  EXPECT_EQ(world.done, 8) << "dead connections were not handed out";
  EXPECT_EQ(world.pool.counts().lost, 4);
  EXPECT_EQ(world.pool.counts().opened, 8);
}

TEST(Pool, ACrashInTheMiddleIsALostConnectionAndTheNextAcquireWorks) {
  World world(server().url());
  world.start(note(world, sql({"SELECT pg_sleep(2)"})));
  std::thread killer([] {
    while (server().psql("footfall",
                         "SELECT count(*) FROM pg_stat_activity WHERE query LIKE "
                         "'SELECT pg_sleep(2)' AND state = 'active'") == "0") {
    }
    server().kill_now();
  });
  world.run();
  killer.join();
  EXPECT_TRUE(world.lost) << world.what;
  EXPECT_EQ(world.pool.counts().lost, 1);
  EXPECT_EQ(world.pool.counts().open, 0);
  world.start(note(world, sql({"SELECT 1"})));
  world.run();
  EXPECT_EQ(world.sqlstate, "08001");
  EXPECT_NE(world.what.find("cannot be reached: Connection refused. Is it running"),
            std::string::npos)
      << world.what;
  server().start();
  world.start(note(world, sql({"SELECT 5"})));
  world.run();
  EXPECT_EQ(world.what, "5");
}

TEST(Pool, TheServerCutsALongStatement) {
  World world(server().url());
  std::vector<Query> batch =
      sql({"BEGIN", "SET LOCAL statement_timeout = 100", "SELECT pg_sleep(20)", "COMMIT"});
  world.start(note(world, std::move(batch)));
  world.run();
  EXPECT_EQ(world.sqlstate, "57014");
  EXPECT_FALSE(world.lost);
  EXPECT_EQ(world.pool.counts().open, 1);
}

TEST(Pool, AnAnswerThatNeverComesIsNotAwaitedForever) {
  tests::CuttingProxy proxy(server().port());
  PoolLimits limits = small_limits();
  limits.timeouts.statement_ms = 100;  // and two seconds of grace
  limits.timeouts.connect_ms = 300;
  World world(proxy.url(server().url()), limits);
  world.start(note(world, sql({"SELECT 5"})));
  world.run();
  EXPECT_EQ(world.what, "5");
  proxy.stall(true);
  world.start(note(world, sql({"SELECT 6"})));
  world.run();
  EXPECT_TRUE(world.lost);
  EXPECT_NE(world.what.find("gave no answer within 2.1 s"), std::string::npos) << world.what;
  world.start(note(world, sql({"SELECT 7"})));
  world.run();
  EXPECT_EQ(world.sqlstate, "08001");
  EXPECT_NE(world.what.find("did not answer within 0.3 s"), std::string::npos) << world.what;
  proxy.stall(false);
  world.start(note(world, sql({"SELECT 8"})));
  world.run();
  EXPECT_EQ(world.what, "8");
  EXPECT_EQ(world.pool.counts().lost, 1);
}

// The server listens on 127.0.0.1 alone: where ::1 comes first, the next address is tried.
TEST(Pool, AHostsNameIsLookedUpWhileOthersWork) {
  std::string url = server().url();
  const std::string address = "127.0.0.1";
  url.replace(url.find(address), address.size(), "localhost");
  World world(url, small_limits());
  world.start(note(world, sql({"SELECT 5"})));
  world.run();
  EXPECT_EQ(world.what, "5");
  World nowhere("postgresql://somebody:secret@no-such-host.invalid/x", small_limits());
  nowhere.start(note(nowhere, sql({"SELECT 5"})));
  nowhere.run();
  EXPECT_EQ(nowhere.sqlstate, "08001");
  EXPECT_NE(nowhere.what.find("no-such-host.invalid cannot be reached: its name was not found"),
            std::string::npos)
      << nowhere.what;
  EXPECT_EQ(nowhere.what.find("secret"), std::string::npos);
}

TEST(Pool, AConnectionMoreThanTheServerAllowsIsNoError) {
  tests::PostgresOptions options;
  options.settings = {"max_connections=5", "superuser_reserved_connections=1"};
  const tests::PostgresServer narrow(options);
  World world(narrow.url());
  for (int i = 0; i < 60; ++i) world.start(work(world, i, "SELECT pg_sleep(0.03)"));
  world.run();
  EXPECT_EQ(world.done, 60);
  EXPECT_LE(world.pool.counts().opened, 5);
}

// The server stops reading until its answer is taken, while we still have much to send.
TEST(Pool, LargeBatchesAndLargeAnswersPassEachOther) {
  World world(server().url());
  const std::string large(3'000'000, 'x');
  std::vector<Query> batch;
  for (int i = 0; i < 4; ++i) batch.emplace_back("SELECT repeat($1::text, 8)").add(large);
  world.start(note(world, std::move(batch)));
  world.run();
  EXPECT_EQ(world.what.size(), 8 * large.size()) << world.what.substr(0, 200);
}

TEST(Pool, AsksForOwnTimeoutsOnlyWhereTheRoleHasNone) {
  for (const auto& [user, sets] : {std::pair("footfall", false), std::pair("postgres", true)}) {
    World world(server().url("footfall", user));
    std::optional<bool> answer;
    world.start(ask_timeouts(world.pool, answer));
    world.run();
    EXPECT_EQ(answer, sets) << user;
  }
  PoolLimits strict = small_limits();
  strict.timeouts.lock_ms = 500;
  World world(server().url(), strict);
  std::optional<bool> answer;
  world.start(ask_timeouts(world.pool, answer));
  world.run();
  EXPECT_EQ(answer, true) << "the role's lock timeout is longer than wanted";
}

TEST(Pool, WorksThroughPgBouncerInTransactionMode) {
  tests::PgBouncerOptions options;
  options.default_pool_size = 2;  // fewer than we open: transactions take turns on them
  const tests::PgBouncer bouncer(server(), options);
  World world(bouncer.url());
  for (int i = 0; i < 200; ++i) world.start(work(world, i, "SELECT pg_sleep(0.001)"));
  world.run();
  EXPECT_EQ(world.done, 200);
  world.start(note(world, sql({"BEGIN", "SELECT 1/0", "COMMIT"})));
  world.run();
  EXPECT_EQ(world.sqlstate, "22012");
  world.start(note(world, sql({"BEGIN", "SELECT current_setting('application_name')"})));
  world.run();
  EXPECT_EQ(world.what, "footfall");
  world.start(note(world, sql({"SELECT 9"})));
  world.run();
  EXPECT_EQ(world.what, "9");
  EXPECT_EQ(world.pool.counts().lost, 0);
}

TEST(Pool, CanGoWhileCallersWaitAndALeaseIsOut) {
  PoolLimits limits = small_limits();
  limits.kept = 1;
  limits.extra = 0;
  auto world = std::make_unique<World>(server().url(), limits);
  std::optional<Pool> pool;
  pool.emplace(world->context.get_executor(), server().url(), limits, world->bound);
  std::vector<std::string> said;
  for (int i = 0; i < 3; ++i) world->start(say(*pool, said));
  while (pool->counts().batches == 0) world->context.run_one();  // the question on opening
  pool.reset();
  world->run();
  ASSERT_EQ(said.size(), 3U);
  EXPECT_EQ(said[2], "done");
  EXPECT_EQ(said[0], "the database connections are closed");
  EXPECT_EQ(world->bound->open, 0);
  EXPECT_EQ(world->bound->taken, 1) << "the other pool's";
}

TEST(Pool, AnAbandonedContextReleasesEverything) {
  const std::string count = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'footfall'";
  {
    World world(server().url());
    for (int i = 0; i < 20; ++i) world.start(work(world, i, "SELECT pg_sleep(1)"));
    while (world.pool.counts().opened < 6) world.context.run_one();
    EXPECT_EQ(world.pool.counts().busy, 6);
  }
  while (server().psql("footfall", count) != "0") {
  }
}

}  // namespace
}  // namespace footfall::store::postgres
