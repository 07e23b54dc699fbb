// What is the same in every world: the wallet as the shop shows it at the cart (what saves
// something now, best first), and prices.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "retail/catalogue.hpp"
#include "retail/pricing.hpp"
#include "retail/shelf.hpp"
#include "shopper/action.hpp"

namespace footfall::commerce {

// A good coupon's place on the page; nothing if it saves nothing on these lines.
std::optional<shopper::WalletCoupon> page_entry(const retail::Coupon& coupon, UserCouponId id,
                                                SimTime assigned, SimTime expires, SimTime now,
                                                std::span<const retail::CartLine> lines);

// Prices `lines` with `coupons`, takes those out that take nothing off, and prices what is left.
// `refusals` has an entry for each coupon that was asked for; those of them that are `none` are the
// `coupons`, in their order, and get their reasons.
void keep_what_applies(const retail::Catalogue& catalogue, std::span<const retail::CartLine> lines,
                       std::vector<retail::CartCoupon>& coupons,
                       std::vector<retail::Refusal>& refusals, retail::PricedCart& priced);

// Best saving first, ties by id.
void sort_page(std::vector<shopper::WalletCoupon>& page);

// The price of each product of the catalogue on a shelf; products that stand on none cost their
// list price.
std::vector<Money> prices_on(const retail::Catalogue& catalogue, const retail::Shelf& shelf);

}  // namespace footfall::commerce
