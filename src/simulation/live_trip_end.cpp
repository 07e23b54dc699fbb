// How one shopper's trip in a live run ends, and is kept.
#include <fmt/format.h>

#include "base/failure.hpp"
#include "simulation/live_worker.hpp"
#include "simulation/trip_record.hpp"

namespace footfall::simulation {

using store::CloseStatus;

namespace {

// How often a trip's end is told to a journal that fails, and a checkout asked for that nobody
// answered; each time a second later than before, and not while the run is halted.
constexpr int kTriesMax = 5;

bool is_closed(CloseStatus status) {
  return status == CloseStatus::closed || status == CloseStatus::closed_before;
}

}  // namespace

store::TripEnd LiveRun::end_of(Worker& worker, const Arrival& arrival, SimTime at) const {
  const commerce::Basket& basket = worker.world->basket();
  worker.batch.clear();
  retail::SessionRecord record = record_mind(plan_, population_[arrival.shopper], arrival.shopper,
                                             at, arrival.idle, worker.trip, worker.batch);
  record.id = worker.session;
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

// A checkout was sent and not answered. True: it was done after all, and the trip has come to its
// end.
Task<bool> LiveRun::settle(Worker& worker, const Arrival& arrival, SimTime at) {
  std::optional<shopper::Outcome> outcome;
  const Step ask = [&]() -> Task<void> { outcome = co_await worker.world->settle(); };
  const std::unique_ptr<Failure> failure = co_await try_for_a_while(ask);
  if (failure && !was_given_up()) leave_unsettled(worker, arrival, at);
  if (failure || !outcome) co_return false;
  shopper::Action action = worker.trip.resume(*outcome);
  while (!finished(action)) action = worker.trip.resume({});
  co_await end_session(worker, arrival, at);
  co_return true;
}

// While nobody can tell, its session stays open, for the next start to ask (R35); or until the
// agent comes again, since nobody is in the shop twice.
void LiveRun::leave_unsettled(Worker& worker, const Arrival& arrival, SimTime at) {
  ++progress_.unsettled;
  worker.opened = false;
  states_.note_cart(arrival.shopper, retail::SessionOutcome::purchased, {});  // perhaps it was
  std::unique_ptr<LeftEnd> left = failed_end(worker, arrival, at);
  left->is_unsettled = true;
  left_ends_[arrival.shopper] = std::move(left);
}

// Null when the step was done; else why it failed the last time.
Task<std::unique_ptr<Failure>> LiveRun::try_for_a_while(const Step& step) {
  const std::unique_ptr<Alarm> alarm = with_->time.make_alarm();
  for (int tries = 1;; ++tries) {
    std::unique_ptr<Failure> failure;
    try {
      co_await step();
    } catch (const Failure& error) {
      failure = copy_of(error);
    }
    if (!failure) co_return nullptr;
    if (tries >= kTriesMax || ends_now()) co_return failure;
    const Moment next = with_->time.now() + std::chrono::seconds(tries);
    co_await alarm->wait_until(next);
    co_await with_->control.until_running();
    if (with_->control.is_halted()) co_return failure;
  }
}

// A journal that fails is told again: what has happened in the shop cannot be taken back. If it
// fails for long, the end is told before the agent's next trip.
Task<void> LiveRun::end_session(Worker& worker, const Arrival& arrival, SimTime at) {
  const bool bought = worker.trip.outcome() == retail::SessionOutcome::purchased;
  if (!bought && worker.world->basket().open) co_await worker.world->leave_cart();
  count(worker, arrival);  // it happened in the shop, whatever the journal says to it
  worker.opened = false;   // from here on the end itself sees to it
  const store::TripEnd end = end_of(worker, arrival, at);
  CloseStatus closed{};
  const Step tell = [&]() -> Task<void> { closed = co_await with_->world.journal->close(end); };
  const std::unique_ptr<Failure> failure = co_await try_for_a_while(tell);
  if (failure) {
    auto left = std::make_unique<LeftEnd>();
    left->take(end);
    left_ends_[arrival.shopper] = std::move(left);
    throw Failure(*failure);
  }
  const SessionId session = end.batch->sessions.front().id;
  if (closed == CloseStatus::not_open) {
    throw Failure(fmt::format("session {} was never opened", session.value));
  }
  if (!is_closed(closed)) {  // it stays open: the next start asks for its order (R35)
    throw Failure(fmt::format("session {} ended otherwise than its order says", session.value));
  }
}

// Where a session that failed has an order after all, it ends as a purchase.
Task<CloseStatus> LiveRun::close_left(LeftEnd& left) {
  const LiveWorld& world = with_->world;
  CloseStatus closed{};
  if (world.by_cycle)
    closed = co_await world.by_cycle->close_now(left.end);
  else
    closed = co_await world.journal->close(left.end);
  if (closed == CloseStatus::has_order && left.if_bought) {
    co_return co_await close_left(*left.if_bought);
  }
  if (!is_closed(closed)) co_return closed;
  progress_.tally.add(left.tally);
  const retail::SessionRecord& session = left.end.batch->sessions.front();
  const bool bought = session.outcome == retail::SessionOutcome::purchased;
  if (bought) states_.note_cart(session.shopper, session.outcome, {});
  if (left.dropped_out) states_.left[session.shopper] = !options_.everybody_comes;
  co_return closed;
}

// What the journal refuses now it refuses for good.
Task<void> LiveRun::keep_left_end(std::uint32_t who) {
  const auto left = left_ends_.find(who);
  if (left == left_ends_.end()) co_return;
  co_await close_left(*left->second);
  left_ends_.erase(who);
}

// At a run's end: what could not be told before, once more. Sessions of which nobody knows how they
// ended stay open, for the next start to find (R35).
Task<void> LiveRun::keep_left_ends() {
  for (auto left = left_ends_.begin(); left != left_ends_.end();) {
    bool told = false;
    try {
      if (!left->second->is_unsettled) {
        co_await close_left(*left->second);
        told = true;
      }
    } catch (const Failure&) {
    }
    left = told ? left_ends_.erase(left) : std::next(left);
  }
}

void LiveRun::count(const Worker& worker, const Arrival& arrival) {
  states_.left[arrival.shopper] = worker.trip.dropped_out() && !options_.everybody_comes;
  if (!arrival.idle) {
    states_.note_cart(arrival.shopper, worker.trip.outcome(), worker.world->basket().lines);
  }
  count_mind(worker.trip, arrival.idle, progress_.tally);
  if (worker.trip.outcome() != retail::SessionOutcome::purchased) return;
  const commerce::Basket& basket = worker.world->basket();
  count_order(basket.lines.size(), basket.used_coupons(), basket.priced, progress_.tally);
}

// The end of a trip that the world failed; and another, where it may have bought all the same.
std::unique_ptr<LiveRun::LeftEnd> LiveRun::failed_end(Worker& worker, const Arrival& arrival,
                                                      SimTime at) {
  auto left = std::make_unique<LeftEnd>();
  left->if_bought = bought_end(worker, arrival, at);
  retail::SessionRecord record;
  record.id = worker.session;
  record.shopper = arrival.shopper;
  record.started = at;
  record.ended = worker.now;
  record.has_session = true;
  record.idle = arrival.idle;
  record.outcome = retail::SessionOutcome::error;
  left->batch.sessions.push_back(record);
  left->end.batch = &left->batch;
  left->end.mirror_order = with_->world.mirror_orders;
  if (with_->world.carts_with_journal) left->end.abandon = CartId{record.id.value};
  left->tally.sessions = 1;
  left->tally.idle_sessions = arrival.idle;
  left->tally.trips = !arrival.idle;
  return left;
}

// How the trip ended if its checkout was done, though nobody said so. Null if it had none, or where
// the journal could not know of the order.
std::unique_ptr<LiveRun::LeftEnd> LiveRun::bought_end(Worker& worker, const Arrival& arrival,
                                                      SimTime at) {
  if (!worker.pays || with_->world.mirror_orders) return nullptr;
  const commerce::Basket& basket = worker.world->basket();
  if (worker.trip.waiting_for() == shopper::ActionKind::complete_checkout) {
    shopper::Outcome paid;
    paid.total = basket.priced.total;
    shopper::Action action = worker.trip.resume(paid);
    while (!finished(action)) action = worker.trip.resume({});
  }
  if (worker.trip.outcome() != retail::SessionOutcome::purchased) return nullptr;
  auto left = std::make_unique<LeftEnd>();
  left->take(end_of(worker, arrival, at));
  left->dropped_out = worker.trip.dropped_out();
  count_mind(worker.trip, arrival.idle, left->tally);
  count_order(basket.lines.size(), basket.used_coupons(), basket.priced, left->tally);
  return left;
}

// A trip that the world failed: its session ends as an error and its cart is left behind, as soon
// as they can be told. If they never can, they stay open for the next start to find (R35).
Task<void> LiveRun::give_up(Worker& worker, const Arrival& arrival, SimTime at) {
  if (!worker.opened) co_return;
  if (worker.pays) states_.keep_cart(arrival.shopper, worker.world->basket().lines);
  std::unique_ptr<LeftEnd> left = failed_end(worker, arrival, at);
  co_await with_->control.until_running();
  if (with_->control.is_halted()) {
    left_ends_[arrival.shopper] = std::move(left);
    co_return;
  }
  try {
    co_await worker.world->leave_cart();
  } catch (const Failure&) {
    // The shopper's next trip finds it, and leaves it behind.
  }
  const Step tell = [&]() -> Task<void> { co_await close_left(*left); };
  const std::unique_ptr<Failure> failure = co_await try_for_a_while(tell);
  if (failure) left_ends_[arrival.shopper] = std::move(left);
}

}  // namespace footfall::simulation
