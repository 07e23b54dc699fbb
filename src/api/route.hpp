// What the API serves, as data: one table of routes (routes.cpp) from which requests are matched
// and checked, and from which the OpenAPI file and the page at /docs are made.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "api/errors.hpp"
#include "api/schema.hpp"
#include "base/task.hpp"
#include "http/message.hpp"

namespace footfall::api {

class Api;
struct Call;

// Who may call.
enum class Access : std::uint8_t {
  open,      // everybody; a token is not looked at
  optional,  // everybody; a token, if there is one, must be good
  shopper,   // a person, or in a simulation an agent
  agent,     // an agent, or who holds the admin token
  admin,     // who holds the admin token
  either,    // a shopper, or who holds the admin token
};

struct Parameter {
  enum class In : std::uint8_t { path, query, header };
  In in;
  std::string_view name;
  Schema schema;
  bool required = false;
};

struct Answer {
  int status;
  std::string_view about;
  std::optional<Schema> schema;  // nothing: no body
  std::string_view content_type = "application/json";
};

using RouteFunction = Task<http::Response> (*)(Api& api, Call& call);

// All texts are literals.
struct Route {
  http::Method method;
  std::string_view path;  // "/api/orders/{order_id}"
  std::string_view name;  // operationId
  std::string_view tag;
  std::string_view title;
  std::string_view about;
  Access access;
  RouteFunction run;
  bool simulation_only =
      false;               // refused where SIMULATION_MODE is off, before the token is looked at
  bool in_run = false;     // acts in a run, or in the real shop
  bool with_key = false;   // needs an Idempotency-Key
  bool at_end = false;     // also where the run has reached its end, until it is stopped
  bool when_over = false;  // also where the run has ended
  std::vector<Parameter> parameters{};
  std::optional<Schema> body{};  // JSON
  bool body_required = true;
  std::vector<Answer> answers{};
  std::vector<const ProblemKind*> problems{};  // beside those that any such route may answer
};

// In the order of the documentation.
std::span<const Route> routes();

// What any request to this route may be refused with, its own problems included.
std::vector<const ProblemKind*> problems_of(const Route& route);

struct Match {
  const Route* route = nullptr;          // null: none
  std::vector<std::string_view> values;  // of the path's parameters, in order, as sent
  std::vector<http::Method> allowed;     // where the path has a route, but not with this method
};
// HEAD is answered as GET.
Match match(http::Method method, std::string_view path);

}  // namespace footfall::api
