// How a live run goes on where it was cut off, and what it keeps for that (R33 to R35).
#include <fmt/format.h>

#include <algorithm>

#include "base/crash_point.hpp"
#include "base/failure.hpp"
#include "simulation/live_worker.hpp"
#include "simulation/trip_record.hpp"

namespace footfall::simulation {

// Agents are in ascending order of their numbers.
std::uint32_t LiveRun::shopper_of(AgentId agent) const {
  const auto found = std::lower_bound(
      agents_.begin(), agents_.end(), agent,
      [](const store::Agent& one, AgentId number) { return one.id.value < number.value; });
  if (found == agents_.end() || found->id != agent) {
    throw Failure(
        fmt::format("agent {} took part in this run, and is none of its agents now", agent.value));
  }
  return static_cast<std::uint32_t>(found - agents_.begin());
}

bool LiveRun::was_lived(std::uint32_t who) const {
  const auto lived = lived_.find(who);
  return away_.contains(who) || (lived != lived_.end() && lived->second.done);
}

std::int64_t LiveRun::attempt_of(std::uint32_t who) const {
  const auto lived = lived_.find(who);
  return lived == lived_.end() ? 0 : lived->second.attempt;
}

void LiveRun::take_state(const LiveState& state) {
  progress_ = state.progress;
  for (const AgentId agent : state.left) states_.left[shopper_of(agent)] = 1;
  for (const KeptCart& cart : state.kept) states_.keep_cart(shopper_of(cart.agent), cart.lines);
}

Task<void> LiveRun::go_on() {
  const LiveResume from = std::move(*resume_);
  resume_.reset();
  take_state(from.state);
  state_ = from.last;
  checkpoint_cycle_ = hour_number(state_.progress.now) - hour_number(plan_.start);
  checkpoint_at_ = with_->time.now();
  for (const AgentId agent : from.away) away_.insert(shopper_of(agent));
  for (const LivedVisit& visit : from.hour) lived_[shopper_of(visit.agent)] = visit;
  const SimTime now = progress_.now;
  progress_.cycle = hour_number(now) - hour_number(plan_.start);
  tell(LiveEvent::Kind::went_on);
  if (now < plan_.until) {  // else it was cut off after its last hour
    co_await persist([this, now] { return with_->world.offers->advance(now); });
    co_await open_day(now);
    const SimTime day = now - SimDuration{now.us % kDay.us};
    // Its midnight may have been cut off: who is still due gets its wallet now.
    if (day != now) co_await persist([this, day] { return refresh(day); });
  }
  for (const PaidTrip& paid : from.paid) co_await complete(paid);
}

// The mind is shown what it saw then, so it decides as it did then, and the events are those that
// were lost. If they cannot be told (another shelf), the session ends with its order alone.
Task<void> LiveRun::complete(const PaidTrip& paid) {
  const std::uint32_t who = shopper_of(retail::agent_of(paid.session));
  Worker worker(
      mind_, [&] { return std::make_unique<commerce::RecordedCommerce>(catalogue_, paid.wallet); });
  worker.session = paid.session;
  worker.now = paid.started;
  const auto minute = (paid.started.us % kHour.us) / kMinute.us;
  const Arrival arrival{who, static_cast<std::uint8_t>(minute), paid.idle};
  const store::SessionOpening opening{paid.session, retail::agent_of(paid.session), paid.user,
                                      paid.store,   retail::hour_of(paid.session),  paid.idle,
                                      paid.started};
  co_await persist([&]() -> Task<void> { co_await with_->world.journal->open(opening); });
  const bool same = co_await live_again(worker, paid, arrival);
  store::TripEnd end;
  if (same) {
    end = end_of(worker, arrival, paid.started);
  } else {
    retail::SessionRecord bare;
    bare.id = paid.session;
    bare.shopper = who;
    bare.started = bare.ended = paid.started;
    bare.has_session = true;
    bare.idle = paid.idle;
    bare.outcome = retail::SessionOutcome::purchased;
    worker.batch.clear();
    worker.batch.sessions.push_back(bare);
    end.batch = &worker.batch;
    end.order = OrderId{paid.session.value};
  }
  store::TripJournal* const journal = with_->world.journal;
  co_await persist([&]() -> Task<void> { co_await journal->close(end); });
  crash_point("resume.completed");
  if (same) count(worker, arrival);
  if (same) progress_.tally.wallet_views += worker.views;
  tell(LiveEvent::Kind::completed, same ? "with its events" : "from its order alone");
}

// Whether the trip came to the order that it had.
Task<bool> LiveRun::live_again(Worker& worker, const PaidTrip& paid, const Arrival& arrival) {
  if (calendar_.cycle_at(paid.started) != open_cycle_) co_return false;
  const std::uint32_t who = arrival.shopper;
  const shopper::Visit visit{&population_[who],
                             &states_.habits[who],
                             shelf_model_.get(),
                             paid.started,
                             calendar_hour(paid.started),
                             plan_.seed,
                             arrival.idle,
                             states_.kept_cart(who, arrival.idle)};
  worker.world->enter({paid.session, agents_[who].id, paid.user, paid.store,
                       retail::hour_of(paid.session), &shelf_, prices_});
  shopper::Action action = worker.trip.start(visit);
  const commerce::AtCheckout at_checkout = [&](const shopper::Outcome& outcome) {
    action = worker.trip.resume(outcome);
    while (!finished(action)) action = worker.trip.resume({});
    return store::TripEnd();
  };
  while (!finished(action)) {
    worker.now = action.at;
    worker.views += action.kind == shopper::ActionKind::view_coupons;
    if (action.kind == shopper::ActionKind::complete_checkout) {
      const shopper::Action checkout = action;
      co_await worker.world->check_out(checkout, at_checkout);
    } else {
      const shopper::Outcome outcome = co_await worker.world->perform(action);
      action = worker.trip.resume(outcome);
    }
  }
  co_return worker.trip.outcome() ==
      retail::SessionOutcome::purchased&& worker.world->basket().priced.total == paid.total;
}

// What a checkpoint may be made of at any time until the next cycle has ended.
void LiveRun::keep_state() {
  if (!with_->world.checkpoints) return;
  state_.progress = progress_;
  state_.left.clear();
  state_.kept.clear();
  for (std::size_t who = 0; who < agents_.size(); ++who) {
    if (states_.left[who]) state_.left.push_back(agents_[who].id);
    if (const auto cart = states_.kept_cart(who, /*idle=*/false); !cart.empty()) {
      state_.kept.push_back({agents_[who].id, {cart.begin(), cart.end()}});
    }
  }
}

bool LiveRun::is_checkpoint_due() const {
  if (!with_->world.checkpoints) return false;
  const std::int64_t cycles = hour_number(progress_.now) - hour_number(plan_.start);
  if (options_.checkpoint_every > 0 && cycles - checkpoint_cycle_ >= options_.checkpoint_every) {
    return true;
  }
  return options_.checkpoint_after &&
         with_->time.now() - checkpoint_at_ >= *options_.checkpoint_after;
}

void LiveRun::save_checkpoint() {
  if (state_.progress.now < plan_.start) return;
  checkpoint_cycle_ = hour_number(state_.progress.now) - hour_number(plan_.start);
  checkpoint_at_ = with_->time.now();
  const Result<std::string> saved = with_->world.checkpoints->save(state_);
  progress_.checkpoint_error.clear();
  if (!saved) {
    progress_.checkpoint_error = saved.error().message();
    tell(LiveEvent::Kind::checkpoint_failed, saved.error().message());
    return;
  }
  ++progress_.checkpoints;
  progress_.last_checkpoint = *saved;
  tell(LiveEvent::Kind::checkpoint, *saved);
}

}  // namespace footfall::simulation
