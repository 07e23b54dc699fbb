#include "simulation/look_back.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/crash_point.hpp"

namespace footfall::simulation {
namespace {

class Looking {
 public:
  Looking(store::RunPast& past, const LiveState& state, SimTime now, const Plan& plan,
          const retail::Catalogue& catalogue, const std::vector<store::Agent>& agents,
          const LookBackOptions& options, FoundPast& found)
      : past_(past),
        plan_(plan),
        catalogue_(catalogue),
        agents_(agents),
        options_(options),
        found_(found),
        first_(hour_number(state.progress.now) - hour_number(plan.start)),
        last_(hour_number(now) - hour_number(plan.start)) {
    resume_.state = resume_.last = state;
    resume_.state.progress.now = now;
    found.from = state.progress.now;
    found.now = now;
  }

  LiveResume look() {
    settle_orphans();
    crash_point("resume.set_aside");
    look_at_hour();
    count();
    note_who_left();
    note_carts();
    if (options_.replays) found_.replayed = past_.replay(first_, last_);
    return std::move(resume_);
  }

 private:
  void settle_orphans();
  void look_at_hour();
  void count();
  void note_who_left();
  void note_carts();
  void add_paid(SessionId session, const store::PastOrder& order);
  const store::Agent* find(AgentId id) const;
  std::vector<retail::CartLine> lines_of(const store::PastEnd& end) const;

