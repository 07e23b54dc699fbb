// What shoppers compete for at the checkout: stock, and the budgets of coupons. The trips of an
// hour whose checkout wants some of it are held there and settled together, in (moment, shopper)
// order, so that threads cannot matter.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "retail/catalogue.hpp"
#include "retail/pricing.hpp"
#include "retail/records.hpp"
#include "simulation/arrivals.hpp"

namespace footfall::simulation {

// A trip that waits at its checkout for the hour to be settled.
struct HeldTrip {
  Arrival arrival;
  SimTime at;                                       // of the checkout
  retail::Range wants;                              // in its list
  retail::Refusal refusal = retail::Refusal::none;  // once settled
  std::size_t session = 0;  // its place in the batch that the trip is recorded in
};

// Those of one range of shoppers.
struct HeldTrips {
  struct Want {
    std::uint32_t good = 0;   // number within SharedGoods
    std::int64_t amount = 0;  // units, or minor units of money
  };
  std::vector<HeldTrip> trips;
  std::vector<Want> wants;

  void clear() { trips.clear(), wants.clear(); }
};

// One object a run; settle() has it alone.
class SharedGoods {
 public:
  explicit SharedGoods(const retail::Catalogue& catalogue);

  // Adds a trip to `held` if a checkout of this cart in `store` takes anything that is limited; its
  // arrival and session are the caller's to fill in. Null if it takes nothing. Reads nothing that
  // settle() changes, so ranges may call it side by side.
  HeldTrip* hold(std::uint16_t store, SimTime at, std::span<const retail::CartLine> lines,
                 std::span<const retail::CartCoupon> coupons, const retail::PricedCart& priced,
                 HeldTrips& held) const;

  // Serves each checkout whole or refuses it, as plan_checkout() of the store does: stock before
  // budgets. What a refused one wanted stays for those after it.
  void settle(std::span<HeldTrips* const> ranges);

  // What is left; retail::kUnlimited where there is no limit.
  std::int64_t stock_left(std::uint16_t store, std::uint16_t product) const;
  std::int64_t budget_left(std::uint16_t coupon) const;
  // Of all that is limited, in an order of its own.
  std::span<const std::int64_t> all_left() const { return left_; }
  void set_left(std::span<const std::int64_t> left) { left_.assign(left.begin(), left.end()); }

 private:
  static constexpr std::uint32_t kNoLimit = 0xffffffff;

  struct Waiting {
    HeldTrip* trip;
    const HeldTrips* range;
  };

  std::uint32_t stock_of(std::uint16_t store, std::uint16_t product) const;
  retail::Refusal serve(std::span<const HeldTrips::Want> wants);

  std::vector<std::vector<std::uint32_t>> stock_;  // by store and product: good; empty: no limits
  std::vector<std::uint32_t> budgets_;             // by coupon: good
  std::vector<std::int64_t> left_;                 // by good: stock first, then budgets
  std::uint32_t first_budget_ = 0;
  std::vector<Waiting> queue_;
};

}  // namespace footfall::simulation
