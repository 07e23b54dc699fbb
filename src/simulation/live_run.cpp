#include "simulation/live_run.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "base/task_group.hpp"
#include "commerce/store/store_commerce.hpp"
#include "simulation/live_worker.hpp"

namespace footfall::simulation {

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
      arrivals_(mind_.visits, plan.seed, states_, 0, population.size()) {}

LiveRun::~LiveRun() = default;

Task<LiveProgress> LiveRun::run(RunId run, store::LiveStore& store, const std::atomic<bool>& stop,
                                const std::function<void(const LiveProgress&)>& on_progress) {
  plan_.run = run;
  store_ = &store;
  desk_ = std::make_unique<WalletDesk>(plan_, catalogue_, population_, agents_, *policy_);
  progress_.now = plan_.start;
  while (progress_.now < plan_.until && !stop.load()) {
    const SimTime start = progress_.now;
    if (hour_of_day(start) == 0) co_await open_day(start);
    co_await live_hour(start);
    progress_.now = start + kHour;
    co_await store.offers().advance(progress_.now);
    if (on_progress) on_progress(progress_);
  }
  // Coupons whose refresh has not come yet. What ends at this very moment is the next hour's to
  // mark, as it is the next day's in a fast run: a run covers [start, until).
  const SimTime last = progress_.now - SimDuration{1};
  progress_.tally.coupons_expired += co_await store.offers().expire(last);
  co_return progress_;
}

Task<void> LiveRun::open_day(SimTime day) {
  arrivals_.draw(day);
  const std::int64_t cycle = calendar_.cycle_at(day);
  if (cycle == open_cycle_) co_return;
  open_cycle_ = cycle;
  shelf_ = retail::make_shelf(catalogue_, plan_.seed, cycle, plan_.deals,
                              retail::first_listing_id(plan_.run, cycle));
  prices_ = commerce::prices_on(catalogue_, shelf_);
  shelf_model_ = std::make_unique<shopper::ShelfModel>(catalogue_, shelf_, plan_.coefficients);
  desk_->open(cycle);
  const std::vector<store::DueRefresh> due = desk_->due(cycle, states_.first_refresh_day);
  const store::OfferCycleOpening opening{cycle, calendar_.starts(cycle), calendar_.ends(cycle),
                                         shelf_};
  co_await store_->offers().open_cycle(opening, due);
}

bool LiveRun::is_due(std::uint32_t who, SimTime day) const {
  return offers::is_refresh_day(plan_.rules, calendar_, states_.first_refresh_day[who], day);
}

// Whoever waits for a wallet goes on when the refresh is over, however it ended.
Task<void> LiveRun::refresh_then_tell(SimTime day, Hour& hour) {
  std::exception_ptr failure;
  try {
    co_await refresh_wallets(day);
  } catch (...) {
    failure = std::current_exception();
  }
  hour.refresh_failed = failure != nullptr;
  hour.refreshed.set();
  if (failure) std::rethrow_exception(failure);
}

// Capped coupons are handed out first, in shopper order and in one step; then workers share the
// wallets, and it no longer matters who does which.
Task<void> LiveRun::refresh_wallets(SimTime day) {
  if (desk_->has_capped()) {
    const store::Allot decide = [&](auto wallets, auto issued) {
      return desk_->allot(wallets, issued, day);
    };
    co_await store_->offers().allot(open_cycle_, day, decide);
  }
  TaskGroup group(co_await boost::asio::this_coro::executor);
  for (int i = 0; i < options_.refresh_workers; ++i) group.start(refresh_worker(day));
  co_await group.wait();
}

Task<void> LiveRun::refresh_worker(SimTime day) {
  Tally& tally = progress_.tally;
  Tally counted;
  const store::Refill refill = [&](auto wallets) {
    std::vector<store::RefilledWallet> refilled = desk_->refill(wallets, day);
    counted = {};
    for (const store::RefilledWallet& wallet : refilled) {
      counted.coupons_assigned += static_cast<std::int64_t>(wallet.assigned.size());
      counted.coupons_expired += wallet.n_expired;
      counted.coupons_superseded += wallet.n_superseded;
    }
    return refilled;
  };
  for (;;) {
    const int done = co_await store_->offers().refresh(open_cycle_, day, options_.refresh_chunk,
                                                       UserId{}, desk_->has_capped(), refill);
    if (done == 0) co_return;
    tally.add(counted);
  }
}

Task<void> LiveRun::live_hour(SimTime start) {
  const auto executor = co_await boost::asio::this_coro::executor;
  Hour hour(start, executor);
  const auto all = arrivals_.at(hour_of_day(start));
  hour.arrivals.assign(all.begin(), all.end());
  TaskGroup group(executor);
  hour.waiting_from = hour.arrivals.size();
  if (hour_of_day(start) == 0) {
    const auto first_due =
        std::stable_partition(hour.arrivals.begin(), hour.arrivals.end(),
                              [&](const Arrival& one) { return !is_due(one.shopper, start); });
    hour.waiting_from = static_cast<std::size_t>(first_due - hour.arrivals.begin());
    group.start(refresh_then_tell(start, hour));
  }
  const std::size_t at_once = options_.batch_size > 0
                                  ? static_cast<std::size_t>(options_.batch_size)
                                  : hour.arrivals.size();
  const std::size_t count = std::min(at_once, hour.arrivals.size());
  while (workers_.size() < count) {
    workers_.push_back(std::make_unique<Worker>(mind_, catalogue_, store_->shop()));
  }
  for (std::size_t i = 0; i < count; ++i) group.start(work(*workers_[i], hour));
  co_await group.wait();
  if (!hour.thoughts.sessions.empty()) co_await store_->trips().note(hour.thoughts);
}

Task<void> LiveRun::work(Worker& worker, Hour& hour) {
  while (hour.next < hour.arrivals.size()) {
    const std::size_t mine = hour.next++;
    const Arrival arrival = hour.arrivals[mine];
    if (mine >= hour.waiting_from) co_await hour.refreshed.wait();
    if (hour.refresh_failed) co_return;  // the run ends when the trips under way have
    co_await live_trip(worker, hour, arrival);
  }
}

}  // namespace footfall::simulation
