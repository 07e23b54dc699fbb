// How much a shopper wants: products in a basket, units of a product, categories to visit.
#pragma once

#include <vector>

#include "base/sampling.hpp"
#include "personas/population.hpp"
#include "shopper/behavior/coefficients.hpp"

namespace footfall::shopper {

inline constexpr int kBasketMax = 60;
inline constexpr int kCategoriesPerTripMax = 4;  // R18: a session makes 6 ± 1 calls

// Products in a basket are 1 + NBD(mean - 1, k) with k = basket_dispersion within a shopper
// (realism.md T21; the NBD is Ehrenberg's, 7.1), cut at kBasketMax. A shopper's mean is rounded
// to one of 64 levels, spaced evenly in its logarithm (6.7 % apart). Read-only, shared.
class BasketModel {
 public:
  explicit BasketModel(const Coefficients& coefficients);

  std::size_t level(double mean_products) const;         // 0 … 63
  const DiscreteTable& sizes(std::size_t level) const;   // outcome i: i + 1 products
  double level_mean(std::size_t level) const;            // of that table, before the cut
  const DiscreteTable& units() const { return units_; }  // outcome i: i + 1 units

 private:
  std::vector<DiscreteTable> sizes_;
  DiscreteTable units_;
};

// 1, 2, 3 or 4: larger baskets are collected in more categories.
int categories_wanted(int products);

}  // namespace footfall::shopper
