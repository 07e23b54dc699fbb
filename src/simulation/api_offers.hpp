// Offers and simulated time of a run that shops over HTTP: kept by footfall's own server, or, where
// the shop is somebody else's and has offers of its own, only noted in our journal's database.
#pragma once

#include "commerce/http/footfall_api.hpp"
#include "commerce/http/shop_window.hpp"
#include "simulation/noted_offers.hpp"

namespace footfall::simulation {

// footfall's server opens offer cycles as its time passes their starts.
class FootfallOffers final : public OfferEngine {
 public:
  // All must outlive it. `asking`: the agent in whose name shelves are read.
  FootfallOffers(commerce::FootfallApi& api, commerce::ApiShop& shop, AgentId asking)
      : api_(api), shop_(shop), asking_(asking) {}

  // Throws Failure where the server's shelf is not this run's.
  Task<void> open_cycle(store::OfferCycleOpening& opening,
                        std::span<const store::DueRefresh> due) override;
  Task<WalletCounts> refresh(SimTime at) override;
  Task<void> advance(SimTime now) override;
  Task<std::int64_t> finish(SimTime now) override;

 private:
  commerce::FootfallApi& api_;
  commerce::ApiShop& shop_;
  AgentId asking_;
};

class ForeignOffers final : public OfferEngine {
 public:
  // `desk`: of the journal's database; null if there is none. All must outlive it.
  ForeignOffers(commerce::ApiShop& shop, AgentId asking, store::OfferDesk* desk)
      : shop_(shop), asking_(asking), noted_(desk) {}

  Task<void> open_cycle(store::OfferCycleOpening& opening,
                        std::span<const store::DueRefresh> due) override;
  Task<WalletCounts> refresh(SimTime at) override { return noted_.refresh(at); }
  Task<void> advance(SimTime now) override { return noted_.advance(now); }
  Task<std::int64_t> finish(SimTime now) override { return noted_.finish(now); }

 private:
  commerce::ApiShop& shop_;
  AgentId asking_;
  NotedOffers noted_;
};

}  // namespace footfall::simulation
