// Goal: calls arrive as they were meant, answers of all forms are understood, connections are used
// again and shared in order. Method: scripted services and our own server on loopback.
#include "http/client.hpp"

#include <gtest/gtest.h>

#include <set>

#include "http/scripted_server.hpp"
#include "http/server_fixture.hpp"

namespace footfall::http {
namespace {

using Kept = std::shared_ptr<std::unique_ptr<ClientAnswer>>;

// Answers every request with `bytes` and keeps the connection.
ScriptedServer::Script answers(std::string bytes) {
  return [bytes = std::move(bytes)](Peer& peer) {
    while (!peer.request().empty()) peer.send(bytes);
  };
}

// Answers one request and closes.
ScriptedServer::Script answers_once(std::string bytes) {
  return [bytes = std::move(bytes)](Peer& peer) {
    peer.request();
    peer.send(bytes);
  };
}

// Sends back the request that it got, as a body.
void mirror(Peer& peer) {
  for (std::string request; !(request = peer.request()).empty();) peer.send(ok(request));
}

TEST(Client, SendsWhatTheCallSays) {
  const ScriptedServer server({mirror});
  Caller caller(server.url() + "/v1/");
  const std::string host = "127.0.0.1:" + std::to_string(server.port());
  ClientCall call;
  call.target = "/api/wallet?x=1";
  EXPECT_EQ(caller.call(call).body, "GET /v1/api/wallet?x=1 HTTP/1.1\r\nHost: " + host +
                                        "\r\nUser-Agent: footfall\r\n\r\n");

  const std::vector<HeaderView> headers = {{"Authorization", "Bearer dev:7"},
                                           {"If-Match", "\"3\""}};
  call.method = Method::post;
  call.headers = headers;
  call.content_type = "application/json";
  call.body = "{\"a\":1}";
  EXPECT_EQ(caller.call(call).body,
            "POST /v1/api/wallet?x=1 HTTP/1.1\r\nHost: " + host +
                "\r\nUser-Agent: footfall\r\nAuthorization: Bearer dev:7\r\nIf-Match: "
                "\"3\"\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}");

  // An empty body is said to be one where a body is usual, and is not mentioned elsewhere.
  call.body = {};
  EXPECT_NE(caller.call(call).body.find("Content-Length: 0\r\n"), std::string::npos);
  call.method = Method::del;
  EXPECT_EQ(caller.call(call).body.find("Content-"), std::string::npos);
}

TEST(Client, LetsNothingBeginALineOfItsOwn) {
  const ScriptedServer server({mirror});
  const auto calls_with = [&](std::string_view target, HeaderView header) {
    Caller caller(server.url());
    ClientCall call;
    call.target = target;
    call.headers = std::span(&header, 1);
    caller.call(call);
  };
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(calls_with("/a b", {"X", "y"}), "target");
  EXPECT_DEATH(calls_with("/a\r\nX: y", {"X", "y"}), "target");
  EXPECT_DEATH(calls_with("a", {"X", "y"}), "target");
  EXPECT_DEATH(calls_with("/a", {"X", "y\r\nZ: 1"}), "control character");
  EXPECT_DEATH(calls_with("/a", {"X:", "y"}), "no name");
  EXPECT_DEATH(calls_with("/a", {"Content-length", "1"}), "no name");
}

TEST(Client, GivesStatusHeadersAndBody) {
  const ScriptedServer server({answers(
      ok("hello", "ETag: \"1\"\r\nX-Long:   a, b\t\r\nx-long: c\r\nContent-Type: a/b\r\n"))});
  Caller caller(server.url());
  const ClientAnswer answer = caller.get();
  EXPECT_EQ(answer.end, CallEnd::answered);
  EXPECT_EQ(answer.why, "");
  EXPECT_TRUE(answer.maybe_seen);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "hello");
  EXPECT_EQ(answer.header("etag"), "\"1\"");
  EXPECT_EQ(answer.header("x-long"), "a, b");
  EXPECT_EQ(answer.header("content-type"), "a/b");
  EXPECT_EQ(answer.header("nothing"), "");
  EXPECT_EQ(answer.headers.size(), 5U);
  EXPECT_GT(answer.sent_us, 0);
}

TEST(Client, UnderstandsAnswersOfAllForms) {
  struct Form {
    Method method;
    std::string bytes;
    int status;
    std::string body;
    bool keeps;
  };
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::vector<Form> forms = {
      {Method::get, ok("hello"), 200, "hello", true},
      {Method::get, ok(""), 200, "", true},
      {Method::get, chunked + "3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nT: x\r\n\r\n", 200, "hello", true},
      {Method::head, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200, "", true},
      {Method::head, chunked, 200, "", true},
      {Method::get, "HTTP/1.1 204 No Content\r\n\r\n", 204, "", true},
      {Method::get, "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n", 304, "", true},
      {Method::post, "HTTP/1.1 100 Continue\r\n\r\n" + ok("hello"), 200, "hello", true},
      {Method::get, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 102 \r\n\r\n" + ok("a"),
       200, "a", true},
      {Method::get, "HTTP/1.1 503 \r\nRetry-After: 1\r\nContent-Length: 1\r\n\r\nx", 503, "x",
       true},
      {Method::get, "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 302, "",
       true},
      {Method::get, ok("hello", "Connection: close\r\n"), 200, "hello", false},
      {Method::get, "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, "x", false},
      {Method::get, "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx", 200,
       "x", true},
      {Method::get, ok("hello") + "HTTP/1.1 408 too late\r\n\r\n", 200, "hello", false}};
  for (const Form& form : forms) {
    const ScriptedServer server({answers(form.bytes)});
    Caller caller(server.url());
    ClientCall call;
    call.method = form.method;
    call.target = "/";
    for (int i = 0; i < 2; ++i) {
      const ClientAnswer answer = caller.call(call);
      EXPECT_TRUE(answer.answered()) << answer.why << " after " << form.bytes;
      EXPECT_EQ(answer.status, form.status);
      EXPECT_EQ(answer.body, form.body);
    }
    EXPECT_EQ(caller.client().counts().connects, form.keeps ? 1 : 2) << form.bytes;
  }
}

TEST(Client, ReadsUntilTheEndOfTheConnectionWhereNothingElseIsSaid) {
  const ScriptedServer server({answers_once("HTTP/1.1 200 OK\r\n\r\nuntil the end")});
  Caller caller(server.url());
  EXPECT_EQ(caller.get().body, "until the end");
  EXPECT_EQ(caller.get().body, "until the end");
  EXPECT_EQ(caller.client().counts().connects, 2);
  EXPECT_EQ(caller.client().counts().connections, 0);
}

TEST(Client, TakesBytesAsTheyCome) {
  const ScriptedServer server({[](Peer& peer) {
    peer.request();
    for (const char c : ok("hello")) peer.send(std::string_view(&c, 1));
    peer.is_left_within();
  }});
  Caller caller(server.url());
  EXPECT_EQ(caller.get().body, "hello");
}

TEST(Client, NoticesThatAnUnusedConnectionIsClosed) {
  std::atomic<int> closed = 0;
  const auto script = [&closed](Peer& peer) {
    peer.request();
    peer.send(ok("x"));
    peer.request();
    peer.send(ok("y"));
    peer.close();
    ++closed;
  };
  const ScriptedServer server({script});
  Caller caller(server.url());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(caller.get().body, "x");
    EXPECT_EQ(caller.get().body, "y");
    ASSERT_TRUE(eventually([&] { return closed == i + 1; }));
  }
  EXPECT_EQ(caller.client().counts().lost, 0);
  EXPECT_EQ(caller.client().counts().connects, 3);
}

TEST(Client, UsesNoConnectionThatSpokeUnasked) {
  std::atomic<bool> spoke = false;
  const ScriptedServer server({[&spoke](Peer& peer) {
                                 peer.request();
                                 peer.send(ok("x"));
                                 peer.is_left_within(std::chrono::milliseconds(1));
                                 peer.send(ok("not for you"));
                                 spoke = true;
                                 peer.is_left_within();
                               },
                               answers(ok("y"))});
  Caller caller(server.url());
  EXPECT_EQ(caller.get().body, "x");
  ASSERT_TRUE(eventually([&] { return spoke.load(); }));
  EXPECT_EQ(caller.get().body, "y");
}

TEST(Client, ClosesWhatIsUnusedTooLong) {
  const ScriptedServer server({answers(ok("x"))});
  ClientLimits limits;
  limits.idle_timeout = std::chrono::milliseconds(0);
  Caller caller(server.url(), limits);
  EXPECT_EQ(caller.get().body, "x");
  EXPECT_EQ(caller.get().body, "x");
  EXPECT_EQ(caller.client().counts().connects, 2);
}

class ClientAndServer : public ServerTest {
 protected:
  ClientAndServer() { start(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

  static std::vector<Kept> begin(Caller& caller, int count, std::string_view target) {
    ClientCall call;
    call.target = target;
    std::vector<Kept> calls;
    for (int i = 0; i < count; ++i) calls.push_back(caller.begin(call));
    return calls;
  }
  static bool all_answered(const std::vector<Kept>& calls) {
    return std::all_of(calls.begin(), calls.end(),
                       [](const Kept& kept) { return *kept != nullptr && (*kept)->answered(); });
  }
};

TEST_F(ClientAndServer, CallsOnOneConnectionForAsLongAsItLasts) {
  Caller caller(url());
  ClientCall call;
  call.method = Method::post;
  call.target = "/echo";
  for (int i = 0; i < 50; ++i) {
    const std::string body(static_cast<std::size_t>(i * i * 100), 'x');
    call.body = body;
    ASSERT_EQ(caller.call(call).body, body);
  }
  EXPECT_EQ(server_->counts().accepted, 1);
  const ClientCounts counts = caller.client().counts();
  EXPECT_EQ(counts.calls, 50);
  EXPECT_EQ(counts.connects, 1);
  EXPECT_EQ(counts.connections, 1);
  EXPECT_EQ(counts.busy, 0);
}

TEST_F(ClientAndServer, AHundredCallsShareThreeConnections) {
  ClientLimits limits;
  limits.connections_max = 3;
  Caller caller(url(), limits);
  const std::vector<Kept> calls = begin(caller, 100, "/wait");
  EXPECT_TRUE(caller.run_until([&] { return stage_.waiting == 3; }));
  EXPECT_EQ(caller.client().counts().busy, 3);
  EXPECT_EQ(caller.client().counts().waiting, 97);
  stage_.open = true;
  EXPECT_TRUE(caller.run_until([&] { return all_answered(calls); }));
  EXPECT_EQ(server_->counts().accepted, 3);
  EXPECT_EQ(caller.client().counts().connects, 3);
  EXPECT_EQ(caller.client().counts().busy, 0);
  EXPECT_EQ(caller.client().counts().waiting, 0);
}

TEST(Client, CallsInTheOrderTheyCame) {
  std::string order;
  const ScriptedServer server({[&order](Peer& peer) {
    for (std::string request; !(request = peer.request()).empty();) {
      order += request.substr(5, 1);
      peer.send(ok(""));
    }
  }});
  ClientLimits limits;
  limits.connections_max = 1;
  Caller caller(server.url(), limits);
  const std::string targets = "/a/b/c/d/e/f/g";
  std::vector<Kept> calls;
  for (std::size_t i = 0; i < targets.size(); i += 2) {
    ClientCall call;
    call.target = std::string_view(targets).substr(i, 2);
    calls.push_back(caller.begin(call));
  }
  EXPECT_TRUE(caller.run_until([&] { return *calls.back() != nullptr; }));
  EXPECT_EQ(order, "abcdefg");
}

TEST_F(ClientAndServer, UsesTheLastUsedConnectionFirstAndLetsTheOthersGo) {
  ClientLimits limits;
  limits.idle_timeout = std::chrono::milliseconds(100);
  Caller caller(url(), limits);
  const std::vector<Kept> calls = begin(caller, 5, "/wait");
  EXPECT_TRUE(caller.run_until([&] { return stage_.waiting == 5; }));
  EXPECT_EQ(caller.client().counts().connections, 5);
  stage_.open = true;
  EXPECT_TRUE(caller.run_until([&] { return all_answered(calls); }));
  EXPECT_TRUE(caller.run_until([&] {
    EXPECT_TRUE(caller.get("/ok").answered());
    return caller.client().counts().connections == 1;
  }));
  EXPECT_EQ(caller.client().counts().connects, 5);
}

TEST_F(ClientAndServer, AStalledCallHoldsUpNoOther) {
  Caller caller(url());
  const std::vector<Kept> stalled = begin(caller, 20, "/wait");
  EXPECT_TRUE(caller.run_until([&] { return stage_.waiting == 20; }));
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(caller.get("/ok").answered());
  EXPECT_FALSE(all_answered(stalled));
  EXPECT_EQ(caller.client().counts().connects, 21);
  stage_.open = true;
  EXPECT_TRUE(caller.run_until([&] { return all_answered(stalled); }));
}

TEST_F(ClientAndServer, CloseEndsWhatIsUnderWayAndNothingElse) {
  ClientLimits limits;
  limits.connections_max = 2;
  Caller caller(url(), limits);
  EXPECT_TRUE(caller.get("/ok").answered());
  const std::vector<Kept> calls = begin(caller, 5, "/wait");
  EXPECT_TRUE(caller.run_until([&] { return stage_.waiting == 2; }));
  caller.client().close();
  const Kept later = begin(caller, 1, "/ok")[0];
  for (std::size_t i = 0; i < calls.size(); ++i) {
    ASSERT_TRUE(caller.run_until([&] { return *calls[i] != nullptr; }));
    EXPECT_EQ((*calls[i])->end, CallEnd::stopped);
    EXPECT_EQ((*calls[i])->maybe_seen, i < 2);
    EXPECT_EQ((*calls[i])->why, url() + " is no longer called: it was told to end");
  }
  EXPECT_TRUE(caller.run_until([&] { return *later != nullptr; }));
  EXPECT_TRUE((*later)->answered()) << (*later)->why;
  EXPECT_EQ(caller.client().counts().connections, 1);
  stage_.open = true;
}

}  // namespace
}  // namespace footfall::http
