#include "commerce/local_cart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/sha256.hpp"
#include "commerce/wallet_page.hpp"
#include "store/checkout.hpp"

namespace footfall::commerce {

using shopper::Outcome;

void LocalCart::enter(const ShopVisit& visit) {
  visit_ = visit;
  basket_.clear();
  wallet_.clear();
  in_cart_.clear();
}

Outcome LocalCart::browse(std::span<const std::uint16_t> categories) {
  listings_.clear();
  for (const std::uint16_t category : categories) {
    listings_.push_back(&visit_.shelf->listings[visit_.shelf->listing_of_category[category]]);
  }
  Outcome outcome;
  outcome.listings = listings_;
  return outcome;
}

Outcome LocalCart::add(std::span<const retail::CartLine> lines) {
  basket_.open = true;
  basket_.lines.insert(basket_.lines.end(), lines.begin(), lines.end());
  retail::price_cart(catalogue_, basket_.lines, basket_.coupons, basket_.priced);
  Outcome outcome;
  outcome.total = basket_.priced.total;
  return outcome;
}

Outcome LocalCart::show_wallet(std::vector<store::WalletRow> rows, SimTime at) {
  wallet_ = std::move(rows);
  page_.clear();
  for (const store::WalletRow& row : wallet_) {
    const auto entry = page_entry(catalogue_.coupons[row.coupon], row.id, row.assigned, row.expires,
                                  at, basket_.lines);
    if (entry) page_.push_back(*entry);
  }
  sort_page(page_);
  Outcome outcome;
  outcome.wallet = page_;
  return outcome;
}

Outcome LocalCart::apply(std::span<const UserCouponId> coupons, SimTime at) {
  basket_.coupons.clear();
  refusals_.clear();
  for (const UserCouponId id : coupons) {
    const auto row = std::find_if(wallet_.begin(), wallet_.end(),
                                  [&](const store::WalletRow& other) { return other.id == id; });
    refusals_.push_back(row == wallet_.end() ? retail::Refusal::not_owned
                        : at >= row->expires ? retail::Refusal::expired
                                             : retail::Refusal::none);
    if (refusals_.back() == retail::Refusal::none) basket_.coupons.push_back({id, row->coupon});
  }
  return apply_what_stays();
}

Outcome LocalCart::take_out(std::span<const UserCouponId> coupons,
                            std::span<const retail::Refusal> refused) {
  FF_ASSERT(coupons.size() == refused.size() && coupons.size() == refusals_.size(),
            "each coupon that was asked for has its refusal, or none");
  for (std::size_t i = 0; i < coupons.size(); ++i) {
    if (refused[i] == retail::Refusal::none || refusals_[i] != retail::Refusal::none) continue;
    refusals_[i] = refused[i];
    std::erase_if(basket_.coupons,
                  [&](const retail::CartCoupon& one) { return one.wallet_id == coupons[i]; });
  }
  return apply_what_stays();
}

Outcome LocalCart::apply_what_stays() {
  keep_what_applies(catalogue_, basket_.lines, basket_.coupons, refusals_, basket_.priced);
  in_cart_.clear();
  for (const retail::CartCoupon& coupon : basket_.coupons) in_cart_.push_back(coupon.wallet_id);
  Outcome outcome;
  outcome.refusals = refusals_;
  outcome.total = basket_.priced.total;
  return outcome;
}

void LocalCart::note_placed(SimTime at) {
  basket_.open = false;
  basket_.placed = at;
}

std::string LocalCart::request_hash() const {
  std::string text;
  for (const retail::CartLine& line : store::merged(catalogue_, basket_.lines)) {
    text += fmt::format("{}x{};", catalogue_.products[line.product].id.value, line.qty);
  }
  for (const retail::CartCoupon& coupon : basket_.coupons) {
    text += fmt::format("c{};", coupon.wallet_id.value);
  }
  return sha256_hex(text);
}

}  // namespace footfall::commerce
