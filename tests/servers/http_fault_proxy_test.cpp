// Goal: each fault is, for the client and for the server, exactly what the plan promises, and the
// counts say so. Method: our own server behind the proxy, raw sockets before it; what waits is let
// go by release(), so no test depends on how long anything takes.
#include "tests/servers/http_fault_proxy.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/servers/http_fault_fixture.hpp"
#include "tests/servers/http_framing.hpp"

namespace footfall::tests {
namespace {

constexpr std::chrono::hours kForever{1};

TEST_F(HttpFaultProxyTest, PassesEverythingOnAsItIs) {
  RawClient client(proxy_->port()), direct(options_.port);
  const std::string big(3'000'000, 'x');
  for (const std::string& request :
       {get("/a?b=c"), post("/a", "some body"), post("/big", big),
        std::string("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")}) {
    const std::string answer = client.ask(request), wanted = direct.ask(request);
    EXPECT_EQ(status(answer), "HTTP/1.1 200 OK");
    EXPECT_EQ(body(answer), body(wanted));
    EXPECT_EQ(head_bytes(answer), head_bytes(wanted));
  }
  client.send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(status(client.answer(/*to_head=*/true)), "HTTP/1.1 200 OK");
  client.send(post("/a", "first") + post("/a", "second"));
  EXPECT_EQ(body(client.answer()), "first");
  EXPECT_EQ(body(client.ask(get("/a", "Connection: close\r\n"))), "second");
  EXPECT_EQ(body(client.answer()), "hello");
  EXPECT_TRUE(client.was_closed());
  const HttpFaultCounts counts = proxy_->counts();
  EXPECT_EQ(counts.requests, 8);
  EXPECT_EQ(counts.passed_on, 8);
  EXPECT_EQ(counts.connections, 1);
  EXPECT_EQ(counts.reached, (std::map<std::string, std::int64_t>{
                                {"GET /a", 2}, {"HEAD /a", 1}, {"POST /a", 4}, {"POST /big", 1}}));
  EXPECT_EQ(counts.reached_in_all(), 8);
  EXPECT_EQ(counts.reached_server("POST /a"), 4);
  EXPECT_EQ(counts.reached_server("POST /nothing"), 0);
  EXPECT_TRUE(eventually([&] { return proxy_->counts().open_connections == 0; }));
}

TEST_F(HttpFaultProxyTest, AnswersInPlaceOfTheServer) {
  plan_.retry_after_s = 7;
  follow({{1, HttpFault::answer_500},
          {2, HttpFault::answer_429},
          {3, HttpFault::answer_502},
          {4, HttpFault::answer_503},
          {5, HttpFault::answer_504},
          {6, HttpFault::answer_503}});
  RawClient client(proxy_->port());
  const auto retry_after = [](const std::string& answer) {
    return std::string(http_header(answer, "retry-after"));
  };
  EXPECT_EQ(status(client.ask(get("/a"))), "HTTP/1.1 500 Internal Server Error");
  const std::string too_many = client.ask(get("/a"));
  EXPECT_EQ(status(too_many), "HTTP/1.1 429 Too Many Requests");
  EXPECT_EQ(retry_after(too_many), "7");
  EXPECT_EQ(status(client.ask(get("/a"))), "HTTP/1.1 502 Bad Gateway");
  const std::string unavailable = client.ask(get("/a"));
  EXPECT_EQ(status(unavailable), "HTTP/1.1 503 Service Unavailable");
  EXPECT_EQ(retry_after(unavailable), "");
  EXPECT_EQ(status(client.ask(get("/a"))), "HTTP/1.1 504 Gateway Timeout");
  client.send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(status(client.answer(/*to_head=*/true)), "HTTP/1.1 503 Service Unavailable");
  EXPECT_EQ(served_, 0);
  EXPECT_EQ(proxy_->counts().faults_in_all(), 6);
  EXPECT_EQ(proxy_->counts().of(HttpFault::answer_503), 2);
  EXPECT_EQ(proxy_->counts().reached_in_all(), 0);
  expect_passes(client);
  EXPECT_EQ(proxy_->counts().connections, 1) << "the connection stayed";
}

TEST_F(HttpFaultProxyTest, ResetsBeforeTheServerHasSeenTheRequest) {
  follow({{1, HttpFault::reset_before}});
  RawClient client(proxy_->port());
  EXPECT_EQ(client.ask(post("/checkout", "{}")), "");
  EXPECT_TRUE(client.was_reset());
  EXPECT_EQ(served_, 0);
  EXPECT_EQ(proxy_->counts().of(HttpFault::reset_before), 1);
  EXPECT_EQ(proxy_->counts().reached_server("POST /checkout"), 0);
  expect_passes();
}

// Often: what the server has answered must be so each time.
TEST_F(HttpFaultProxyTest, ResetsAfterTheServerHasAnswered) {
  std::map<std::int64_t, HttpFault> all;
  for (int i = 1; i <= 50; ++i) all[i] = HttpFault::reset_after;
  follow(all);
  for (int i = 1; i <= 50; ++i) {
    RawClient client(proxy_->port());
    EXPECT_EQ(client.ask(post("/checkout", "{}")), "");
    EXPECT_TRUE(client.was_reset());
    EXPECT_EQ(served_, i);
  }
  EXPECT_EQ(proxy_->counts().of(HttpFault::reset_after), 50);
  EXPECT_EQ(proxy_->counts().reached_server("POST /checkout"), 50);
  EXPECT_EQ(proxy_->counts().passed_on, 0);
  expect_passes();
}

TEST_F(HttpFaultProxyTest, StallsBeforeAndAfterUntilReleased) {
  for (const HttpFault fault : {HttpFault::stall_before, HttpFault::stall_after}) {
    served_ = 0;
    follow({{1, fault}});
    RawClient client(proxy_->port());
    client.send(get("/a"));
    wait_until_held(1);
    EXPECT_EQ(served_, fault == HttpFault::stall_after ? 1 : 0);
    expect_passes();  // others go by
    EXPECT_FALSE(client.has_something());
    proxy_->release();
    EXPECT_EQ(body(client.answer()), "hello");
    EXPECT_EQ(served_, 2);
    EXPECT_EQ(proxy_->counts().held, 0);
    EXPECT_EQ(proxy_->counts().of(fault), 1);
  }
}

TEST_F(HttpFaultProxyTest, AStallWithATimeEndsByItself) {
  plan_.stall = std::chrono::milliseconds(1);
  follow({{1, HttpFault::stall_before}, {2, HttpFault::stall_after}});
  RawClient client(proxy_->port());
  EXPECT_EQ(body(client.ask(get("/a"))), "hello");
  EXPECT_EQ(body(client.ask(get("/a"))), "hello");
  EXPECT_EQ(proxy_->counts().faults_in_all(), 2);
}

TEST_F(HttpFaultProxyTest, ARequestWhoseClientHasGoneIsCarriedOutAllTheSame) {
  follow({{1, HttpFault::stall_before}});
  {
    RawClient client(proxy_->port());
    client.send(get("/a"));
    wait_until_held(1);
  }
  proxy_->release();
  EXPECT_TRUE(eventually([&] { return served_ == 1; }));
}

TEST_F(HttpFaultProxyTest, Delays) {
  plan_.delay = kForever;
  follow({{1, HttpFault::delay}});
  RawClient client(proxy_->port());
  client.send(get("/a"));
  wait_until_held(1);
  EXPECT_EQ(served_, 0);
  proxy_->release();
  EXPECT_EQ(body(client.answer()), "hello");
  plan_.delay = std::chrono::milliseconds(1);
  follow({{1, HttpFault::delay}});
  EXPECT_EQ(body(client.ask(get("/a"))), "hello");
  EXPECT_EQ(proxy_->counts().of(HttpFault::delay), 2);
}

TEST_F(HttpFaultProxyTest, GivesHalfAnAnswerAndCloses) {
  follow({{1, HttpFault::half_answer}});
  RawClient client(proxy_->port());
  const std::string answer = client.ask(post("/a", "0123456789"));
  EXPECT_EQ(status(answer), "HTTP/1.1 200 OK");
  EXPECT_EQ(http_header(answer, "content-length"), "10");
  EXPECT_EQ(body(answer), "01234");
  EXPECT_TRUE(client.was_closed());
  EXPECT_EQ(served_, 1);
  EXPECT_EQ(proxy_->counts().passed_on, 0);
  follow({{1, HttpFault::half_answer}});
  RawClient without_body(proxy_->port());
  const std::string head = without_body.ask("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(head.find("HTTP/1.1 200"), 0U);
  EXPECT_EQ(head.find("\r\n\r\n"), head.npos);
  EXPECT_TRUE(without_body.was_closed());
}

TEST_F(HttpFaultProxyTest, DripsABody) {
  plan_.slow_pause = kForever;
  plan_.slow_pieces = 3;
  follow({{1, HttpFault::slow_body}});
  RawClient client(proxy_->port()), direct(options_.port);
  const std::size_t head = head_bytes(direct.ask(post("/a", "0123456")));
  client.send(post("/a", "0123456"));
  EXPECT_EQ(client.some(head).size(), head);
  for (const char* piece : {"012", "345", "6"}) {
    wait_until_held(1);
    EXPECT_FALSE(client.has_something()) << "before " << piece;
    proxy_->release();
    EXPECT_EQ(client.some(std::string_view(piece).size()), piece);
  }
  plan_.slow_pause = std::chrono::milliseconds(1);
  follow({{1, HttpFault::slow_body}});
  EXPECT_EQ(body(client.ask(post("/a", "0123456"))), "0123456");
}

TEST_F(HttpFaultProxyTest, RefusesConnectionsWhileItIsDown) {
  RawClient idle(proxy_->port());
  expect_passes(idle);
  for (int round = 0; round < 3; ++round) {
    std::thread([&] { proxy_->down(HttpFaultProxy::Down::refused); }).join();
    if (round == 0) {
      EXPECT_TRUE(idle.was_reset());
    }
    EXPECT_FALSE(RawClient(proxy_->port()).is_connected());
    std::thread([&] { proxy_->up(); }).join();
    expect_passes();
  }
  proxy_->up();  // changes nothing
  expect_passes();
}

TEST_F(HttpFaultProxyTest, SaysNothingWhileItIsSilent) {
  RawClient used(proxy_->port());
  expect_passes(used);
  proxy_->down(HttpFaultProxy::Down::silent);
  RawClient fresh(proxy_->port());
  EXPECT_TRUE(fresh.is_connected());
  used.send(get("/a")), fresh.send(get("/a"));
  wait_until_held(2);
  EXPECT_FALSE(used.has_something());
  EXPECT_FALSE(fresh.has_something());
  proxy_->release(), proxy_->release();  // is for stalls; the second has seen the first's effect
  EXPECT_EQ(proxy_->counts().held, 2);
  proxy_->up();
  EXPECT_TRUE(used.was_reset());
  EXPECT_TRUE(fresh.was_reset());
  EXPECT_EQ(served_, 1) << "what came meanwhile did not reach the server";
  expect_passes();
}

TEST_F(HttpFaultProxyTest, PassesNoAnswerOnWhileItIsSilent) {
  plan_.delay = kForever;
  follow({{1, HttpFault::stall_after}, {2, HttpFault::delay}});
  RawClient answered(proxy_->port()), waiting(proxy_->port());
  answered.send(get("/a"));
  wait_until_held(1);
  waiting.send(get("/a"));
  wait_until_held(2);
  proxy_->down(HttpFaultProxy::Down::silent);
  proxy_->release(), proxy_->release();  // once the second returns, both wait for up()
  EXPECT_EQ(proxy_->counts().held, 2);
  EXPECT_FALSE(answered.has_something());
  proxy_->down(HttpFaultProxy::Down::refused);
  EXPECT_TRUE(answered.was_reset());
  EXPECT_TRUE(waiting.was_reset());
  EXPECT_EQ(served_, 1);
  proxy_->up();
  expect_passes();
}

TEST_F(HttpFaultProxyTest, LosesTheClientWhoseServerIsGone) {
  RawClient client(proxy_->port());
  expect_passes(client);
  stop_server();
  EXPECT_EQ(client.ask(get("/a")), "");
  EXPECT_TRUE(client.was_reset());
  EXPECT_EQ(proxy_->counts().server_lost, 1);
  RawClient idle(proxy_->port());
  start_server();
  expect_passes(idle);
  stop_server();
  start_server();
  expect_passes(idle);  // a new server, and it does not see that
  EXPECT_EQ(proxy_->counts().server_lost, 1);
}

TEST_F(HttpFaultProxyTest, DropsAClientThatSpeaksNoHttp) {
  RawClient client(proxy_->port());
  EXPECT_EQ(client.ask("hello\r\n\r\n"), "");
  EXPECT_TRUE(client.was_reset());
  expect_passes();
}

// Which attempt of which request meets what, asked over `clients` connections at once.
std::map<std::pair<int, int>, std::string> statuses(int port, int clients) {
  std::vector<std::map<std::pair<int, int>, std::string>> found(clients);
  std::vector<std::thread> threads;
  for (int i = 0; i < clients; ++i) {
    threads.emplace_back([&found, port, clients, i] {
      auto client = std::make_unique<RawClient>(port);
      for (int request = i; request < 120; request += clients) {
        for (int attempt = 0; attempt < 3; ++attempt) {
          const std::string answer = client->ask(get("/" + std::to_string(request)));
          found[i][{request, attempt}] = status(answer);
          if (answer.empty()) client = std::make_unique<RawClient>(port);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 1; i < clients; ++i) found[0].merge(found[i]);
  return found[0];
}

TEST_F(HttpFaultProxyTest, TheSameSeedGivesTheSameFaultsHoweverManyAskAtOnce) {
  plan_.rules = {{.shares = {{HttpFault::answer_503, 0.2},
                             {HttpFault::reset_before, 0.2},
                             {HttpFault::reset_after, 0.2}}}};
  proxy_->follow(plan_);
  const auto alone = statuses(proxy_->port(), 1);
  EXPECT_EQ(alone.size(), 360U);
  const HttpFaultCounts counts = proxy_->counts();
  EXPECT_GT(counts.faults_in_all(), 100);
  EXPECT_EQ(counts.reached_in_all(), served_);
  EXPECT_EQ(counts.reached_in_all(),
            360 - counts.of(HttpFault::answer_503) - counts.of(HttpFault::reset_before));
  proxy_->follow(plan_);
  EXPECT_EQ(statuses(proxy_->port(), 8), alone);
  EXPECT_EQ(proxy_->counts().faults_in_all(), 2 * counts.faults_in_all());
  plan_.seed = 2;
  proxy_->follow(plan_);
  EXPECT_NE(statuses(proxy_->port(), 8), alone);
}

TEST_F(HttpFaultProxyTest, EndsWithConnectionsInEveryState) {
  plan_.slow_pause = kForever;
  follow({{1, HttpFault::stall_before}, {2, HttpFault::stall_after}, {3, HttpFault::slow_body}});
  std::vector<RawClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back(proxy_->port());
    clients.back().send(get("/a"));
    wait_until_held(i + 1);
  }
  RawClient idle(proxy_->port()), half(proxy_->port());
  half.send("GET /a HT");
  expect_passes(idle);
  EXPECT_TRUE(eventually([&] { return proxy_->counts().open_connections == 5; }));
  proxy_.reset();
  EXPECT_TRUE(clients[0].was_reset());
  EXPECT_TRUE(idle.was_reset());
  EXPECT_TRUE(half.was_reset());
}

}  // namespace
}  // namespace footfall::tests
