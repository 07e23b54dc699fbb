#include "simulation/shopper_range.hpp"

#include <algorithm>

namespace footfall::simulation {
namespace {

// Asks for the rows of a shopper who comes soon: a large population does not fit the caches.
void prefetch(const void* row, std::size_t bytes) {
  for (std::size_t at = 0; at < bytes; at += 64) {
    __builtin_prefetch(static_cast<const char*>(row) + at);
  }
}

// Appends `from` to `to` and says where it went.
template <typename Record, typename Source>
retail::Range append(std::vector<Record>& to, const Source& from) {
  const retail::Range range{static_cast<std::uint32_t>(to.size()),
                            static_cast<std::uint32_t>(std::size(from))};
  to.insert(to.end(), std::begin(from), std::end(from));
  return range;
}

}  // namespace

ShopperRange::ShopperRange(const Plan& plan, const shopper::Mind& mind,
                           const offers::AssignmentPolicy& policy,
                           const personas::Population& population, ShopperStates& states,
                           std::size_t first, std::size_t end)
    : plan_(plan),
      mind_(mind),
      population_(population),
      states_(states),
      first_(first),
      end_(end),
      calendar_{plan.start, plan.rules.cycle_length},
      trip_(mind),
      world_(mind.catalogue, plan.rules, plan.run),
      refresher_(mind.catalogue, plan.rules, policy, plan.seed) {}

void ShopperRange::live_day(const Today& today, retail::RecordBatch& batch) {
  refresh_wallets(today, batch);
  draw_arrivals(today.start);
  for (int hour = 0; hour < 24; ++hour) {
    const std::vector<Arrival>& arrivals = arrivals_[static_cast<std::size_t>(hour)];
    const SimTime hour_start = today.start + kHour * hour;
    const CalendarHour when = calendar_hour(hour_start);
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
      constexpr std::size_t kAhead = 4;
      if (i + kAhead < arrivals.size()) {
        const std::size_t soon = arrivals[i + kAhead].shopper;
        prefetch(&population_[soon], sizeof population_[soon]);
        prefetch(&states_.habits[soon], sizeof(shopper::Habits));
        prefetch(&states_.wallets[soon], 8 * static_cast<std::size_t>(plan_.rules.capacity));
      }
      live_trip(today, arrivals[i], hour_start, when, batch);
    }
  }
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

// Buckets the day's thoughts by hour; shoppers come in order, so each bucket is in order too.
void ShopperRange::draw_arrivals(SimTime day) {
  for (auto& hour : arrivals_) hour.clear();
  const auto number = static_cast<std::uint32_t>(day_number(day));
  const std::vector<float>& quiet = states_.quiet[static_cast<std::size_t>(weekday(day))];
  const double idle_quiet = mind_.visits.idle_quiet();
  thinkers_.clear();
  for (std::size_t who = first_; who < end_; ++who) {
    if (states_.left[who]) continue;
    const auto draw = shopper::VisitModel::draw_day(plan_.seed, states_.key[who], number);
    // Most days of most shoppers end here.
    if (draw.shopping <= quiet[who] && draw.idle <= idle_quiet) continue;
    prefetch(&states_.habits[who].rhythm, sizeof(shopper::Rhythm));
    thinkers_.push_back({static_cast<std::uint32_t>(who), draw});
  }
  for (const Thinker& thinker : thinkers_) {
    const std::uint32_t key = states_.key[thinker.shopper];
    std::uint32_t taken = 0;  // hours with a thought of shopping, as bits
    const auto thoughts = mind_.visits.thoughts(states_.habits[thinker.shopper].rhythm,
                                                thinker.draw, plan_.seed, key, number);
    for (int i = 0; i < thoughts.count; ++i) {
      const auto [hour, minute] = thoughts.at[static_cast<std::size_t>(i)];
      arrivals_[hour].push_back({thinker.shopper, minute, false});
      taken |= 1U << hour;
    }
    if (thinker.draw.idle <= idle_quiet) continue;
    // At most one session an hour: shopping goes before looking.
    const auto idle = mind_.visits.idle_thoughts(thinker.draw, plan_.seed, key, number);
    for (int i = 0; i < idle.count; ++i) {
      const auto [hour, minute] = idle.at[static_cast<std::size_t>(i)];
      if (taken >> hour & 1U) continue;
      arrivals_[hour].push_back({thinker.shopper, minute, true});
    }
  }
}

void ShopperRange::live_trip(const Today& today, const Arrival& arrival, SimTime hour_start,
                             const CalendarHour& when, retail::RecordBatch& batch) {
  const std::size_t who = arrival.shopper;
  if (states_.left[who]) return;  // dropped out earlier this day
  const personas::Traits& shopper = population_[who];
  const SimTime at = hour_start + kMinute * arrival.minute;
  const shopper::Visit visit{&shopper, &states_.habits[who], today.shelf_model, at,
                             when,     plan_.seed,           arrival.idle};
  shopper::Action action = trip_.start(visit);
  if (trip_.has_session()) {
    world_.enter(shopper.agent, *today.shelf, states_.wallets[who]);
    while (!finished(action)) {
      tally_.calls += action.kind != shopper::ActionKind::create_session &&
                      action.kind != shopper::ActionKind::abandon_session;
      tally_.wallet_views += action.kind == shopper::ActionKind::view_coupons;
      action = trip_.resume(world_.perform(action));
    }
  }
  states_.left[who] = trip_.dropped_out();
  count_trip(arrival.idle);
  if (today.record) record_trip(arrival.shopper, at, arrival.idle, batch);
}

void ShopperRange::count_trip(bool idle) {
  using retail::SessionOutcome;
  ++tally_.thoughts;
  tally_.decisions += static_cast<std::int64_t>(trip_.decisions().size());
  if (!trip_.has_session()) return;
  ++tally_.sessions;
  tally_.idle_sessions += idle;
  tally_.trips += !idle;
  tally_.events += static_cast<std::int64_t>(trip_.events().size());
  tally_.abandoned += trip_.outcome() == SessionOutcome::abandoned;
  tally_.failed += trip_.outcome() == SessionOutcome::error;
  tally_.dropped_out += trip_.dropped_out();
  if (trip_.outcome() != SessionOutcome::purchased) return;
  ++tally_.orders;
  tally_.order_lines += static_cast<std::int64_t>(world_.lines().size());
  tally_.coupons_redeemed += static_cast<std::int64_t>(world_.changes().ended.size());
  tally_.gross += world_.priced().subtotal;
  tally_.discount += world_.priced().discount;
  tally_.revenue += world_.priced().total;
}

void ShopperRange::record_trip(std::uint32_t who, SimTime at, bool idle,
                               retail::RecordBatch& batch) {
  const AgentId agent = population_[who].agent;
  retail::SessionRecord record;
  record.id = retail::session_id(plan_.run, hour_number(at) - hour_number(plan_.start), agent);
  record.shopper = who;
  record.started = record.ended = at;
  record.idle = idle;
  record.has_session = trip_.has_session();
  record.decisions = append(batch.decisions, trip_.decisions());
  if (record.has_session) {
    record.outcome = trip_.outcome();
    record.ended = trip_.events().back().at;
    record.events = append(batch.events, trip_.events());
    record.shown = append(batch.shown, trip_.shown_coupons());
    record.lines = append(batch.lines, world_.lines());
    append(batch.line_discounts, world_.priced().line_discounts);
    record.subtotal = world_.priced().subtotal;
    record.discount = world_.priced().discount;
    record.total = world_.priced().total;
  }
  if (record.outcome == retail::SessionOutcome::purchased) {
    record.discounts.first = static_cast<std::uint32_t>(batch.discounts.size());
    for (const retail::LineDiscount& discount : world_.priced().discounts) {
      const retail::CartCoupon& coupon = world_.coupons()[discount.coupon];
      batch.discounts.push_back({coupon.wallet_id, discount.amount, coupon.coupon, discount.line});
      ++record.discounts.count;
    }
    for (const offers::Ended& ended : world_.changes().ended) {
      batch.ended.push_back(
          {retail::user_coupon_id(plan_.run, ended.was.offer_cycle, agent, ended.slot), ended.at,
           record.id, ended.how});
    }
  }
  batch.sessions.push_back(record);
}

}  // namespace footfall::simulation
