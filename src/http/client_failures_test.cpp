// Goal: however a call fails, its end, its sentence and whether the service may have seen it are
// right, and nothing waits for ever. Method: services on loopback that refuse, stall, break off or
// talk nonsense; short limits.
#include <gtest/gtest.h>

#include <future>

#include "http/client.hpp"
#include "http/scripted_server.hpp"

namespace footfall::http {
namespace {

using std::chrono::milliseconds;
using Kept = std::shared_ptr<std::unique_ptr<ClientAnswer>>;

enum class Seen : std::uint8_t { perhaps, no };

// The sentence holds the origin first and `why` somewhere.
void expect_end(const ClientAnswer& answer, CallEnd end, Seen seen, const std::string& origin,
                const std::string& why) {
  EXPECT_EQ(to_string(answer.end), to_string(end)) << answer.why;
  EXPECT_FALSE(answer.answered());
  EXPECT_EQ(answer.maybe_seen, seen == Seen::perhaps) << answer.why;
  EXPECT_EQ(answer.sent_us > 0, seen == Seen::perhaps);
  EXPECT_EQ(answer.why.rfind(origin + " ", 0), 0U) << answer.why;
  EXPECT_NE(answer.why.find(why), std::string::npos) << answer.why;
  EXPECT_EQ(answer.status, 0);
  EXPECT_EQ(answer.body, "");
}

std::string local(std::uint16_t port) { return "http://127.0.0.1:" + std::to_string(port); }

// Takes a request and is silent.
void stall(Peer& peer) {
  peer.request();
  peer.is_left_within();
}

ScriptedServer::Script says_and_waits(std::string bytes) {
  return [bytes = std::move(bytes)](Peer& peer) {
    peer.request();
    peer.send(bytes);
    peer.is_left_within();
  };
}

ScriptedServer::Script says_and_ends(std::string bytes) {
  return [bytes = std::move(bytes)](Peer& peer) {
    peer.request();
    peer.send(bytes);
  };
}

TEST(ClientFailure, NobodyListens) {
  const std::string origin = local(unused_port());
  Caller caller(origin);
  expect_end(caller.get(), CallEnd::no_connection, Seen::no, origin,
             "cannot be reached: Connection refused");
  EXPECT_EQ(caller.client().counts().connects, 0);
  EXPECT_EQ(caller.client().counts().connections, 0);
  EXPECT_EQ(caller.client().counts().busy, 0);
}

// The name has a part of more than 63 characters, so the system asks nobody.
TEST(ClientFailure, NobodyKnowsTheHost) {
  const std::string origin = "http://" + std::string(70, 'a') + ".invalid:80";
  Caller caller(origin);
  for (int i = 0; i < 2; ++i) {
    expect_end(caller.get(), CallEnd::no_connection, Seen::no, origin, "cannot be found");
  }
}

TEST(ClientFailure, ConnectingTakesTooLong) {
  const BlackHole hole;
  const std::string origin = local(hole.port());
  ClientLimits limits;
  limits.connect_timeout = milliseconds(60);
  Caller caller(origin, limits);
  expect_end(caller.get(), CallEnd::connect_timeout, Seen::no, origin,
             "was not reached within 60 ms");
  limits.call_timeout = milliseconds(50);
  Caller hasty(origin, limits);
  expect_end(hasty.get(), CallEnd::call_timeout, Seen::no, origin, "was not reached within 50 ms");
  EXPECT_EQ(hasty.client().counts().timeouts, 1);
}

TEST(ClientFailure, NoConnectionIsFreeInTime) {
  const ScriptedServer server({stall});
  ClientLimits limits;
  limits.connections_max = 1;
  limits.call_timeout = milliseconds(75);
  Caller caller(server.url(), limits);
  ClientCall call;
  call.target = "/";
  // On a busy machine the turn may come to the second just before its time is up.
  bool has_waited_in_vain = false;
  for (int i = 0; i < 20 && !has_waited_in_vain; ++i) {
    const Kept first = caller.begin(call), second = caller.begin(call);
    ASSERT_TRUE(caller.run_until([&] { return *first && *second; }));
    expect_end(**first, CallEnd::call_timeout, Seen::perhaps, server.url(), "within 75 ms");
    has_waited_in_vain = (*second)->why.find("none of 1 connections") != std::string::npos;
    if (has_waited_in_vain) {
      expect_end(**second, CallEnd::call_timeout, Seen::no, server.url(), "free within 75 ms");
    }
  }
  EXPECT_TRUE(has_waited_in_vain);
}

TEST(ClientFailure, TheAnswerDoesNotBeginInTime) {
  for (const char* before : {"", "HTTP/1.1 100 Continue\r\n\r\n"}) {
    const ScriptedServer server({says_and_waits(before)});
    ClientLimits limits;
    limits.first_byte_timeout = milliseconds(80);
    Caller caller(server.url(), limits);
    expect_end(caller.get(), CallEnd::first_byte_timeout, Seen::perhaps, server.url(),
               "did not begin to answer within 80 ms");
    EXPECT_EQ(caller.client().counts().timeouts, 1);
    EXPECT_EQ(caller.client().counts().connections, 0);
  }
}

TEST(ClientFailure, TheAnswerDripsForEver) {
  const ScriptedServer server({[](Peer& peer) {
    peer.request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    while (!peer.is_left_within(milliseconds(2))) peer.send("x");
  }});
  ClientLimits limits;
  limits.call_timeout = milliseconds(100);
  limits.first_byte_timeout = milliseconds(90);
  Caller caller(server.url(), limits);
  expect_end(caller.get(), CallEnd::call_timeout, Seen::perhaps, server.url(),
             "has not answered within 100 ms");
}

TEST(ClientFailure, TheCallIsNotTakenInTime) {
  std::promise<void> over;
  const std::shared_future<void> is_over = over.get_future().share();
  const ScriptedServer server({[is_over](Peer&) { is_over.wait(); }});
  ClientLimits limits;
  limits.call_timeout = milliseconds(100);
  Caller caller(server.url(), limits);
  const std::string body(64 * 1024 * 1024, 'x');
  ClientCall call;
  call.method = Method::put;
  call.target = "/";
  call.body = body;
  expect_end(caller.call(call), CallEnd::call_timeout, Seen::perhaps, server.url(), "100 ms");
  over.set_value();
}

TEST(ClientFailure, TheConnectionIsLostBeforeTheAnswer) {
  const std::vector<ScriptedServer::Script> scripts = {
      says_and_ends(""), says_and_ends("HTTP/1.1 100 \r\n\r\n"), [](Peer& peer) {
        peer.request();
        peer.reset();
      }};
  for (const ScriptedServer::Script& script : scripts) {
    const ScriptedServer server({script});
    Caller caller(server.url());
    expect_end(caller.get(), CallEnd::lost, Seen::perhaps, server.url(),
               "closed the connection before its answer");
    EXPECT_EQ(caller.client().counts().lost, 1);
    EXPECT_EQ(caller.client().counts().connections, 0);
  }
}

TEST(ClientFailure, TheConnectionIsLostInTheMiddleOfTheAnswer) {
  for (const char* part :
       {"H", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"}) {
    const ScriptedServer server({says_and_ends(part)});
    Caller caller(server.url());
    expect_end(caller.get(), CallEnd::lost, Seen::perhaps, server.url(),
               "closed the connection in the middle of its answer");
  }
}

TEST(ClientFailure, TheAnswerIsMalformed) {
  ClientLimits limits;
  limits.head_max = 1000;
  limits.body_max = 2000;
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::vector<std::pair<std::string, std::string>> answers = {
      {"SSH-2.0-OpenSSH_9.2\r\n", "does not begin with HTTP/1."},
      {"\r\n\r\n", "does not begin with HTTP/1."},
      {"HTTP/2 200\r\n\r\n", "does not begin with HTTP/1."},
      {"HTTP/1.7 200 OK\r\n\r\n", ""},
      {"HTTP/1.1 20 OK\r\n\r\n", ""},
      {"HTTP/1.1 200 OK\r\nX y\r\n\r\n", ""},
      {"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello", ""},
      {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhello", ""},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", ""},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello", ""},
      {chunked + "x\r\nhello\r\n0\r\n\r\n", ""},
      {chunked + "5\r\nhello!\r\n0\r\n\r\n", ""},
      {chunked + "fffffffffffffffff\r\n", ""},
      {chunked + "5;" + std::string(100'000, 'x'), "one of its lines does not end"},
      {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "another protocol"},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(1000, 'x') + "\r\n\r\n", "head has more than 1000"},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(10'000, 'x'), "head has more than 1000"},
      {ok(std::string(2001, 'x')), "body has more than 2000"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 2001\r\n\r\n", "body has more than 2000"},
      {chunked + "7d1\r\n" + std::string(2001, 'x'), "body has more than 2000"},
      {"HTTP/1.1 200 OK\r\n\r\n" + std::string(2001, 'x'), "body has more than 2000"}};
  for (const auto& [bytes, fault] : answers) {
    const ScriptedServer server({says_and_waits(bytes)});
    Caller caller(server.url(), limits);
    SCOPED_TRACE(bytes.substr(0, 100));
    const ClientAnswer answer = caller.get();
    expect_end(answer, CallEnd::malformed, Seen::perhaps, server.url(),
               "gave an answer that is not taken: ");
    EXPECT_NE(answer.why.find(fault), std::string::npos) << answer.why;
    EXPECT_EQ(caller.client().counts().connections, 0);
  }
  const ScriptedServer largest({says_and_waits(ok(std::string(2000, 'x')))});
  EXPECT_EQ(Caller(largest.url(), limits).get().body.size(), 2000U);
}

// The service answers and closes before it has read all, so the rest of the call is refused.
TEST(ClientFailure, AnAnswerBeforeTheCallWasReadIsAnAnswer) {
  const ScriptedServer server({[](Peer& peer) {
    peer.head();
    peer.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
  }});
  Caller caller(server.url());
  const std::string body(64 * 1024 * 1024, 'x');
  ClientCall call;
  call.method = Method::post;
  call.target = "/";
  call.body = body;
  const ClientAnswer answer = caller.call(call);
  EXPECT_EQ(answer.status, 413) << answer.why;
  EXPECT_EQ(answer.body, "no");
  EXPECT_EQ(caller.client().counts().connections, 0);
}

TEST(ClientFailure, AnotherAddressIsTried) {
  const auto v6 = boost::asio::ip::address_v6::loopback();
  const ScriptedServer second({says_and_waits(ok("x"))}, v6, unused_port());
  Caller caller(second.url("http", "localhost"));
  EXPECT_EQ(caller.get().body, "x");

  const BlackHole hole;
  const ScriptedServer behind({says_and_waits(ok("y"))}, v6, hole.port());
  ClientLimits limits;
  limits.connect_timeout = std::chrono::seconds(1);
  Caller patient(behind.url("http", "localhost"), limits);
  EXPECT_EQ(patient.get().body, "y");
}

TEST(ClientFailure, OneFailureDoesNotReachTheNextCall) {
  const ScriptedServer server(
      {says_and_ends(""), says_and_ends("rubbish"), stall, says_and_waits(ok("x"))});
  ClientLimits limits;
  limits.connections_max = 1;
  limits.first_byte_timeout = milliseconds(60);
  Caller caller(server.url(), limits);
  EXPECT_EQ(caller.get().end, CallEnd::lost);
  EXPECT_EQ(caller.get().end, CallEnd::malformed);
  EXPECT_EQ(caller.get().end, CallEnd::first_byte_timeout);
  EXPECT_EQ(caller.get().body, "x");
}

TEST(ClientFailure, CloseEndsCallsThatLookUpAndThatConnect) {
  const BlackHole hole;
  const std::string origin = local(hole.port());
  ClientLimits limits;
  limits.connect_timeout = milliseconds(60);
  ClientCall call;
  call.target = "/";
  for (const bool is_looked_up : {false, true}) {
    Caller caller(origin, limits);
    if (is_looked_up) {
      EXPECT_EQ(caller.get().end, CallEnd::connect_timeout);
    }
    std::vector<Kept> calls;
    for (int i = 0; i < 3; ++i) calls.push_back(caller.begin(call));
    caller.client().close();
    for (const Kept& kept : calls) {
      ASSERT_TRUE(caller.run_until([&] { return *kept != nullptr; }));
      expect_end(**kept, CallEnd::stopped, Seen::no, origin, "told to end");
    }
  }
}

}  // namespace
}  // namespace footfall::http
