// Runs, simulated time and offer cycles (R8, R12).
#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "api/api.hpp"
#include "api/body.hpp"
#include "api/handlers.hpp"
#include "api/offers_flow.hpp"
#include "api/paging.hpp"
#include "base/assert.hpp"
#include "base/text.hpp"
#include "telemetry/json_writer.hpp"

namespace footfall::api {
namespace {

void write_cycle(telemetry::JsonWriter& json, const store::OfferCycleRow& row) {
  json.begin_object()
      .member("id", row.id)
      .member("number", row.seq)
      .member("starts_at", row.starts)
      .member("ends_at", row.ends)
      .member("status", row.status)
      .member("policy", row.policy)
      .member("policy_version", row.policy_version)
      .member("users_total", row.users_total)
      .member("users_done", row.users_done)
      .member("assigned", row.assigned)
      .member("skipped_capacity", row.skipped_capacity)
      .member("expired", row.expired)
      .member("superseded", row.superseded)
      .end_object();
}

void write_run(telemetry::JsonWriter& json, const RunState& run) {
  json.begin_object()
      .member("run_id", run.id())
      .member("status", std::string_view(run.is_running() ? "running" : "ended"))
      .key("seed")
      .value(fmt::format("{}", run.plan().seed))
      .member("start", run.plan().start)
      .member("until", run.plan().until)
      .member("now", run.now())
      .member("offer_cycle", run.calendar().cycle_at(run.now()))
      .member("agents", static_cast<std::int64_t>(run.agents().size()))
      .member("policy", run.plan().policy)
      .end_object();
}

void write_moved(telemetry::JsonWriter& json, const RunState& run, const Moved& moved, SimTime now,
                 bool dry_run) {
  json.begin_object()
      .member("run_id", run.id())
      .member("now", now)
      .member("dry_run", dry_run)
      .member("cycles_opened", moved.cycles_opened)
      .member("wallets_refreshed", moved.refreshed.users)
      .key("coupons_assigned");
  dry_run ? json.null() : json.value(moved.refreshed.frontstore + moved.refreshed.category_brand);
  json.end_object();
}

// Frees the run for the next who moves its time.
class Moving {
 public:
  explicit Moving(RunState& run) : run_(run), mine_(run.begin_moving()) {}
  ~Moving() {
    if (mine_) run_.end_moving();
  }
  Moving(const Moving&) = delete;
  Moving& operator=(const Moving&) = delete;
  bool mine() const { return mine_; }

