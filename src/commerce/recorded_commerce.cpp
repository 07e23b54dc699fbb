#include "commerce/recorded_commerce.hpp"

#include "base/assert.hpp"

namespace footfall::commerce {

using shopper::Action;
using shopper::ActionKind;
using shopper::Outcome;

Task<Outcome> RecordedCommerce::perform(const Action& action) {
  FF_ASSERT(action.kind != ActionKind::complete_checkout,
            "a checkout is carried out by check_out()");
  Outcome outcome;
  if (action.kind == ActionKind::browse_products) {
    outcome = cart_.browse(action.categories);
  } else if (action.kind == ActionKind::add_to_cart) {
    outcome = cart_.add(action.lines);
  } else if (action.kind == ActionKind::view_coupons) {
    std::vector<store::WalletRow> good;
    for (const RecordedCoupon& coupon : wallet_) {
      const bool there = coupon.row.assigned <= action.at && action.at < coupon.row.expires &&
                         (!coupon.ended || *coupon.ended > action.at);
      if (there) good.push_back(coupon.row);
    }
    outcome = cart_.show_wallet(std::move(good), action.at);
  } else if (action.kind == ActionKind::apply_coupons) {
    outcome = cart_.apply(action.coupons, action.at);
  } else if (action.kind == ActionKind::abandon_session) {
    cart_.note_left();
  }
  co_return outcome;
}

Task<CheckedOut> RecordedCommerce::check_out(const Action& action, const AtCheckout& at_checkout) {
  CheckedOut result;
  result.outcome.total = cart_.basket().priced.total;
  cart_.note_placed(action.at);
  at_checkout(result.outcome);
  co_return result;
}

}  // namespace footfall::commerce
