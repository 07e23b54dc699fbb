// Matching requests to routes; routes_shop.cpp and routes_simulation.cpp are the table.
#include <algorithm>

#include "api/route.hpp"
#include "api/route_tables.hpp"

namespace footfall::api {
namespace {

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> out;
  while (!path.empty()) {
    path.remove_prefix(1);  // a slash
    const std::size_t end = std::min(path.find('/'), path.size());
    out.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return out;
}

bool is_parameter(std::string_view segment) { return segment.starts_with('{'); }

std::vector<Route> make_table() {
  std::vector<Route> table = shop_routes();
  for (auto more : {simulation_routes(), service_routes()}) {
    for (Route& route : more) table.push_back(std::move(route));
  }
  return table;
}

struct Matcher {
  std::vector<std::vector<std::string_view>> segments;  // of each route

  bool fits(std::size_t route, const std::vector<std::string_view>& path,
            std::vector<std::string_view>& values) const {
    const auto& wanted = segments[route];
    if (wanted.size() != path.size()) return false;
    values.clear();
    for (std::size_t i = 0; i < path.size(); ++i) {
      if (is_parameter(wanted[i])) {
        if (path[i].empty()) return false;
        values.push_back(path[i]);
      } else if (wanted[i] != path[i]) {
        return false;
      }
    }
    return true;
  }
};

const std::vector<Route>& table() {
  static const std::vector<Route> kTable = make_table();
  return kTable;
}

const Matcher& matcher() {
  static const Matcher kMatcher = [] {
    Matcher matcher;
    for (const Route& route : table()) matcher.segments.push_back(segments_of(route.path));
    return matcher;
  }();
  return kMatcher;
}

}  // namespace

std::span<const Route> routes() { return table(); }

// Of several that fit the one with the fewest parameters.
Match match(http::Method method, std::string_view path) {
  const http::Method wanted = method == http::Method::head ? http::Method::get : method;
  Match found;
  if (!path.starts_with('/')) return found;
  const std::vector<std::string_view> segments = segments_of(path);
  std::vector<std::string_view> values;
  for (std::size_t i = 0; i < table().size(); ++i) {
    if (!matcher().fits(i, segments, values)) continue;
    const Route& route = table()[i];
    if (route.method != wanted) {
      found.allowed.push_back(route.method);
    } else if (!found.route || values.size() < found.values.size()) {
      found.route = &route;
      found.values = values;
    }
  }
  return found;
}

std::vector<const ProblemKind*> problems_of(const Route& route) {
  std::vector<const ProblemKind*> out;
  if (route.simulation_only) out.push_back(&kSimulationModeDisabled);
  if (route.access != Access::open) {
    for (const ProblemKind* kind : {&kUnauthorized, &kTokenExpired, &kAuthUnavailable}) {
      out.push_back(kind);
    }
    out.push_back(&kForbidden);
    out.push_back(&kAccountDisabled);
  }
  out.push_back(&kInvalidRequest);  // an unknown parameter, a body where none is taken
  if (route.body) {
    out.push_back(&kInvalidJson);
    out.push_back(&kUnsupportedMediaType);
  }
  if (route.with_key) {
    out.push_back(&kIdempotencyKeyRequired);
    out.push_back(&kIdempotencyKeyReused);
  }
  if (route.in_run) {
    for (const ProblemKind* kind : {&kSimulationHeadersRefused, &kNoRun, &kNoSuchRun,
                                    &kSimTimeOutOfWindow, &kDatabaseUnavailable, &kBusy}) {
      out.push_back(kind);
    }
    if (route.method != http::Method::get) out.push_back(&kRunNotRunning);
  }
  for (const ProblemKind* kind : route.problems) {
    if (std::find(out.begin(), out.end(), kind) == out.end()) out.push_back(kind);
  }
  return out;
}

}  // namespace footfall::api
