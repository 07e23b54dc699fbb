#include "simulation/shared_goods.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace footfall::simulation {

SharedGoods::SharedGoods(const retail::Catalogue& catalogue)
    : stock_(catalogue.stores.size()), budgets_(catalogue.coupons.size(), kNoLimit) {
  for (const retail::StockLimit& limit : catalogue.stock) {
    FF_ASSERT(limit.on_hand >= 0, "less than nothing is in stock");
    std::vector<std::uint32_t>& goods = stock_[limit.store];
    goods.resize(catalogue.products.size(), kNoLimit);
    goods[limit.product] = static_cast<std::uint32_t>(left_.size());
    left_.push_back(limit.on_hand);
  }
  first_budget_ = static_cast<std::uint32_t>(left_.size());
  for (std::size_t c = 0; c < catalogue.coupons.size(); ++c) {
    const Money budget = catalogue.coupons[c].max_discount_total;
    if (budget == Money{}) continue;
    budgets_[c] = static_cast<std::uint32_t>(left_.size());
    left_.push_back(budget.minor);
  }
}

std::uint32_t SharedGoods::stock_of(std::uint16_t store, std::uint16_t product) const {
  // A shop without stores has no limits either.
  return store >= stock_.size() || stock_[store].empty() ? kNoLimit : stock_[store][product];
}

HeldTrip* SharedGoods::hold(std::uint16_t store, SimTime at,
                            std::span<const retail::CartLine> lines,
                            std::span<const retail::CartCoupon> coupons,
                            const retail::PricedCart& priced, HeldTrips& held) const {
  const auto first = static_cast<std::uint32_t>(held.wants.size());
  for (const retail::CartLine& line : lines) {
    const std::uint32_t good = stock_of(store, line.product);
    if (good != kNoLimit) held.wants.push_back({good, line.qty});
  }
  for (const retail::LineDiscount& discount : priced.discounts) {
    const std::uint32_t good = budgets_[coupons[discount.coupon].coupon];
    if (good != kNoLimit) held.wants.push_back({good, discount.amount.minor});
  }
  const auto count = static_cast<std::uint32_t>(held.wants.size()) - first;
  if (count == 0) return nullptr;
  HeldTrip& trip = held.trips.emplace_back();
  trip.at = at;
  trip.wants = {first, count};
  return &trip;
}

void SharedGoods::settle(std::span<HeldTrips* const> ranges) {
  queue_.clear();
  for (HeldTrips* range : ranges) {
    for (HeldTrip& trip : range->trips) queue_.push_back({&trip, range});
  }
  // Nobody is in the shop twice in an hour, so no two are equal.
  std::sort(queue_.begin(), queue_.end(), [](const Waiting& a, const Waiting& b) {
    return std::pair(a.trip->at, a.trip->arrival.shopper) <
           std::pair(b.trip->at, b.trip->arrival.shopper);
  });
  for (const Waiting& next : queue_) {
    const retail::Range wants = next.trip->wants;
    next.trip->refusal = serve(std::span(next.range->wants).subspan(wants.first, wants.count));
  }
}

retail::Refusal SharedGoods::serve(std::span<const HeldTrips::Want> wants) {
  for (std::size_t i = 0; i < wants.size(); ++i) {
    std::int64_t& left = left_[wants[i].good];
    if (wants[i].amount <= left) {
      left -= wants[i].amount;
      continue;
    }
    for (std::size_t taken = 0; taken < i; ++taken) left_[wants[taken].good] += wants[taken].amount;
    return wants[i].good < first_budget_ ? retail::Refusal::out_of_stock
                                         : retail::Refusal::cap_reached;
  }
  return retail::Refusal::none;
}

std::int64_t SharedGoods::stock_left(std::uint16_t store, std::uint16_t product) const {
  const std::uint32_t good = stock_of(store, product);
  return good == kNoLimit ? retail::kUnlimited : left_[good];
}

std::int64_t SharedGoods::budget_left(std::uint16_t coupon) const {
  return budgets_[coupon] == kNoLimit ? retail::kUnlimited : left_[budgets_[coupon]];
}

}  // namespace footfall::simulation
