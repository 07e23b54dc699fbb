#include "shopper/behavior/basket.hpp"

#include <algorithm>

#include "base/math.hpp"

namespace footfall::shopper {
namespace {

constexpr int kLevels = 64;
constexpr double kLogMeanMax = 4.0943445622221;  // ln 60

double mean_of_level(std::size_t level) {
  return math::exp(kLogMeanMax * static_cast<double>(level) / (kLevels - 1));
}

// P(0) = (k / (k+m))^k, P(n+1) = P(n) (k+n)/(n+1) m/(k+m)  (realism.md 7.1).
DiscreteTable nbd_table(double m, double k) {
  std::vector<double> weights;
  double p = math::pow(k / (k + m), k);
  for (int n = 0; n < kBasketMax; ++n) {
    weights.push_back(p);
    p *= (k + n) / (n + 1) * m / (k + m);
  }
  return DiscreteTable(weights);
}

}  // namespace

BasketModel::BasketModel(const Coefficients& coefficients) {
  for (std::size_t level = 0; level < kLevels; ++level) {
    sizes_.push_back(nbd_table(mean_of_level(level) - 1, coefficients.basket_dispersion));
  }
  const double one =
      1 - coefficients.units_two - coefficients.units_three - coefficients.units_four;
  units_ = DiscreteTable(
      {one, coefficients.units_two, coefficients.units_three, coefficients.units_four});
}

std::size_t BasketModel::level(double mean_products) const {
  const double place =
      math::log(std::clamp(mean_products, 1.0, 60.0)) / kLogMeanMax * (kLevels - 1);
  return std::min<std::size_t>(kLevels - 1, static_cast<std::size_t>(place + 0.5));
}

const DiscreteTable& BasketModel::sizes(std::size_t level) const { return sizes_[level]; }

double BasketModel::level_mean(std::size_t level) const { return mean_of_level(level); }

int categories_wanted(int products) {
  return products <= 1 ? 1 : products <= 3 ? 2 : products <= 10 ? 3 : kCategoriesPerTripMax;
}

}  // namespace footfall::shopper
