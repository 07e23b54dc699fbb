#include "api/openapi.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <map>
#include <set>

#include "api/route.hpp"
#include "api/schemas.hpp"
#include "base/text.hpp"

namespace footfall::api {
namespace {

namespace json = boost::json;

constexpr std::string_view kRunHeader = "X-Footfall-Run", kTimeHeader = "X-Footfall-Sim-Time";

json::object content(std::string_view type, json::value schema) {
  return {{type, json::object{{"schema", std::move(schema)}}}};
}

class Document {
 public:
  explicit Document(const std::string& version) : version_(version) {}
  std::string text();

 private:
  json::value operation(const Route& route);
  json::value parameters(const Route& route);
  json::value responses(const Route& route);
  json::value problem_response(std::span<const ProblemKind* const> kinds);
  json::object components();
  json::value schema(const Schema& schema, bool given) {
    auto& named = given ? given_ : answered_;
    return json_schema(schema, given, named);
  }

  std::string version_;
  std::vector<const Schema*> given_, answered_;
};

json::value parameter(std::string_view in, std::string_view name, json::value schema,
                      std::string_view about, bool required) {
  json::object out{
      {"name", name}, {"in", in}, {"required", required}, {"schema", std::move(schema)}};
  if (!about.empty()) out.emplace("description", about);
  return out;
}

json::value Document::parameters(const Route& route) {
  json::array out;
  for (const Parameter& one : route.parameters) {
    const std::string_view in = one.in == Parameter::In::path    ? "path"
                                : one.in == Parameter::In::query ? "query"
                                                                 : "header";
    Schema bare = one.schema;
    bare.about = {};
    out.push_back(parameter(in, one.name, schema(bare, true), one.schema.about, one.required));
  }
  if (route.with_key) {
    out.push_back(parameter("header", "Idempotency-Key",
                            json::object{{"type", "string"}, {"minLength", 1}, {"maxLength", 255}},
                            "New for each request, the same when it is sent again.", true));
  }
  if (route.in_run) {
    out.push_back(json::object{{"$ref", "#/components/parameters/Run"}});
    out.push_back(json::object{{"$ref", "#/components/parameters/SimTime"}});
  }
  return out;
}

json::value Document::problem_response(std::span<const ProblemKind* const> kinds) {
  std::string about;
  for (const ProblemKind* kind : kinds) {
    about += fmt::format("- `{}`: {}\n", kind->code, kind->about);
  }
  return json::object{{"description", about},
                      {"content", content("application/problem+json",
                                          json::object{{"$ref", "#/components/schemas/Problem"}})}};
}

json::value Document::responses(const Route& route) {
  json::object out;
  for (const Answer& one : route.answers) {
    json::object response{{"description", one.about}};
    if (one.schema) {
      response.emplace("content", content(one.content_type, schema(*one.schema, false)));
    }
    out.emplace(fmt::format("{}", one.status), std::move(response));
  }
  std::map<int, std::vector<const ProblemKind*>> by_status;
  for (const ProblemKind* kind : problems_of(route)) by_status[kind->status].push_back(kind);
  for (const auto& [status, kinds] : by_status) {
    out.emplace(fmt::format("{}", status), problem_response(kinds));
  }
  out.emplace("default", json::object{{"$ref", "#/components/responses/Problem"}});
  return out;
}

json::value Document::operation(const Route& route) {
  json::object out{
      {"operationId", route.name}, {"summary", route.title}, {"tags", json::array{route.tag}}};
  if (!route.about.empty()) out.emplace("description", route.about);
  const json::array bearer{json::object{{"bearer", json::array{}}}};
  if (route.access == Access::open) {
    out.emplace("security", json::array{});
  } else if (route.access == Access::optional) {
    out.emplace("security", json::array{json::object{}, bearer[0]});
  } else {
    out.emplace("security", bearer);
  }
  json::value given = parameters(route);
  if (!given.as_array().empty()) out.emplace("parameters", std::move(given));
  if (route.body) {
    out.emplace("requestBody",
                json::object{{"required", route.body_required},
                             {"content", content("application/json", schema(*route.body, true))}});
  }
  out.emplace("responses", responses(route));
  return out;
}

json::object Document::components() {
  json::object schemas;
  // Names that are given and answered must be the same schema; the list grows while it is walked.
  for (const bool given : {true, false}) {
    auto& named = given ? given_ : answered_;
    for (std::size_t i = 0; i < named.size(); ++i) {
      const Schema* one = named[i];
      if (schemas.contains(one->name)) continue;
      schemas.emplace(one->name, object_schema(*one, given, named));
    }
  }
  // What any request may be answered, whatever its route.
  std::vector<const ProblemKind*> everywhere{&kNoSuchRoute, &kMethodNotAllowed};
  for (const ProblemKind* kind : http::server_problems()) everywhere.push_back(kind);
  return {{"schemas", std::move(schemas)},
          {"responses", json::object{{"Problem", problem_response(everywhere)}}},
          {"parameters",
           json::object{
               {"Run", parameter("header", kRunHeader, json_schema(id(), true, given_),
                                 "Simulated shoppers and the admin: which run; the newest that is "
                                 "running if left out.",
                                 false)},
               {"SimTime", parameter("header", kTimeHeader,
                                     json::object{{"type", "string"}, {"format", "date-time"}},
                                     "Simulated shoppers: the moment of the call, within the run's "
                                     "present simulated hour.",
                                     false)}}},
          {"securitySchemes",
           json::object{{"bearer", json::object{{"type", "http"},
                                                {"scheme", "bearer"},
                                                {"description",
                                                 "A Supabase access token; in a simulation "
                                                 "`dev:<agent_id>`; or the admin token."}}}}}};
}

std::string Document::text() {
  json::object paths;
  for (const Route& route : routes()) {
    json::value& path = paths[route.path];
    if (path.is_null()) path.emplace_object();
    path.as_object().emplace(lower(to_string(route.method)), operation(route));
  }
  const Schema problem = problem_schema();
  schema(problem, false);
  json::object all{
      {"openapi", "3.1.0"},
      {"info",
       json::object{{"title", "footfall"},
                    {"version", version_},
                    {"description",
                     "A shop with an offer engine, for people and for simulated shoppers. Ids are "
                     "texts, since they pass 2^53; money is in minor units; moments are UTC."},
                    {"license",
                     json::object{{"name", "Apache License 2.0"}, {"identifier", "Apache-2.0"}}}}},
      {"servers", json::array{json::object{{"url", "/"}}}},
      {"tags", json::array()},
      {"paths", std::move(paths)},
      {"components", components()}};
  std::set<std::string_view> tags;
  for (const Route& route : routes()) {
    if (tags.insert(route.tag).second) {
      all["tags"].as_array().push_back(json::object{{"name", route.tag}});
    }
  }
  return json::serialize(all);
}

}  // namespace

std::string openapi_json(const std::string& version) { return Document(version).text(); }

}  // namespace footfall::api
