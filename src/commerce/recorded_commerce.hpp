// A trip that was lived and paid for before: its shopper is shown what it saw then, and nothing is
// sent anywhere.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "commerce/live_commerce.hpp"
#include "commerce/local_cart.hpp"

namespace footfall::commerce {

struct RecordedCoupon {
  store::WalletRow row;
  std::optional<SimTime> ended;  // when it was used, or taken away; before that it was there
};

class RecordedCommerce final : public LiveCommerce {
 public:
  // The catalogue must outlive it.
  RecordedCommerce(const retail::Catalogue& catalogue, std::vector<RecordedCoupon> wallet)
      : cart_(catalogue), wallet_(std::move(wallet)) {}

  void enter(const ShopVisit& visit) override { cart_.enter(visit); }
  Task<shopper::Outcome> perform(const shopper::Action& action) override;
  // Always placed.
  Task<CheckedOut> check_out(const shopper::Action& action, const AtCheckout& at_checkout) override;
  const Basket& basket() const override { return cart_.basket(); }

 private:
  LocalCart cart_;
  std::vector<RecordedCoupon> wallet_;
};

}  // namespace footfall::commerce
