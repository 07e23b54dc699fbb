// Goal: over https a client speaks to nobody whose certificate is not good for the host, keeps TLS
// connections as it keeps others, and says what went wrong. Method: TLS services on loopback with
// certificates of an authority that the test makes.
#include <gtest/gtest.h>

#include "http/certificate_fixture.hpp"
#include "http/client.hpp"
#include "http/scripted_server.hpp"
#include "http/server_fixture.hpp"

namespace footfall::http {
namespace {

using std::chrono::milliseconds;

class ClientTls : public CertificateTest {
 protected:
  static ClientLimits trusting(const std::string& authority) {
    ClientLimits limits;
    limits.authorities = file(authority + ".crt");
    return limits;
  }

  // After the handshake.
  static ScriptedServer::Script secured(const std::string& certificate,
                                        ScriptedServer::Script script) {
    const auto context = std::make_shared<boost::asio::ssl::context>(server_context(certificate));
    return [context, script = std::move(script)](Peer& peer) {
      if (peer.begin_tls(*context)) script(peer);
    };
  }

  static ClientAnswer called(const std::string& certificate, const std::string& host,
                             const ClientLimits& limits) {
    const ScriptedServer server({secured(certificate, mirror)});
    return Caller(server.url("https", host), limits).get();
  }

  static void mirror(Peer& peer) {
    for (std::string request; !(request = peer.request()).empty();) peer.send(ok(request));
  }

  static void expect_refused(const ClientAnswer& answer, const std::string& why) {
    EXPECT_EQ(to_string(answer.end), "bad_certificate") << answer.why;
    EXPECT_FALSE(answer.maybe_seen);
    EXPECT_EQ(answer.sent_us, 0);
    EXPECT_EQ(answer.why.rfind("https://", 0), 0U) << answer.why;
    EXPECT_NE(answer.why.find(why), std::string::npos) << answer.why;
  }
};

TEST_F(ClientTls, CallsAServiceWithACertificateForItsHost) {
  EXPECT_EQ(called("localhost", "localhost", trusting("good")).status, 200);
  EXPECT_EQ(called("address", "127.0.0.1", trusting("good")).status, 200);
}

TEST_F(ClientTls, KeepsItsConnections) {
  const ScriptedServer server({secured("localhost", mirror)});
  Caller caller(server.url("https", "localhost"), trusting("good"));
  for (const std::size_t size : {0, 1, 1000, 100'000, 1'000'000}) {
    const std::string body(size, 'x');
    ClientCall call;
    call.method = Method::post;
    call.target = "/";
    call.body = body;
    const ClientAnswer answer = caller.call(call);
    ASSERT_TRUE(answer.answered()) << answer.why;
    EXPECT_EQ(answer.body.substr(answer.body.size() - size), body);
    EXPECT_GT(answer.sent_us, 0);
  }
  EXPECT_EQ(server.accepted(), 1);
}

TEST_F(ClientTls, NoticesThatAnUnusedConnectionIsClosed) {
  std::atomic<int> closed = 0;
  const ScriptedServer server({secured("localhost", [&closed](Peer& peer) {
    peer.request();
    peer.send(ok("x"));
    peer.close();
    ++closed;
  })});
  Caller caller(server.url("https", "localhost"), trusting("good"));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(caller.get().body, "x");
    ASSERT_TRUE(eventually([&] { return closed == i + 1; }));
  }
  EXPECT_EQ(caller.client().counts().lost, 0);
}

TEST_F(ClientTls, TrustsNoOtherAuthority) {
  expect_refused(called("localhost", "localhost", trusting("other")), "not accepted");
  expect_refused(called("localhost", "localhost", ClientLimits{}), "not accepted");
}

TEST_F(ClientTls, TrustsNoCertificateForAnotherHost) {
  expect_refused(called("elsewhere", "localhost", trusting("good")), "mismatch");
  expect_refused(called("address", "localhost", trusting("good")), "mismatch");
  expect_refused(called("localhost", "127.0.0.1", trusting("good")), "mismatch");
}

TEST_F(ClientTls, SaysThatItsAuthoritiesCannotBeRead) {
  ClientLimits limits;
  limits.authorities = file("missing.pem");
  expect_refused(called("localhost", "localhost", limits), limits.authorities);
}

TEST_F(ClientTls, SpeaksToNobodyWithoutTls) {
  const ScriptedServer server({[](Peer& peer) {
    peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    peer.is_left_within();
  }});
  expect_refused(Caller(server.url("https", "localhost"), trusting("good")).get(), "TLS");
}

TEST_F(ClientTls, SaysThatTheHandshakeDidNotEnd) {
  const ScriptedServer silent({[](Peer& peer) { peer.is_left_within(); }});
  ClientLimits limits = trusting("good");
  limits.connect_timeout = milliseconds(100);
  const ClientAnswer late = Caller(silent.url("https", "localhost"), limits).get();
  EXPECT_EQ(to_string(late.end), "connect_timeout") << late.why;
  EXPECT_FALSE(late.maybe_seen);

  const ScriptedServer closing({[](Peer& peer) { peer.close(); }});
  const ClientAnswer lost = Caller(closing.url("https", "localhost"), trusting("good")).get();
  EXPECT_EQ(to_string(lost.end), "no_connection") << lost.why;
  EXPECT_FALSE(lost.maybe_seen);
}

TEST_F(ClientTls, TimesOutAndLosesAsWithoutTls) {
  const ScriptedServer server({secured("localhost",
                                       [](Peer& peer) {
                                         peer.request();
                                         peer.is_left_within();
                                       }),
                               secured("localhost", [](Peer& peer) { peer.request(); })});
  ClientLimits limits = trusting("good");
  limits.first_byte_timeout = milliseconds(100);
  Caller caller(server.url("https", "localhost"), limits);
  const ClientAnswer late = caller.get();
  EXPECT_EQ(to_string(late.end), "first_byte_timeout") << late.why;
  EXPECT_TRUE(late.maybe_seen);
  const ClientAnswer lost = caller.get();
  EXPECT_EQ(to_string(lost.end), "lost") << lost.why;
  EXPECT_TRUE(lost.maybe_seen);
}

// Anybody on the way could have ended it.
TEST_F(ClientTls, TakesNoAnswerUntilAnEndThatTlsDoesNotSay) {
  const ScriptedServer server({secured("localhost", [](Peer& peer) {
    peer.request();
    peer.send("HTTP/1.1 200 OK\r\n\r\nhalf of it");
  })});
  const ClientAnswer cut = Caller(server.url("https", "localhost"), trusting("good")).get();
  EXPECT_EQ(to_string(cut.end), "lost") << cut.why;
}

}  // namespace
}  // namespace footfall::http
