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

Claim* SharedGoods::claim(std::uint16_t store, SimTime at, std::span<const retail::CartLine> lines,
                          std::span<const retail::CartCoupon> coupons,
                          const retail::PricedCart& priced, ClaimList& list) const {
  const auto first = static_cast<std::uint32_t>(list.wants.size());
  for (const retail::CartLine& line : lines) {
    const std::uint32_t good = stock_of(store, line.product);
    if (good != kNoLimit) list.wants.push_back({good, line.qty});
  }
  for (const retail::LineDiscount& discount : priced.discounts) {
    const std::uint32_t good = budgets_[coupons[discount.coupon].coupon];
    if (good != kNoLimit) list.wants.push_back({good, discount.amount.minor});
  }
  const auto count = static_cast<std::uint32_t>(list.wants.size()) - first;
  if (count == 0) return nullptr;
  Claim& claim = list.claims.emplace_back();
  claim.at = at;
  claim.wants = {first, count};
  return &claim;
}

void SharedGoods::settle(std::span<ClaimList* const> lists) {
  queue_.clear();
  for (ClaimList* list : lists) {
    for (Claim& claim : list->claims) queue_.push_back({&claim, list});
  }
  // Nobody is in the shop twice in an hour, so no two are equal.
  std::sort(queue_.begin(), queue_.end(), [](const Waiting& a, const Waiting& b) {
    return std::pair(a.claim->at, a.claim->arrival.shopper) <
           std::pair(b.claim->at, b.claim->arrival.shopper);
  });
  for (const Waiting& next : queue_) {
    const retail::Range wants = next.claim->wants;
    next.claim->refusal = serve(std::span(next.list->wants).subspan(wants.first, wants.count));
  }
}

retail::Refusal SharedGoods::serve(std::span<const ClaimList::Want> wants) {
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
