// One shopper's trip in a live run.
#include <fmt/format.h>

#include "base/crash_point.hpp"
#include "base/failure.hpp"
#include "simulation/live_worker.hpp"
#include "simulation/trip_record.hpp"

namespace footfall::simulation {

using shopper::Action;
using shopper::ActionKind;

std::unique_ptr<Failure> copy_of(const Failure& failure) {
  if (const auto* trip = dynamic_cast<const commerce::TripFailure*>(&failure)) {
    return std::make_unique<commerce::TripFailure>(*trip);
  }
  return std::make_unique<Failure>(failure);
}

Task<void> LiveRun::live_trip(Worker& worker, Hour& hour, const Arrival& arrival) {
  const std::uint32_t who = arrival.shopper;
  std::unique_ptr<Failure> failure;
  try {
    co_await keep_left_end(who);
  } catch (const Failure& error) {
    failure = copy_of(error);
  }
  if (states_.left[who]) co_return;  // dropped out earlier this day
  const SimTime at = hour.start + kMinute * arrival.minute;
  const shopper::Visit visit{&population_[who],  &states_.habits[who],
                             shelf_model_.get(), at,
                             hour.when,          plan_.seed,
                             arrival.idle,       states_.kept_cart(who, arrival.idle)};
  const Action action = worker.trip.start(visit);
  if (!worker.trip.has_session()) {
    count_mind(worker.trip, arrival.idle, progress_.tally);
    hour.thoughts.sessions.push_back(
        record_mind(plan_, population_[who], who, at, arrival.idle, worker.trip, hour.thoughts));
    co_return;
  }
  worker.opened = worker.pays = false;
  worker.session = retail::with_attempt(session_of(plan_, population_[who], at), attempt_of(who));
  bool unsettled = false, can_be_asked = false;
  try {
    if (failure) throw Failure(*failure);  // still in the shop, as far as the journal knows
    co_await shop(worker, arrival, at, action);
    co_return;
  } catch (const Interrupted&) {
    co_return;
  } catch (const commerce::UnsettledCheckout& error) {
    failure = copy_of(error);
    unsettled = true;
    can_be_asked = error.can_be_asked();
  } catch (const Failure& error) {
    failure = copy_of(error);
  }
  if (was_given_up()) co_return;
  if (unsettled && !can_be_asked) leave_unsettled(worker, arrival, at);
  if (unsettled && can_be_asked) {
    try {
      const bool settled = co_await settle(worker, arrival, at);
      if (settled) co_return;
    } catch (const Failure& error) {
      failure = copy_of(error);  // of the journal, which has not taken the end
    }
  }
  if (was_given_up()) co_return;
  note_failure(who, *failure);
  co_await give_up(worker, arrival, at);
}

Task<void> LiveRun::shop(Worker& worker, const Arrival& arrival, SimTime at, Action action) {
  const std::uint32_t who = arrival.shopper;
  const personas::Traits& shopper = population_[who];
  const UserId user = agents_[who].user;
  const StoreId store =
      catalogue_.stores.empty() ? StoreId{} : catalogue_.stores[shopper.home_store].id;
  const std::int64_t hour = hour_number(at) - hour_number(plan_.start);
  worker.world->enter({worker.session, shopper.agent, user, store, hour, &shelf_, prices_});
  worker.now = at;
  worker.opened = true;  // as far as anybody knows, until the journal has answered
  const store::SessionOpening opening{worker.session, shopper.agent, user, store,
                                      hour,           arrival.idle,  at};
  const store::OpenStatus opened = co_await with_->world.journal->open(opening);
  if (opened == store::OpenStatus::other_open) {
    worker.opened = false;
    throw Failure(fmt::format("agent {} is in the shop already: session {} cannot be opened",
                              shopper.agent.value, worker.session.value));
  }
  crash_point("trip.opened");
  const bool journaled = co_await act(worker, arrival, at, action);
  if (journaled)
    count(worker, arrival);
  else
    co_await end_session(worker, arrival, at);
}

// From the checkout on the rest of a trip follows from its outcome: it is lived to its end before
// the order is written, so that both are one commit where the world can do that; answers whether it
// did. A refused checkout leaves the cart behind (R31).
Task<bool> LiveRun::act(Worker& worker, const Arrival& arrival, SimTime at, Action action) {
  bool journaled = false;
  const commerce::AtCheckout at_checkout = [&](const shopper::Outcome& outcome) {
    action = worker.trip.resume(outcome);
    while (!finished(action)) action = worker.trip.resume({});
    return end_of(worker, arrival, at);
  };
  Tally& tally = progress_.tally;
  RunControl& control = with_->control;
  while (!finished(action)) {
    if (control.is_halted()) co_await control.until_running();
    if (control.is_halted()) throw Interrupted();
    worker.now = action.at;
    crash_point("trip.acts");
    tally.calls +=
        action.kind != ActionKind::create_session && action.kind != ActionKind::abandon_session;
    tally.wallet_views += action.kind == ActionKind::view_coupons;
    if (action.kind == ActionKind::complete_checkout) {
      const Action checkout = action;
      worker.pays = true;
      const commerce::CheckedOut done = co_await worker.world->check_out(checkout, at_checkout);
      worker.pays = false;
      crash_point("trip.ordered");
      journaled = done.journaled;
    } else {
      const shopper::Outcome outcome = co_await worker.world->perform(action);
      action = worker.trip.resume(outcome);
    }
  }
  co_return journaled;
}

void LiveRun::note_failure(std::uint32_t who, const Failure& failure) {
  using Kind = commerce::TripFailure::Kind;
  const auto* const trip = dynamic_cast<const commerce::TripFailure*>(&failure);
  const Kind kind = trip ? trip->trip_kind() : Kind::database;
  ++progress_.failures;
  ++progress_.failures_of[static_cast<std::size_t>(kind)];
  progress_.last_failure = failure.what();
  LiveEvent event;
  event.kind = LiveEvent::Kind::trip_failed;
  event.cycle = progress_.cycle;
  event.agent = population_[who].agent;
  event.error = to_string(kind);
  if (trip) event.request_id = trip->request_id();
  event.message = progress_.last_failure;
  with_->observer.note(event, progress_);
  if (!breaker_.note_failure()) return;
  with_->control.freeze(fmt::format(
      "{} of the {} agents of cycle {} failed, more than the {} that are allowed; the last: {}",
      breaker_.failures(), progress_.admitted, progress_.cycle + 1, breaker_.allowed(),
      progress_.last_failure));
}

}  // namespace footfall::simulation
