#include "simulation/live_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "base/crash_point.hpp"
#include "base/task_group.hpp"
#include "commerce/wallet_page.hpp"
#include "simulation/live_worker.hpp"
#include "simulation/wallet_desk.hpp"

namespace footfall::simulation {
namespace {

std::vector<AgentId> numbers_of(const std::vector<store::Agent>& agents) {
  std::vector<AgentId> numbers;
  for (const store::Agent& agent : agents) numbers.push_back(agent.id);
  return numbers;
}

// Rings when the run is to end (--for).
Task<void> stop_at(Alarm& alarm, Moment end, RunControl& control) {
  const bool came = co_await alarm.wait_until(end);
  if (came) control.stop();
}

}  // namespace

Result<std::unique_ptr<LiveRun>> LiveRun::create(const Plan& plan,
                                                 const retail::Catalogue& catalogue,
                                                 const personas::Population& population,
                                                 const std::vector<store::Agent>& agents,
                                                 const LiveOptions& options) {
  FF_ASSERT(agents.size() == population.size(), "agents and population differ");
  if (const auto fits = check_limits(plan, population); !fits) return fits.error();
  auto policy = offers::make_policy(plan.policy);
  if (!policy) return policy.error();
  return std::unique_ptr<LiveRun>(
      new LiveRun(plan, catalogue, population, agents, std::move(*policy), options));
}

LiveRun::LiveRun(const Plan& plan, const retail::Catalogue& catalogue,
                 const personas::Population& population, const std::vector<store::Agent>& agents,
                 std::unique_ptr<offers::AssignmentPolicy> policy, const LiveOptions& options)
    : plan_(plan),
      catalogue_(catalogue),
      population_(population),
      agents_(agents),
      policy_(std::move(policy)),
      options_(options),
      mind_(catalogue, plan.coefficients, plan.profile),
      calendar_{plan.start, plan.rules.cycle_length},
      activity_(activity_factor(population, mind_.visits, plan.activity, plan.start)),
      states_(plan, population, mind_, activity_, /*with_wallets=*/false),
      arrivals_(mind_.visits, plan.seed, states_, 0, population.size()),
      ranks_(ramp_ranks(plan.seed, numbers_of(agents))),
      breaker_(options.breaker_share) {}

LiveRun::~LiveRun() = default;

Task<void> LiveRun::run(RunId run, const LiveWorld& world, Timekeeper& time, RunControl& control,
                        Pace& pace, LiveObserver& observer) {
  plan_.run = run;
  with_.reset(new With{world, time, control, pace, observer});
  control.on_change([this] { follow_control(); });
  if (!resume_) progress_.now = plan_.start;
  const std::unique_ptr<Alarm> end = time.make_alarm();
  freeze_alarm_ = time.make_alarm();
  TaskGroup beside(co_await boost::asio::this_coro::executor);
  beside_ = &beside;
  if (options_.at_most) beside.start(stop_at(*end, time.now() + *options_.at_most, control));
  std::exception_ptr failure;
  follow_control();  // it may have been paused before
  try {
    co_await live();
  } catch (const Interrupted&) {
    tell(LiveEvent::Kind::run_ended);
  } catch (...) {
    failure = std::current_exception();
  }
  over_ = true;
  end->ring();
  freeze_alarm_->ring();
  co_await beside.wait();
  beside_ = nullptr;
  co_await keep_what_ended();
  if (failure) std::rethrow_exception(failure);
}

Task<void> LiveRun::live() {
  Pace& pace = with_->pace;
  RunControl& control = with_->control;
  if (resume_) {
    co_await go_on();
  } else {
    keep_state();
    if (with_->world.checkpoints) save_checkpoint();  // so that there is one to go on from
  }
  pace.start(progress_.now);
  const std::int64_t late_before = progress_.late_cycles;
  while (progress_.now < plan_.until) {
    const SimTime start = progress_.now;
    co_await pace.wait_for(start);
    if (control.is_stopping()) break;
    progress_.cycle = hour_number(start) - hour_number(plan_.start);
    progress_.late_cycles = late_before + pace.counts().late_cycles;
    if (pace.counts().behind.count() > 0) tell(LiveEvent::Kind::cycle_late);
    if (hour_of_day(start) == 0 || open_cycle_ < 0) co_await open_day(start);
    co_await live_hour(start);
    co_await control.until_running();
    if (control.is_halted() || ends_now()) break;  // and told to stop: the cycle is not whole
    crash_point("cycle.before_advance");
    co_await persist([this, start] { return with_->world.offers->advance(start + kHour); });
    crash_point("cycle.after_advance");
    progress_.now = start + kHour;
    lived_.clear();
    pace.note_done(progress_.now);
    progress_.work_share = pace.counts().work_share;
    keep_state();
    tell(LiveEvent::Kind::cycle_ended);
    if (is_checkpoint_due()) save_checkpoint();
  }
  if (control.is_frozen() && options_.on_freeze.then == OnFreeze::Then::exit) {
    throw Failure(control.frozen_because());
  }
  crash_point("run.over");
  if (!control.is_halted()) {
    co_await keep_left_ends();  // a run that is over takes none
    co_await persist([this] { return finish(); });
  }
  crash_point("run.finished");
  if (with_->world.checkpoints) save_checkpoint();
  tell(LiveEvent::Kind::run_ended);
}

Task<void> LiveRun::commit_cycle() {
  const std::vector<CycleJournal::Refused> refused = co_await with_->world.by_cycle->commit();
  for (const CycleJournal::Refused& one : refused) {
    note_failure(one.shopper, Failure(fmt::format("session {} {}", one.session.value,
                                                  one.status == store::CloseStatus::not_open
                                                      ? "was never opened"
                                                      : "ended otherwise than its order says")));
  }
}

// Of a cycle that was not finished, or could not be kept before. What was held for an operator is
// told all the same; a service that is down is not asked.
Task<void> LiveRun::keep_what_ended() {
  Service* const service = with_->world.service;
  if (service && !with_->control.is_frozen()) service->release();
  co_await keep_left_ends();
  if (!with_->world.by_cycle) co_return;
  try {
    co_await commit_cycle();
  } catch (const Failure&) {
    // Their sessions stay open, for the next start to find (R35).
  }
}

Task<void> LiveRun::finish() {
  const bool for_good = progress_.now >= plan_.until;
  progress_.tally.coupons_expired += co_await with_->world.offers->finish(progress_.now, for_good);
}

// Work of the run itself, of which each part may be done again: what fails freezes the run, and is
// tried again when it goes on.
Task<void> LiveRun::persist(std::function<Task<void>()> step) {
  RunControl& control = with_->control;
  for (;;) {
    std::string why;
    try {
      co_await step();
      co_return;
    } catch (const Failure& failure) {
      why = failure.what();
    }
    if (was_given_up()) throw Interrupted();
    control.freeze(why);
    co_await control.until_running();
    if (control.is_stopping()) throw Failure(why);
  }
}

// The day of `now`.
Task<void> LiveRun::open_day(SimTime now) {
  arrivals_.draw(now);
  const std::int64_t cycle = calendar_.cycle_at(now);
  if (cycle == open_cycle_) co_return;
  store::OfferCycleOpening opening{cycle, calendar_.starts(cycle), calendar_.ends(cycle),
                                   retail::make_shelf(catalogue_, plan_.seed, cycle, plan_.deals,
                                                      retail::first_listing_id(plan_.run, cycle))};
  WalletDesk desk(plan_, catalogue_, population_, agents_, *policy_);
  const std::vector<store::DueRefresh> due = desk.due(cycle, states_.first_refresh_day);
  co_await persist([&, now] { return with_->world.offers->open_cycle(opening, due, now); });
  crash_point("cycle.opened");
  open_cycle_ = cycle;
  shelf_ = std::move(opening.shelf);
  prices_ = commerce::prices_on(catalogue_, shelf_);
  shelf_model_ = std::make_unique<shopper::ShelfModel>(catalogue_, shelf_, plan_.coefficients);
}

// What fails in a run that was halted and then told to end has not failed: its calls were given up.
bool LiveRun::was_given_up() const {
  const RunControl& control = with_->control;
  const bool by_itself = control.is_frozen() && options_.on_freeze.then == OnFreeze::Then::exit;
  return control.is_halted() && control.is_stopping() && !by_itself;
}

bool LiveRun::ends_now() const { return options_.everybody_comes && with_->control.is_stopping(); }

bool LiveRun::is_due(std::uint32_t who, SimTime day) const {
  return offers::is_refresh_day(plan_.rules, calendar_, states_.first_refresh_day[who], day);
}

Task<void> LiveRun::refresh(SimTime day) {
  const WalletCounts counts = co_await with_->world.offers->refresh(day);
  crash_point("refresh.done");
  progress_.tally.coupons_assigned += counts.assigned;
  progress_.tally.coupons_expired += counts.expired;
  progress_.tally.coupons_superseded += counts.superseded;
}

// Whoever waits for a wallet goes on when the refresh is over, however it ended.
Task<void> LiveRun::refresh_then_tell(SimTime day, Hour& hour) {
  std::exception_ptr failure;
  try {
    co_await persist([this, day] { return refresh(day); });
  } catch (...) {
    failure = std::current_exception();
  }
  hour.refresh_failed = failure != nullptr;
  hour.refreshed.set();
  if (failure) std::rethrow_exception(failure);
}

// Of those who come this hour the ramp admits some (R27). Whose wallet is refreshed comes last.
void LiveRun::choose_arrivals(Hour& hour) {
  const std::size_t admitted = progress_.admitted =
      options_.ramp.admitted(progress_.cycle, population_.size());
  std::vector<Arrival> all;
  for (std::uint32_t who = 0; options_.everybody_comes && who < population_.size(); ++who) {
    all.push_back({who, static_cast<std::uint8_t>(who % shopper::kVisitMinutes), false});
  }
  const std::span<const Arrival> drawn = arrivals_.at(hour_of_day(hour.start));
  for (const Arrival& one : options_.everybody_comes ? std::span<const Arrival>(all) : drawn) {
    if (was_lived(one.shopper)) continue;
    if (ranks_[one.shopper] < admitted)
      hour.arrivals.push_back(one);
    else
      ++progress_.held_back;
  }
  hour.waiting_from = hour.arrivals.size();
  if (hour_of_day(hour.start) != 0) return;
  const auto first_due =
      std::stable_partition(hour.arrivals.begin(), hour.arrivals.end(),
                            [&](const Arrival& one) { return !is_due(one.shopper, hour.start); });
  hour.waiting_from = static_cast<std::size_t>(first_due - hour.arrivals.begin());
}

Task<void> LiveRun::live_hour(SimTime start) {
  const auto executor = co_await boost::asio::this_coro::executor;
  Hour hour(start, executor);
  choose_arrivals(hour);
  progress_.batch_trips = static_cast<std::int64_t>(hour.arrivals.size());
  progress_.batch_done = 0;
  breaker_.begin_cycle(progress_.admitted);
  tell(LiveEvent::Kind::cycle_began);
  TaskGroup group(executor);
  if (hour_of_day(start) == 0) group.start(refresh_then_tell(start, hour));
  const std::size_t at_once = options_.batch_size > 0
                                  ? static_cast<std::size_t>(options_.batch_size)
                                  : hour.arrivals.size();
  const std::size_t count = std::min(at_once, hour.arrivals.size());
  while (workers_.size() < count) {
    workers_.push_back(std::make_unique<Worker>(mind_, with_->world.make_commerce));
  }
  for (std::size_t i = 0; i < count; ++i) group.start(work(*workers_[i], hour));
  co_await group.wait();
  if (with_->world.by_cycle) co_await persist([this] { return commit_cycle(); });
  if (hour.thoughts.sessions.empty()) co_return;
  co_await persist([this, &hour] { return with_->world.journal->note(hour.thoughts); });
}

Task<void> LiveRun::work(Worker& worker, Hour& hour) {
  RunControl& control = with_->control;
  while (hour.next < hour.arrivals.size() && !ends_now()) {
    if (control.is_halted()) {
      co_await control.until_running();
      if (control.is_halted()) co_return;  // told to stop meanwhile
      continue;
    }
    const std::size_t mine = hour.next++;
    const Arrival arrival = hour.arrivals[mine];
    if (mine >= hour.waiting_from) co_await hour.refreshed.wait();
    if (hour.refresh_failed) co_return;  // the run ends when the trips under way have
    worker.who = arrival.shopper;
    worker.busy = true;
    ++progress_.in_shop;
    co_await live_trip(worker, hour, arrival);
    worker.busy = false;
    --progress_.in_shop;
    ++progress_.batch_done;
  }
}

void LiveRun::follow_control() {
  if (!beside_) return;
  RunControl& control = with_->control;
  if (Service* const service = with_->world.service) {
    if (!control.is_halted())
      service->release();
    else if (control.is_stopping())
      service->abort();
    else
      service->hold();
  }
  using Kind = LiveEvent::Kind;
  const bool freezes = control.is_frozen() && !was_frozen_;
  const bool pauses = control.is_paused() && !was_paused_;
  const bool goes_on = !control.is_halted() && (was_paused_ || was_frozen_);
  was_paused_ = control.is_paused();
  was_frozen_ = control.is_frozen();
  freeze_alarm_->ring();
  if (control.take_checkpoint_wish()) {
    if (with_->world.checkpoints)
      save_checkpoint();
    else
      tell(LiveEvent::Kind::checkpoint_failed, "this run keeps none");
  }
  if (pauses) tell(Kind::paused);
  if (goes_on) tell(Kind::resumed);
  if (!freezes) return;
  ++progress_.freezes;
  crash_point("frozen");
  tell(Kind::frozen, control.frozen_because());
  beside_->start(while_frozen());
}

// What was chosen for it (R55): to end, or to ask now and then whether the world answers again. A
// run that froze anew meanwhile is asked for by who asks already, but not on an old answer.
Task<void> LiveRun::while_frozen() {
  RunControl& control = with_->control;
  const OnFreeze& choice = options_.on_freeze;
  if (choice.then == OnFreeze::Then::exit) control.stop();
  if (choice.then != OnFreeze::Then::retry || asks_) co_return;
  asks_ = true;
  while (control.is_frozen() && !control.is_stopping() && !over_) {
    const std::int64_t freeze = progress_.freezes;
    const Moment next = with_->time.now() + choice.retry;
    const bool came = co_await freeze_alarm_->wait_until(next);
    if (!came) continue;
    std::string why;
    if (with_->world.service) why = co_await with_->world.service->probe();
    if (!control.is_frozen() || progress_.freezes != freeze) continue;
    if (why.empty())
      control.thaw();
    else
      tell(LiveEvent::Kind::probe_failed, why);
  }
  asks_ = false;
}

void LiveRun::tell(LiveEvent::Kind kind, std::string_view message) {
  LiveEvent event;
  event.kind = kind;
  event.cycle = progress_.cycle;
  event.message = message;
  with_->observer.note(event, progress_);
}

std::string_view to_string(LiveEvent::Kind kind) {
  static constexpr std::string_view kNames[] = {
      "cycle_began", "cycle_ended",       "cycle_late",   "trip_failed", "paused",
      "frozen",      "resumed",           "probe_failed", "went_on",     "completed",
      "checkpoint",  "checkpoint_failed", "run_ended"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace footfall::simulation
