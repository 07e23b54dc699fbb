// Goal: a test that cuts a connection knows exactly what the server got and what the client got.
// Method: one transaction through the proxy, cut before and after each of its messages; what the
// server kept is read directly. PQexec sends each statement as one message.
#include "tests/servers/cutting_proxy.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/servers/libpq_session.hpp"
#include "tests/servers/loopback.hpp"
#include "tests/servers/message_scanner.hpp"
#include "tests/servers/postgres_server.hpp"

namespace footfall::tests {
namespace {

class CuttingProxyTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = std::make_unique<PostgresServer>(); }
  static void TearDownTestSuite() { server_.reset(); }

  void SetUp() override {
    server_->psql("footfall",
                  "CREATE TABLE t (a int); "
                  "GRANT ALL ON t TO footfall");
  }
  void TearDown() override { server_->psql("footfall", "DROP TABLE t"); }

  // Once the backends are gone, so that none is still at work: a cut does not wait for the server.
  static std::string rows_kept() {
    const std::string backends = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'footfall'";
    for (int i = 0; i < 1000 && server_->psql("footfall", backends) != "0"; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return server_->psql("footfall", "SELECT count(*) FROM t; TRUNCATE t");
  }

  static bool answers_within(const Session& session, int timeout_ms) {
    pollfd socket{PQsocket(session.get()), POLLIN, 0};
    return ::poll(&socket, 1, timeout_ms) > 0;
  }

  static std::unique_ptr<PostgresServer> server_;
  CuttingProxy proxy_{server_->port()};
  const std::string url_ = proxy_.url(server_->url());
};

std::unique_ptr<PostgresServer> CuttingProxyTest::server_;

bool transaction(Session& session) {
  return session.is_up() && session.run("BEGIN") && session.run("INSERT INTO t VALUES (1)") &&
         session.run("COMMIT");
}

// The messages of a whole connection, given byte by byte.
TEST(MessageScanner, FindsMessagesHoweverTheyArrive) {
  using std::string_literals::operator""s;
  const std::string bytes =
      "\0\0\0\x08\x04\xd2\x16\x2f"s + "\0\0\0\x0b\0\3\0\0ab\0"s + "Q\0\0\0\x07 1\0"s + "X\0\0\0\4"s;
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    MessageScanner scanner(MessageScanner::Sender::client);
    std::string letters;
    std::vector<std::size_t> ends;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t stop = std::min(bytes.size(), (at / step + 1) * step);
      const auto piece = scanner.next(bytes.data() + at, stop - at);
      if (piece.letter != 0) letters += piece.letter;
      at += piece.size;
      if (piece.ends) ends.push_back(at);
    }
    EXPECT_EQ(letters, "!0QX") << "in steps of " << step;
    EXPECT_EQ(ends, (std::vector<std::size_t>{8, 19, 27, 32})) << "in steps of " << step;
  }
}

TEST_F(CuttingProxyTest, PassesEverythingAndListsTheMessages) {
  {
    Session session(url_);
    ASSERT_TRUE(transaction(session)) << session.error();
    const std::string long_text(8'000'000, 'x');
    EXPECT_EQ(session.value("SELECT '" + long_text + "'"), long_text);
    const CuttingProxy::Seen seen = proxy_.seen();
    EXPECT_EQ(seen.to_server, "!0QQQQ");
    EXPECT_EQ(seen.to_client.substr(seen.to_client.size() - 10), "CZCZCZTDCZ");
    EXPECT_EQ(seen.to_client[0], 'R');
    EXPECT_EQ(seen.connections, 1);
    EXPECT_EQ(seen.open_connections, 1);
  }
  EXPECT_EQ(proxy_.seen().open_connections, 0);
  EXPECT_EQ(proxy_.seen().to_server, "!0QQQQX");
  EXPECT_EQ(rows_kept(), "1");
}

TEST_F(CuttingProxyTest, CutsBeforeAndAfterEachMessageOfATransaction) {
  const int commit = 3;  // after the start-up packet: BEGIN, INSERT, COMMIT
  for (int number = 0; number <= commit + 1; ++number) {
    for (const bool forward_it : {false, true}) {
      proxy_.cut_at_message(Direction::to_server, number, forward_it);
      Session session(url_);
      const bool told = transaction(session);
      const bool struck = proxy_.seen().cuts == 1;
      EXPECT_EQ(struck, number <= commit);
      EXPECT_EQ(told, !struck) << "message " << number;
      EXPECT_EQ(session.is_up(), !struck);
      session = Session(url_);
      EXPECT_TRUE(session.is_up()) << "the next attempt passes: " << session.error();
      session = Session("");
      const bool committed = number > commit || (number == commit && forward_it);
      EXPECT_EQ(rows_kept(), committed ? "1" : "0") << "message " << number << forward_it;
    }
  }
}

