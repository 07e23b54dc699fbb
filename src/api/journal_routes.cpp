// Sessions and events of simulated shoppers, from a simulator that has no access to the database.
#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>

#include "api/api.hpp"
#include "api/body.hpp"
#include "api/handlers.hpp"
#include "api/journal_json.hpp"
#include "api/shopping.hpp"
#include "base/task_group.hpp"
#include "telemetry/json_writer.hpp"

namespace footfall::api {
namespace {

// How each session of a batch came out.
struct Kept {
  SessionId session;
  std::string_view status;
};

http::Response answer_kept(const std::vector<Kept>& kept) {
  std::string out;
  telemetry::JsonWriter json(out);
  json.begin_object().key("sessions").begin_array();
  for (const Kept& one : kept) {
    json.begin_object().member("session_id", one.session).member("status", one.status).end_object();
  }
  json.end_array().end_object();
  return answer(std::move(out));
}

Task<void> open_one(store::TripJournal& trips, store::SessionOpening opening, Kept& kept) {
  kept.session = opening.session;
  const store::OpenStatus status = co_await trips.open(opening);
  kept.status = status == store::OpenStatus::other_open ? "other_open" : "open";
}

std::string_view told(store::CloseStatus status) {
  switch (status) {
    case store::CloseStatus::not_open:
      return "not_open";
    case store::CloseStatus::has_order:
      return "has_order";
    case store::CloseStatus::no_such_order:
      return "no_such_order";
    case store::CloseStatus::closed:
    case store::CloseStatus::closed_before:
      break;
  }
  return "closed";
}

Task<void> close_one(store::TripJournal& trips, const ToldTrip& trip, Kept& kept) {
  kept.session = trip.batch.sessions.front().id;
  store::TripEnd end;
  end.batch = &trip.batch;
  if (trip.abandon_cart) end.abandon = CartId{kept.session.value};
  end.order = trip.order;
  const store::CloseStatus status = co_await trips.close(end);
  kept.status = told(status);
}

}  // namespace

Task<http::Response> open_sessions(Api&, Call& call) {
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
      if (!is_open_store(run.catalogue(), opening.store)) {
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
    group.start(open_one(trips, openings[i], kept[i]));
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
  store::TripJournal& journal = call.run->live->trips();
  TaskGroup group(co_await boost::asio::this_coro::executor);
  for (std::size_t i = 0; i < trips.size(); ++i) {
    group.start(close_one(journal, trips[i], kept[i]));
  }
  for (const ToldTrip& one : thought) group.start(journal.note(one.batch));
  co_await group.wait();
  co_return answer_kept(kept);
}

}  // namespace footfall::api
