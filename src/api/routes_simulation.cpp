// The tables of the routes that steer and keep simulations (R12), and of the service itself.
#include "api/handlers.hpp"
#include "api/paging.hpp"
#include "api/route_tables.hpp"
#include "api/schemas.hpp"

namespace footfall::api {
namespace {

using http::Method;
using In = Parameter::In;

constexpr std::string_view kSimulation = "Simulation", kJournal = "Journal", kService = "Service";

Answer ok(std::string_view about, Schema schema) { return {200, about, std::move(schema)}; }

// They answer simulation_mode_disabled where SIMULATION_MODE is off, before a token is looked at.
Route& add(std::vector<Route>& table, Method method, std::string_view path, std::string_view name,
           std::string_view title, std::string_view about, Access access, RouteFunction run) {
  table.push_back({method, path, name, kSimulation, title, about, access, run});
  table.back().simulation_only = true;
  table.back().in_run = true;
  return table.back();
}

void add_runs(std::vector<Route>& table) {
  Route& start = add(table, Method::post, "/simulation/start", "startSimulation", "Start a run",
                     "Settings that are left out are the server's. The first offer cycle begins "
                     "and wallets that are due are filled before the answer.",
                     Access::admin, start_simulation);
  start.in_run = false;
  start.body = start_body();
  start.body_required = false;
  start.answers = {{201, "The run.", run_schema()}, ok("dry_run: what it would be.", run_schema())};
  start.problems = {&kDatabaseUnavailable, &kBusy};

  add(table, Method::get, "/simulation/status", "showSimulation", "The current run",
      "Or the one that X-Footfall-Run names.", Access::agent, show_simulation)
      .answers = {ok("The run.", run_schema())};

  Route& stop =
      add(table, Method::post, "/simulation/stop", "stopSimulation", "End a run",
          "Coupons whose time is over are marked; its data stay.", Access::admin, stop_simulation);
  stop.at_end = true;
  stop.answers = {ok("The run.", run_schema())};

  Route& resume = add(table, Method::post, "/simulation/resume", "resumeSimulation",
                      "Let a run go on that was stopped",
                      "X-Footfall-Run names it. It is the current run from then on. One that runs "
                      "already is left as it is.",
                      Access::admin, resume_simulation);
  resume.at_end = resume.when_over = true;
  resume.answers = {ok("The run.", run_schema())};
  resume.problems = {&kBusy};

  Route& agents = add(table, Method::get, "/simulation/agents", "listAgents",
                      "Who takes part in the run", "", Access::agent, list_agents);
  agents.parameters = {limit_parameter(), cursor_parameter()};
  agents.answers = {ok("A page of agents.", agents_schema())};

  Route& time =
      add(table, Method::post, "/time/advance", "advanceTime", "Move simulated time on",
          "Offer cycles begin and due wallets are refilled at the start of each day "
          "passed, so one long step or many short ones come to the same. Where an answer was "
          "lost, `to` may be sent again: time is there already, or goes there. `hours` "
          "count from the run's present, so sent again they move time once more.",
          Access::admin, advance_time);
  time.body = advance_body();
  time.body_required = false;
  time.answers = {ok("Where time is now.", moved_schema())};
  time.problems = {&kTimeNotMonotonic};
}

void add_offers(std::vector<Route>& table) {
  Route& list = add(table, Method::get, "/cycles", "listCycles", "Offer cycles",
                    "The newest first.", Access::agent, list_cycles);
  list.parameters = {limit_parameter(), cursor_parameter()};
  list.answers = {ok("A page of offer cycles.", cycles_schema())};

  Route& begin = add(table, Method::post, "/cycles", "beginCycle", "Begin the next offer cycle",
                     "Offer cycles follow one another without a gap, so simulated time moves to "
                     "the start of the next. Where an answer was lost, a body with `number` may be "
                     "sent again: it begins that offer cycle or answers `cycle_already_exists`. "
                     "Without `number` it begins one more each time.",
                     Access::admin, begin_cycle);
  begin.body = cycle_body();
  begin.body_required = false;
  begin.answers = {{201, "The offer cycle.", cycle_schema()},
                   ok("dry_run: nothing was changed.", moved_schema())};
  begin.problems = {&kCycleAlreadyExists, &kTimeNotMonotonic};

  Route& one = add(table, Method::get, "/cycles/{cycle_id}", "showCycle", "One offer cycle", "",
                   Access::agent, show_cycle);
  one.parameters = {{In::path, "cycle_id", id(), true}};
  one.answers = {ok("The offer cycle.", cycle_schema())};
  one.problems = {&kNoSuchCycle};

  Route& refresh = add(table, Method::post, "/refresh/user/{user_id}", "refreshWallet",
                       "Refill one user's wallet",
                       "As `POST /api/offers/assign`. An agent's token is good for its own wallet "
                       "alone.",
                       Access::agent, refresh_wallet);
  refresh.parameters = {{In::path, "user_id", id(), true}};
  refresh.body = refresh_body();
  refresh.body_required = false;
  refresh.answers = {ok("How many coupons of each kind.", assigned_schema())};
  refresh.problems = {&kNoSuchUser, &kCycleNotBegun};
}

void add_journal(std::vector<Route>& table) {
  Route& open = add(table, Method::post, "/api/sessions", "openSessions", "Sessions that begin",
                    "So that a crash leaves a visible orphan. Opening one that is open already "
                    "changes nothing. An agent's token is good for its own sessions alone.",
                    Access::agent, open_sessions);
  open.tag = kJournal;
  open.body = sessions_body();
  open.answers = {ok("One entry a session.", kept_schema())};

  Route& end = add(table, Method::post, "/api/events", "addEvents", "Sessions that have ended",
                   "Each with its events and decisions is one commit. Ending one that has ended "
                   "already changes nothing.",
                   Access::agent, add_events);
  end.tag = kJournal;
  end.at_end = true;
  end.body = events_body();
  end.answers = {ok("One entry a session.", kept_schema())};
}

}  // namespace

std::vector<Route> simulation_routes() {
  std::vector<Route> table;
  add_runs(table);
  add_offers(table);
  add_journal(table);
  return table;
}

std::vector<Route> service_routes() {
  std::vector<Route> table;
  table.push_back({Method::get, "/healthz", "showHealth", kService, "Is the server alive?", "",
                   Access::open, show_health});
  table.back().answers = {ok("It is.", health_schema())};
  table.push_back({Method::get, "/readyz", "showReadiness", kService, "Does the database answer?",
                   "", Access::open, show_readiness});
  table.back().answers = {ok("It does.", readiness_schema())};
  table.back().problems = {&kDatabaseUnavailable, &kBusy};
  table.push_back({Method::get, "/openapi.json", "showOpenapi", kService,
                   "This description, for programs", "", Access::open, show_openapi});
  table.back().answers = {ok("OpenAPI 3.1.", any_object())};
  table.push_back({Method::get, "/docs", "showDocs", kService, "This description, for people", "",
                   Access::open, show_docs});
  table.back().answers = {{200, "A page without scripts.", text(1, 10'000'000), "text/html"}};
  return table;
}

}  // namespace footfall::api