// The case that matters most, often: a reset must not overtake what it follows.
TEST_F(CuttingProxyTest, WhatWasForwardedArrivesEveryTime) {
  for (int round = 0; round < 100; ++round) {
    Session session(url_);
    ASSERT_TRUE(session.run("BEGIN; INSERT INTO t VALUES (1)"));
    proxy_.cut_at_message(Direction::to_server, 1, true);
    ASSERT_FALSE(session.run("COMMIT"));
  }
  EXPECT_EQ(rows_kept(), "100");
}

TEST_F(CuttingProxyTest, CutsOnTheWayToTheClient) {
  for (const bool forward_it : {false, true}) {
    Session session(url_);
    ASSERT_TRUE(session.run("BEGIN; INSERT INTO t VALUES (1)"));
    proxy_.cut_at_message(Direction::to_client, 1, forward_it);
    ASSERT_EQ(PQsendQuery(session.get(), "COMMIT"), 1);
    // CommandComplete and then, in place of ReadyForQuery, the end; or the end at once.
    PGresult* const result = PQgetResult(session.get());
    EXPECT_EQ(PQresultStatus(result), forward_it ? PGRES_COMMAND_OK : PGRES_FATAL_ERROR);
    PQclear(result);
    while (PGresult* const next = PQgetResult(session.get())) PQclear(next);
    EXPECT_FALSE(session.is_up());
    EXPECT_EQ(proxy_.seen().to_client, "C");
    EXPECT_EQ(rows_kept(), "1");
  }
}

TEST_F(CuttingProxyTest, CutsAfterBytes) {
  proxy_.cut_after_bytes_to_server(12);  // within the start-up packet
  EXPECT_FALSE(Session(url_).is_up());
  EXPECT_EQ(proxy_.seen().cuts, 1);
  proxy_.cut_after_bytes_to_client(0);
  EXPECT_FALSE(Session(url_).is_up());
  Session session(url_);
  ASSERT_TRUE(session.run("BEGIN; INSERT INTO t VALUES (1)"));
  const std::int64_t commit_bytes = 1 + 4 + 7;
  proxy_.cut_after_bytes_to_server(commit_bytes - 1);
  EXPECT_FALSE(session.run("COMMIT"));
  EXPECT_EQ(rows_kept(), "0");
  session = Session(url_);
  ASSERT_TRUE(session.run("BEGIN; INSERT INTO t VALUES (1)"));
  proxy_.cut_after_bytes_to_server(commit_bytes);
  EXPECT_FALSE(session.run("COMMIT"));
  EXPECT_EQ(rows_kept(), "1");
}

TEST_F(CuttingProxyTest, AForgottenCutDoesNotStrike) {
  proxy_.cut_at_message(Direction::to_server, 1, true);
  proxy_.disarm();
  Session session(url_);
  EXPECT_TRUE(transaction(session));
  EXPECT_EQ(proxy_.seen().cuts, 0);
}

TEST_F(CuttingProxyTest, StallsUntilToldOtherwise) {
  Session session(url_);
  proxy_.stall(true);
  ASSERT_EQ(PQsendQuery(session.get(), "SELECT 1"), 1);
  EXPECT_FALSE(answers_within(session, 100));
  EXPECT_EQ(proxy_.seen().to_server, "!0");
  proxy_.stall(false);
  EXPECT_TRUE(answers_within(session, 10'000));
  while (PGresult* const next = PQgetResult(session.get())) PQclear(next);
  proxy_.stall(true);
  ASSERT_EQ(PQsendQuery(session.get(), "SELECT 1"), 1);
  proxy_.cut_all();
  EXPECT_TRUE(answers_within(session, 10'000)) << "a reset wakes it";
  EXPECT_EQ(proxy_.seen().open_connections, 0);
  proxy_.stall(false);
  session = Session(url_);
  EXPECT_EQ(session.value("SELECT 1"), "1");
}

TEST_F(CuttingProxyTest, CarriesManyConnectionsAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([this] {
      for (int round = 0; round < 5; ++round) {
        Session session(url_);
        EXPECT_TRUE(transaction(session)) << session.error();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(proxy_.seen().connections, 80);
  EXPECT_EQ(rows_kept(), "80");
}

TEST(CuttingProxy, ResetsAClientWhoseServerIsNotThere) {
  const CuttingProxy proxy(free_port());
  const Session session(proxy.url("postgresql://footfall@127.0.0.1:1/footfall"));
  EXPECT_FALSE(session.is_up());
  EXPECT_EQ(proxy.seen().connections, 1);
  EXPECT_EQ(proxy.seen().open_connections, 0);
}

}  // namespace
}  // namespace footfall::tests
