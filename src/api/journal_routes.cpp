// Sessions and events of simulated shoppers, from a simulator that has no access to the database.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "api/api.hpp"
#include "api/body.hpp"
#include "api/handlers.hpp"
#include "api/journal_json.hpp"
#include "api/json_writer.hpp"
#include "base/failure.hpp"
#include "base/task_group.hpp"

namespace footfall::api {
namespace {

// How each session of a batch came out.
struct Kept {
  SessionId session;
  std::string_view status;
};

http::Response answer_kept(const std::vector<Kept>& kept) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("sessions").begin_array();
  for (const Kept& one : kept) {
    json.begin_object().member("session_id", one.session).member("status", one.status).end_object();
  }
  json.end_array().end_object();
  return answer(std::move(out));
}

Task<void> open_one(store::TripJournal& trips, store::SessionOpening opening, telemetry::Log& log,
                    Kept& kept) {
  kept = {opening.session, "open"};
  try {
    co_await trips.open(opening);
  } catch (const Failure& failure) {
    if (failure.kind() != Failure::Kind::other) throw;
    kept.status = "other_open";
    log.tell(telemetry::Level::warning, failure.what());
  }
}

// Whether the agent has the order that the session claims.
Task<bool> has_order(store::LiveStore& live, const ToldTrip& trip) {
  if (!trip.order) co_return true;
  const std::optional<store::PlacedOrder> order =
      co_await live.orders().order(trip.user, trip.order);
  co_return order.has_value();
}

Task<void> close_one(store::LiveStore& live, const ToldTrip& trip, Kept& kept) {
  const retail::SessionRecord& session = trip.batch.sessions.front();
  kept.session = session.id;
  const bool ordered = co_await has_order(live, trip);
  if (!ordered) {
    kept.status = "no_such_order";
    co_return;
  }
  const store::TripEnd end{&trip.batch, CartId{trip.abandon_cart ? session.id.value : 0},
                           trip.order};
  bool known = true;
  try {
    co_await live.trips().close(end);
  } catch (const Failure& failure) {
    if (failure.kind() != Failure::Kind::other) throw;
    known = false;  // it was never opened
  }
  kept.status = known ? "closed" : "not_open";
}

}  // namespace

Task<http::Response> open_sessions(Api& api, Call& call) {
  const RunState& run = *call.run->state;
  std::vector<store::SessionOpening> openings;
  std::vector<http::FieldError> errors;
  for (const boost::json::value& row : call.body.at("sessions").as_array()) {
    const std::string place = fmt::format("/sessions/{}", openings.size());
    const AgentId who{id_of(row.at("agent_id"))};
    const store::Agent* agent = run.find_agent(who);
    store::SessionOpening& opening = openings.emplace_back();
    opening.session = SessionId{id_of(row.at("session_id"))};
    opening.agent = who;
    opening.started = moment_of(row.at("started_at"));
    opening.idle = text_of(row.at("kind")) == "idle";
    opening.sim_hour = hour_number(opening.started) - hour_number(run.plan().start);
    if (const boost::json::value* store = member(row, "store_id")) {
      opening.store = StoreId{id_of(*store)};
      const auto& stores = run.catalogue().stores;
      const auto same = [&](const retail::Store& one) { return one.id == opening.store; };
      if (std::none_of(stores.begin(), stores.end(), same)) {
        errors.push_back({place + "/store_id", "is no open store"});
      }
    }
    const bool foreign = call.is_simulated() && call.principal.agent != who;
    if (!agent || foreign) {
      errors.push_back(
          {place + "/agent_id", foreign ? "is another agent's" : "takes no part in this run"});
      continue;
    }
    opening.user = agent->user;
    if (!is_session_of(run, who, opening.started, opening.session.value) ||
        opening.started >= run.now() + kHour) {
      errors.push_back({place + "/session_id",
                        "is no session of this agent in the hour of started_at, up to now"});
    }
  }
  if (!errors.empty()) co_return refuse(call, errors);
  std::vector<Kept> kept(openings.size());
  TaskGroup group(co_await boost::asio::this_coro::executor);
  store::TripJournal& trips = call.run->live->trips();
  for (std::size_t i = 0; i < openings.size(); ++i) {
    group.start(open_one(trips, openings[i], api.shared().log, kept[i]));
  }
  co_await group.wait();
  co_return answer_kept(kept);
}

Task<http::Response> add_events(Api&, Call& call) {
  const RunState& run = *call.run->state;
  const AgentId only = call.is_simulated() ? call.principal.agent : AgentId{};
  std::vector<ToldTrip> trips;
  std::vector<http::FieldError> errors;
  if (const boost::json::value* list = member(call.body, "sessions")) {
    for (const boost::json::value& row : list->as_array()) {
      const std::string place = fmt::format("/sessions/{}", trips.size());
      trips.push_back(read_trip(row, true, run, only, place, errors));
    }
  }
  std::vector<ToldTrip> thought;
  if (const boost::json::value* list = member(call.body, "thoughts")) {
    for (const boost::json::value& row : list->as_array()) {
      const std::string place = fmt::format("/thoughts/{}", thought.size());
      thought.push_back(read_trip(row, false, run, only, place, errors));
    }
  }
  if (!errors.empty()) co_return refuse(call, errors);
  std::vector<Kept> kept(trips.size());
  TaskGroup group(co_await boost::asio::this_coro::executor);
  for (std::size_t i = 0; i < trips.size(); ++i) {
    group.start(close_one(*call.run->live, trips[i], kept[i]));
  }
  for (const ToldTrip& one : thought) group.start(call.run->live->trips().note(one.batch));
  co_await group.wait();
  co_return answer_kept(kept);
}

}  // namespace footfall::api
