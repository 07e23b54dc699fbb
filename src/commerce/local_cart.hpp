// What a shopper knows of its cart while a shop elsewhere holds it: the same in every live world,
// so that the mind is told the same. No I/O. One object serves one shopper at a time.
#pragma once

#include <span>
#include <vector>

#include "commerce/live_commerce.hpp"
#include "retail/catalogue.hpp"
#include "store/shop.hpp"

namespace footfall::commerce {

class LocalCart {
 public:
  // The catalogue must outlive it.
  explicit LocalCart(const retail::Catalogue& catalogue) : catalogue_(catalogue) {}

  void enter(const ShopVisit& visit);
  const ShopVisit& visit() const { return visit_; }
  const Basket& basket() const { return basket_; }

  // Each is what the shopper sees of an action; spans are valid until the next.
  // Everybody in the run sees the same shelf.
  shopper::Outcome browse(std::span<const std::uint16_t> categories);
  shopper::Outcome add(std::span<const retail::CartLine> lines);
  // `rows`: the coupons that the shop says are in the wallet.
  shopper::Outcome show_wallet(std::vector<store::WalletRow> rows, SimTime at);
  // Coupons that take nothing off are refused and do not stay in the cart; those that stay are
  // coupons_in_cart().
  shopper::Outcome apply(std::span<const UserCouponId> coupons, SimTime at);
  std::span<const UserCouponId> coupons_in_cart() const { return in_cart_; }
  // After apply(), with a refusal or `none` for each coupon that was asked for: what the shop
  // itself says. Those that it refuses do not stay in the cart either.
  shopper::Outcome take_out(std::span<const UserCouponId> coupons,
                            std::span<const retail::Refusal> refused);

  void note_asked() { basket_.open = true; }  // there may be a cart, whatever the answer
  void note_placed(SimTime at);
  void note_left() { basket_.open = false; }

  // Covers what is bought, not the cart in which it lies: after a crash the same purchase may come
  // from another cart.
  std::string request_hash() const;

 private:
  shopper::Outcome apply_what_stays();

  const retail::Catalogue& catalogue_;
  ShopVisit visit_;
  Basket basket_;
  std::vector<store::WalletRow> wallet_;  // as last seen
  std::vector<const retail::Listing*> listings_;
  std::vector<shopper::WalletCoupon> page_;
  std::vector<retail::Refusal> refusals_;
  std::vector<UserCouponId> in_cart_;
};

}  // namespace footfall::commerce
