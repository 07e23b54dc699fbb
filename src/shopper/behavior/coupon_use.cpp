#include "shopper/behavior/coupon_use.hpp"

#include <algorithm>

#include "base/math.hpp"

namespace footfall::shopper {

double wallet_open_probability(const personas::Traits& shopper, const Coefficients& c) {
  const double interest = std::clamp<double>(shopper.coupon_interest, 0.001, 0.999);
  return math::logistic(math::logit(interest) + c.wallet_open);
}

double coupon_apply_probability(const personas::Traits& shopper, const CouponView& coupon,
                                const Coefficients& c) {
  const bool urgent = coupon.days_left > 0 && coupon.days_left <= c.apply_urgent_days;
  return math::logistic(c.apply_base + c.apply_saving * coupon.saving_share +
                        c.apply_sensitivity * (shopper.discount_sensitivity - 0.5) +
                        (urgent ? c.apply_urgency * shopper.expiry_urgency : 0) +
                        c.apply_fade_per_week * coupon.age_days / 7);
}

double impulse_probability(const personas::Traits& shopper, const Coefficients& c) {
  return std::clamp(c.impulse * shopper.impulsivity, 0.0, 1.0);
}

double checkout_probability(const personas::Traits& shopper, double own_logit,
                            const CheckoutView& view, const Coefficients& c) {
  return math::logistic(own_logit + c.checkout_over_budget * view.over_budget +
                        c.checkout_discount * view.discount_share * shopper.discount_sensitivity);
}

}  // namespace footfall::shopper
