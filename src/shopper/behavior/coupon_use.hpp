// Coupons and checkout: yes / no choices by logit. Each returns the probability of yes; pure.
#pragma once

#include "personas/population.hpp"
#include "shopper/behavior/coefficients.hpp"

namespace footfall::shopper {

// Opening the wallet: the persona's coupon_interest, moved in log-odds by wallet_open.
double wallet_open_probability(const personas::Traits& shopper, const Coefficients& coefficients);

// What a shopper weighs when looking at a coupon.
struct CouponView {
  float saving_share = 0;  // of the cart's subtotal, in [0, 1]
  float days_left = 0;
  float age_days = 0;
};

// Using a coupon that lies before the shopper: a hazard per live coupon and trip that rises with
// its value, falls week by week since it was given, and rises again in the last days
// (realism.md 7.7; Inman and McAlister 1994 for the second mode).
double coupon_apply_probability(const personas::Traits& shopper, const CouponView& coupon,
                                const Coefficients& coefficients);

double impulse_probability(const personas::Traits& shopper, const Coefficients& coefficients);

// What a shopper weighs at the checkout.
struct CheckoutView {
  float completion = 0;      // the persona's, by profile: in Habits::checkout_logit already
  float over_budget = 0;     // max(0, total / budget - 1), at most 2
  float discount_share = 0;  // saved / subtotal, in [0, 1]
};

// Paying for a filled cart: a logit in total, budget and discount around the persona's own share,
// which enters as `own_logit` (Habits::checkout_logit).
double checkout_probability(const personas::Traits& shopper, double own_logit,
                            const CheckoutView& view, const Coefficients& coefficients);

}  // namespace footfall::shopper
