// Offers and simulated time of a run that shops over HTTP: kept by footfall's own server, or, where
// the shop is somebody else's and has offers of its own, only noted in our journal's database.
#pragma once

#include "commerce/http/footfall_api.hpp"
#include "commerce/http/shop_window.hpp"
#include "personas/population.hpp"
#include "simulation/noted_offers.hpp"
#include "store/store.hpp"

namespace footfall::simulation {

// In whose name shelves are read: the first agent's, in its home store. Agents and population stand
// in the same order; neither is empty.
commerce::ShopVisit asking_visit(const std::vector<store::Agent>& agents,
                                 const personas::Population& population,
                                 const retail::Catalogue& catalogue);

// footfall's server opens offer cycles as its time passes their starts.
class FootfallOffers final : public OfferEngine {
 public:
  // All must outlive it. `asking`: in whose name shelves are read.
  FootfallOffers(commerce::FootfallApi& api, commerce::ApiShop& shop,
                 const commerce::ShopVisit& asking)
      : api_(api), shop_(shop), asking_(asking) {}

  // Throws Failure where the server's shelf is not this run's.
  Task<void> open_cycle(store::OfferCycleOpening& opening, std::span<const store::DueRefresh> due,
                        SimTime now) override;
  Task<WalletCounts> refresh(SimTime at) override;
  Task<void> advance(SimTime now) override;
  Task<std::int64_t> finish(SimTime now, bool for_good) override;

 private:
  commerce::FootfallApi& api_;
  commerce::ApiShop& shop_;
  commerce::ShopVisit asking_;
};

class ForeignOffers final : public OfferEngine {
 public:
  // `desk`: of the journal's database; null if there is none. All must outlive it.
  ForeignOffers(commerce::ApiShop& shop, const commerce::ShopVisit& asking, store::OfferDesk* desk)
      : shop_(shop), asking_(asking), noted_(desk) {}

  Task<void> open_cycle(store::OfferCycleOpening& opening, std::span<const store::DueRefresh> due,
                        SimTime now) override;
  Task<WalletCounts> refresh(SimTime at) override { return noted_.refresh(at); }
  Task<void> advance(SimTime now) override { return noted_.advance(now); }
  Task<std::int64_t> finish(SimTime now, bool for_good) override {
    return noted_.finish(now, for_good);
  }

 private:
  commerce::ApiShop& shop_;
  commerce::ShopVisit asking_;
  NotedOffers noted_;
};

}  // namespace footfall::simulation
