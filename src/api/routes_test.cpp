// Goal: the table of routes is whole, and requests find their route. Method: every row looked at;
// every route matched by a path made from it; wrong paths and methods.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "api/route.hpp"

namespace footfall::api {
namespace {

using http::Method;

// The path with "17" for each parameter.
std::string path_of(const Route& route) {
  std::string out;
  for (std::string_view rest = route.path; !rest.empty();) {
    const std::size_t open = std::min(rest.find('{'), rest.size());
    out += rest.substr(0, open);
    rest.remove_prefix(open);
    if (rest.empty()) break;
    out += "17";
    rest.remove_prefix(rest.find('}') + 1);
  }
  return out;
}

std::vector<std::string_view> names_in_path(const Route& route) {
  std::vector<std::string_view> out;
  for (std::string_view rest = route.path; rest.find('{') != rest.npos;) {
    rest.remove_prefix(rest.find('{') + 1);
    out.push_back(rest.substr(0, rest.find('}')));
  }
  return out;
}

TEST(Routes, EachIsFoundByItsPath) {
  for (const Route& route : routes()) {
    const std::string path = path_of(route);
    const Match found = match(route.method, path);
    ASSERT_EQ(found.route, &route) << to_string(route.method) << " " << path;
    EXPECT_EQ(found.values.size(), names_in_path(route).size());
    for (const std::string_view value : found.values) EXPECT_EQ(value, "17");
    if (route.method == Method::get) {
      EXPECT_EQ(match(Method::head, path).route, &route);
    }
  }
}

TEST(Routes, OtherMethodsListThoseThatTheyTake) {
  for (const Route& route : routes()) {
    const std::string path = path_of(route);
    for (const Method method :
         {Method::get, Method::post, Method::put, Method::patch, Method::del, Method::options}) {
      const Match found = match(method, path);
      if (found.route) continue;
      EXPECT_NE(std::find(found.allowed.begin(), found.allowed.end(), route.method),
                found.allowed.end())
          << path;
      EXPECT_EQ(std::count(found.allowed.begin(), found.allowed.end(), route.method), 1) << path;
    }
  }
  const Match cart = match(Method::put, "/api/cart");
  EXPECT_FALSE(cart.route);
  EXPECT_EQ(cart.allowed, (std::vector{Method::get, Method::patch, Method::del}));
}

TEST(Routes, FixedPathsGoBeforeParameters) {
  EXPECT_EQ(match(Method::post, "/api/orders/checkout").route->name, "checkOut");
  EXPECT_EQ(match(Method::post, "/api/orders/checkout/cancel").route->name, "cancelOrder");
  EXPECT_EQ(match(Method::get, "/api/orders/checkout").route->name, "showOrder");
}

TEST(Routes, OtherPathsFindNothing) {
  for (const char* path : {"",
                           "/",
                           "//",
                           "api/cart",
                           "/api",
                           "/api/",
                           "/api/cart/",
                           "//api/cart",
                           "/api//cart",
                           "/API/cart",
                           "/api/cart;x",
                           "/api/cart/..",
                           "/api/./cart",
                           "/api%2Fcart",
                           "/api/cart%00",
                           "/api/orders//cancel",
                           "/api/products/",
                           "/api/products/1/",
                           "/api/products/1/2",
                           "/{product_id}",
                           "/docs/",
                           "/docs/index.html",
                           "/openapi.json/",
                           "*",
                           "http://x/docs"}) {
    const Match found = match(Method::get, path);
    EXPECT_FALSE(found.route) << path;
    EXPECT_TRUE(found.allowed.empty()) << path;
  }
  EXPECT_FALSE(match(Method::get, std::string(100'000, '/')).route);
}

TEST(Routes, ValuesComeAsSentInOrder) {
  const Match found = match(Method::get, "/api/products/%2e%2e%2f");
  ASSERT_TRUE(found.route);
  EXPECT_EQ(found.values, std::vector<std::string_view>{"%2e%2e%2f"});
}

TEST(Routes, HaveTheirTexts) {
  std::set<std::string_view> names;
  for (const Route& route : routes()) {
    EXPECT_TRUE(names.insert(route.name).second) << route.name;
    for (const std::string_view text : {route.path, route.name, route.tag, route.title}) {
      EXPECT_FALSE(text.empty()) << route.path;
    }
    EXPECT_TRUE(route.about.empty() || route.about.ends_with('.')) << route.name;
    EXPECT_FALSE(route.title.ends_with('.')) << route.name;
    EXPECT_NE(route.run, nullptr) << route.name;
    ASSERT_FALSE(route.answers.empty()) << route.name;
    for (const Answer& answer : route.answers) {
      EXPECT_FALSE(answer.about.empty()) << route.name;
      EXPECT_LT(answer.status, 400) << route.name;
    }
  }
}

TEST(Routes, DeclareTheParametersOfTheirPath) {
  for (const Route& route : routes()) {
    std::vector<std::string_view> declared;
    std::set<std::pair<int, std::string_view>> seen;
    for (const Parameter& one : route.parameters) {
      EXPECT_TRUE(seen.insert({static_cast<int>(one.in), one.name}).second) << one.name;
      if (one.in == Parameter::In::path) {
        declared.push_back(one.name);
        EXPECT_TRUE(one.required) << route.name;
      } else {
        EXPECT_FALSE(one.schema.about.empty()) << route.name << " " << one.name;
      }
    }
    EXPECT_EQ(declared, names_in_path(route)) << route.name;
  }
}

void expect_named(const Schema& schema, std::map<std::string_view, std::string>& members) {
  if (schema.items) expect_named(*schema.items, members);
  if (schema.kind != Schema::Kind::object) return;
  EXPECT_FALSE(schema.name.empty());
  std::string all;
  std::set<std::string_view> names;
  for (const Field& field : schema.fields) {
    EXPECT_TRUE(names.insert(field.name).second) << schema.name << " " << field.name;
    all += fmt::format("{}{},", field.name, field.required ? "" : "?");
    expect_named(field.schema, members);
  }
  // Two objects of one name would be one in the OpenAPI file.
  EXPECT_EQ(members.emplace(schema.name, all).first->second, all) << schema.name;
}

TEST(Routes, ObjectsOfOneNameAreTheSame) {
  std::map<std::string_view, std::string> members;
  for (const Route& route : routes()) {
    if (route.body) expect_named(*route.body, members);
    for (const Answer& answer : route.answers) {
      if (answer.schema) expect_named(*answer.schema, members);
    }
  }
  EXPECT_GT(members.size(), 20U);
}

TEST(Routes, NameOnlyProblemsOfTheTable) {
  const auto known = api_problems();
  std::set<const ProblemKind*> used = {&kNoSuchRoute, &kMethodNotAllowed};
  for (const Route& route : routes()) {
    std::set<const ProblemKind*> seen;
    for (const ProblemKind* kind : problems_of(route)) {
      EXPECT_NE(std::find(known.begin(), known.end(), kind), known.end()) << kind->code;
      EXPECT_TRUE(seen.insert(kind).second) << route.name << " " << kind->code;
      used.insert(kind);
    }
  }
  for (const ProblemKind* kind : known) EXPECT_TRUE(used.contains(kind)) << kind->code;
}

TEST(Routes, GuardWhatTheyDo) {
  for (const Route& route : routes()) {
    const bool writes = route.method != Method::get;
    const bool anybody = route.access == Access::open || route.access == Access::optional;
    EXPECT_FALSE(writes && anybody) << route.name;
    if (route.path.starts_with("/simulation") || route.path.starts_with("/cycles") ||
        route.path.starts_with("/time") || route.path.starts_with("/refresh")) {
      EXPECT_TRUE(route.simulation_only) << route.name;
    }
  }
}

}  // namespace
}  // namespace footfall::api
