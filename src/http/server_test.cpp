// Goal: requests are answered as HTTP says, in order, with the headers that every answer has; what
// is logged and counted is true. Method: a server on loopback and clients that send bytes as they
// are.
#include "http/server.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "base/failure.hpp"
#include "http/server_fixture.hpp"

namespace footfall::http {
namespace {

class ServerAnswers : public ServerTest {
 protected:
  void SetUp() override { start(); }
};

TEST_F(ServerAnswers, HaveTheHeadersThatBelongToThem) {
  const Answer answer = ask(get("/ok"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "{\"ok\":true}");
  EXPECT_EQ(answer.header("content-type"), "application/json");
  EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
  EXPECT_EQ(answer.header("cache-control"), "no-store");
  EXPECT_EQ(answer.header("connection"), "");
  const std::string date = answer.header("date");
  EXPECT_EQ(date.size(), std::string("Sat, 21 Nov 2026 09:30:00 GMT").size()) << date;
}

TEST_F(ServerAnswers, TakeHeadersFromTheHandlerButNoLineEnds) {
  const Answer answer = ask(get("/headers"));
  EXPECT_EQ(answer.header("cache-control"), "max-age=60");
  EXPECT_EQ(answer.header("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(answer.header("location"), "/x  Set-Cookie: stolen=1");
  EXPECT_EQ(answer.header("set-cookie"), "");
}

TEST_F(ServerAnswers, ShowTheHandlerWhatWasSent) {
  const Answer answer =
      ask(post("/show?a=%20b", "the body", "X-One: 1\r\nX-Request-Id: a.b_c-1\r\n"));
  EXPECT_EQ(answer.body,
            "POST|/show|a=%20b|127.0.0.1|a.b_c-1|the body|Host=x|X-One=1|X-Request-Id=a.b_c-1|"
            "Content-Length=8");
}

TEST_F(ServerAnswers, ToHeadHaveTheLengthAndNoBody) {
  BareClient client = connect();
  const Answer head = client.ask("HEAD /ok HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), "11");
  EXPECT_EQ(client.ask(get("/ok")).body, "{\"ok\":true}");
}

TEST_F(ServerAnswers, WithoutContentHaveNothingThatDescribesIt) {
  BareClient client = connect();
  for (const char* status : {"204", "304"}) {
    const Answer answer = client.ask(get(std::string("/status?") + status));
    EXPECT_EQ(std::to_string(answer.status), status);
    EXPECT_EQ(answer.headers.count("content-length") + answer.headers.count("content-type"), 0U);
  }
  EXPECT_EQ(client.ask(get("/status?201")).body, "{}");
}

TEST_F(ServerAnswers, CarryTheRequestsIdOrOneMadeHere) {
  EXPECT_EQ(ask(get("/ok", "X-Request-Id: Abc-1._z\r\n")).header("x-request-id"), "Abc-1._z");
  std::set<std::string> made;
  for (const std::string& given : {std::string(), std::string("a b"), std::string("a\"b"),
                                   std::string("\xC3\xA4"), std::string(65, 'a')}) {
    made.insert(ask(get("/ok", "X-Request-Id: " + given + "\r\n")).header("x-request-id"));
  }
  EXPECT_EQ(made.size(), 5U);
  for (const std::string& id : made) EXPECT_EQ(id.find_first_not_of("0123456789abcdef-"), id.npos);
}

TEST_F(ServerAnswers, KeepTheOrderOfPipelinedRequests) {
  BareClient client = connect();
  std::string requests;
  for (int i = 0; i < 200; ++i) {
    const std::string body = std::to_string(i) + std::string(static_cast<std::size_t>(i * 7), '.');
    requests += i % 3 == 0 ? "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
                             "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
                           : post("/echo", body);
  }
  std::thread sender([&] { client.send(requests); });
  for (int i = 0; i < 200; ++i) {
    const std::string body = std::to_string(i) + std::string(static_cast<std::size_t>(i * 7), '.');
    const auto answer = client.answer();
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->body, i % 3 == 0 ? "abc" : body) << i;
  }
  sender.join();
}

TEST_F(ServerAnswers, ComeHoweverTheBytesArrive) {
  const std::string requests = post("/echo", "sized") +
                               "PUT /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
                               "chunked\r\n\r\n4\r\nchun\r\n3\r\nked\r\n0\r\n\r\n";
  for (const std::size_t step : {1U, 2U, 7U, 40U}) {
    BareClient client = connect();
    for (std::size_t at = 0; at < requests.size(); at += step)
      client.send(requests.substr(at, step));
    EXPECT_EQ(client.answer().value_or(Answer{}).body, "sized");
    EXPECT_EQ(client.answer().value_or(Answer{}).body, "chunked");
  }
}

TEST_F(ServerAnswers, TakeLargeBodiesAndSendThem) {
  const std::string body(1024 * 1024, 'b');
  BareClient client = connect();
  EXPECT_EQ(client.ask(post("/echo", body)).body, body);
  std::string chunked = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 16; ++i) chunked += "10000\r\n" + std::string(65'536, 'b') + "\r\n";
  EXPECT_EQ(client.ask(chunked + "0\r\n\r\n").body, body);
  EXPECT_EQ(client.ask(get("/big?20000000")).body.size(), 20'000'000U);
  EXPECT_EQ(client.ask(get("/ok")).status, 200);
}

TEST_F(ServerAnswers, SayContinueToThoseWhoWaitForIt) {
  BareClient client = connect();
  const std::string head =
      "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
  client.send(head);
  EXPECT_EQ(client.some(100), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(client.ask("body").body, "body");
  // With the body already there, nobody waits.
  EXPECT_EQ(client.ask(head + "more").body, "more");
  const Answer refused = client.ask(
      "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n");
  EXPECT_EQ(refused.status, 413);
}

TEST_F(ServerAnswers, CloseWhereTheClientWantsIt) {
  BareClient client = connect();
  EXPECT_TRUE(client.ask(get("/ok", "Connection: close\r\n")).closes());
  EXPECT_TRUE(client.is_closed());
  BareClient old = connect();
  EXPECT_TRUE(old.ask("GET /ok HTTP/1.0\r\n\r\n").closes());
  EXPECT_TRUE(old.is_closed());
  BareClient kept = connect();
  const std::string request = "GET /ok HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  EXPECT_EQ(kept.ask(request).header("connection"), "keep-alive");
  EXPECT_EQ(kept.ask(request).body, "{\"ok\":true}");
}

TEST_F(ServerAnswers, ToWhatFailsTellNothingOfWhy) {
  BareClient client = connect();
  const Answer answer = client.ask(get("/throw?token=hidden", "X-Request-Id: failing-1\r\n"));
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.header("content-type"), "application/problem+json");
  EXPECT_EQ(answer.body.find("secret"), answer.body.npos);
  EXPECT_EQ(boost::json::parse(answer.body).at("code"), "internal_error");
  EXPECT_EQ(boost::json::parse(answer.body).at("trace_id"), "failing-1");
  EXPECT_EQ(client.ask(get("/ok")).status, 200);
  const std::vector<std::string> told = lines("log");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_NE(told[0].find("failing-1"), told[0].npos);
  EXPECT_NE(told[0].find("the secret of the handler"), told[0].npos);
  EXPECT_EQ(told[0].find("hidden"), told[0].npos);
  EXPECT_EQ(server_->counts().server_errors, 1);
}

TEST_F(ServerAnswers, AreLoggedWithoutQueriesHeadersAndBodies) {
  BareClient client = connect();
  client.ask(
      post("/ok?password=hidden", "hidden", "Authorization: hidden\r\nX-Request-Id: id-1\r\n"));
  client.ask("HEAD /a\"b%00 HTTP/1.1\r\nHost: x\r\n\r\n");
  client.ask("hidden hidden hidden\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return lines("access").size() == 3; }));
  const std::vector<std::string> logged = lines("access");
  for (const std::string& line : logged) EXPECT_EQ(line.find("hidden"), line.npos) << line;
  const boost::json::object first = boost::json::parse(logged[0]).as_object();
  std::vector<std::string> names;
  for (const auto& member : first) names.emplace_back(member.key());
  EXPECT_EQ(names, (std::vector<std::string>{"time", "request_id", "method", "path", "status",
                                             "bytes", "duration_us", "peer", "caller", "code"}));
  EXPECT_EQ(first.at("request_id"), "id-1");
  EXPECT_EQ(first.at("method"), "POST");
  EXPECT_EQ(first.at("path"), "/ok");
  EXPECT_EQ(first.at("bytes"), 11);
  EXPECT_EQ(first.at("peer"), "127.0.0.1");
  EXPECT_EQ(first.at("caller"), "agent:42");
  EXPECT_EQ(first.at("code"), "fine");
  EXPECT_GE(first.at("duration_us").as_int64(), 0);
  EXPECT_EQ(boost::json::parse(logged[1]).at("path"), "/a\"b%00");
  EXPECT_EQ(boost::json::parse(logged[1]).at("bytes"), 0);
  EXPECT_EQ(boost::json::parse(logged[2]).at("method"), "");
  EXPECT_EQ(boost::json::parse(logged[2]).at("status"), 400);
  EXPECT_EQ(boost::json::parse(logged[2]).at("code"), "malformed_request");
}

TEST_F(ServerAnswers, AreCounted) {
  BareClient client = connect();
  for (int i = 0; i < 5; ++i) client.ask(get("/ok"));
  EXPECT_EQ(server_->counts().connections, 1);
  EXPECT_TRUE(eventually([&] { return server_->counts().requests == 5; }));
  client.close();
  EXPECT_TRUE(eventually([&] { return server_->counts().connections == 0; }));
  EXPECT_EQ(server_->counts().accepted, 1);
  EXPECT_EQ(server_->counts().server_errors, 0);
}

TEST_F(ServerTest, SeveralThreadsShareThePort) {
  options_.threads = 3;
  start();
  std::set<std::string> threads;  // a made id tells its thread
  EXPECT_TRUE(eventually([&] {
    const std::string id = ask(get("/ok")).header("x-request-id");
    return threads.insert(id.substr(0, id.rfind('-'))).second && threads.size() == 3;
  }));
  EXPECT_EQ(stage_.handlers, 3);
}

TEST_F(ServerTest, ListensOnIpv6) {
  options_.address = "::1";
  server_ = std::make_unique<Server>(options_, nullptr, *log_, nullptr);
  const Result<void> listening = server_->listen();
  if (!listening) GTEST_SKIP() << listening.error().message();
  EXPECT_NE(server_->port(), 0);
}

TEST_F(ServerTest, SaysWhyItCannotListen) {
  options_.threads = 2;
  start();
  const auto error = [&](const std::string& address, std::uint16_t port, int threads) {
    ServerOptions options;
    options.address = address;
    options.port = port;
    options.threads = threads;
    const Result<void> listening = Server(options, nullptr, *log_, nullptr).listen();
    EXPECT_FALSE(listening);
    return listening ? Error() : listening.error();
  };
  for (const int threads : {1, 2}) {
    const Error taken = error("127.0.0.1", server_->port(), threads);
    EXPECT_EQ(taken.code(), Errc::io);
    EXPECT_NE(taken.message().find("127.0.0.1 port " + std::to_string(server_->port())),
              std::string::npos);
    EXPECT_NE(taken.message().find("another program"), std::string::npos) << taken.message();
  }
  EXPECT_EQ(error("localhost", 0, 1).code(), Errc::invalid_input);
  EXPECT_NE(error("192.0.2.1", 0, 1).message().find("no such address"), std::string::npos);
  expect_still_serves();
}

TEST_F(ServerTest, ThrowsWhatMakingAHandlerThrew) {
  options_.threads = 3;
  const auto make = [this](int index, const boost::asio::any_io_executor& executor) {
    if (index == 1) throw Failure("no database");
    return make_test_handler(stage_, executor);
  };
  Server server(options_, make, *log_, nullptr);
  ASSERT_TRUE(server.listen());
  try {
    server.run();
    FAIL() << "it ran";
  } catch (const Failure& failure) {
    EXPECT_STREQ(failure.what(), "no database");
  }
  EXPECT_EQ(stage_.handlers, 0);
}

}  // namespace
}  // namespace footfall::http
