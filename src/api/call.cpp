// Who calls, in which run, and when.
#include <fmt/format.h>

#include <algorithm>

#include "api/api.hpp"
#include "api/offers_flow.hpp"
#include "store/wall_clock.hpp"

namespace footfall::api {
namespace {

constexpr auto kAccountLife = std::chrono::seconds(60);
constexpr std::size_t kKnownMax = 20'000;

const ProblemKind* refusal_of(AuthFailure failure) {
  switch (failure) {
    case AuthFailure::none:
      return nullptr;
    case AuthFailure::missing:
    case AuthFailure::invalid:
      return &kUnauthorized;
    case AuthFailure::expired:
      return &kTokenExpired;
    case AuthFailure::unavailable:
      break;
  }
  return &kAuthUnavailable;
}

bool may_call(Access access, PrincipalKind kind) {
  switch (access) {
    case Access::open:
    case Access::optional:
      return true;
    case Access::shopper:
      return kind == PrincipalKind::person || kind == PrincipalKind::agent;
    case Access::agent:
      return kind == PrincipalKind::agent || kind == PrincipalKind::admin;
    case Access::admin:
      return kind == PrincipalKind::admin;
    case Access::either:
      return kind != PrincipalKind::nobody;
  }
  return false;
}

std::string_view needed(Access access) {
  switch (access) {
    case Access::shopper:
      return "this needs a shopper's token";
    case Access::agent:
      return "this needs an agent's token or the admin token";
    default:
      return "this needs the admin token";
  }
}

}  // namespace

Api::Known* Api::find_known(const std::string& name) {
  const auto at = known_.find(name);
  if (at == known_.end() || at->second.until < std::chrono::steady_clock::now()) return nullptr;
  return &at->second;
}

void Api::remember(const std::string& name, const store::Account& account) {
  if (known_.size() >= kKnownMax) known_.clear();
  Known& known = known_[name];
  known.account = account;
  known.until = std::chrono::steady_clock::now() + kAccountLife;
}

Task<Api::Refused> Api::identify(Call& call) {
  const Access access = call.route.access;
  if (access == Access::open) co_return std::nullopt;
  if (call.request.count("authorization") > 1) {
    co_return refuse(call, kUnauthorized, "there is more than one Authorization header");
  }
  const std::string_view authorization = call.request.header("authorization");
  const AuthAnswer answer = co_await shared_.verifier.verify(authorization);
  if (answer.failure == AuthFailure::missing && access == Access::optional) co_return std::nullopt;
  if (const ProblemKind* kind = refusal_of(answer.failure)) {
    if (answer.failure == AuthFailure::unavailable) {
      shared_.log.tell(telemetry::Level::error, fmt::format("{} a token could not be checked: {}",
                                                            call.request.id, answer.reason));
    }
    co_return refuse(call, *kind, kind->about);
  }
  call.principal = answer.principal;
  if (!may_call(access, call.principal.kind)) co_return refuse(call, kForbidden, needed(access));
  if (call.principal.kind == PrincipalKind::admin) co_return std::nullopt;
  co_return co_await find_account(call);
}

Task<Api::Refused> Api::find_account(Call& call) {
  // Agents were read when the server started, those alone whose user is simulated.
  if (call.principal.kind == PrincipalKind::agent) {
    const store::Agent* agent = find_agent(shared_.shop.agents, call.principal.agent);
    if (!agent) co_return refuse(call, kUnauthorized, kUnauthorized.about);
    call.account.user = agent->user;
    co_return std::nullopt;
  }
  const std::string& subject = call.principal.subject;
  if (const Known* known = find_known(subject)) {
    call.account = known->account;
  } else {
    call.account = co_await database_->accounts().sign_in(subject, call.principal.email);
    remember(subject, call.account);
  }
  if (!call.account.active) co_return refuse(call, kAccountDisabled, kAccountDisabled.about);
  co_return std::nullopt;
}

Task<Api::Refused> Api::find_run(Call& call) {
  const std::string_view named = call.request.header("x-footfall-run");
  const bool simulated = !named.empty() || !call.request.header("x-footfall-sim-time").empty();
  for (const std::string_view name : {"x-footfall-run", "x-footfall-sim-time"}) {
    if (call.request.count(name) > 1) {
      co_return refuse_at(call, std::string(name), "is there twice");
    }
  }
  const PrincipalKind kind = call.principal.kind;
  const bool may_simulate = shared_.settings.simulation_mode &&
                            (kind == PrincipalKind::agent || kind == PrincipalKind::admin);
  if (simulated && !may_simulate) {
    co_return refuse(call, kSimulationHeadersRefused, kSimulationHeadersRefused.about);
  }
  std::shared_ptr<RunState> state;
  if (!named.empty()) {
    const auto number = parse_id(named);
    const RunId run{number.value_or(0)};
    if (run) state = co_await shared_.runs.find(run);
    if (!state) {
      co_return refuse(call, kNoSuchRun,
                       fmt::format("there is no live run '{}'", named.substr(0, 20)));
    }
  } else if (may_simulate) {
    state = co_await shared_.runs.current();
    if (!state) co_return refuse(call, kNoRun, kNoRun.about);
  } else {
    state = shared_.runs.shop();
    if (!state && shared_.settings.simulation_mode) state = co_await shared_.runs.current();
    if (!state) co_return std::nullopt;  // a look at the shelves, at list prices
  }
  call.run = co_await open(state);
  co_return co_await place_in_time(call);
}

Task<Api::Refused> Api::place_in_time(Call& call) {
  RunState& run = *call.run->state;
  if (run.is_real()) {
    call.at = SimTime{store::wall_clock_us()};
    if (call.principal.kind == PrincipalKind::person) {
      Known* known = find_known(call.principal.subject);
      if (known) co_await welcome(call, *known);
    }
    co_return std::nullopt;
  }
  if (call.is_simulated() && !run.find_agent(call.principal.agent)) {
    co_return refuse(call, kForbidden,
                     fmt::format("agent {} does not take part in run {}",
                                 call.principal.agent.value, run.id().value));
  }
  const std::string_view text = call.request.header("x-footfall-sim-time");
  std::optional<SimTime> wanted;
  if (!text.empty()) {
    const auto parsed = parse_sim_time(text);
    if (!parsed) {
      co_return refuse_at(call, "X-Footfall-Sim-Time", parsed.error().message());
    }
    wanted = *parsed;
  }
  const auto fits = [&] {
    return !wanted || (*wanted >= run.now() && *wanted < run.now() + kHour);
  };
  // Another worker may have moved the time.
  if (!fits() || run.should_read_clock()) {
    const store::RunClock clock = co_await call.run->live->book().clock();
    run.note_clock(clock);
  }
  if (!fits()) {
    co_return refuse(
        call, kSimTimeOutOfWindow,
        fmt::format("{} is not within the hour that begins at {}", text, to_string(run.now())));
  }
  call.at = wanted.value_or(run.now());
  const bool at_end = call.at >= run.plan().until && !call.route.at_end;
  const bool is_over = !run.is_running() || at_end;
  if (is_over && !call.route.when_over && call.route.method != http::Method::get) {
    co_return refuse(call, kRunNotRunning,
                     fmt::format("run {} ended at {}", run.id().value, to_string(run.now())));
  }
  co_return std::nullopt;
}

// A customer's wallet is filled on the first visit in each offer cycle, if it has not been before.
// Until it is, every request sees to it: one that came second must not find it empty.
Task<void> Api::welcome(Call& call, Known& known) {
  RunState& shop = *call.run->state;
  const std::int64_t cycle = shop.calendar().cycle_at(call.at);
  if (known.offer_cycle == cycle) co_return;
  if (shop.open_cycle() != cycle) co_await open_cycle_at(shop, *call.run->live, call.at);
  const UserId user = call.account.user;
  const UserRefresh refreshed = co_await refresh_user(shop, *call.run->live, user, call.at);
  if (refreshed.row.status != "done") co_return;
  // Another request may have filled it a moment after this one came.
  call.at = std::max(call.at, refreshed.row.assigned);
  // `known` may be gone: others were remembered meanwhile.
  if (Known* kept = find_known(call.principal.subject)) kept->offer_cycle = cycle;
}

}  // namespace footfall::api
