// Goal: nothing that a client does, or leaves undone, holds the server or its memory: each limit is
// answered by its problem or by closing, and others are served meanwhile. Method: small limits on
// loopback. No time is asserted; what must not wait would hang the test.
#include <gtest/gtest.h>

#include <vector>

#include "http/server_fixture.hpp"

namespace footfall::http {
namespace {

using std::chrono::milliseconds;

class ServerLimits : public ServerTest {
 protected:
  // The answer is the problem with this code, and the connection ends.
  void expect_refused(BareClient& client, int status, std::string_view code) {
    const std::optional<Answer> answer = client.answer();
    ASSERT_TRUE(answer) << code;
    EXPECT_EQ(answer->status, status);
    EXPECT_TRUE(answer->closes());
    EXPECT_EQ(answer->header("content-type"), "application/problem+json");
    EXPECT_EQ(problem_code(*answer), code);
    EXPECT_TRUE(client.is_closed());
    EXPECT_FALSE(client.was_reset()) << "the answer could have been lost";
  }
  void expect_refused(const std::string& bytes, int status, std::string_view code) {
    BareClient client = connect();
    client.send(bytes);
    expect_refused(client, status, code);
  }
};

TEST_F(ServerLimits, HeadsAndTargets) {
  options_.header_max = 1000;
  options_.target_max = 300;
  start();
  EXPECT_EQ(ask(get("/" + std::string(299, 'a'))).status, 200);
  expect_refused(get("/" + std::string(300, 'a')), 414, "target_too_long");
  expect_refused("GET /" + std::string(5'000'000, 'a'), 414, "target_too_long");
  EXPECT_EQ(ask(get("/ok", "X: " + std::string(900, 'a') + "\r\n")).status, 200);
  expect_refused(get("/ok", "X: " + std::string(1000, 'a') + "\r\n"), 431, "header_too_large");
  expect_refused(get("/ok", "X: " + std::string(5'000'000, 'a') + "\r\n"), 431, "header_too_large");
  std::string many;
  for (int i = 0; i < 101; ++i) many += "X:\r\n";
  expect_refused(get("/ok", many), 431, "header_too_large");
}

TEST_F(ServerLimits, HeadsAsLargeAsTheyMayBe) {
  start();
  BareClient client = connect();
  for (int i = 0; i < 3; ++i) {
    const std::size_t others = get("/ok", "X: \r\n").size();
    const std::string value(options_.header_max - others, 'a');
    EXPECT_EQ(client.ask(get("/ok", "X: " + value + "\r\n")).status, 200);
  }
  client.send(get("/ok", "X: " + std::string(options_.header_max, 'a') + "\r\n"));
  expect_refused(client, 431, "header_too_large");
}

TEST_F(ServerLimits, Bodies) {
  options_.body_max = 1000;
  start();
  const std::string chunked =
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(ask(post("/echo", std::string(1000, 'a'))).status, 200);
  expect_refused(post("/echo", std::string(1001, 'a')), 413, "body_too_large");
  expect_refused(post("/echo", std::string(5'000'000, 'a')), 413, "body_too_large");
  EXPECT_EQ(ask(chunked + "3e8\r\n" + std::string(1000, 'a') + "\r\n0\r\n\r\n").status, 200);
  expect_refused(chunked + "3e9\r\n", 413, "body_too_large");
  expect_refused(chunked + "ffffffffffffffffffff\r\n", 413, "body_too_large");
  expect_refused("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
                 413, "body_too_large");
}

TEST_F(ServerLimits, SlowSendersAreToldAndIdleOnesClosed) {
  options_.header_timeout = options_.body_timeout = milliseconds(60);
  options_.idle_timeout = milliseconds(120);
  start();
  BareClient idle = connect(), used = connect();
  used.ask(get("/ok"));
  expect_refused("G", 408, "request_timeout");
  expect_refused("GET /ok HTTP/1.1\r\nHost: x\r\n", 408, "request_timeout");
  expect_refused("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf", 408,
                 "request_timeout");
  expect_refused("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha", 408,
                 "request_timeout");
  EXPECT_TRUE(idle.is_closed());
  EXPECT_TRUE(used.is_closed());
  EXPECT_TRUE(eventually([&] { return server_->counts().connections == 0; }));
}

// Each byte in time, the whole never: the deadline is for all of the head.
TEST_F(ServerLimits, ATrickleOfBytesBuysNoTime) {
  options_.header_timeout = milliseconds(100);
  start();
  BareClient client = connect();
  client.send("GET /ok HTTP/1.1\r\nX: ");
  std::atomic<bool> done = false;
  std::thread trickle([&] {
    while (!done && client.send("a")) std::this_thread::sleep_for(milliseconds(5));
  });
  EXPECT_EQ(client.answer().value_or(Answer{}).status, 408);
  done = true;
  trickle.join();
}

TEST_F(ServerLimits, HandlersMayTakeLongerThanClients) {
  options_.header_timeout = options_.body_timeout = options_.idle_timeout = options_.write_timeout =
      milliseconds(20);
  start();
  BareClient waits = connect(), idle = connect();
  waits.send(get("/wait"));
  EXPECT_TRUE(idle.is_closed());  // by then any of the deadlines would have passed
  stage_.open = true;
  const std::optional<Answer> answer = waits.answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
}

TEST_F(ServerLimits, ThoseWhoDoNotReadAreCutOff) {
  options_.write_timeout = milliseconds(100);
  start();
  BareClient client = connect(/*receive_buffer_bytes=*/4096);
  client.send(get("/big?50000000"));
  EXPECT_TRUE(eventually([&] { return server_->counts().accepted == 1; }));
  EXPECT_TRUE(eventually([&] { return server_->counts().connections == 0; }));
  expect_still_serves();
}

TEST_F(ServerLimits, HalfRequestsThatEndAreNoRequests) {
  start();
  for (const std::string& bytes :
       {std::string("GET /o"), std::string("GET /ok HTTP/1.1\r\nHost: x\r\n"),
        std::string("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf"),
        std::string(
            "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal")}) {
    BareClient client = connect();
    client.send(bytes);
    client.end_sending();
    EXPECT_TRUE(client.is_closed()) << bytes;
  }
  EXPECT_EQ(server_->counts().requests, 0);
}

TEST_F(ServerLimits, AnswersReachThoseWhoHaveEndedSending) {
  start();
  BareClient client = connect();
  client.send(post("/echo", "body"));
  client.end_sending();
  EXPECT_EQ(client.answer().value_or(Answer{}).body, "body");
  EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerLimits, ConnectionsAreBounded) {
  options_.connections_max = 2'000;
  options_.threads = 2;
  start();
  std::vector<BareClient> idle;
  for (int i = 0; i < 1'999; ++i) idle.push_back(connect());
  ASSERT_TRUE(eventually([&] { return server_->counts().connections == 1'999; }));
  BareClient last = connect();
  EXPECT_EQ(last.ask(get("/ok")).status, 200);
  for (int i = 0; i < 5; ++i) {
    BareClient refused = connect();
    expect_refused(refused, 503, "too_many_connections");
  }
  EXPECT_EQ(server_->counts().connections, 2'000);
  EXPECT_EQ(server_->counts().refused, 5);
  EXPECT_EQ(idle.front().ask(get("/ok")).status, 200);
  idle.clear();
  ASSERT_TRUE(eventually([&] { return server_->counts().connections == 1; }));
  expect_still_serves();
}

// Turning away must not become the way to hold memory: past a number nobody gets an answer.
TEST_F(ServerLimits, AFloodOfConnectionsPassesBy) {
  options_.connections_max = 10;
  start();
  std::vector<BareClient> clients;
  for (int i = 0; i < 500; ++i) clients.push_back(connect());
  ASSERT_TRUE(eventually([&] { return server_->counts().refused == 490; }));
  EXPECT_EQ(clients.front().ask(get("/ok")).status, 200);
  int answered = 0;
  for (std::size_t i = 10; i < clients.size(); ++i) answered += clients[i].answer() ? 1 : 0;
  EXPECT_GT(answered, 0);
  EXPECT_LT(answered, 490);
  clients.clear();
  ASSERT_TRUE(eventually([&] { return server_->counts().connections == 0; }));
  expect_still_serves();
}

}  // namespace
}  // namespace footfall::http
