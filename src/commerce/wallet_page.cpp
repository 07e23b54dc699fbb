#include "commerce/wallet_page.hpp"

#include <algorithm>

namespace footfall::commerce {

std::optional<shopper::WalletCoupon> page_entry(const retail::Coupon& coupon, UserCouponId id,
                                                SimTime assigned, SimTime expires, SimTime now,
                                                std::span<const retail::CartLine> lines) {
  retail::Refusal why;
  const Money saving = retail::saving_alone(coupon, lines, why);
  if (saving == Money{}) return std::nullopt;
  const SimDuration age = now - assigned, left = expires - now;
  return shopper::WalletCoupon{id, saving,
                               static_cast<std::int32_t>((left.us + kDay.us - 1) / kDay.us),
                               static_cast<std::int32_t>(age.us / kDay.us)};
}

void keep_what_applies(const retail::Catalogue& catalogue, std::span<const retail::CartLine> lines,
                       std::vector<retail::CartCoupon>& coupons,
                       std::vector<retail::Refusal>& refusals, retail::PricedCart& priced) {
  retail::price_cart(catalogue, lines, coupons, priced);
  std::size_t kept = 0, next = 0;
  for (retail::Refusal& refusal : refusals) {
    if (refusal != retail::Refusal::none) continue;
    refusal = priced.refusals[next];
    if (refusal == retail::Refusal::none) coupons[kept++] = coupons[next];
    ++next;
  }
  if (kept == coupons.size()) return;
  coupons.resize(kept);
  retail::price_cart(catalogue, lines, coupons, priced);
}

void sort_page(std::vector<shopper::WalletCoupon>& page) {
  std::sort(page.begin(), page.end(), [](const auto& a, const auto& b) {
    return a.saving != b.saving ? a.saving > b.saving : a.id < b.id;
  });
}

std::vector<Money> prices_on(const retail::Catalogue& catalogue, const retail::Shelf& shelf) {
  std::vector<Money> prices;
  for (const retail::Product& product : catalogue.products) prices.push_back(product.list_price);
  for (const retail::Listing& listing : shelf.listings) {
    for (const retail::ListedProduct& listed : listing.products) {
      prices[listed.product] = listed.price;
    }
  }
  return prices;
}

}  // namespace footfall::commerce
