#include "retail/events.hpp"

#include "retail/records.hpp"

namespace footfall::retail {

std::string_view to_string(EventType type) {
  constexpr std::string_view kNames[kEventTypeCount] = {
      "session_start",     "browse_products", "view_product", "cart_add_item",  "cart_remove_item",
      "view_coupons",      "view_coupon",     "apply_coupon", "coupon_refused", "checkout_start",
      "checkout_complete", "checkout_failed", "abandon",      "session_end"};
  return kNames[static_cast<int>(type)];
}

std::string_view to_string(DecisionKind kind) {
  constexpr std::string_view kNames[kDecisionKindCount] = {
      "decide_shop",    "basket_size",     "choose_category", "choose_product",
      "view_product",   "choose_quantity", "view_coupons",    "apply_coupon",
      "buy_on_impulse", "decide_checkout", "drop_out",        "browse_idly"};
  return kNames[static_cast<int>(kind)];
}

std::array<std::string_view, kFeaturesMax> feature_names(DecisionKind kind) {
  switch (kind) {
    case DecisionKind::decide_shop:
      return {"hour_weight", "day_weight", "season_weight", ""};
    case DecisionKind::basket_size:
      return {"mean_products", "", "", ""};
    case DecisionKind::choose_category:
      return {"weight", "visited", "", ""};
    case DecisionKind::choose_product:
    case DecisionKind::view_product:
      return {"price_level", "deal_level", "in_cart", "favourite"};
    case DecisionKind::choose_quantity:
      return {};
    case DecisionKind::view_coupons:
      return {"coupon_interest", "", "", ""};
    case DecisionKind::apply_coupon:
      return {"saving_share", "discount_sensitivity", "days_left", "age_days"};
    case DecisionKind::buy_on_impulse:
      return {"impulsivity", "", "", ""};
    case DecisionKind::decide_checkout:
      return {"cart_completion", "over_budget", "discount_share", "discount_sensitivity"};
    case DecisionKind::drop_out:
      return {"churn_risk", "", "", ""};
    case DecisionKind::browse_idly:
      return {};
  }
  return {};
}

std::string_view to_string(CouponEnd end) {
  constexpr std::string_view kNames[] = {"redeemed", "expired", "superseded"};
  return kNames[static_cast<int>(end)];
}

std::string_view to_string(SessionOutcome outcome) {
  constexpr std::string_view kNames[] = {"browsed", "abandoned", "purchased", "error"};
  return kNames[static_cast<int>(outcome)];
}

}  // namespace footfall::retail
