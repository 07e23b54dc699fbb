#include "simulation/shopper_range.hpp"

#include <algorithm>

#include "simulation/trip_record.hpp"

namespace footfall::simulation {
ShopperRange::ShopperRange(const Plan& plan, const shopper::Mind& mind,
                           const offers::AssignmentPolicy& policy,
                           const personas::Population& population, ShopperStates& states,
                           const SharedGoods* shared, std::size_t first, std::size_t end)
    : plan_(plan),
      population_(population),
      states_(states),
      shared_(shared),
      first_(first),
      end_(end),
      calendar_{plan.start, plan.rules.cycle_length},
      trip_(mind),
      world_(mind.catalogue, plan.rules, plan.run),
      refresher_(mind.catalogue, plan.rules, policy, plan.seed),
      arrivals_(mind.visits, plan.seed, states, first, end) {}

void ShopperRange::live_day(const Today& today, retail::RecordBatch& batch) {
  FF_ASSERT(!shared_, "checkouts that compete need their hours settled");
  begin_day(today, batch);
  for (int hour = 0; hour < 24; ++hour) live_hour(today, hour, batch);
}

void ShopperRange::begin_day(const Today& today, retail::RecordBatch& batch) {
  refresh_wallets(today, batch);
  arrivals_.draw(today.start);
}

void ShopperRange::live_hour(const Today& today, int number, retail::RecordBatch& batch) {
  held_.clear();
  const std::span<const Arrival> arrivals = arrivals_.at(number);
  const Hour hour(today.start, number);
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    constexpr std::size_t kAhead = 4;
    if (i + kAhead < arrivals.size()) {
      const std::size_t soon = arrivals[i + kAhead].shopper;
      prefetch(&population_[soon], sizeof population_[soon]);
      prefetch(&states_.habits[soon], sizeof(shopper::Habits));
      prefetch(&states_.wallets[soon], 8 * static_cast<std::size_t>(plan_.rules.capacity));
    }
    live_trip(today, hour, arrivals[i], /*settled=*/nullptr, batch);
  }
}

// A trip that was held is lived again: keyed chance brings it to the same checkout. So nothing has
// to be kept of it meanwhile, however many are in the shop at once.
void ShopperRange::finish_hour(const Today& today, int number, retail::RecordBatch& batch) {
  const Hour hour(today.start, number);
  for (const HeldTrip& trip : held_.trips) live_trip(today, hour, trip.arrival, &trip, batch);
}

// Which first refresh days are due today: a table, so that the sweep over everybody divides
// nothing.
void ShopperRange::find_due_days(SimTime day) {
  const std::int64_t days = 2 * plan_.rules.cycle_length.us / kDay.us;
  due_days_.resize(static_cast<std::size_t>(days));
  for (int first = 0; first < days; ++first) {
    due_days_[static_cast<std::size_t>(first)] =
        offers::is_refresh_day(plan_.rules, calendar_, first, day);
  }
}

bool ShopperRange::is_due(std::size_t who) const {
  return due_days_[static_cast<std::size_t>(states_.first_refresh_day[who])] != 0;
}

// Expiry runs before assignment (half-open windows), and a shopper's own refresh before its trips.
void ShopperRange::refresh_wallets(const Today& today, retail::RecordBatch& batch) {
  const auto day = static_cast<std::uint32_t>(day_number(today.start));
  const auto life_days = static_cast<std::uint32_t>(plan_.rules.life.us / kDay.us);
  auto allotted =
      std::lower_bound(today.allotted.begin(), today.allotted.end(), first_,
                       [](const offers::Allotment& a, std::size_t who) { return a.shopper < who; });
  find_due_days(today.start);
  for (std::size_t who = first_; who < end_; ++who) {
    constexpr std::size_t kAhead = 16;
    if (who + kAhead < end_ && is_due(who + kAhead)) {
      prefetch(&states_.wallets[who + kAhead],
               sizeof(offers::Slot) * static_cast<std::size_t>(plan_.rules.capacity));
    }
    const bool refreshes = is_due(who);
    if (!refreshes && day < states_.next_expiry_day[who]) continue;
    offers::Wallet& wallet = states_.wallets[who];
    changes_.clear();
    if (refreshes) {
      const auto from = allotted;
      while (allotted != today.allotted.end() && allotted->shopper == who) ++allotted;
      refresher_.refresh(wallet, population_[who], *today.offers, today.start,
                         std::span(from, allotted), changes_);
    } else {
      wallet.expire(today.start, plan_.rules, changes_);
    }
    std::uint32_t& next_expiry = states_.next_expiry_day[who] = 0xffffffff;
    for (int i = 0; i < plan_.rules.capacity; ++i) {
      const offers::Slot& slot = wallet.slot(i);
      if (slot.empty()) continue;
      next_expiry = std::min(next_expiry, slot.assigned_hour / 24 + life_days);
    }
    record_changes(who, today.start, today, refreshes, batch);
  }
}

