// Everything a mind needs that is the same for all shoppers: coefficients, models, the catalogue.
// Built once, read-only, shared by all threads and trips.
#pragma once

#include "base/sampling.hpp"
#include "retail/catalogue.hpp"
#include "shopper/behavior/basket.hpp"
#include "shopper/behavior/coefficients.hpp"
#include "shopper/behavior/visits.hpp"

namespace footfall::shopper {

struct Mind {
  Mind(const retail::Catalogue& shop, const Coefficients& c, Profile p = Profile::grocery)
      : catalogue(shop), coefficients(c), profile(p), visits(c, p), baskets(c),
        budgets(c.trip_budget_shape), category_share(shop.categories.size()) {
    for (const retail::Product& product : shop.products) {
      category_share[product.category] += product.popularity;
    }
  }

  const retail::Catalogue& catalogue;  // must outlive the mind
  Coefficients coefficients;
  Profile profile;
  VisitModel visits;
  BasketModel baskets;
  GammaQuantiles budgets;  // of one trip, mean 1 (gamma-gamma: Fader, Hardie and Lee 2005)
  std::vector<double> category_share;  // sum of popularities, not normalised
};

}  // namespace footfall::shopper
