// The port to whoever keeps a live run's offers and its simulated time: a database of ours
// (store_offers.hpp), a server of ours, or nobody.
#pragma once

#include <cstdint>
#include <span>

#include "base/task.hpp"
#include "store/offer_desk.hpp"

namespace footfall::simulation {

struct WalletCounts {
  std::int64_t assigned = 0, expired = 0, superseded = 0;
};

class OfferEngine {
 public:
  virtual ~OfferEngine() = default;

  // An offer cycle begins, or a run goes on in its midst, at `now`. The shelf is the run's own; an
  // engine that sells otherwise may change its prices and its order.
  virtual Task<void> open_cycle(store::OfferCycleOpening& opening,
                                std::span<const store::DueRefresh> due, SimTime now) = 0;
  // Fills the wallets that are due by `at`, a day's start, in the open offer cycle.
  virtual Task<WalletCounts> refresh(SimTime at) = 0;
  // Simulated time has come to `now`; kept before this returns.
  virtual Task<void> advance(SimTime now) = 0;
  // The run ends at `now`, for good or until it is resumed. For good it marks coupons that ended
  // before; answers how many.
  virtual Task<std::int64_t> finish(SimTime now, bool for_good) = 0;
};

}  // namespace footfall::simulation
