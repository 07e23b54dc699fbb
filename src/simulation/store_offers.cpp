#include "simulation/store_offers.hpp"

#include <boost/asio/this_coro.hpp>
#include <utility>

#include "base/crash_point.hpp"
#include "base/task_group.hpp"

namespace footfall::simulation {

Task<void> StoreOffers::open_cycle(store::OfferCycleOpening& opening,
                                   std::span<const store::DueRefresh> due, SimTime) {
  open_cycle_ = opening.offer_cycle;
  decide_.open(open_cycle_);
  co_await desk_.open_cycle(opening, due);
}

// Capped coupons are handed out first, in shopper order and in one step; then workers share the
// wallets, and it no longer matters who does which.
Task<WalletCounts> StoreOffers::refresh(SimTime at) {
  if (decide_.has_capped()) {
    const store::Allot allot = [&](auto wallets, auto issued) {
      return decide_.allot(wallets, issued, at);
    };
    co_await desk_.allot(open_cycle_, at, allot);
  }
  TaskGroup group(co_await boost::asio::this_coro::executor);
  for (int i = 0; i < options_.workers; ++i) group.start(work(at));
  co_await group.wait();
  co_return std::exchange(done_, {});
}

Task<void> StoreOffers::work(SimTime at) {
  WalletCounts chunk;
  const store::Refill refill = [&](auto wallets) {
    std::vector<store::RefilledWallet> refilled = decide_.refill(wallets, at);
    chunk = {};
    for (const store::RefilledWallet& wallet : refilled) {
      chunk.assigned += static_cast<std::int64_t>(wallet.assigned.size());
      chunk.expired += wallet.n_expired;
      chunk.superseded += wallet.n_superseded;
    }
    return refilled;
  };
  for (;;) {
    const int done = co_await desk_.refresh(open_cycle_, at, options_.chunk, UserId{},
                                            decide_.has_capped(), refill);
    if (done == 0) co_return;
    crash_point("refresh.part");
    done_.assigned += chunk.assigned;
    done_.expired += chunk.expired;
    done_.superseded += chunk.superseded;
  }
}

Task<void> StoreOffers::advance(SimTime now) { co_await desk_.advance(now); }

// Coupons whose refresh has not come yet. What ends at this very moment is the next hour's to mark,
// as it is the next day's in a fast run: a run covers [start, until).
Task<std::int64_t> StoreOffers::finish(SimTime now, bool for_good) {
  if (!for_good) co_return 0;
  co_return co_await desk_.expire(now - SimDuration{1});
}

}  // namespace footfall::simulation
