// The world of a live run straight in a database (--direct): shop, journal and offers of one store.
#pragma once

#include "commerce/store/store_commerce.hpp"
#include "simulation/live_world.hpp"
#include "simulation/store_offers.hpp"
#include "store/live_store.hpp"

namespace footfall::simulation {

class StoreWorld {
 public:
  // All must outlive it; plan.run is the store's.
  StoreWorld(const Plan& plan, const retail::Catalogue& catalogue,
             const personas::Population& population, const std::vector<store::Agent>& agents,
             const offers::AssignmentPolicy& policy, store::LiveStore& store,
             const RefreshOptions& options = {})
      : offers_(plan, catalogue, population, agents, policy, store.offers(), options) {
    world_.make_commerce = [&catalogue, &store] {
      return std::make_unique<commerce::StoreCommerce>(catalogue, store.shop());
    };
    world_.journal = &store.trips();
    world_.offers = &offers_;
  }

  const LiveWorld& world() const { return world_; }

 private:
  StoreOffers offers_;
  LiveWorld world_;
};

}  // namespace footfall::simulation
