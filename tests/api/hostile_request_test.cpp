// Goal: tricks with paths, queries, headers, methods and other people's ids get a 4xx problem
// document, or what an honest caller would get, and nothing is seen or changed. Method: over HTTP,
// on SQLite and PostgreSQL; all rows are counted before and after.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "tests/api/hostile_tools.hpp"

namespace footfall::tests {
namespace {

namespace json = boost::json;
using std::string_literals::operator""s;

const std::vector<std::string> kSql = {"'; DROP TABLE users; --",
                                       "' OR '1'='1",
                                       "1; DELETE FROM orders",
                                       "\\'; DROP TABLE orders; --",
                                       "$1",
                                       "%s%n",
                                       "1 UNION SELECT 1",
                                       "x' || pg_sleep(60) || '",
                                       "\" OR \"\"=\"",
                                       "(SELECT 1)"};

std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

class HostileRequest : public HostileTest {
 protected:
  HttpAnswer check_out(HttpClient& client, const HttpHeaders& more) {
    HttpHeaders headers = more;
    headers.emplace_back("Content-Type", "application/json");
    return client.send("POST", "/api/orders/checkout", R"({"store_id":"1"})", headers);
  }
};
FOOTFALL_HOSTILE(HostileRequest);

TEST_P(HostileRequest, PathTricksFindNothing) {
  const std::string order = "/api/orders/" + facts_.order;
  for (const std::string& target : {"/"s,
                                    "//"s,
                                    "/.."s,
                                    "//api/orders"s,
                                    "/api//orders"s,
                                    "/api/orders/"s,
                                    order + "/",
                                    order + ";x",
                                    order + "%00",
                                    order + "%20",
                                    order + "%2f",
                                    order + "%",
                                    order + "%2",
                                    order + "%zz",
                                    order + "%ff",
                                    order + "%c0%af",
                                    order + "/.",
                                    order + "/..",
                                    "/api/orders/..%2forders"s,
                                    "/api/orders/%2e%2e%2f1"s,
                                    "/api/orders/..%5c1"s,
                                    "/api/orders/0"s,
                                    "/api/orders/-1"s,
                                    "/api/orders/+1"s,
                                    "/api/orders/01"s,
                                    "/api/orders/1e0"s,
                                    "/api/orders/%D9%A1"s,
                                    "/api/orders/9223372036854775808"s,
                                    "/api/orders/99999999999999999999999999"s,
                                    "/api/orders/NaN"s,
                                    "/api/orders/null"s,
                                    "/api/orders/{order_id}"s,
                                    "/api/orders/checkout"s,
                                    "/API/orders"s,
                                    "/api%2forders"s,
                                    "/%61pi/orders"s,
                                    "/etc/passwd"s,
                                    "/..%2f..%2fetc/passwd"s,
                                    "/api/orders.json"s,
                                    "/docs/../api/orders"s,
                                    "/openapi.json%00.html"s,
                                    "/favicon.ico"s,
                                    "/" + std::string(4000, 'a'),
                                    "/api/orders/" + std::string(3000, '1'),
                                    std::string(4000, '/')}) {
    expect_refused(agent_.get(target), target.substr(0, 80));
  }
  expect_code(agent_.get("/" + std::string(5000, 'a')), "target_too_long");
  for (const std::string& sql : kSql) {
    for (const char* path : {"/api/orders/", "/api/products/", "/cycles/", "/api/"}) {
      expect_refused(agent_.get(path + encoded(sql)), path + sql);
    }
  }
}

TEST_P(HostileRequest, QueryTricksAreRefused) {
  const std::vector<std::string> values = {"",     "%",    "%ff",  "%00", "-1",
                                           "201",  "1e3",  "1.0",  "0x1", "+1",
                                           "%201", "null", "true", "[]",  "9223372036854775808"};
  int sent = 0;
  for (const ApiRequest& valid : valid_requests(facts_)) {
    const std::string path = valid.target.substr(0, valid.target.find('?'));
    if (valid.method != "GET") continue;
    for (const char* unknown : {"x=1", "=", "=1", "%00=1", "Limit=1", "limit[]=1", "a%ffb=1"}) {
      HttpClient client = world_.client();
      const HttpAnswer answer = client.send("GET", path + "?" + unknown, "", valid.headers);
      expect_refused(answer, path + "?" + unknown);
    }
    for (const api::Parameter& one : valid.route->parameters) {
      if (one.in != api::Parameter::In::query) continue;
      for (const std::string& value : values) {
        // A text may be anything but empty or no UTF-8; whether it finds something is not our
        // matter.
        const bool is_text = one.schema.kind == api::Schema::Kind::text;
        const std::string target = fmt::format("{}?{}={}", path, one.name, value);
        const HttpAnswer answer = agent_.send("GET", target);
        if (is_text && answer.status == 200) continue;
        if (one.schema.kind == api::Schema::Kind::id && value == "201") continue;
        expect_refused(answer, target);
        ++sent;
      }
      for (const std::string& sql : kSql) {
        const HttpAnswer answer = agent_.get(fmt::format("{}?{}={}", path, one.name, encoded(sql)));
        if (one.name == "search" && answer.status == 200) {
          EXPECT_TRUE(json_of(answer).at("products").as_array().empty()) << sql;
        } else {
          expect_refused(answer, sql);
        }
      }
      expect_refused(agent_.get(fmt::format("{0}?{1}=1&{1}=1", path, one.name)), "twice");
      expect_refused(agent_.get(fmt::format("{}?{}={}", path, one.name, std::string(3000, '1'))),
                     "long");
    }
  }
  EXPECT_GT(sent, 50);
}

TEST_P(HostileRequest, TokensThatAreNoneGetOneAnswer) {
  const std::string good = person_token(1);
  const std::string no_algorithm =
      "eyJhbGciOiJub25lIn0" + good.substr(good.find('.'), good.rfind('.') - good.find('.')) + ".";
  std::vector<std::string> tokens = {"Bearer",
                                     "Bearer ",
                                     "Basic YTpi",
                                     "Bearer dev:",
                                     "Bearer dev:0",
                                     "Bearer dev:-1",
                                     "Bearer dev:03",
                                     "Bearer dev:3x",
                                     "Bearer dev:3 3",
                                     "Bearer dev:41",
                                     "Bearer dev:9223372036854775808",
                                     "dev:3",
                                     "Bearer DEV:3",
                                     "Bearer a.b.c",
                                     "Bearer " + good.substr(0, good.size() - 3),
                                     "Bearer " + no_algorithm,
                                     "Bearer " + kAdminToken + "x",
                                     "Bearer " + kAdminToken.substr(1),
                                     "Bearer " + std::string(10'000, 'a'),
                                     "Bearer " + std::string(3000, '.'),
                                     "Bearer dev:3, Bearer " + kAdminToken};
  for (const std::string& sql : kSql) tokens.push_back("Bearer dev:" + sql);
  std::string detail;
  for (const std::string& token : tokens) {
    HttpClient client = world_.client();
    // Where a token is not needed, what is no bearer token at all counts as none.
    const bool is_bearer = token.starts_with("Bearer ") && token.size() > 7;
    for (const char* path : {"/api/wallet", "/simulation/status", "/api/products"}) {
      if (path == std::string_view("/api/products") && !is_bearer) continue;
      const HttpAnswer answer = client.get(path, {{"Authorization", token}});
      expect_code(answer, "unauthorized", token.substr(0, 60));
      EXPECT_EQ(answer.header("www-authenticate"), "Bearer");
      if (detail.empty()) detail = text_at(json_of(answer), "/detail");
      EXPECT_EQ(text_at(json_of(answer), "/detail"), detail) << token.substr(0, 60);
    }
  }
  HttpClient client = world_.client();
  const std::string dev = fmt::format("Bearer dev:{}", kHostileAgent);
  for (const std::string& second : {dev, "Bearer " + kAdminToken, ""s}) {
    expect_code(client.get("/api/wallet", {{"Authorization", dev}, {"authorization", second}}),
                "unauthorized");
  }
}

TEST_P(HostileRequest, KeysThatAreNoneAreRefused) {
  HttpClient agent = world_.agent(5);
  expect_code(check_out(agent, {}), "idempotency_key_required");
  expect_code(check_out(agent, {{"Idempotency-Key", ""}}), "idempotency_key_required");
  for (const std::string& key : {"a b"s, "\xc3\xa4"s, "\"a b\""s, std::string(256, 'k'),
                                 std::string(10'000, 'k'), "a\tb"s}) {
    expect_code(check_out(agent, {{"Idempotency-Key", key}}), "invalid_request", key.substr(0, 20));
  }
  expect_code(check_out(agent, {{"Idempotency-Key", "a"}, {"idempotency-key", "b"}}),
              "invalid_request");
  expect_code(check_out(agent, {{"Idempotency-Key", "a"}, {"Idempotency-Key", "a"}}),
              "invalid_request");
  for (const char* bad : {"a\x01", "a\x7f", "\x1f"}) {
    HttpClient fresh = world_.agent(5);
    expect_code(check_out(fresh, {{"Idempotency-Key", bad}}), "malformed_request");
  }
}

TEST_P(HostileRequest, EtagsThatAreNoneAreRefused) {
  HttpClient agent = world_.agent(6);
  may_change();
  ASSERT_EQ(
      agent
          .post("/api/cart/add",
                fmt::format(R"({{"store_id":"1","lines":[{{"product_id":"{}","quantity":2}}]}})",
                            facts_.product))
          .status,
      200);
  note_rows();
  std::vector<std::string> tags = {"x",
                                   "\"\"",
                                   "\"",
                                   "W/\"1\"",
                                   "-1",
                                   "\"0\"",
                                   "\"-1\"",
                                   "\"1",
                                   "1\"",
                                   "\"1\", \"2\"",
                                   "\"99999999999999999999\"",
                                   std::string(61, '1'),
                                   std::string(5000, '"')};
  tags.insert(tags.end(), kSql.begin(), kSql.end());
  for (const std::string& tag : tags) {
    expect_code(agent.send("DELETE", "/api/cart?store_id=1", "", {{"If-Match", tag}}),
                "invalid_request", tag.substr(0, 30));
  }
  expect_code(agent.send("DELETE", "/api/cart?store_id=1", "",
                         {{"If-Match", "\"1\""}, {"If-Match", "\"1\""}}),
              "invalid_request");
  expect_code(
      agent.send("DELETE", "/api/cart?store_id=1", "", {{"If-Match", "\"1-9223372036854775807\""}}),
      "cart_version_conflict");
}

TEST_P(HostileRequest, OnlySimulatedShoppersSayWhatTimeItIs) {
  HttpClient person = world_.person(1), nobody = world_.client();
  may_change();
  ASSERT_EQ(person.get("/api/wallet").status, 200);  // fills it
  note_rows();
  for (const auto& [name, value] : std::initializer_list<std::pair<std::string, std::string>>{
           {"X-Footfall-Run", facts_.run},
           {"X-Footfall-Run", "0"},
           {"X-Footfall-Run", "x"},
           {"x-footfall-run", "1"},
           {"X-Footfall-Sim-Time", facts_.now},
           {"X-Footfall-Sim-Time", "x"}}) {
    expect_code(person.get("/api/wallet", {{name, value}}), "simulation_headers_refused");
    expect_code(person.get("/api/products", {{name, value}}), "simulation_headers_refused");
    expect_code(nobody.get("/api/products", {{name, value}}), "simulation_headers_refused");
  }
  std::vector<std::string> bad = {"0",
                                  "-1",
                                  "01",
                                  "x",
                                  "999",
                                  "9223372036854775807",
                                  "9223372036854775808",
                                  std::string(5000, '1')};
  bad.insert(bad.end(), kSql.begin(), kSql.end());
  for (const std::string& run : bad)
    expect_code(agent_.get("/api/wallet", {{"X-Footfall-Run", run}}), "no_such_run",
                run.substr(0, 30));
  for (const std::string& time : bad)
    expect_code(agent_.get("/api/wallet", {{"X-Footfall-Sim-Time", time}}), "invalid_request",
                time.substr(0, 30));
  for (const char* time :
       {"2026-01-04T23:59:59Z", "2026-01-05T01:00:00Z", "1970-01-01", "2199-12-31"}) {
    expect_code(agent_.get("/api/wallet", {{"X-Footfall-Sim-Time", time}}),
                "sim_time_out_of_window", time);
  }
}

TEST_P(HostileRequest, SqlInHeadersIsText) {
  for (const std::string& sql : kSql) {
    for (const char* name : {"If-None-Match", "X-Request-Id", "User-Agent", "Accept", "Cookie",
                             "Referer", "X-Forwarded-For", "X-Http-Method-Override"}) {
      const HttpAnswer answer = agent_.get("/api/products", {{name, sql}});
      EXPECT_EQ(answer.status, 200) << name << sql;
    }
  }
  may_change();
  // A key may hold what it likes: it is a text like any other.
  expect_purchase(world_, 9, "';DROP/**/TABLE/**/users;--");
  expect_purchase(world_, 10, "$1::text||(SELECT/**/1)");
  EXPECT_EQ(world_.number("SELECT count(*) AS n FROM orders"), 3);
  EXPECT_GE(world_.number("SELECT count(*) AS n FROM users"), store::kPeople);
}

TEST_P(HostileRequest, MethodTricksAreRefused) {
  for (const ApiRequest& valid : valid_requests(facts_)) {
    for (const char* method : {"PUT", "PATCH", "DELETE", "POST", "GET"}) {
      const std::string path = valid.target.substr(0, valid.target.find('?'));
      http::Method parsed = http::Method::get;
      for (const auto one :
           {http::Method::put, http::Method::patch, http::Method::del, http::Method::post}) {
        if (to_string(one) == method) parsed = one;
      }
      if (api::match(parsed, path).route) continue;
      const HttpAnswer answer =
          agent_.send(method, path, "", {{"X-HTTP-Method-Override", valid.method}});
      expect_code(answer, "method_not_allowed", method + path);
      EXPECT_NE(answer.header("allow").find(valid.method), std::string::npos);
    }
  }
  for (const char* method : {"OPTIONS", "TRACE", "CONNECT", "get", "GETT", "PROPFIND", "X"}) {
    HttpClient client = world_.agent(kHostileAgent);
    const HttpAnswer answer = client.send(method, "/api/wallet");
    EXPECT_EQ(answer.status, 501) << method;
    EXPECT_EQ(problem_fault(answer), "") << method;
  }
  const HttpAnswer head = agent_.send("HEAD", "/api/wallet");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), std::to_string(agent_.get("/api/wallet").body.size()));
}

}  // namespace
}  // namespace footfall::tests
