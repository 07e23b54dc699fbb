// Goal: whatever is in a body, a parameter or a header, the answer is a 4xx problem document that
// says what is wrong, never a 5xx, and nothing changes. Method: over HTTP; the bodies are made from
// the table of routes: in a valid body every value is replaced by every wrong one in turn; all rows
// are counted before and after.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <functional>

#include "tests/api/hostile_tools.hpp"

namespace footfall::tests {
namespace {

namespace json = boost::json;
using api::Schema;
using Kind = api::Schema::Kind;

class Hostile : public HostileTest {
 protected:
  void expect_refusal_of(const ApiRequest& request, const std::string& what) {
    expect_refused(send(nobody_, request), fmt::format("{} {}", request.route->name, what));
  }
};
FOOTFALL_HOSTILE(Hostile);

// One place in a body, with what stands there and its schema.
using Visit = std::function<void(const std::string& pointer, json::value& place, const Schema&)>;

void each_place(json::value& place, const Schema& schema, const std::string& pointer,
                const Visit& visit) {
  if (schema.kind == Kind::object) {
    for (const api::Field& field : schema.fields) {
      json::value* member = place.as_object().if_contains(field.name);
      // These stand instead of `hours` and `weeks`: a body cannot hold both.
      const bool other = field.name == "to" || field.name == "until";
      EXPECT_TRUE(member || other || !pointer.empty()) << "no value for " << field.name;
      if (member) {
        each_place(*member, field.schema, fmt::format("{}/{}", pointer, field.name), visit);
      }
    }
  } else if (schema.kind == Kind::array && !place.as_array().empty()) {
    each_place(place.as_array()[0], *schema.items, pointer + "/0", visit);
  }
  visit(pointer, place, schema);
}

std::string nested(int levels) {
  return std::string(static_cast<std::size_t>(levels), '[') +
         std::string(static_cast<std::size_t>(levels), ']');
}

// Values that are wrong nearly everywhere, as JSON.
const std::vector<std::string>& wrong_values() {
  static const std::vector<std::string> kValues = {"null",
                                                   "{}",
                                                   "[]",
                                                   R"("")",
                                                   "-1",
                                                   "0",
                                                   "1e308",
                                                   "9223372036854775808",
                                                   "true",
                                                   R"({"a":{"b":[1]}})",
                                                   nested(20),
                                                   nested(1000),
                                                   "-1e308",
                                                   "0.5",
                                                   R"("\u0000")",
                                                   R"("'; DROP TABLE users; --")",
                                                   "\"" + std::string(100'000, 'x') + "\""};
  return kValues;
}

bool is_whole_within(const json::value& value, std::int64_t min, std::int64_t max) {
  return value.is_int64() && value.get_int64() >= min && value.get_int64() <= max;
}

// Whether the schema lets the value in, told apart from api::check(): then a handler judges it.
bool may_pass(const json::value& value, const Schema& schema) {
  switch (schema.kind) {
    case Kind::object:
      return false;
    case Kind::array:
      return value.is_array() && value.get_array().empty() && schema.min == 0;
    case Kind::text:
      return value.is_string() &&
             value.get_string().size() >= static_cast<std::size_t>(schema.min) &&
             value.get_string().size() <= static_cast<std::size_t>(schema.max) &&
             value.get_string().find('\0') == std::string::npos;
    case Kind::whole:
    case Kind::money:
      return is_whole_within(value, schema.min, schema.max);
    case Kind::number:
    case Kind::decimal:
      return value.is_number();
    case Kind::yes_no:
      return value.is_bool();
    case Kind::members:
      return value.is_object();
    default:
      return schema.kind == Kind::any;
  }
}

TEST_P(Hostile, TheRequestsToBeginFromAreGood) {
  may_change();
  int good = 0;
  for (const ApiRequest& one : valid_requests(facts_)) {
    const HttpAnswer answer = send(nobody_, one);
    const std::string code = code_of(answer);
    EXPECT_LT(answer.status, 500) << one.route->name << answer.body;
    EXPECT_NE(answer.status, 401) << one.route->name << answer.body;
    EXPECT_NE(answer.status, 403) << one.route->name << answer.body;
    EXPECT_TRUE(code != "invalid_request" && code != "invalid_json" && code != "no_such_route")
        << one.route->name << " " << answer.body;
    good += answer.status < 400 ? 1 : 0;
  }
  EXPECT_GE(good, static_cast<int>(api::routes().size()) - 12);
}

TEST_P(Hostile, WrongValuesAreRefusedAndChangeNothing) {
  int sent = 0;
  for (const ApiRequest& valid : valid_requests(facts_)) {
    if (!valid.route->body) continue;
    json::value body = json::parse(valid.body);
    each_place(body, *valid.route->body, "",
               [&](const auto& pointer, json::value& place, const Schema& schema) {
                 const json::value kept = place;
                 for (const std::string& wrong : wrong_values()) {
                   boost::system::error_code error;
                   const json::value value = json::parse(wrong, error);  // nested too deep: none
                   // Optional members may all be gone: {} is good there.
                   const bool all_optional = pointer.empty() && wrong == "{}";
                   if (all_optional || (!error && may_pass(value, schema))) continue;
                   place = "PLACE";
                   ApiRequest request = valid;
                   request.body = json::serialize(body);
                   request.body.replace(request.body.find("\"PLACE\""), 7, wrong);
                   expect_refusal_of(request, pointer + " = " + wrong.substr(0, 60));
                   ++sent;
                 }
                 place = kept;
               });
  }
  EXPECT_GT(sent, 1000);
}

TEST_P(Hostile, MissingAndUnknownMembersAreRefused) {
  for (const ApiRequest& valid : valid_requests(facts_)) {
    if (!valid.route->body) continue;
    json::value body = json::parse(valid.body);
    each_place(body, *valid.route->body, "",
               [&](const auto& pointer, json::value& place, const Schema& schema) {
                 if (schema.kind != Kind::object) return;
                 const json::value kept = place;
                 ApiRequest request = valid;
                 for (const char* unknown :
                      {"x", "__proto__", "", "Quantity", "a\nb", "'; DROP TABLE x"}) {
                   place.as_object()[unknown] = 1;
                   request.body = json::serialize(body);
                   expect_refusal_of(request, fmt::format("{} with {}", pointer, unknown));
                   place = kept;
                 }
                 for (const api::Field& field : schema.fields) {
                   if (!field.required || !place.as_object().contains(field.name)) continue;
                   place.as_object().erase(field.name);
                   request.body = json::serialize(body);
                   expect_refusal_of(request, fmt::format("{} without {}", pointer, field.name));
                   place = kept;
                 }
               });
  }
}

TEST_P(Hostile, WhatIsNoJsonIsRefused) {
  const std::vector<std::string> bodies = {"{",
                                           "}",
                                           "nul",
                                           "{\"a\":1,}",
                                           "[1 2]",
                                           "{'a':1}",
                                           "\xff",
                                           "\"\xc3\x28\"",
                                           "\"\xed\xa0\x80\"",
                                           "{\"a\":\"\x01\"}",
                                           "{\"a\":01}",
                                           "{\"a\":+1}",
                                           "{\"a\":.5}",
                                           "NaN",
                                           "{\"a\":Infinity}",
                                           "{}{}",
                                           "{} x",
                                           "// x\n{}",
                                           "\xef\xbb\xbf{}",
                                           "\"\\ud800\"",
                                           "\"\\x41\"",
                                           "1e999999999999",
                                           std::string("{}\0", 3),
                                           std::string("\0", 1),
                                           " ",
                                           "\n",
                                           nested(1000),
                                           nested(33),
                                           nested(100'000),
                                           std::string(1000, '{'),
                                           "{\"a\":" + nested(1000) + "}",
                                           "\"" + std::string(500'000, 'y')};
  for (const ApiRequest& valid : valid_requests(facts_)) {
    if (!valid.route->body) continue;
    for (const std::string& body : bodies) {
      ApiRequest request = valid;
      request.body = body;
      expect_refusal_of(request, body.substr(0, 40));
    }
  }
}

// Of two members of one name the last counts, as in most readers of JSON: never both.
TEST_P(Hostile, OfDuplicateMembersTheLastCounts) {
  may_change();
  HttpClient agent = world_.agent(7);
  const HttpAnswer answer = agent.post(
      "/api/cart/add", fmt::format(R"({{"lines":[{{"product_id":"{0}","quantity":-5}}],)"
                                   R"("lines":[{{"product_id":"{0}","quantity":999,)"
                                   R"("quantity":3}}],"store_id":"999","store_id":"1"}})",
                                   facts_.product));
  ASSERT_EQ(answer.status, 200) << answer.body;
  const json::value cart = json_of(agent.get("/api/cart?store_id=1"));
  EXPECT_EQ(cart.at("lines").as_array().size(), 1U);
  EXPECT_EQ(number_at(cart, "/lines/0/quantity"), 3);
}

TEST_P(Hostile, BodiesNeedTheirTypeAndTheirSize) {
  ApiRequest add = request("addToCart");
  HttpAnswer answer = nobody_.send(add.method, add.target, add.body, {add.headers[0]});
  EXPECT_EQ(code_of(answer), "unsupported_media_type");
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "json", "", ";",
                           "application/json2", "text/json", "multipart/form-data; boundary=x"}) {
    answer =
        nobody_.send(add.method, add.target, add.body, {add.headers[0], {"Content-Type", type}});
    EXPECT_EQ(answer.status, 415) << type;
    EXPECT_EQ(problem_fault(answer), "") << type;
  }
  add.body = "{\"lines\":[" + std::string(1024 * 1024, ' ') + "]}";
  const HttpAnswer huge = send(nobody_, add);
  EXPECT_EQ(code_of(huge), "body_too_large");
  // A length that is only claimed is refused as well, without a byte of it.
  HttpClient claims = world_.client();
  claims.write(
      "POST /api/cart/add HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n");
  EXPECT_EQ(code_of(claims.read().value()), "body_too_large");
  for (const ApiRequest& valid : valid_requests(facts_)) {
    if (valid.route->body || valid.route->method == http::Method::get) continue;
    ApiRequest with_body = valid;
    with_body.body = "{}";
    with_body.headers.emplace_back("Content-Type", "application/json");
    expect_refusal_of(with_body, "a body where none belongs");
  }
}

TEST_P(Hostile, QuantitiesDoNotOverflow) {
  may_change();
  HttpClient agent = world_.agent(8);
  const auto add = [&](const std::string& quantity) {
    return agent.post("/api/cart/add", fmt::format(R"({{"store_id":"1","lines":[{{"product_id":)"
                                                   R"("{}","quantity":{}}}]}})",
                                                   facts_.product, quantity));
  };
  for (const char* quantity : {"-1", "0", "1000", "2147483648", "4294967297", "9223372036854775807",
                               "9223372036854775808", "-9223372036854775808", "1e3", "1.0"}) {
    EXPECT_EQ(code_of(add(quantity)), "invalid_request") << quantity;
  }
  EXPECT_EQ(add("999").status, 200);
  EXPECT_EQ(code_of(add("1")), "bad_quantity");
  std::string lines;
  for (int i = 0; i < 50; ++i) {
    lines += fmt::format("{}{{\"product_id\":\"{}\",\"quantity\":999}}", lines.empty() ? "" : ",",
                         facts_.product);
  }
  EXPECT_EQ(code_of(agent.post("/api/cart/add", "{\"store_id\":\"1\",\"lines\":[" + lines + "]}")),
            "bad_quantity");
  const json::value cart = json_of(agent.get("/api/cart?store_id=1"));
  EXPECT_EQ(number_at(cart, "/lines/0/quantity"), 999);
}

}  // namespace
}  // namespace footfall::tests
