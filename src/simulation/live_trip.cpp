// One shopper's trip in a live run.
#include <fmt/format.h>

#include "base/failure.hpp"
#include "simulation/live_worker.hpp"
#include "simulation/trip_record.hpp"

namespace footfall::simulation {

using shopper::Action;
using shopper::ActionKind;

namespace {

// How often a trip's end is told to a journal that fails, and a checkout asked for that nobody
// answered; each time a second later than before, and not while the run is halted.
constexpr int kTriesMax = 5;

std::unique_ptr<Failure> copy_of(const Failure& failure) {
  if (const auto* trip = dynamic_cast<const commerce::TripFailure*>(&failure)) {
    return std::make_unique<commerce::TripFailure>(*trip);
  }
  return std::make_unique<Failure>(failure);
}

}  // namespace

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
  std::unique_ptr<Failure> failure;
  bool unsettled = false;
  try {
    co_await shop(worker, arrival, at, action);
    co_return;
  } catch (const Interrupted&) {
    co_return;
  } catch (const commerce::UnsettledCheckout& error) {
    failure = copy_of(error);
    unsettled = true;
  } catch (const Failure& error) {
    failure = copy_of(error);
  }
  if (unsettled) {
    const bool settled = co_await settle(worker, arrival, at);
    if (settled) co_return;
  }
  note_failure(arrival, *failure);
  co_await give_up(worker, arrival, at);
}

store::TripEnd LiveRun::end_of(Worker& worker, const Arrival& arrival, SimTime at) const {
  const commerce::Basket& basket = worker.world->basket();
  worker.batch.clear();
  retail::SessionRecord record = record_mind(plan_, population_[arrival.shopper], arrival.shopper,
                                             at, arrival.idle, worker.trip, worker.batch);
  if (with_->world.mirror_orders) {
    record_cart(basket.lines, basket.coupons, basket.priced, basket.placed, record, worker.batch);
  }
  worker.batch.sessions.push_back(record);
  store::TripEnd end;
  if (with_->world.mirror_orders) {
    const auto held = worker.world->held();
    worker.batch.held.assign(held.begin(), held.end());
    end.offer_cycle = open_cycle_;
  }
  end.batch = &worker.batch;
  end.mirror_order = with_->world.mirror_orders;
  const bool bought = worker.trip.outcome() == retail::SessionOutcome::purchased;
  if (bought) end.order = OrderId{record.id.value};
  if (!bought && basket.open && with_->world.carts_with_journal) {
    end.abandon = CartId{record.id.value};
  }
  return end;
}

Task<void> LiveRun::shop(Worker& worker, const Arrival& arrival, SimTime at, Action action) {
  const std::uint32_t who = arrival.shopper;
  const personas::Traits& shopper = population_[who];
  const UserId user = agents_[who].user;
  const StoreId store =
      catalogue_.stores.empty() ? StoreId{} : catalogue_.stores[shopper.home_store].id;
  const std::int64_t hour = hour_number(at) - hour_number(plan_.start);
  const SessionId session = session_of(plan_, shopper, at);
  worker.world->enter({session, shopper.agent, user, store, hour, &shelf_, prices_});
  worker.now = at;
  worker.opened = false;
  co_await keep_left_end(who);
  worker.opened = true;  // as far as anybody knows, until the journal has answered
  const store::SessionOpening opening{session, shopper.agent, user, store, hour, arrival.idle, at};
  const store::OpenStatus opened = co_await with_->world.journal->open(opening);
  if (opened == store::OpenStatus::other_open) {
    worker.opened = false;
    throw Failure(fmt::format("agent {} is in the shop already: session {} cannot be opened",
                              shopper.agent.value, session.value));
  }
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
    tally.calls +=
        action.kind != ActionKind::create_session && action.kind != ActionKind::abandon_session;
    tally.wallet_views += action.kind == ActionKind::view_coupons;
    if (action.kind == ActionKind::complete_checkout) {
      const Action checkout = action;
      const commerce::CheckedOut done = co_await worker.world->check_out(checkout, at_checkout);
      journaled = done.journaled;
    } else {
      const shopper::Outcome outcome = co_await worker.world->perform(action);
      action = worker.trip.resume(outcome);
    }
  }
  co_return journaled;
}

// A checkout was sent and not answered. True: it was done after all, and the trip has come to its
// end. While nobody can tell, its session stays open, for the next start to find (R35).
Task<bool> LiveRun::settle(Worker& worker, const Arrival& arrival, SimTime at) {
  const std::unique_ptr<Alarm> alarm = with_->time.make_alarm();
  for (int tries = 1;; ++tries) {
    std::optional<shopper::Outcome> outcome;
    bool known = true;
    try {
      outcome = co_await worker.world->settle();
    } catch (const Failure&) {
      known = false;
    }
    if (known && !outcome) co_return false;
    if (known) {
      Action action = worker.trip.resume(*outcome);
      while (!finished(action)) action = worker.trip.resume({});
      break;
    }
    const bool again = co_await wait_to_try_again(*alarm, tries);
    if (again) continue;
    ++progress_.unsettled;
    worker.opened = false;
    co_return false;
  }
  co_await end_session(worker, arrival, at);
  co_return true;
}

