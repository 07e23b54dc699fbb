// Goal: clients that misuse the connection itself (requests that could be read in two ways, many at
// once, too slow, gone in the middle) smuggle nothing, lose nothing that was done, and keep nobody
// else from being served. Method: bare sockets against the whole server; what is smuggled would
// stop the run, which must go on.
#include <fmt/format.h>
#include <sys/resource.h>

#include <boost/json.hpp>
#include <fstream>
#include <iostream>
#include <random>

#include "tests/api/hostile_tools.hpp"

namespace footfall::tests {
namespace {

namespace json = boost::json;
using std::string_literals::operator""s;

ApiOptions wire_options() {
  ApiOptions options;
  options.http.connections_max = 12'000;
  options.http.header_timeout = options.http.body_timeout = std::chrono::milliseconds(500);
  return options;
}

class HostileWire : public HostileTest {
 protected:
  HostileWire() : HostileTest(wire_options()) {}

  std::string head(const std::string& line, const std::string& more = "") const {
    return fmt::format("{} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer dev:{}\r\n{}\r\n", line,
                       kHostileAgent, more);
  }
  std::string post(const std::string& target, const std::string& body, const std::string& bearer,
                   const std::string& more = "") const {
    return fmt::format(
        "POST {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: "
        "application/json\r\n{}Content-Length: {}\r\n\r\n{}",
        target, bearer, more, body.size(), body);
  }
  void expect_running() {
    HttpClient admin = world_.admin();
    EXPECT_EQ(text_at(json_of(admin.get("/simulation/status")), "/status"), "running");
  }
};
FOOTFALL_HOSTILE(HostileWire);

std::size_t times(const std::string& text, std::string_view word) {
  std::size_t found = 0;
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++found;
  return found;
}

TEST_P(HostileWire, NothingIsSmuggled) {
  const std::string stop = fmt::format(
      "POST /simulation/stop HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n", kAdminToken);
  const std::string line = "POST /api/cart/add";
  const std::string length = fmt::format("Content-Length: {}\r\n", stop.size());
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::vector<std::string> shapes = {
      head(line, length + chunked) + "0\r\n\r\n",
      head(line, chunked + "Content-Length: 5\r\n") + "0\r\n\r\n",
      head(line, "Content-Length: 0\r\n" + length),
      head(line, "Content-Length: 0\r\nContent-Length: 0\r\n"),
      head(line, "Content-Length: 0, 5\r\n"),
      head(line, "Content-Length: +0\r\n"),
      head(line, "Content-Length: -1\r\n"),
      head(line, "Content-Length : 0\r\n"),
      head(line, "Content-Length: 0\r\n continued: x\r\n"),
      head(line, "X: a\r\n\tTransfer-Encoding: chunked\r\n"),
      head(line, "Transfer-Encoding: xchunked\r\n"),
      head(line, "Transfer-Encoding: chunked, identity\r\n"),
      head(line,
           "Transfer-Encoding:\x0b"
           "chunked\r\n"),
      head(line, "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
      head(line, chunked) + "0x0\r\n\r\n",
      head(line, chunked) + "0\n\r\n",
      head(line, chunked) + "-1\r\n\r\n",
      head(line, chunked) + "2\r\n{}0\r\n\r\n",
      head(line, "X: a\nContent-Length: 5\r\n"),
      head(line, "X: a\rb\r\n"),
      head(line, "X: a\0b\r\n"s),
      head(line, "Host: y\r\n"),
      "POST /api/cart/add HTTP/1.1\nHost: x\n\n",
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\n\n",
      "GET /api/\xff HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET /api/wallet HTTP/2.0\r\nHost: x\r\n\r\n",
      "GET http://127.0.0.1/api/wallet HTTP/1.1\r\nHost: x\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"};
  for (const std::string& shape : shapes) {
    RawSocket socket(world_.port());
    socket.send(shape + stop);
    const std::string answers = socket.rest();
    EXPECT_TRUE(answers.starts_with("HTTP/1.1 400 ")) << shape << answers.substr(0, 200);
    EXPECT_EQ(times(answers, "X-Request-Id: "), 1U) << shape << answers;
    EXPECT_NE(answers.find("malformed_request"), answers.npos) << shape;
  }
  // A body that looks like a request is a body.
  RawSocket socket(world_.port());
  socket.send(post("/api/cart/add", stop, fmt::format("dev:{}", kHostileAgent)));
  socket.end_sending();
  EXPECT_EQ(times(socket.rest(), "X-Request-Id: "), 1U);
  expect_running();
}

TEST_P(HostileWire, PipelinedRequestsAreAnsweredInOrder) {
  HttpClient client = world_.client();
  constexpr int kMany = 300;
  std::string all;
  for (int i = 0; i < kMany; ++i) {
    const std::string id = fmt::format("X-Request-Id: pipelined-{}\r\n", i);
    switch (i % 4) {
      case 0:
        all += head("GET /api/wallet", id);
        break;
      case 1:
        all += head("GET /nowhere", id);
        break;
      case 2:
        all += post("/api/cart/add", "{]", fmt::format("dev:{}", kHostileAgent), id);
        break;
      default:
        all += head("GET /api/products?limit=3", id);
    }
  }
  client.write(all);
  constexpr int kStatus[] = {200, 404, 400, 200};
  for (int i = 0; i < kMany; ++i) {
    const std::optional<HttpAnswer> answer = client.read();
    ASSERT_TRUE(answer) << i;
    EXPECT_EQ(answer->status, kStatus[i % 4]) << i;
    EXPECT_EQ(answer->header("x-request-id"), fmt::format("pipelined-{}", i));
  }
}

std::int64_t resident_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoll(line.substr(6)) * 1024;
  }
  return 0;
}

TEST_P(HostileWire, ManyIdleConnectionsHinderNobody) {
  if (GetParam() != store::Backend::sqlite) GTEST_SKIP() << "the same whatever the database";
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur < 1'000) GTEST_SKIP() << "too few files may be open";
  // Both ends are this process's; some are left for the rest.
  const std::size_t many =
      std::min<std::size_t>(10'000, (static_cast<std::size_t>(files.rlim_cur) - 300) / 2);
  agent_.get("/api/wallet");
  const std::int64_t before = resident_bytes();
  std::vector<RawSocket> idle;
  while (idle.size() < many) {
    idle.emplace_back(world_.port());
    ASSERT_TRUE(idle.back().is_open()) << idle.size();
  }
  const std::string ask = head("GET /healthz");
  for (std::size_t i = 0; i < many; i += 50) {
    ASSERT_TRUE(idle[i].send(ask));
    ASSERT_TRUE(idle[i].some().starts_with("HTTP/1.1 200 ")) << i;
  }
  EXPECT_EQ(world_.agent(4).get("/api/wallet").status, 200);
  const std::int64_t grown = resident_bytes() - before;
  RecordProperty("connections", static_cast<int>(many));
  std::cout << fmt::format("{} connections, {} kB more\n", many, grown / 1024);
  EXPECT_LT(grown, 200LL * 1024 * 1024);
  idle.clear();
  EXPECT_EQ(world_.agent(4).get("/api/wallet").status, 200);
}

TEST_P(HostileWire, SlowSendersAreHeardOrToldSo) {
  const std::string body = "{\"lines\":[]}";
  const std::string whole = post("/api/cart/add", body, fmt::format("dev:{}", kHostileAgent));
  RawSocket slow(world_.port());
  for (const char c : whole) ASSERT_TRUE(slow.send({&c, 1}));
  EXPECT_TRUE(slow.some().starts_with("HTTP/1.1 400 "));
  for (const std::size_t stops_at :
       {std::size_t{10}, whole.size() - body.size() - 2, whole.size() - 3}) {
    RawSocket stuck(world_.port());
    stuck.send(whole.substr(0, stops_at));
    const std::string answer = stuck.rest();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 ")) << stops_at << answer;
    EXPECT_NE(answer.find("request_timeout"), answer.npos);
  }
}

TEST_P(HostileWire, WhoLeavesInTheMiddleTakesNothingAlong) {
  may_change();
  std::mt19937 rng(20261121);
  const std::string add = post("/api/cart/add", lines("5"), "dev:9");
  const std::string large = head("GET /api/products?limit=200") + head("GET /openapi.json");
  for (int i = 0; i < 400; ++i) {
    RawSocket socket(world_.port());
    ASSERT_TRUE(socket.is_open());
    if (i % 2 == 0) {  // before the last byte: nothing may happen
      socket.send(std::string_view(add).substr(0, rng() % add.size()));
    } else {
      for (int n = 0; n < 10; ++n) socket.send(large);
      if (i % 4 == 1) socket.some();
    }
    i % 3 == 0 ? socket.close() : socket.reset();
  }
  HttpClient nine = world_.agent(9);
  EXPECT_TRUE(json_of(nine.get("/api/cart?store_id=1")).at("lines").as_array().empty());
  // Checkouts whose answer is lost, sent again with the same key and step: each is there once.
  const std::string add_once = R"({"step":1,)" + lines("2").substr(1);
  const std::string pay = R"({"store_id":"1"})";
  const auto key_of = [](int agent) { return fmt::format("lost-{}", agent); };
  for (int agent = 10; agent < 40; ++agent) {
    const std::string bearer = fmt::format("dev:{}", agent);
    RawSocket socket(world_.port());
    socket.send(post("/api/cart/add", add_once, bearer));
    if (agent % 3 != 0) socket.some();  // every third leaves both unanswered
    socket.send(post("/api/orders/checkout", pay, bearer,
                     fmt::format("Idempotency-Key: {}\r\n", key_of(agent))));
    agent % 2 == 0 ? socket.reset() : socket.close();
  }
  int replayed = 0;
  for (int agent = 10; agent < 40; ++agent) {
    HttpClient client = world_.agent(agent);
    const HttpHeaders key = {{"Idempotency-Key", key_of(agent)}};
    const HttpAnswer added = client.post("/api/cart/add", add_once);
    EXPECT_EQ(added.status, 200) << added.body;
    for (int again = 0; again < 2; ++again) {
      const HttpAnswer bought = client.post("/api/orders/checkout", pay, key);
      EXPECT_EQ(bought.status, 201) << bought.body;
      if (again == 0) replayed += bought.header("idempotency-replayed") == "true";
    }
    const json::value orders = json_of(client.get("/api/orders"));
    EXPECT_EQ(orders.at("orders").as_array().size(), 1U);
  }
  EXPECT_GT(replayed, 0) << "no checkout was done before its answer was lost";
  EXPECT_EQ(world_.number("SELECT count(*) AS n FROM order_items WHERE qty <> 2"), 0);
  expect_purchase(world_, 8, "after-all-that");
  EXPECT_EQ(world_.number("SELECT count(*) AS n FROM orders"), 32);
  EXPECT_EQ(world_.number("SELECT count(*) AS n FROM (SELECT user_id FROM orders "
                          "GROUP BY user_id HAVING count(*) > 1) AS twice"),
            0);
}

}  // namespace
}  // namespace footfall::tests
