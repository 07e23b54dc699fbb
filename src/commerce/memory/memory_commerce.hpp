// The world as arrays in this process: what fast runs and games live in. One object per thread;
// shelf and wallets belong to the caller.
#pragma once

#include <vector>

#include "commerce/commerce.hpp"
#include "offers/rules.hpp"
#include "offers/wallet.hpp"
#include "retail/catalogue.hpp"
#include "retail/pricing.hpp"
#include "retail/records.hpp"
#include "retail/shelf.hpp"

namespace footfall::commerce {

class MemoryCommerce final : public Commerce {
 public:
  MemoryCommerce(const retail::Catalogue& catalogue, const offers::Rules& rules, RunId run);

  // From here on actions are those of `agent`, before this shelf, with this wallet.
  void enter(AgentId agent, const retail::Shelf& shelf, offers::Wallet& wallet);

  // The next checkout of who entered is refused with `why`, unless that is none: what shoppers
  // share (stock, budgets) is not known here.
  void refuse_checkout(retail::Refusal why) { checkout_refusal_ = why; }

  shopper::Outcome perform(const shopper::Action& action) override;

  // What stands after the trip: the cart, its price, and the coupons that lie in it. `changes`
  // holds what checkout redeemed. Valid until the next enter().
  std::span<const retail::CartLine> lines() const { return lines_; }
  const retail::PricedCart& priced() const { return priced_; }
  std::span<const retail::CartCoupon> coupons() const { return coupons_; }
  const offers::Changes& changes() const { return changes_; }
  SimTime checked_out_at() const { return checked_out_at_; }

 private:
  // What may_fit() needs of a coupon: 16 bytes, where the whole definition takes 200.
  struct CouponScope {
    Money min_spend;
    std::uint16_t scope;
    retail::CouponKind kind;
  };
  struct CartScopes {
    std::uint64_t categories = 0, brands = 0;
  };

  shopper::Outcome browse(const shopper::Action& action);
  shopper::Outcome add(const shopper::Action& action);
  shopper::Outcome view_wallet(const shopper::Action& action);
  shopper::Outcome apply(const shopper::Action& action);
  shopper::Outcome check_out(const shopper::Action& action);
  CartScopes scopes() const;
  bool may_fit(const CouponScope& coupon, const CartScopes& scopes) const;
  UserCouponId wallet_id(int slot) const;

  const retail::Catalogue& catalogue_;
  offers::Rules rules_;
  RunId run_;
  std::vector<CouponScope> coupon_scopes_;  // by coupon index
  AgentId agent_;
  const retail::Shelf* shelf_ = nullptr;
  offers::Wallet* wallet_ = nullptr;
  std::vector<retail::CartLine> lines_;
  std::vector<retail::CartCoupon> coupons_;
  retail::PricedCart priced_;
  offers::Changes changes_;
  SimTime checked_out_at_;
  retail::Refusal checkout_refusal_ = retail::Refusal::none;
  std::vector<const retail::Listing*> listings_;
  std::vector<shopper::WalletCoupon> shown_;
  std::vector<retail::Refusal> refusals_;
};

}  // namespace footfall::commerce
