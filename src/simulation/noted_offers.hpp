// Offer cycles without offers: their windows and shelves are kept where the journal is, so that its
// events can be read; wallets are nobody's, or the shop's own.
#pragma once

#include "simulation/offer_engine.hpp"

namespace footfall::simulation {

class NotedOffers final : public OfferEngine {
 public:
  // Of the journal's database; null: nothing is kept.
  explicit NotedOffers(store::OfferDesk* desk) : desk_(desk) {}

  Task<void> open_cycle(store::OfferCycleOpening& opening, std::span<const store::DueRefresh>,
                        SimTime) override {
    if (desk_) co_await desk_->open_cycle(opening, {});
  }
  Task<WalletCounts> refresh(SimTime) override { co_return WalletCounts{}; }
  Task<void> advance(SimTime now) override {
    if (desk_) co_await desk_->advance(now);
  }
  Task<std::int64_t> finish(SimTime now, bool for_good) override {
    if (!desk_ || !for_good) co_return 0;
    co_return co_await desk_->expire(now - SimDuration{1});
  }

 private:
  store::OfferDesk* desk_;
};

}  // namespace footfall::simulation
