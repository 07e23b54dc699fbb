// The world as a database: each action that changes something is a transaction of its own in the
// shop (store/shop.hpp), the checkout together with what the trip leaves behind. One object serves
// one shopper at a time; objects of one io_context share the shop.
#pragma once

#include <string>
#include <vector>

#include "commerce/live_commerce.hpp"
#include "retail/catalogue.hpp"
#include "retail/pricing.hpp"
#include "retail/records.hpp"
#include "retail/shelf.hpp"
#include "store/shop.hpp"

namespace footfall::commerce {

// Who comes, where to, and what stands on the shelves.
struct StoreVisit {
  SessionId session;  // its number is the cart's and the order's too
  UserId user;
  StoreId store;
  std::int64_t sim_hour = 0;  // since the run's start: the checkout's key
  const retail::Shelf* shelf = nullptr;
  std::span<const Money> prices;  // of each product, on this shelf
};

class StoreCommerce final : public LiveCommerce {
 public:
  // Both must outlive it.
  StoreCommerce(const retail::Catalogue& catalogue, store::Shop& shop)
      : catalogue_(catalogue), shop_(shop) {}

  // From here on actions are those of this visit. It must live until the trip has ended.
  void enter(const StoreVisit& visit);

  Task<shopper::Outcome> perform(const shopper::Action& action) override;
  Task<CheckedOut> check_out(const shopper::Action& action, const AtCheckout& at_checkout) override;

  // The cart as the shopper knows it, and its price. Valid until the next enter().
  std::span<const retail::CartLine> lines() const { return lines_; }
  const retail::PricedCart& priced() const { return priced_; }
  bool has_cart() const { return cart_open_; }
  // How many of the cart's coupons take something off it.
  std::size_t used_coupons() const;

 private:
  shopper::Outcome browse(const shopper::Action& action);
  Task<shopper::Outcome> add(const shopper::Action& action);
  Task<shopper::Outcome> view_wallet(const shopper::Action& action);
  Task<shopper::Outcome> apply(const shopper::Action& action);
  store::CartCall call(SimTime at);
  std::string request_hash() const;
  void expect_same(const store::CheckoutAnswer& told, const store::CheckoutAnswer& answer) const;
  shopper::Outcome outcome_of(const store::CheckoutAnswer& answer) const;

  const retail::Catalogue& catalogue_;
  store::Shop& shop_;
  StoreVisit visit_;
  std::int64_t step_ = 0;
  bool cart_open_ = false;
  std::vector<retail::CartLine> lines_;
  std::vector<retail::CartCoupon> coupons_;
  retail::PricedCart priced_;
  std::vector<store::WalletRow> wallet_;  // as last seen
  std::vector<const retail::Listing*> listings_;
  std::vector<shopper::WalletCoupon> page_;
  std::vector<retail::Refusal> refusals_;
};

// The price of each product of the catalogue on a shelf; products that stand on none cost their
// list price.
std::vector<Money> prices_on(const retail::Catalogue& catalogue, const retail::Shelf& shelf);

}  // namespace footfall::commerce