  store::RunPast& past_;
  const Plan& plan_;
  const retail::Catalogue& catalogue_;
  const std::vector<store::Agent>& agents_;
  const LookBackOptions& options_;
  FoundPast& found_;
  std::int64_t first_, last_;  // hours since the run's start
  LiveResume resume_;
  std::set<std::int64_t> paid_;  // sessions
};

const store::Agent* Looking::find(AgentId id) const {
  const auto at = std::lower_bound(
      agents_.begin(), agents_.end(), id,
      [](const store::Agent& one, AgentId number) { return one.id.value < number.value; });
  return at != agents_.end() && at->id == id ? &*at : nullptr;
}

// A session that has its order is lived again to its end; any other is set aside.
void Looking::settle_orphans() {
  found_.orphans_kept = options_.keep_orphans;
  for (const store::OpenSession& open : past_.open_sessions()) {
    const std::optional<store::PastOrder> order =
        options_.keep_orphans ? past_.order_of(open.id) : past_.set_aside(open.id);
    found_.orphans.push_back({open.id, order ? order->id : OrderId{}});
    if (options_.keep_orphans) resume_.away.push_back(open.agent);
    if (!order || options_.keep_orphans) continue;
    add_paid(open.id, *order);
    resume_.paid.back().store = open.store;
    resume_.paid.back().started = open.started;
    resume_.paid.back().idle = open.idle;
  }
}

// The coupons of the hour: which of them were there at a moment, the trip will know.
void Looking::add_paid(SessionId session, const store::PastOrder& order) {
  const store::Agent* const agent = find(retail::agent_of(session));
  if (!agent || !paid_.insert(session.value).second) return;
  PaidTrip trip;
  trip.session = session;
  trip.user = agent->user;
  trip.total = order.total;
  const SimTime hour{order.placed.us - order.placed.us % kHour.us};
  trip.started = hour;
  for (const store::PastCoupon& coupon : past_.wallet(agent->user, hour, hour + kHour)) {
    const auto known = std::find_if(catalogue_.coupons.begin(), catalogue_.coupons.end(),
                                    [&](const auto& one) { return one.id == coupon.coupon; });
    if (known == catalogue_.coupons.end()) continue;
    const auto index = static_cast<std::uint16_t>(known - catalogue_.coupons.begin());
    trip.wallet.push_back({{coupon.id, index, coupon.assigned, coupon.expires}, coupon.ended});
  }
  resume_.paid.push_back(std::move(trip));
}

void Looking::look_at_hour() {
  for (const store::PastVisit& visit : past_.visits(last_)) {
    LivedVisit lived{visit.agent, visit.done, visit.attempts};
    if (visit.order && !visit.done && !visit.open) {  // its session was never told
      add_paid(SessionId{visit.order.value}, *past_.order_of(SessionId{visit.order.value}));
    }
    if (visit.order || visit.open || visit.attempts >= retail::kAttemptsMax) lived.done = true;
    if (!lived.done) {  // a cart without a session
      const SessionId latest = retail::with_attempt(
          retail::session_id(plan_.run, last_, visit.agent), visit.attempts - 1);
      past_.set_aside(latest);
    }
    found_.lived_this_hour += lived.done;
    resume_.hour.push_back(lived);
  }
}

void Looking::count() {
  const store::PastCounts counts = past_.counts(first_, last_);
  found_.sessions = counts.sessions;
  LiveProgress& progress = resume_.state.progress;
  progress.failures += counts.failures;
  Tally tally;
  tally.thoughts = counts.thoughts;
  tally.sessions = counts.sessions;
  tally.idle_sessions = counts.idle_sessions;
  tally.trips = counts.trips;
  tally.orders = counts.orders;
  tally.abandoned = counts.abandoned;
  tally.failed = counts.failed;
  tally.order_lines = counts.order_lines;
  tally.events = counts.events;
  tally.decisions = counts.decisions;
  tally.dropped_out = counts.dropped_out;
  tally.coupons_assigned = counts.coupons_assigned;
  tally.coupons_redeemed = counts.coupons_redeemed;
  tally.coupons_expired = counts.coupons_expired;
  tally.coupons_superseded = counts.coupons_superseded;
  tally.wallet_views = counts.wallet_views;
  tally.gross = counts.gross;
  tally.discount = counts.discount;
  tally.revenue = counts.revenue;
  progress.tally.add(tally);
}

void Looking::note_who_left() {
  std::vector<AgentId>& left = resume_.state.left;
  for (const AgentId agent : past_.dropped_out(first_, last_)) left.push_back(agent);
  std::sort(left.begin(), left.end());
  left.erase(std::unique(left.begin(), left.end()), left.end());
}

std::vector<retail::CartLine> Looking::lines_of(const store::PastEnd& end) const {
  std::vector<retail::CartLine> lines;
  for (const store::PastLine& past : end.cart) {
    const auto known = std::find_if(catalogue_.products.begin(), catalogue_.products.end(),
                                    [&](const auto& one) { return one.id == past.product; });
    if (known == catalogue_.products.end()) continue;
    retail::CartLine line;
    line.product = static_cast<std::uint16_t>(known - catalogue_.products.begin());
    line.category = known->category;
    line.brand = known->brand;
    line.qty = static_cast<decltype(line.qty)>(past.qty);
    line.unit_price = past.price;
    lines.push_back(line);
  }
  return lines;
}

// As ShopperStates::note_cart does it: a cart is kept once.
void Looking::note_carts() {
  if (!plan_.keep_failed_carts) return;
  std::map<std::int64_t, std::vector<retail::CartLine>> kept;
  for (KeptCart& cart : resume_.state.kept) kept[cart.agent.value] = std::move(cart.lines);
  for (const store::PastEnd& end : past_.ends(first_, last_)) {
    const bool was_kept = kept.erase(end.agent.value) > 0;
    if (end.outcome == retail::SessionOutcome::error && !was_kept) {
      kept[end.agent.value] = lines_of(end);
    }
  }
  resume_.state.kept.clear();
  for (auto& [agent, lines] : kept) {
    if (!lines.empty()) resume_.state.kept.push_back({AgentId{agent}, std::move(lines)});
  }
}

}  // namespace

LiveResume look_back(store::RunPast& past, const LiveState& state, SimTime now, const Plan& plan,
                     const retail::Catalogue& catalogue, const std::vector<store::Agent>& agents,
                     const LookBackOptions& options, FoundPast& found) {
  return Looking(past, state, now, plan, catalogue, agents, options, found).look();
}

}  // namespace footfall::simulation
