// Goal: the servers that other tests lean on do what their headers say, and leave nothing behind.
// Method: each test starts its own, and looks at it through libpq, psql and the process table.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/servers/child.hpp"
#include "tests/servers/libpq_session.hpp"
#include "tests/servers/pgbouncer.hpp"
#include "tests/servers/postgres_server.hpp"
#include "tests/servers/server_folder.hpp"

namespace footfall::tests {
namespace {

namespace fs = std::filesystem;

std::vector<pid_t> with_children(pid_t pid) {
  std::vector<pid_t> pids = children_of(pid);
  pids.push_back(pid);
  return pids;
}

// Waits, as processes that nobody awaits end in their own time.
bool all_gone(const std::vector<pid_t>& pids) {
  for (int i = 0; i < 1000; ++i) {
    bool alive = false;
    for (const pid_t pid : pids) alive = alive || process_alive(pid);
    if (!alive) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

std::string failure_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Child, TellsHowItEnded) {
  Child three({.arguments = {"/bin/sh", "-c", "exit 3"}});
  EXPECT_EQ(three.wait_for(std::chrono::seconds(10)), 3);
  Child sleeper({.arguments = {"/bin/sleep", "1000"}});
  EXPECT_TRUE(sleeper.running());
  EXPECT_EQ(sleeper.end({SIGTERM}, std::chrono::seconds(10)), 128 + SIGTERM);
  EXPECT_TRUE(contains(failure_of([] { Child({.arguments = {"/no/such/program"}}); }),
                       "cannot start /no/such/program: No such file"));
}

TEST(Child, EndsByForceWhenAskedInVain) {
  Child deaf({.arguments = {"/bin/sh", "-c", "trap '' TERM; while :; do /bin/sleep 0.01; done"}});
  EXPECT_EQ(deaf.end({}, std::chrono::seconds(0)), 128 + SIGKILL);
}

TEST(Child, RunProgramReturnsOutputAndThrowsErrors) {
  EXPECT_EQ(run_program({.arguments = {"/bin/cat"}, .input = "a\nb"}), "a\nb");
  const auto fails = [] { run_program({.arguments = {"/bin/sh", "-c", "echo no >&2; exit 1"}}); };
  EXPECT_EQ(failure_of(fails), "/bin/sh ended with code 1: no\n");
}

TEST(ServerFolder, RemovesWhatADeadTestLeft) {
  const fs::path left = temporary_folder() / "footfall-test-left-over";
  fs::create_directories(left / "data");
  append_text(left / "owner.pid", "1\n");
  const ServerFolder living("living");
  const auto hour_ago = fs::file_time_type::clock::now() - std::chrono::hours(1);
  fs::last_write_time(left / "owner.pid", hour_ago);
  fs::last_write_time(living.path() / "owner.pid", hour_ago);
  const ServerFolder other("other");
  EXPECT_FALSE(fs::exists(left));
  EXPECT_TRUE(fs::exists(living.path()));
}

TEST(PostgresServer, AnswersAndHoldsSeveralDatabases) {
  PostgresServer server;
  server.create_database("second");
  Session first(server.url()), second(server.url("second"));
  ASSERT_TRUE(first.is_up() && second.is_up()) << first.error() << second.error();
  EXPECT_TRUE(first.run("CREATE TABLE t AS SELECT 1 AS a"));
  EXPECT_TRUE(second.run("CREATE TABLE t AS SELECT 2 AS a"));
  EXPECT_EQ(server.psql("footfall", "SELECT a, 'x' FROM t"), "1|x");
  EXPECT_EQ(server.psql("second", "SELECT a FROM t; SELECT 3"), "2\n3");
  second = Session("");
  server.create_database("Third", "second");
  EXPECT_EQ(server.psql("Third", "SELECT a FROM t"), "2");
}

TEST(PostgresServer, RestartsOnTheSamePortWithItsData) {
  PostgresServer server;
  server.psql("footfall", "CREATE TABLE t AS SELECT 7 AS a");
  const int port = server.port();
  server.restart();
  EXPECT_EQ(server.port(), port);
  server.stop();
  EXPECT_FALSE(Session(server.url()).is_up());
  server.start();
  EXPECT_EQ(Session(server.url("footfall", "postgres")).value("SELECT a FROM t"), "7");
}

TEST(PostgresServer, RecoversWhatWasCommittedBeforeAKill) {
  for (const bool durable : {false, true}) {
    PostgresServer server({.durable = durable});
    Session session(server.url());
    ASSERT_TRUE(session.run("CREATE TABLE t (a int)"));
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(session.run("INSERT INTO t VALUES (1)"));
    ASSERT_TRUE(session.run("BEGIN; INSERT INTO t VALUES (1)"));
    const auto pids = with_children(server.pid());
    ASSERT_GT(pids.size(), 5U);
    server.kill_now();
    for (const pid_t pid : pids) EXPECT_FALSE(process_alive(pid));
    EXPECT_FALSE(session.run("COMMIT"));
    server.start();
    EXPECT_EQ(server.psql("footfall", "SELECT count(*) FROM t"), "50");
    EXPECT_TRUE(contains(server.log(), "automatic recovery in progress"));
  }
}

TEST(PostgresServer, RoleFootfallIsOrdinaryAndHasItsTimeouts) {
  PostgresServer server;
  Session session(server.url());
  EXPECT_EQ(session.value("SHOW is_superuser"), "off");
  EXPECT_EQ(session.value("SHOW statement_timeout"), "5s");
  EXPECT_EQ(session.value("SHOW lock_timeout"), "1s");
  EXPECT_EQ(session.value("SHOW idle_in_transaction_session_timeout"), "10s");
  EXPECT_EQ(session.value("SHOW synchronous_commit"), "on");
  EXPECT_TRUE(session.run("CREATE TABLE own (a int); CREATE SCHEMA own"));
  EXPECT_TRUE(contains(session.value("CREATE ROLE other"), "permission denied"));
  EXPECT_TRUE(contains(session.value("CREATE DATABASE other"), "permission denied"));
}

TEST(PostgresServer, AsksForThePassword) {
  PostgresServer server({.password = true});
  EXPECT_EQ(Session(server.url()).value("SELECT 1"), "1");
  EXPECT_EQ(server.psql("footfall", "SELECT 1"), "1");
  EXPECT_TRUE(contains(server.psql("postgres",
                                   "SELECT rolpassword FROM pg_authid WHERE "
                                   "rolname = 'footfall'"),
                       "SCRAM-SHA-256"));
  std::string wrong = server.url();
  wrong.replace(wrong.find(':', 12), 2, ":X");
  EXPECT_TRUE(contains(Session(wrong).error(), "password authentication failed"));
}

TEST(PostgresServer, TakesSettingsAndThrowsItsLogOnBadOnes) {
  PostgresServer server({.durable = true, .settings = {"work_mem=7MB", "log_line_prefix=it's "}});
  EXPECT_EQ(server.psql("footfall", "SHOW work_mem; SHOW fsync; SHOW full_page_writes"),
            "7MB\non\non");
  EXPECT_EQ(server.psql("footfall", "SHOW log_line_prefix"), "it's ");
  const auto bad = [] { PostgresServer({.settings = {"work_mem=much"}}); };
  EXPECT_TRUE(contains(failure_of(bad), "invalid value for parameter \"work_mem\""));
  EXPECT_TRUE(contains(failure_of([&] { server.psql("footfall", "SELECT 1; SELECT nought"); }),
                       "column \"nought\" does not exist"));
}

TEST(PostgresServer, SaysWhatIsMissing) {
  ::setenv("FOOTFALL_PG_BIN", "/no/such/folder", 1);
  const std::string error = failure_of([] { PostgresServer(); });
  ::unsetenv("FOOTFALL_PG_BIN");
  EXPECT_EQ(error, "FOOTFALL_PG_BIN is /no/such/folder, which lacks postgres, initdb or psql");
}

TEST(PostgresServer, LeavesNoProcessAndNoFolder) {
  std::vector<pid_t> pids;
  fs::path folder;
  {
    PostgresServer server;
    const Session busy(server.url());
    pids = with_children(server.pid());
    folder = server.folder();
    EXPECT_TRUE(fs::exists(folder));
  }
  EXPECT_GT(pids.size(), 5U);
  EXPECT_TRUE(all_gone(pids));
  EXPECT_FALSE(fs::exists(folder));
}

TEST(PostgresServer, OutlivesTheThreadThatStartedIt) {
  std::optional<PostgresServer> first, second;
  std::thread one([&] { first.emplace(); });
  std::thread two([&] { second.emplace(); });
  one.join();
  two.join();
  EXPECT_EQ(first->psql("footfall", "SELECT 1"), "1");
  EXPECT_EQ(second->psql("footfall", "SELECT 1"), "1");
}

// A fork plays the test that is killed: with its servers, in the midst of their work.
TEST(PostgresServer, EndsWithATestThatIsKilled) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t test = ::fork();
  if (test == 0) {
    const PostgresServer server;
    const PgBouncer bouncer(server);
    const Session session(bouncer.url());
    for (const pid_t pid : {server.pid(), bouncer.pid()}) {
      if (::write(ends[1], &pid, sizeof pid) < 0) ::_exit(1);
    }
    while (true) ::pause();
  }
  pid_t servers[2];
  ASSERT_EQ(::read(ends[0], &servers[0], sizeof(pid_t)), static_cast<ssize_t>(sizeof(pid_t)));
  ASSERT_EQ(::read(ends[0], &servers[1], sizeof(pid_t)), static_cast<ssize_t>(sizeof(pid_t)));
  std::vector<pid_t> pids = with_children(servers[0]);
  pids.push_back(servers[1]);
  const std::vector<pid_t> ours = children_of(test);  // the servers and their watchers
  pids.insert(pids.end(), ours.begin(), ours.end());
  EXPECT_GT(pids.size(), 8U);
  ::kill(test, SIGKILL);
  ::waitpid(test, nullptr, 0);
  EXPECT_TRUE(all_gone(pids));
  ::close(ends[0]);
  ::close(ends[1]);
  int found = 0;
  for (const fs::path& parent : {temporary_folder(), memory_folder()}) {
    for (const auto& entry : fs::directory_iterator(parent)) {
      const fs::path owner = entry.path() / "owner.pid";
      if (read_text(owner) != std::to_string(test) + "\n") continue;
      fs::last_write_time(owner, fs::file_time_type::clock::now() - std::chrono::hours(1));
      const ServerFolder sweeper("sweeper", parent);
      EXPECT_FALSE(fs::exists(entry.path()));
      ++found;
    }
  }
  EXPECT_EQ(found, 2) << "one for each server";
}

TEST(PgBouncer, SharesServerConnectionsByTransaction) {
  PostgresServer server;
  const PgBouncer bouncer(server, {.default_pool_size = 1});
  Session first(bouncer.url()), second(bouncer.url());
  const std::string backend = first.value("SELECT pg_backend_pid()");
  EXPECT_EQ(second.value("SELECT pg_backend_pid()"), backend);
  EXPECT_TRUE(first.run("BEGIN"));
  EXPECT_EQ(first.value("SELECT pg_backend_pid()"), backend);
  EXPECT_TRUE(first.run("COMMIT"));
  server.create_database("second");
  EXPECT_EQ(Session(bouncer.url("second")).value("SELECT current_database()"), "second");
  Session console(bouncer.url("pgbouncer", "postgres"));
  EXPECT_TRUE(contains(console.value("SHOW VERSION"), "PgBouncer")) << console.error();
  server.restart();
  EXPECT_TRUE(Session(bouncer.url()).run("SELECT 1") || Session(bouncer.url()).run("SELECT 1"));
}

TEST(PgBouncer, RefusesStartupOptions) {
  const PostgresServer server;
  const PgBouncer bouncer(server);
  EXPECT_EQ(Session(server.url() + "?options=-c%20work_mem%3D3MB").value("SHOW work_mem"), "3MB");
  const Session refused(bouncer.url() + "?options=-c%20work_mem%3D3MB");
  EXPECT_FALSE(refused.is_up());
  EXPECT_TRUE(contains(refused.error(), "unsupported startup parameter")) << refused.error();
}

TEST(PgBouncer, TakesSettingsAndKnowsTheServersPassword) {
  const PostgresServer server({.password = true});
  const PgBouncer bouncer(
      server, {.pool_mode = "session", .settings = {"ignore_startup_parameters = options"}});
  Session session(bouncer.url() + "?options=-c%20work_mem%3D3MB");
  EXPECT_TRUE(session.run("SELECT 1")) << session.error();
  EXPECT_TRUE(contains(Session(bouncer.url("footfall", "stranger")).error(), "FATAL"));
  const auto bad = [&] { PgBouncer(server, {.pool_mode = "sometimes"}); };
  EXPECT_TRUE(contains(failure_of(bad), "pool_mode"));
}

TEST(PgBouncer, LeavesNoProcessAndNoFolder) {
  const PostgresServer server;
  std::optional<PgBouncer> bouncer(server);
  const pid_t pid = bouncer->pid();
  const fs::path folder = bouncer->folder();
  const Session session(bouncer->url());
  bouncer.reset();
  EXPECT_FALSE(process_alive(pid));
  EXPECT_FALSE(fs::exists(folder));
}

}  // namespace
}  // namespace footfall::tests
