// Goal: each yes / no probability lies in [0, 1], moves the right way with each of its arguments,
// and stands where it is meant to at the neutral point. Method: walks along one argument at a time.
#include "shopper/behavior/coupon_use.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/math.hpp"
#include "personas/maker.hpp"
#include "shopper/mind.hpp"

namespace footfall::shopper {
namespace {

using personas::Traits;

const Coefficients kDefaults;

Traits shopper() {
  Traits traits;
  traits.shopping_frequency = 1;
  traits.basket_size = 9;
  traits.cart_completion = 0.775F;
  traits.weekend_affinity = traits.seasonal_sensitivity = 1;
  traits.discount_sensitivity = traits.expiry_urgency = 0.5F;
  traits.coupon_interest = 0.4F;
  traits.impulsivity = 0.3F;
  return traits;
}

// `of(x)` for x from 0 to `to`: probabilities that keep going `direction` (+1 up, -1 down).
void expect_monotone(double to, int direction, const std::function<double(float)>& of) {
  double last = of(0);
  for (int step = 0; step <= 100; ++step) {
    const double p = of(static_cast<float>(to * step / 100));
    ASSERT_GE(p, 0);
    ASSERT_LE(p, 1);
    if (step > 0) {
      ASSERT_GT((p - last) * direction, 0) << "step " << step;
    }
    last = p;
  }
}

double apply(const CouponView& view, const Traits& traits = shopper()) {
  return coupon_apply_probability(traits, view, kDefaults);
}

TEST(CouponApply, RisesWithSavingAndSensitivityAndFallsWithAge) {
  expect_monotone(1, +1, [](float share) { return apply({share, 10, 4}); });
  expect_monotone(60, -1, [](float age) { return apply({0.1F, 10, age}); });
  expect_monotone(1, +1, [](float sensitivity) {
    Traits traits = shopper();
    traits.discount_sensitivity = sensitivity;
    return apply({0.1F, 10, 4}, traits);
  });
}

TEST(CouponApply, GainsUrgencyInTheLastDaysOnly) {  // 7.7: the second mode
  const auto urgent = static_cast<float>(kDefaults.apply_urgent_days);
  const auto at = [](float days_left, float urgency) {
    Traits traits = shopper();
    traits.expiry_urgency = urgency;
    return apply({0.1F, days_left, 4}, traits);
  };
  expect_monotone(1, +1, [&](float urgency) { return at(urgent, urgency); });
  EXPECT_EQ(at(urgent + 1, 1), at(urgent + 1, 0));
  EXPECT_GT(at(urgent, 1), at(urgent + 1, 1));
  EXPECT_GT(at(1, 1), at(urgent + 1, 1));
  EXPECT_EQ(at(0, 1), at(urgent + 1, 1));  // the boundary of 0 < days left
}

// ln 0.73 a week (7.7, type A), so the odds of a week later are 0.73 of today's.
TEST(CouponApply, FadesByTheMeasuredShareAWeek) {
  const double now = apply({0.1F, 20, 0}), later = apply({0.1F, 20, 7});
  EXPECT_NEAR(later / (1 - later) / (now / (1 - now)), 0.73, 0.005);
}

TEST(CouponApply, StaysAProbabilityAtTheEnds) {
  for (const float share : {0.0F, 1.0F}) {
    for (const float age : {0.0F, 365.0F}) {
      for (const float trait : {0.0F, 1.0F}) {
        Traits traits = shopper();
        traits.discount_sensitivity = traits.expiry_urgency = trait;
        Coefficients c;
        c.apply_saving = 100, c.apply_base = -20, c.apply_fade_per_week = -10;
        for (const double p : {apply({share, 1, age}, traits),
                               coupon_apply_probability(traits, {share, 1, age}, c)}) {
          EXPECT_GE(p, 0);
          EXPECT_LE(p, 1);
        }
      }
    }
  }
}

TEST(WalletOpen, RisesWithInterestAroundTheShiftedPoint) {
  expect_monotone(0.999, +1, [](float interest) {
    Traits traits = shopper();
    traits.coupon_interest = interest;
    return wallet_open_probability(traits, kDefaults);
  });
  Traits traits = shopper();
  for (const float interest : {0.0F, 1.0F}) {  // held off 0 and 1, where log-odds end
    traits.coupon_interest = interest;
    const double p = wallet_open_probability(traits, kDefaults);
    EXPECT_TRUE(p > 0 && p < 1) << p;
  }
  traits.coupon_interest = 0.4F;
  Coefficients plain;
  plain.wallet_open = 0;
  EXPECT_NEAR(wallet_open_probability(traits, plain), 0.4, 1e-7);
}

TEST(Impulse, IsProportionalToImpulsivity) {
  expect_monotone(1, +1, [](float impulsivity) {
    Traits traits = shopper();
    traits.impulsivity = impulsivity;
    return impulse_probability(traits, kDefaults);
  });
  EXPECT_NEAR(impulse_probability(shopper(), kDefaults), 0.3 * kDefaults.impulse, 1e-7);
}

double pay(const CheckoutView& view, const Traits& traits = shopper(), double own_logit = 0.5) {
  return checkout_probability(traits, own_logit, view, kDefaults);
}

TEST(Checkout, FallsOverBudgetAndRisesWithDiscountAndSensitivity) {
  expect_monotone(2, -1, [](float over) { return pay({0.7F, over, 0.1F}); });
  expect_monotone(1, +1, [](float discount) { return pay({0.7F, 0.5F, discount}); });
  expect_monotone(1, +1, [](float sensitivity) {
    Traits traits = shopper();
    traits.discount_sensitivity = sensitivity;
    return pay({0.7F, 0.5F, 0.2F}, traits);
  });
  expect_monotone(4, +1, [](float logit) { return pay({0.7F, 0.5F, 0.2F}, shopper(), logit); });
  Traits indifferent = shopper();
  indifferent.discount_sensitivity = 0;
  EXPECT_EQ(pay({0.7F, 0, 0.5F}, indifferent), pay({0.7F, 0, 0}, indifferent));
}

retail::Catalogue empty_shop() {
  retail::Catalogue shop;
  shop.categories = {"all"};
  return shop;
}

TEST(Checkout, AtTheNeutralPointIsThePersonasOwnShareShiftedByTheCenter) {
  const retail::Catalogue shop = empty_shop();
  for (const Profile profile : {Profile::grocery, Profile::online}) {
    const Mind mind(shop, kDefaults, profile);
    for (const float completion : {0.02F, 0.5F, 0.775F, 0.98F}) {
      Traits traits = shopper();
      traits.cart_completion = completion;
      const Habits habits = mind.habits(traits, 1);
      const double own = mind.visits.completion(traits);
      const double odds = own / (1 - own) *
                          std::exp(profile == Profile::online ? kDefaults.checkout_center_online
                                                              : kDefaults.checkout_center);
      // completion is kept as a float: 1e-7 of a share, up to 50 times that in its odds.
      EXPECT_NEAR(pay({habits.completion, 0, 0}, traits, habits.checkout_logit), odds / (1 + odds),
                  1e-6)
          << completion;
    }
  }
}

// R18 and 7.10. Made personas have a mean cart_completion of 0.775 with sd 0.0335: of n = 5,000 the
// mean is off by at most 4.5 * 0.0335 / sqrt(n) = 0.0021, online by 0.298 / 0.775 of that.
TEST(Completion, FollowsTheProfileOnAverageAndKeepsThePersonasOrder) {
  const VisitModel grocery(kDefaults), online(kDefaults, Profile::online);
  const int n = 5'000;
  double paid = 0, paid_online = 0;
  for (std::uint32_t i = 1; i <= n; ++i) {
    const auto traits = personas::compile(personas::make_persona(3, i, {}), {}, AgentId{i}, i);
    ASSERT_TRUE(traits);
    EXPECT_NEAR(grocery.completion(*traits), traits->cart_completion, 1e-7);
    EXPECT_NEAR(online.completion(*traits), traits->cart_completion * 0.298 / 0.775, 1e-7);
    paid += grocery.completion(*traits);
    paid_online += online.completion(*traits);
  }
  EXPECT_NEAR(paid / n, 0.775, 0.0021);
  EXPECT_NEAR(paid_online / n, 0.298, 0.0009);
}

TEST(Completion, IsHeldOffZeroAndOne) {
  Coefficients c;
  c.online_completion = 0.99;
  const VisitModel online(c, Profile::online);
  Traits traits = shopper();
  traits.cart_completion = 0.98F;
  EXPECT_NEAR(online.completion(traits), 0.98, 1e-12);
  traits.cart_completion = 0;
  EXPECT_NEAR(online.completion(traits), 0.01, 1e-12);
}

}  // namespace
}  // namespace footfall::shopper
