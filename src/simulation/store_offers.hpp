// The offer engine over a database: what each wallet gets is decided here (WalletDesk), workers
// claim wallets in chunks and keep each in a transaction (R11). One io_context thread.
#pragma once

#include <vector>

#include "simulation/offer_engine.hpp"
#include "simulation/wallet_desk.hpp"

namespace footfall::simulation {

struct RefreshOptions {
  int chunk = 500;  // wallets a transaction
  int workers = 4;  // transactions at once
};

class StoreOffers final : public OfferEngine {
 public:
  // All must outlive it. Agents and population stand in the same order.
  StoreOffers(const Plan& plan, const retail::Catalogue& catalogue,
              const personas::Population& population, const std::vector<store::Agent>& agents,
              const offers::AssignmentPolicy& policy, store::OfferDesk& desk,
              const RefreshOptions& options)
      : decide_(plan, catalogue, population, agents, policy), desk_(desk), options_(options) {}

  Task<void> open_cycle(store::OfferCycleOpening& opening, std::span<const store::DueRefresh> due,
                        SimTime now) override;
  Task<WalletCounts> refresh(SimTime at) override;
  Task<void> advance(SimTime now) override;
  Task<std::int64_t> finish(SimTime now, bool for_good) override;

 private:
  Task<void> work(SimTime at);

  WalletDesk decide_;
  store::OfferDesk& desk_;
  RefreshOptions options_;
  std::int64_t open_cycle_ = -1;
  WalletCounts done_;  // of a refresh at hand: what was done before it failed counts too
};

}  // namespace footfall::simulation
