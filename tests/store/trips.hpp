// Tests only: trips of the small shop's people, opened and ended at the port.
#pragma once

#include "retail/events.hpp"
#include "tests/store/crowd.hpp"

namespace footfall::store {

class Trips : public Crowd {
 protected:
  SessionOpening opening(int who, std::int64_t hour = 0) {
    World& w = world();
    SessionOpening opening;
    opening.agent = w.agents[static_cast<std::size_t>(who)].id;
    opening.user = w.user(who);
    opening.session = retail::session_id(w.run, hour, opening.agent);
    opening.store = World::kStore;
    opening.sim_hour = hour;
    opening.started = w.start + kHour * hour;
    return opening;
  }
  OpenStatus open(const SessionOpening& what) { return world().ask(world().trips().open(what)); }
  CloseStatus close(const TripEnd& what) { return world().ask(world().trips().close(what)); }

  // The shopper's open cart, filled in this session.
  CartId fill_cart(int who, SessionId session, StoreId store = World::kStore) {
    World& w = world();
    CartCall call = w.call(who);
    call.session = session;
    call.store = store;
    const std::vector<retail::CartLine> lines = {w.line(0, 1)};
    return w.ask(w.shop().add(call, lines)).cart;
  }

  // Three events and a decision.
  retail::RecordBatch batch(int who, const SessionOpening& opening,
                            retail::SessionOutcome outcome = retail::SessionOutcome::browsed) {
    retail::RecordBatch batch;
    retail::SessionRecord session;
    session.id = opening.session;
    session.started = opening.started;
    session.ended = opening.started + kMinute * 7;
    session.shopper = static_cast<std::uint32_t>(who);
    session.has_session = true;
    session.outcome = outcome;
    for (int i = 0; i < 3; ++i) {
      retail::Event event;
      event.type = i == 0   ? retail::EventType::session_start
                   : i == 1 ? retail::EventType::view_coupons
                            : retail::EventType::session_end;
      event.at = opening.started + kMinute * i;
      batch.events.push_back(event);
    }
    batch.decisions.emplace_back();
    batch.decisions.back().probability = 0.25;
    batch.decisions.back().draw = 0.125;
    session.events = {0, 3};
    session.decisions = {0, 1};
    batch.sessions.push_back(session);
    return batch;
  }
};

}  // namespace footfall::store