 private:
  RunState& run_;
  bool mine_;
};

// What moving a run's time to `to` would do: offer cycles that begin, refreshes that come due.
Moved preview_move(const RunState& run, SimTime to) {
  Moved moved;
  const std::int64_t first = run.calendar().cycle_at(run.now());
  const std::int64_t last = run.calendar().cycle_at(to);
  moved.cycles_opened = last - first;
  for (std::int64_t cycle = first; cycle <= last; ++cycle) {
    for (const store::DueRefresh& row : run.due(cycle)) {
      moved.refreshed.users += row.due > run.now() && row.due <= to;
    }
  }
  return moved;
}

// The caller holds the run's time, or only asks.
Task<http::Response> move_to(Call& call, SimTime to, bool refresh, bool dry_run) {
  RunState& run = *call.run->state;
  if (to < run.now() || to > run.plan().until) {
    co_return refuse(call, kTimeNotMonotonic,
                     fmt::format("{} is not within {} and {}", to_string(to), to_string(run.now()),
                                 to_string(run.plan().until)));
  }
  Moved moved = preview_move(run, to);
  if (!dry_run) moved = co_await advance(run, *call.run->live, to, refresh);
  std::string out;
  telemetry::JsonWriter json(out);
  write_moved(json, run, moved, dry_run ? to : run.now(), dry_run);
  co_return answer(std::move(out));
}

// Whoever moves a run's time begins at what the database says of it: another server may have moved
// it.
Task<void> read_clock(Call& call) {
  const store::RunClock clock = co_await call.run->live->book().clock();
  call.run->state->note_clock(clock);
}

// What a body of POST /simulation/start says, as settings by their names.
std::map<std::string, std::string> settings_of(const boost::json::value& body) {
  std::map<std::string, std::string> settings;
  const boost::json::object* object = body.if_object();
  if (!object) return settings;
  for (const auto& entry : *object) {
    std::string name(entry.key().data(), entry.key().size());
    if (name == "dry_run" || name == "refresh" || entry.value().is_null()) continue;
    for (char& c : name) c = c == '_' ? '-' : c;
    const boost::json::value& value = entry.value();
    settings[name] = value.is_string()  ? std::string(text_of(value))
                     : value.is_int64() ? fmt::format("{}", value.get_int64())
                     : value.is_bool()  ? (value.get_bool() ? "on" : "off")
                                        : fmt::format("{}", value.to_number<double>());
  }
  return settings;
}

// A member's sentence begins with its place: "/weeks must be …".
http::Response refuse_plan(const Call& call, const Planned& planned) {
  if (planned.setting.empty()) {
    const http::FieldError error{"", planned.why};
    return refuse(call, kInvalidRequest, error.detail, {&error, 1});
  }
  std::string pointer = "/" + planned.setting;
  std::replace(pointer.begin(), pointer.end(), '-', '_');
  return refuse_at(call, std::move(pointer), planned.why);
}

// The first offer cycle begins before anybody else finds the run.
Task<void> begin_run(Api& api, std::shared_ptr<RunState> run, bool refresh) {
  const Moving moving(*run);
  FF_ASSERT(moving.mine(), "somebody moves a run that only its maker knows");
  const std::shared_ptr<OpenRun> open = co_await api.open(run);
  co_await advance(*run, *open->live, run->plan().start, refresh);
  co_await api.shared().runs.begin(run);
}

}  // namespace

Task<http::Response> list_cycles(Api& api, Call& call) {
  const RunState& run = *call.run->state;
  const std::string list = fmt::format("cycles:{}", run.id().value);
  Or<std::int64_t> start = page_start(api, call, list, -1);
  if (auto* refused = std::get_if<http::Response>(&start)) co_return std::move(*refused);
  const std::int64_t before = std::get<std::int64_t>(start);
  const std::int64_t limit = page_limit(call);
  const std::vector<store::OfferCycleRow> rows =
      co_await call.run->live->book().cycles(before, static_cast<int>(limit) + 1);
  const std::size_t shown = std::min(rows.size(), static_cast<std::size_t>(limit));
  std::optional<std::int64_t> last;
  if (rows.size() > shown) last = rows[shown - 1].seq;
  std::string out;
  telemetry::JsonWriter json(out);
  json.begin_object().key("cycles").begin_array();
  for (std::size_t i = 0; i < shown; ++i) write_cycle(json, rows[i]);
  json.end_array();
  const std::string next = write_next(json, api, list, last);
  json.end_object();
  http::Response response = answer(std::move(out));
  if (!next.empty()) {
    response.headers.emplace_back(
        "Link", fmt::format("</cycles?limit={}&cursor={}>; rel=\"next\"", limit, next));
  }
  co_return response;
}

Task<http::Response> show_cycle(Api&, Call& call) {
  const RunState& run = *call.run->state;
  const std::int64_t id = call.number("cycle_id", 0);
  const std::int64_t number = id - retail::offer_cycle_id(run.id(), 0).value;
  std::optional<store::OfferCycleRow> row;
  if (number >= 0 && number <= retail::kOfferCyclesMax) {
    row = co_await call.run->live->book().cycle(number);
  }
  if (!row) {
    co_return refuse(call, kNoSuchCycle,
                     fmt::format("run {} has no offer cycle {}", run.id().value, id));
  }
  std::string out;
  telemetry::JsonWriter json(out);
  write_cycle(json, *row);
  co_return answer(std::move(out));
}

// Offer cycles tile time, so the next one begins by moving time to its start.
Task<http::Response> begin_cycle(Api&, Call& call) {
  RunState& run = *call.run->state;
  const Moving moving(run);
  if (!moving.mine()) co_return refuse(call, kBusy, "another call moves the run's time");
  co_await read_clock(call);
  const std::int64_t current = run.calendar().cycle_at(run.now());
  const std::int64_t number = whole_member(call.body, "number").value_or(current + 1);
  const bool dry_run = flag_member(call.body, "dry_run", false);
  if (number <= current) {
    // Sent again after a failure in its middle: wallets that were due are still filled.
    const bool may_be_unfinished =
        number == current && run.now() < run.calendar().starts(number) + kDay;
    if (may_be_unfinished && !dry_run) co_await advance(run, *call.run->live, run.now(), true);
    co_return refuse(call, kCycleAlreadyExists,
                     fmt::format("offer cycle {} began at {}", number,
                                 to_string(run.calendar().starts(number))));
  }
  if (number > current + 1) {
    co_return refuse(call, kTimeNotMonotonic,
                     fmt::format("offer cycle {} comes next", current + 1));
  }
  const SimTime start = run.calendar().starts(number);
  if (start >= run.plan().until) {
    co_return refuse(call, kTimeNotMonotonic,
                     fmt::format("the run ends at {}, before offer cycle {}",
                                 to_string(run.plan().until), number));
  }
  http::Response moved = co_await move_to(call, start, /*refresh=*/true, dry_run);
  if (moved.status != 200 || dry_run) co_return moved;
  const std::optional<store::OfferCycleRow> row = co_await call.run->live->book().cycle(number);
  if (!row) co_return refuse(call, kRunNotRunning, "the run ends before its next offer cycle");
  std::string out;
  telemetry::JsonWriter json(out);
  write_cycle(json, *row);
  co_return answer(std::move(out), 201);
}

Task<http::Response> advance_time(Api&, Call& call) {
  const boost::json::value* to = member(call.body, "to");
  const std::optional<std::int64_t> hours = whole_member(call.body, "hours");
  if (to && hours) co_return refuse_at(call, "/hours", "does not go with `to`");
  RunState& run = *call.run->state;
  const Moving moving(run);
  if (!moving.mine()) co_return refuse(call, kBusy, "another call moves the run's time");
  co_await read_clock(call);
  const SimTime wanted = to ? moment_of(*to) : run.now() + kHour * hours.value_or(1);
  const bool refresh = flag_member(call.body, "refresh", true);
  const bool dry_run = flag_member(call.body, "dry_run", false);
  co_return co_await move_to(call, wanted, refresh, dry_run);
}

Task<http::Response> start_simulation(Api& api, Call& call) {
  if (member(call.body, "weeks") && member(call.body, "until")) {
    co_return refuse_at(call, "/until", "does not go with `weeks`");
  }
  RunHub& hub = api.shared().runs;
  const std::map<std::string, std::string> settings = settings_of(call.body);
  Planned planned = co_await hub.plan(settings);
  if (!planned.run) co_return refuse_plan(call, planned);
  const bool dry_run = flag_member(call.body, "dry_run", false);
  std::string out;
  telemetry::JsonWriter json(out);
  if (dry_run) {
    const NewRun& wanted = *planned.run;
    RunState preview(wanted.row, wanted.plan, api.shared().shop,
                     std::move(offers::make_policy(wanted.plan.policy).value()));
    write_run(json, preview);
    co_return answer(std::move(out), 200);
  }
  const std::shared_ptr<RunState> run = co_await hub.create(std::move(*planned.run));
  std::exception_ptr failed;
  try {
    const bool refresh = flag_member(call.body, "refresh", true);
    co_await begin_run(api, run, refresh);
  } catch (...) {
    failed = std::current_exception();
  }
  if (failed) {
    co_await hub.give_up(run);
    std::rethrow_exception(failed);
  }
  write_run(json, *run);
  co_return answer(std::move(out), 201);
}

Task<http::Response> show_simulation(Api&, Call& call) {
  std::string out;
  telemetry::JsonWriter json(out);
  write_run(json, *call.run->state);
  co_return answer(std::move(out));
}

Task<http::Response> stop_simulation(Api& api, Call& call) {
  const std::shared_ptr<RunState> run = call.run->state;
  const Moving moving(*run);
  if (!moving.mine()) co_return refuse(call, kBusy, "another call moves the run's time");
  if (!run->is_running()) co_return refuse(call, kRunNotRunning, kRunNotRunning.about);
  const SimTime last = run->now() - SimDuration{1};
  co_await call.run->live->offers().expire(last);
  const bool finished = run->now() >= run->plan().until;
  co_await api.shared().runs.end(run, finished ? "finished" : "stopped");
  std::string out;
  telemetry::JsonWriter json(out);
  write_run(json, *run);
  co_return answer(std::move(out));
}

// A run that has lived to its end has nothing to go on to.
Task<http::Response> resume_simulation(Api& api, Call& call) {
  const std::shared_ptr<RunState> run = call.run->state;
  const Moving moving(*run);
  if (!moving.mine()) co_return refuse(call, kBusy, "another call moves the run's time");
  if (run->now() >= run->plan().until && !run->is_running()) {
    co_return refuse(call, kRunNotRunning,
                     fmt::format("run {} has lived to its end", run->id().value));
  }
  if (!run->is_running()) co_await api.shared().runs.resume(run);
  std::string out;
  telemetry::JsonWriter json(out);
  write_run(json, *run);
  co_return answer(std::move(out));
}

Task<http::Response> list_agents(Api& api, Call& call) {
  const RunState& run = *call.run->state;
  const std::string list = fmt::format("agents:{}", run.id().value);
  Or<std::int64_t> start = page_start(api, call, list, 0);
  if (auto* refused = std::get_if<http::Response>(&start)) co_return std::move(*refused);
  std::int64_t position = std::get<std::int64_t>(start);
  const auto size = static_cast<std::int64_t>(run.agents().size());
  const std::int64_t end = std::min(size, position + page_limit(call));
  std::string out;
  telemetry::JsonWriter json(out);
  json.begin_object().key("agents").begin_array();
  for (; position < end; ++position) {
    const store::Agent& agent = run.agents()[static_cast<std::size_t>(position)];
    json.begin_object()
        .member("id", agent.id)
        .member("user_id", agent.user)
        .member("persona_id", agent.persona.persona_id)
        .member("home_store", agent.persona.home_store)
        .end_object();
  }
  json.end_array();
  write_next(json, api, list, position < size ? std::optional(position) : std::nullopt);
  json.end_object();
  co_return answer(std::move(out));
}

}  // namespace footfall::api
