// The way of a request: matched, checked, handled, and its failures answered. call.cpp has who
// calls and in which run.
#include "api/api.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/idle.hpp"
#include "base/failure.hpp"

namespace footfall::api {
namespace {

constexpr std::string_view kRetryAfterSeconds = "1";

std::string allow_header(const std::vector<http::Method>& methods) {
  std::string out;
  for (const http::Method method : methods) {
    if (!out.empty()) out += ", ";
    out += to_string(method);
    if (method == http::Method::get) out += ", HEAD";
  }
  return out;
}

http::Response no_route(const http::Request& request, const Match& match) {
  if (match.allowed.empty()) {
    return http::problem(kNoSuchRoute, fmt::format("there is no route {}", request.path),
                         request.path, request.id);
  }
  const std::string allowed = allow_header(match.allowed);
  http::Response response =
      http::problem(kMethodNotAllowed, fmt::format("{} takes {}", request.path, allowed),
                    request.path, request.id);
  response.headers.emplace_back("Allow", allowed);
  return response;
}

std::string caller_of(const Call& call) {
  switch (call.principal.kind) {
    case PrincipalKind::agent:
      return fmt::format("agent:{}", call.principal.agent.value);
    case PrincipalKind::person:
      return fmt::format("user:{}", call.account.user.value);
    case PrincipalKind::admin:
      return "admin";
    case PrincipalKind::nobody:
      break;
  }
  return {};
}

}  // namespace

const std::string* Call::find(std::string_view name) const {
  const auto found = parameters.find(name);
  return found == parameters.end() ? nullptr : &found->second;
}

http::Response refuse(const Call& call, const ProblemKind& kind, std::string_view detail,
                      std::span<const http::FieldError> errors, std::string_view extra) {
  http::Response response =
      http::problem(kind, detail, call.request.path, call.request.id, errors, extra);
  if (kind.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (kind.status == 503) response.headers.emplace_back("Retry-After", kRetryAfterSeconds);
  return response;
}

http::Response refuse(const Call& call, const std::vector<http::FieldError>& errors) {
  const http::FieldError& first = errors.front();
  const std::string_view place =
      first.pointer.empty() ? "the body" : std::string_view(first.pointer);
  return refuse(call, kInvalidRequest, fmt::format("{} {}", place, first.detail), errors);
}

http::Response refuse_at(const Call& call, std::string pointer, std::string detail) {
  return refuse(call, {http::FieldError{std::move(pointer), std::move(detail)}});
}

http::Response answer(std::string json, int status) {
  http::Response response;
  response.status = status;
  response.body = std::move(json);
  return response;
}

Api::Api(Shared& shared, std::shared_ptr<store::LiveDatabase> database)
    : shared_(shared), database_(std::move(database)), ready_check_(database_) {}

// The state that the hub hands out counts: it may have forgotten the one that was opened here.
Task<std::shared_ptr<OpenRun>> Api::open(std::shared_ptr<RunState> state) {
  const RunId id = state->id();
  auto known = open_.find(id);
  if (known == open_.end() || known->second.run->state != state) {
    const store::LiveSetup setup = state->setup();
    std::unique_ptr<store::LiveStore> live = co_await database_->open(setup);
    // Somebody else on this thread may have opened it meanwhile: that one stays.
    known = open_.try_emplace(id).first;
    Kept& kept = known->second;
    if (!kept.run || kept.run->state != state) {
      kept.run = std::make_shared<OpenRun>(OpenRun{std::move(state), std::move(live)});
    }
  }
  known->second.used = ++uses_;
  std::shared_ptr<OpenRun> run = known->second.run;
  forget_idle(open_, kIdleRunsMax, [](const Kept& one) { return one.run.use_count() == 1; });
  co_return run;
}

Task<http::Response> Api::handle(const http::Request& request) {
  const Match found = match(request.method, request.path);
  if (!found.route) co_return no_route(request, found);
  Call call{request, *found.route};
  http::Response response;
  const ProblemKind* failed = nullptr;
  std::string why;
  try {
    response = co_await dispatch(request, found, call);
  } catch (const Failure& failure) {
    if (failure.kind() == Failure::Kind::other) throw;  // the server answers 500
    failed = failure.kind() == Failure::Kind::busy ? &kBusy : &kDatabaseUnavailable;
    why = failure.what();
  }
  if (failed) {
    shared_.log.tell(telemetry::Level::warning,
                     fmt::format("{} {}: {}", request.id, found.route->name, why));
    response = refuse(call, *failed, failed->about);
  }
  response.caller = caller_of(call);
  co_return response;
}

Task<http::Response> Api::dispatch(const http::Request& request, const Match& found, Call& call) {
  const Route& route = *found.route;
  if (route.simulation_only && !shared_.settings.simulation_mode) {
    co_return refuse(
        call, kSimulationModeDisabled,
        fmt::format("{} {} needs SIMULATION_MODE=true", to_string(request.method), route.path));
  }
  if (Refused refused = co_await identify(call)) co_return std::move(*refused);
  if (Refused refused = read_parameters(call, found)) co_return std::move(*refused);
  if (Refused refused = read_body(call)) co_return std::move(*refused);
  if (route.in_run) {
    if (Refused refused = co_await find_run(call)) co_return std::move(*refused);
  }
  co_return co_await route.run(*this, call);
}

}  // namespace footfall::api
