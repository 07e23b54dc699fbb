#include "shopper/mind.hpp"

#include "base/math.hpp"
#include "shopper/behavior/coupon_use.hpp"

namespace footfall::shopper {

Mind::Mind(const retail::Catalogue& shop, const Coefficients& c, Profile profile)
    : catalogue(shop),
      coefficients(c),
      visits(c, profile),
      baskets(c),
      budgets(c.trip_budget_shape),
      category_share(shop.categories.size()),
      profile_(profile) {
  for (const retail::Product& product : shop.products) {
    category_share[product.category] += product.popularity;
  }
}

Habits Mind::habits(const personas::Traits& shopper, double activity) const {
  Habits habits;
  habits.rhythm = visits.rhythm(shopper, activity);
  habits.wallet_open = wallet_open_probability(shopper, coefficients);
  habits.completion = static_cast<float>(visits.completion(shopper));
  habits.checkout_logit = math::logit(habits.completion) +
                          (profile_ == Profile::online ? coefficients.checkout_center_online
                                                       : coefficients.checkout_center);
  habits.loyalty_factor =
      static_cast<float>(math::exp(coefficients.brand_loyalty * shopper.brand_loyalty));
  habits.basket_level = static_cast<std::uint8_t>(baskets.level(shopper.basket_size));
  return habits;
}

}  // namespace footfall::shopper
