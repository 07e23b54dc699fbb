// Goal: invariant 40: the OpenAPI file and the page have every route, every parameter and every
// code, all references lead somewhere, and nothing leads outside. Method: both are made and taken
// apart, and compared with the tables.
#include "api/openapi.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <set>

#include "api/route.hpp"
#include "base/text.hpp"

namespace footfall::api {
namespace {

namespace json = boost::json;

const json::value& document() {
  static const json::value kDocument = json::parse(openapi_json("1.2.3"));
  return kDocument;
}

std::vector<const ProblemKind*> all_problems() {
  std::vector<const ProblemKind*> out(api_problems().begin(), api_problems().end());
  out.insert(out.end(), http::server_problems().begin(), http::server_problems().end());
  return out;
}

void collect_references(const json::value& value, std::set<std::string>& out) {
  if (const json::array* list = value.if_array()) {
    for (const json::value& one : *list) collect_references(one, out);
  } else if (const json::object* object = value.if_object()) {
    for (const auto& member : *object) {
      if (member.key() == "$ref") out.insert(std::string(member.value().as_string()));
      collect_references(member.value(), out);
    }
  }
}

TEST(Openapi, IsOfItsVersion) {
  EXPECT_EQ(document().at("openapi"), "3.1.0");
  EXPECT_EQ(document().at("info").at("version"), "1.2.3");
}

TEST(Openapi, HasEveryRouteAndNoOther) {
  std::size_t operations = 0;
  for (const auto& path : document().at("paths").as_object()) {
    operations += path.value().as_object().size();
  }
  EXPECT_EQ(operations, routes().size());
  for (const Route& route : routes()) {
    const json::value& operation =
        document().at("paths").at(route.path).at(lower(to_string(route.method)));
    EXPECT_EQ(operation.at("operationId").as_string(), route.name);
    EXPECT_EQ(operation.at("summary").as_string(), route.title);
    EXPECT_EQ(operation.as_object().contains("requestBody"), route.body.has_value()) << route.name;
    for (const Answer& answer : route.answers) {
      EXPECT_TRUE(operation.at("responses").as_object().contains(std::to_string(answer.status)));
    }
    EXPECT_EQ(operation.at("security").as_array().empty(), route.access == Access::open);
  }
}

TEST(Openapi, HasEveryParameter) {
  for (const Route& route : routes()) {
    std::set<std::string> found;
    const json::object& operation =
        document().at("paths").at(route.path).at(lower(to_string(route.method))).as_object();
    if (const json::value* list = operation.if_contains("parameters")) {
      for (const json::value& one : list->as_array()) {
        if (one.as_object().contains("$ref")) continue;
        EXPECT_TRUE(found.insert(std::string(one.at("name").as_string())).second);
      }
    }
    std::set<std::string> wanted;
    for (const Parameter& one : route.parameters) wanted.emplace(one.name);
    if (route.with_key) wanted.insert("Idempotency-Key");
    EXPECT_EQ(found, wanted) << route.name;
  }
}

// Invariant 40.
TEST(Openapi, HasEveryCodeOfEveryRoute) {
  for (const Route& route : routes()) {
    const json::value& responses =
        document().at("paths").at(route.path).at(lower(to_string(route.method))).at("responses");
    for (const ProblemKind* kind : problems_of(route)) {
      const json::object& all = responses.as_object();
      const json::value* response = all.if_contains(std::to_string(kind->status));
      ASSERT_TRUE(response) << route.name << " " << kind->code;
      const std::string about(response->at("description").as_string());
      EXPECT_NE(about.find(fmt::format("`{}`", kind->code)), std::string::npos)
          << route.name << " " << kind->code;
      EXPECT_TRUE(response->at("content").as_object().contains("application/problem+json"));
    }
  }
}

TEST(Openapi, HasEveryCode) {
  const std::string text = openapi_json("1");
  for (const ProblemKind* kind : all_problems()) {
    EXPECT_NE(text.find(fmt::format("`{}`", kind->code)), std::string::npos) << kind->code;
  }
}

TEST(Openapi, ReferencesLeadSomewhere) {
  std::set<std::string> references;
  collect_references(document(), references);
  EXPECT_GT(references.size(), 20U);
  for (const std::string& reference : references) {
    ASSERT_TRUE(reference.starts_with("#/")) << reference;
    boost::system::error_code error;
    EXPECT_TRUE(document().find_pointer(reference.substr(1), error)) << reference;
  }
  for (const auto& schema : document().at("components").at("schemas").as_object()) {
    EXPECT_TRUE(references.contains("#/components/schemas/" + std::string(schema.key())))
        << schema.key();
  }
}

TEST(Docs, HaveEveryRouteAndAnAnchorForEachCode) {
  const std::string page = docs_page("1.2.3");
  for (const Route& route : routes()) {
    EXPECT_NE(page.find(fmt::format("<details id=\"{}\">", route.name)), page.npos) << route.name;
    EXPECT_NE(page.find(fmt::format("<code>{}</code>", route.path)), page.npos) << route.path;
  }
  for (const ProblemKind* kind : all_problems()) {
    EXPECT_NE(page.find(fmt::format("id=\"{}\"", kind->code)), page.npos) << kind->code;
  }
}

TEST(Docs, LinkOnlyToWhatIsThere) {
  const std::string page = docs_page("1.2.3");
  std::set<std::string> anchors;
  std::size_t links = 0;
  for (std::size_t at = page.find(" id="); at != page.npos; at = page.find(" id=", at + 1)) {
    const std::size_t from = at + 4 + (page[at + 4] == '"' ? 1 : 0);
    anchors.insert(page.substr(from, page.find_first_of("\"> ", from) - from));
  }
  for (std::size_t at = page.find("href=\""); at != page.npos; at = page.find("href=\"", at + 1)) {
    const std::string to = page.substr(at + 6, page.find('"', at + 6) - at - 6);
    EXPECT_TRUE(to == "/openapi.json" || (to.starts_with('#') && anchors.contains(to.substr(1))))
        << to;
    ++links;
  }
  EXPECT_GT(links, 100U);
}

TEST(Docs, HoldNothingFromOutsideAndNoScript) {
  for (const std::string& text : {docs_page("1"), openapi_json("1")}) {
    for (const char* bad : {"http://", "https://", "<script", "javascript:", "@import", "url(",
                            "<img", "<link", "<iframe", " src="}) {
      EXPECT_EQ(text.find(bad), text.npos) << bad;
    }
  }
}

TEST(Docs, EscapeTheVersion) {
  EXPECT_EQ(docs_page("<b>&\"").find("<b>&\""), std::string::npos);
  EXPECT_EQ(json::parse(openapi_json("\"\\<")).at("info").at("version"), "\"\\<");
}

}  // namespace
}  // namespace footfall::api
