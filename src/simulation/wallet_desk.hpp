// What a refresh puts into wallets that a database keeps: the offer engine (offers/refresh.hpp)
// behind the functions that store/offer_desk.hpp asks for. One object, one thread at a time; made
// anew for each offer cycle.
#pragma once

#include <vector>

#include "offers/refresh.hpp"
#include "personas/population.hpp"
#include "simulation/plan.hpp"
#include "store/offer_desk.hpp"
#include "store/store.hpp"

namespace footfall::simulation {

class WalletDesk {
 public:
  // All must outlive it. Agents and population stand in the same order.
  WalletDesk(const Plan& plan, const retail::Catalogue& catalogue,
             const personas::Population& population, const std::vector<store::Agent>& agents,
             const offers::AssignmentPolicy& policy);

  void open(std::int64_t offer_cycle);

  // The refreshes of an offer cycle, by user.
  std::vector<store::DueRefresh> due(std::int64_t offer_cycle,
                                     std::span<const std::int16_t> first_refresh_day) const;
  // Whether some capped coupon of the open cycle could be given.
  bool has_capped() const { return !offers_.capped.empty(); }

  std::vector<store::Allotted> allot(std::span<const store::ClaimedWallet> wallets,
                                     std::span<const store::IssuedCount> issued, SimTime at);
  std::vector<store::RefilledWallet> refill(std::span<const store::ClaimedWallet> wallets,
                                            SimTime at);

 private:
  std::size_t shopper_of(UserId user) const;
  std::uint16_t coupon_index(CouponId coupon) const;
  offers::Wallet wallet_of(const store::ClaimedWallet& claimed);

  const Plan& plan_;
  const retail::Catalogue& catalogue_;
  const personas::Population& population_;
  const std::vector<store::Agent>& agents_;
  offers::Calendar calendar_;
  offers::Refresher refresher_;
  offers::Offers offers_;
  offers::Changes changes_;
  std::vector<std::pair<UserId, std::size_t>> shoppers_;  // by user
};

}  // namespace footfall::simulation
