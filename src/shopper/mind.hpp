// Everything a mind needs that is the same for all shoppers: coefficients, models, the catalogue.
// Built once, read-only, shared by all threads and trips.
#pragma once

#include <vector>

#include "base/sampling.hpp"
#include "retail/catalogue.hpp"
#include "shopper/behavior/basket.hpp"
#include "shopper/behavior/coefficients.hpp"
#include "shopper/behavior/visits.hpp"
#include "shopper/habits.hpp"

namespace footfall::shopper {

struct Mind {
  // The catalogue must outlive the mind.
  Mind(const retail::Catalogue& shop, const Coefficients& c, Profile profile = Profile::grocery);

  // `activity` multiplies the visit rate (R18); > 0.
  Habits habits(const personas::Traits& shopper, double activity) const;

  const retail::Catalogue& catalogue;
  Coefficients coefficients;
  VisitModel visits;
  BasketModel baskets;
  GammaQuantiles budgets;  // of one trip, mean 1 (gamma-gamma: Fader, Hardie and Lee 2005)
  std::vector<double> category_share;  // sums of popularity, not normalised

 private:
  Profile profile_;
};

}  // namespace footfall::shopper