// False: it has been tried often enough, or the run is to end.
Task<bool> LiveRun::wait_to_try_again(Alarm& alarm, int tries) {
  if (tries >= kTriesMax || ends_now()) co_return false;
  const Moment next = with_->time.now() + std::chrono::seconds(tries);
  co_await alarm.wait_until(next);
  co_await with_->control.until_running();
  co_return !with_->control.is_halted();
}

Task<void> LiveRun::end_session(Worker& worker, const Arrival& arrival, SimTime at) {
  const bool bought = worker.trip.outcome() == retail::SessionOutcome::purchased;
  if (!bought && worker.world->basket().open) co_await worker.world->leave_cart();
  count(worker, arrival);  // it happened in the shop, whatever the journal says to it
  const store::TripEnd end = end_of(worker, arrival, at);
  co_await keep_end(worker, end);
}

// A journal that fails is told again: what has happened in the shop cannot be taken back. If it
// fails for long, the end is told before the agent's next trip.
Task<void> LiveRun::keep_end(Worker& worker, const store::TripEnd& end) {
  const std::unique_ptr<Alarm> alarm = with_->time.make_alarm();
  for (int tries = 1;; ++tries) {
    std::unique_ptr<Failure> failure;
    store::CloseStatus closed{};
    try {
      closed = co_await with_->world.journal->close(end);
    } catch (const Failure& error) {
      failure = copy_of(error);
    }
    const SessionId session = end.batch->sessions.front().id;
    using store::CloseStatus;
    if (!failure && closed == CloseStatus::not_open) {
      throw Failure(fmt::format("session {} was never opened", session.value));
    }
    if (!failure && (closed == CloseStatus::has_order || closed == CloseStatus::no_such_order)) {
      worker.opened = false;  // it stays open: the next start asks for its order (R35)
      throw Failure(fmt::format("session {} ended otherwise than its order says", session.value));
    }
    if (!failure) co_return;
    const bool again = co_await wait_to_try_again(*alarm, tries);
    if (again) continue;
    worker.opened = false;  // it stays open; if there is no next trip, a start finds it (R35)
    auto left = std::make_unique<LeftEnd>();
    left->batch = worker.batch;
    left->end = end;
    left->end.batch = &left->batch;
    left_ends_[end.batch->sessions.front().shopper] = std::move(left);
    throw Failure(*failure);
  }
}

Task<void> LiveRun::keep_left_end(std::uint32_t who) {
  const auto left = left_ends_.find(who);
  if (left == left_ends_.end()) co_return;
  co_await with_->world.journal->close(left->second->end);
  left_ends_.erase(who);
}

void LiveRun::count(const Worker& worker, const Arrival& arrival) {
  states_.left[arrival.shopper] = worker.trip.dropped_out() && !options_.everybody_comes;
  count_mind(worker.trip, arrival.idle, progress_.tally);
  if (worker.trip.outcome() != retail::SessionOutcome::purchased) return;
  const commerce::Basket& basket = worker.world->basket();
  count_order(basket.lines.size(), basket.used_coupons(), basket.priced, progress_.tally);
}

// A trip that the world failed: its session ends as an error and its cart is left behind, as soon
// as they can be told. If they never can, they stay open for the next start to find (R35).
Task<void> LiveRun::give_up(Worker& worker, const Arrival& arrival, SimTime at) {
  if (!worker.opened) co_return;
  worker.batch.clear();
  retail::SessionRecord record;
  record.id = session_of(plan_, population_[arrival.shopper], at);
  record.shopper = arrival.shopper;
  record.started = at;
  record.ended = worker.now;
  record.has_session = true;
  record.idle = arrival.idle;
  record.outcome = retail::SessionOutcome::error;
  worker.batch.sessions.push_back(record);
  store::TripEnd end;
  end.batch = &worker.batch;
  end.mirror_order = with_->world.mirror_orders;
  if (with_->world.carts_with_journal) end.abandon = CartId{record.id.value};
  co_await with_->control.until_running();
  if (with_->control.is_halted()) co_return;
  try {
    co_await worker.world->leave_cart();
  } catch (const Failure&) {
    // The shopper's next trip finds it, and leaves it behind.
  }
  try {
    co_await keep_end(worker, end);
  } catch (const Failure&) {
    co_return;  // it was never opened, or stays open
  }
  ++progress_.tally.sessions;
  progress_.tally.idle_sessions += arrival.idle;
  progress_.tally.trips += !arrival.idle;
}

void LiveRun::note_failure(const Arrival& arrival, const Failure& failure) {
  using Kind = commerce::TripFailure::Kind;
  const auto* const trip = dynamic_cast<const commerce::TripFailure*>(&failure);
  const Kind kind = trip ? trip->trip_kind() : Kind::database;
  ++progress_.failures;
  ++progress_.failures_of[static_cast<std::size_t>(kind)];
  progress_.last_failure = failure.what();
  LiveEvent event;
  event.kind = LiveEvent::Kind::trip_failed;
  event.cycle = progress_.cycle;
  event.agent = population_[arrival.shopper].agent;
  event.error = to_string(kind);
  if (trip) event.request_id = trip->request_id();
  event.message = progress_.last_failure;
  with_->observer.note(event, progress_);
  if (!breaker_.note_failure()) return;
  with_->control.freeze(fmt::format(
      "{} of the {} agents of cycle {} failed, more than the {} that are allowed; the last: {}",
      breaker_.failures(), progress_.admitted, progress_.cycle, breaker_.allowed(),
      progress_.last_failure));
}

}  // namespace footfall::simulation