void ShopperRange::record_changes(std::size_t who, SimTime now, const Today& today, bool refreshed,
                                  retail::RecordBatch& batch) {
  tally_.coupons_assigned += static_cast<std::int64_t>(changes_.assigned.size());
  tally_.coupons_expired += changes_.n_expired;
  tally_.coupons_superseded += changes_.n_superseded;
  std::uint8_t& expired = states_.expired_since_refresh[who];
  expired = static_cast<std::uint8_t>(expired + changes_.n_expired);
  const int n_expired = expired;
  if (refreshed) expired = 0;
  if (!today.record) return;
  const AgentId agent = population_[who].agent;
  const std::int64_t cycle = today.offers->offer_cycle;
  for (const offers::Ended& ended : changes_.ended) {
    batch.ended.push_back(
        {retail::user_coupon_id(plan_.run, ended.was.offer_cycle, agent, ended.slot),
         ended.at,
         {},
         ended.how});
  }
  for (const offers::Assigned& assigned : changes_.assigned) {
    batch.assigned.push_back({retail::user_coupon_id(plan_.run, cycle, agent, assigned.slot), now,
                              assigned.probability, static_cast<std::uint32_t>(who),
                              assigned.coupon, assigned.slot, static_cast<std::uint16_t>(cycle)});
  }
  if (!refreshed) return;
  const int given = changes_.n_frontstore + changes_.n_category_brand;
  const auto small = [](int n) { return static_cast<std::uint8_t>(n); };
  batch.refreshes.push_back(
      {now, static_cast<std::uint32_t>(who), static_cast<std::uint16_t>(cycle),
       small(changes_.n_frontstore), small(changes_.n_category_brand),
       small(plan_.rules.per_refresh() - given), small(n_expired), small(changes_.n_superseded)});
}

// `settled`: what came of a trip that was held before; null for one that sets out.
void ShopperRange::live_trip(const Today& today, const Hour& hour, const Arrival& arrival,
                             const HeldTrip* settled, retail::RecordBatch& batch) {
  using shopper::ActionKind;
  const std::size_t who = arrival.shopper;
  if (states_.left[who]) return;  // dropped out earlier this day
  const personas::Traits& shopper = population_[who];
  const SimTime at = hour.start + kMinute * arrival.minute;
  const shopper::Visit visit{
      &shopper,  &states_.habits[who], today.shelf_model, at,
      hour.when, plan_.seed,           arrival.idle,      states_.kept_cart(who, arrival.idle)};
  shopper::Action action = trip_.start(visit);
  int calls = 0, wallet_views = 0;
  if (trip_.has_session()) {
    world_.enter(shopper.agent, *today.shelf, states_.wallets[who]);
    if (settled) world_.refuse_checkout(settled->refusal);
    while (!finished(action)) {
      if (shared_ && !settled && action.kind == ActionKind::complete_checkout &&
          hold(today, arrival, action.at, batch)) {
        return;
      }
      calls +=
          action.kind != ActionKind::create_session && action.kind != ActionKind::abandon_session;
      wallet_views += action.kind == ActionKind::view_coupons;
      action = trip_.resume(world_.perform(action));
    }
  }
  FF_ASSERT(!settled || (settled->refusal == retail::Refusal::none) ==
                            (trip_.outcome() == retail::SessionOutcome::purchased),
            "a checkout went otherwise than it was settled");
  states_.left[who] = trip_.dropped_out();
  if (trip_.has_session() && !arrival.idle) {
    states_.note_cart(who, trip_.outcome(), world_.lines());
  }
  tally_.calls += calls;
  tally_.wallet_views += wallet_views;
  count_trip(arrival.idle);
  if (!today.record) return;
  const retail::SessionRecord record = record_trip(arrival.shopper, at, arrival.idle, batch);
  settled ? void(batch.sessions[settled->session] = record) : batch.sessions.push_back(record);
}

// Whether the checkout at hand has to wait. Then the trip's place among the sessions is kept.
bool ShopperRange::hold(const Today& today, const Arrival& arrival, SimTime at,
                        retail::RecordBatch& batch) {
  HeldTrip* const held = shared_->hold(population_[arrival.shopper].home_store, at, world_.lines(),
                                       world_.coupons(), world_.priced(), held_);
  if (!held) return false;
  held->arrival = arrival;
  held->session = batch.sessions.size();
  if (today.record) batch.sessions.emplace_back();
  return true;
}

void ShopperRange::count_trip(bool idle) {
  count_mind(trip_, idle, tally_);
  if (trip_.has_session() && trip_.outcome() == retail::SessionOutcome::purchased) {
    count_order(world_.lines().size(), world_.changes().ended.size(), world_.priced(), tally_);
  }
}

retail::SessionRecord ShopperRange::record_trip(std::uint32_t who, SimTime at, bool idle,
                                                retail::RecordBatch& batch) {
  const AgentId agent = population_[who].agent;
  retail::SessionRecord record = record_mind(plan_, population_[who], who, at, idle, trip_, batch);
  if (record.has_session) {
    record_cart(world_.lines(), world_.coupons(), world_.priced(), world_.checked_out_at(), record,
                batch);
  }
  if (record.outcome == retail::SessionOutcome::purchased) {
    for (const offers::Ended& ended : world_.changes().ended) {
      batch.ended.push_back(
          {retail::user_coupon_id(plan_.run, ended.was.offer_cycle, agent, ended.slot), ended.at,
           record.id, ended.how});
    }
  }
  return record;
}

}  // namespace footfall::simulation
