// One shopper's trip in a live run.
#include <fmt/format.h>

#include "base/failure.hpp"
#include "simulation/live_worker.hpp"
#include "simulation/trip_record.hpp"

namespace footfall::simulation {

using shopper::Action;
using shopper::ActionKind;

Task<void> LiveRun::live_trip(Worker& worker, Hour& hour, const Arrival& arrival) {
  const std::uint32_t who = arrival.shopper;
  if (states_.left[who]) co_return;  // dropped out earlier this day
  const SimTime at = hour.start + kMinute * arrival.minute;
  const shopper::Visit visit{&population_[who], &states_.habits[who], shelf_model_.get(), at,
                             hour.when,         plan_.seed,           arrival.idle};
  const Action action = worker.trip.start(visit);
  if (!worker.trip.has_session()) {
    count_mind(worker.trip, arrival.idle, progress_.tally);
    hour.thoughts.sessions.push_back(
        record_mind(plan_, population_[who], who, at, arrival.idle, worker.trip, hour.thoughts));
    co_return;
  }
  std::string failure;
  try {
    co_await shop(worker, arrival, at, action);
    failures_in_a_row_ = 0;
  } catch (const Failure& error) {
    failure = error.what();
  }
  if (failure.empty()) co_return;
  co_await give_up(worker, arrival, at);
  note_failure(failure);
}

store::TripEnd LiveRun::end_of(Worker& worker, const Arrival& arrival, SimTime at) const {
  worker.batch.clear();
  worker.batch.sessions.push_back(record_mind(plan_, population_[arrival.shopper], arrival.shopper,
                                              at, arrival.idle, worker.trip, worker.batch));
  store::TripEnd end;
  end.batch = &worker.batch;
  const SessionId session = worker.batch.sessions.front().id;
  const bool bought = worker.trip.outcome() == retail::SessionOutcome::purchased;
  if (bought) end.order = OrderId{session.value};
  if (!bought && worker.world.has_cart()) end.abandon = CartId{session.value};
  return end;
}

// From the checkout on the rest of a trip follows from its outcome: it is lived to its end before
// the order is written, so that both are one commit. A refused checkout leaves the cart behind
// (R31).
Task<void> LiveRun::shop(Worker& worker, const Arrival& arrival, SimTime at, Action action) {
  const std::uint32_t who = arrival.shopper;
  const personas::Traits& shopper = population_[who];
  const StoreId store =
      catalogue_.stores.empty() ? StoreId{} : catalogue_.stores[shopper.home_store].id;
  const std::int64_t hour = hour_number(at) - hour_number(plan_.start);
  const SessionId session = session_of(plan_, shopper, at);
  Tally& tally = progress_.tally;
  const store::SessionOpening opening{
      session, shopper.agent, agents_[who].user, store, hour, arrival.idle, at};
  worker.world.enter({session, agents_[who].user, store, hour, &shelf_, prices_});
  worker.opened = false;
  const store::OpenStatus opened = co_await store_->trips().open(opening);
  if (opened == store::OpenStatus::other_open) {
    throw Failure(fmt::format("agent {} is in the shop already: session {} cannot be opened",
                              shopper.agent.value, session.value));
  }
  worker.opened = true;
  bool journaled = false;
  const commerce::AtCheckout at_checkout = [&](const shopper::Outcome& outcome) {
    action = worker.trip.resume(outcome);
    while (!finished(action)) action = worker.trip.resume({});
    return end_of(worker, arrival, at);
  };
  while (!finished(action)) {
    tally.calls +=
        action.kind != ActionKind::create_session && action.kind != ActionKind::abandon_session;
    tally.wallet_views += action.kind == ActionKind::view_coupons;
    if (action.kind == ActionKind::complete_checkout) {
      const Action checkout = action;
      const commerce::CheckedOut done = co_await worker.world.check_out(checkout, at_checkout);
      journaled = done.journaled;
    } else {
      const shopper::Outcome outcome = co_await worker.world.perform(action);
      action = worker.trip.resume(outcome);
    }
  }
  if (!journaled) {
    const store::TripEnd end = end_of(worker, arrival, at);
    const store::CloseStatus closed = co_await store_->trips().close(end);
    if (closed == store::CloseStatus::not_open) {
      throw Failure(fmt::format("session {} was never opened", session.value));
    }
    if (closed == store::CloseStatus::has_order || closed == store::CloseStatus::no_such_order) {
      throw Failure(fmt::format("session {} ended otherwise than its order says", session.value));
    }
  }
  states_.left[who] = worker.trip.dropped_out();
  count_mind(worker.trip, arrival.idle, tally);
  if (worker.trip.outcome() == retail::SessionOutcome::purchased) {
    count_order(worker.world.lines().size(), worker.world.used_coupons(), worker.world.priced(),
                tally);
  }
}

// A trip that the store failed: its session ends as an error and its cart is left behind, if the
// store can still be told. If not, they stay open for the next start to find (R35).
Task<void> LiveRun::give_up(Worker& worker, const Arrival& arrival, SimTime at) {
  if (worker.opened) {
    ++progress_.tally.sessions;
    progress_.tally.idle_sessions += arrival.idle;
    progress_.tally.trips += !arrival.idle;
  }
  worker.batch.clear();
  retail::SessionRecord record;
  record.id = session_of(plan_, population_[arrival.shopper], at);
  record.shopper = arrival.shopper;
  record.started = record.ended = at;
  record.has_session = true;
  record.outcome = retail::SessionOutcome::error;
  worker.batch.sessions.push_back(record);
  const store::TripEnd end{&worker.batch, CartId{record.id.value}, {}};
  try {
    co_await store_->trips().close(end);
  } catch (const Failure&) {
  }
}

void LiveRun::note_failure(const std::string& why) {
  ++progress_.failures;
  progress_.last_failure = why;
  if (++failures_in_a_row_ < options_.failures_max) return;
  throw Failure(fmt::format("{} trips in a row failed; the last: {}", failures_in_a_row_, why));
}

}  // namespace footfall::simulation
