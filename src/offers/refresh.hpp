// Filling wallets. A refresh depends only on (seed, offer cycle, shopper, catalogue, wallet), so
// refreshes of different shoppers may run in any order and on any thread (invariant 5). What
// shoppers share, capped coupons, is settled before, in shopper order, by allot_capped().
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "offers/policy.hpp"
#include "offers/rules.hpp"
#include "offers/wallet.hpp"
#include "personas/population.hpp"
#include "retail/catalogue.hpp"

namespace footfall::offers {

// The coupons on offer in one offer cycle, per lane, in that cycle's shuffled order.
struct Offers {
  std::int64_t offer_cycle = 0;
  std::vector<std::uint16_t> frontstore;      // uncapped
  std::vector<std::uint16_t> category_brand;  // uncapped
  std::vector<std::uint16_t> capped;          // both lanes, in id order
  std::vector<std::uint8_t> all_cycle;  // per coupon: 1 if it is on offer throughout the cycle
};

// Coupons, but for retired ones, whose window meets the cycle; a refresh gives only those that are
// offered at its moment.
Offers offers_of(const retail::Catalogue& catalogue, std::uint64_t seed, const Calendar& calendar,
                 std::int64_t cycle);

// Finds the wallet of a shopper by position in the population.
using WalletOf = std::function<const Wallet&(std::size_t)>;

// A capped coupon for a shopper, to be put into the wallet at the shopper's refresh.
struct Allotment {
  std::size_t shopper;  // position in the population
  std::uint16_t coupon;
  double probability;
};

// Hands out the capped coupons of `offers` among `due` (positions of shoppers who refresh now, in
// order), as far as `issued` (per coupon, updated) stays within each cap. Each due shopper with a
// free place gets each with probability places / coupons of its lane. Single-threaded, before
// the parallel refresh.
std::vector<Allotment> allot_capped(const retail::Catalogue& catalogue, const Rules& rules,
                                    const Offers& offers, std::uint64_t seed, SimTime now,
                                    std::span<const std::size_t> due,
                                    const personas::Population& population,
                                    const WalletOf& wallet_of, std::vector<std::int64_t>& issued);

// Refreshes one wallet at `now`: expiry, the wallet rule, allotted coupons, then the policy's
// picks for what is free, at most frontstore_per_cycle and category_brand_per_cycle in all.
// Keeps scratch memory between calls: one object per thread.
class Refresher {
 public:
  Refresher(const retail::Catalogue& catalogue, const Rules& rules, const AssignmentPolicy& policy,
            std::uint64_t seed);

  void refresh(Wallet& wallet, const personas::Traits& shopper, const Offers& offers, SimTime now,
               std::span<const Allotment> allotted, Changes& changes);

 private:
  void fill_lane(Wallet& wallet, const personas::Traits& shopper, const Offers& offers,
                 bool frontstore, SimTime now, int give_max, RandomStream& random,
                 Changes& changes);

  const retail::Catalogue& catalogue_;
  Rules rules_;
  const AssignmentPolicy& policy_;
  std::uint64_t seed_;
  std::vector<std::uint8_t> held_;  // per coupon: 1 while it is active in the wallet at hand
  std::vector<std::uint16_t> candidates_;
  std::vector<Pick> picks_;
};

}  // namespace footfall::offers
