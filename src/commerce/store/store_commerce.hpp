// The world as a database: each action that changes something is a transaction of its own in the
// shop (store/shop.hpp), the checkout together with what the trip leaves behind. One object serves
// one shopper at a time; objects of one io_context share the shop.
#pragma once

#include "commerce/live_commerce.hpp"
#include "commerce/local_cart.hpp"
#include "store/shop.hpp"

namespace footfall::commerce {

class StoreCommerce final : public LiveCommerce {
 public:
  // Both must outlive it.
  StoreCommerce(const retail::Catalogue& catalogue, store::Shop& shop)
      : cart_(catalogue), shop_(shop) {}

  void enter(const ShopVisit& visit) override;

  Task<shopper::Outcome> perform(const shopper::Action& action) override;
  Task<CheckedOut> check_out(const shopper::Action& action, const AtCheckout& at_checkout) override;

  const Basket& basket() const override { return cart_.basket(); }

 private:
  Task<shopper::Outcome> add(const shopper::Action& action);
  Task<shopper::Outcome> view_wallet(const shopper::Action& action);
  Task<shopper::Outcome> apply(const shopper::Action& action);
  store::CartCall call(SimTime at);
  void expect_same(const store::CheckoutAnswer& told, const store::CheckoutAnswer& answer) const;
  shopper::Outcome outcome_of(const store::CheckoutAnswer& answer) const;

  LocalCart cart_;
  store::Shop& shop_;
  std::int64_t step_ = 0;
};

}  // namespace footfall::commerce
