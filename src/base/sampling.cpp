#include "base/sampling.hpp"

#include <algorithm>
#include <cmath>

#include "base/assert.hpp"
#include "base/math.hpp"

namespace footfall {
namespace {

constexpr int kCells = 4096;

// cos(2 pi u) from its series after folding to a quarter turn: the C library's cos would do, but
// differs between machines.
double cos_turn(double u) {
  double a = u - math::floor(u);  // [0, 1)
  if (a > 0.5) a = 1.0 - a;
  const bool mirrored = a > 0.25;
  if (mirrored) a = 0.5 - a;
  const double x = a * 6.283185307179586477, z = x * x;
  double term = 1, sum = 1;
  for (int n = 1; n <= 12; ++n) sum += term *= -z / ((2.0 * n - 1) * (2.0 * n));
  return mirrored ? -sum : sum;
}

}  // namespace

DiscreteTable::DiscreteTable(const std::vector<double>& weights) {
  double sum = 0;
  for (const double weight : weights) {
    FF_ASSERT(weight >= 0, "a weight is negative or not a number");
    sum += weight;
  }
  FF_ASSERT(sum > 0 && sum < 1e300, "weights sum to nothing or to infinity");
  cumulative_.reserve(weights.size());
  double running = 0;
  for (const double weight : weights) cumulative_.push_back((running += weight) / sum);
  // Rounding may leave the last a hair under 1, and u may come closer.
  for (auto i = cumulative_.size(); i-- > 0 && cumulative_[i] >= cumulative_.back();) {
    if (i + 1 < cumulative_.size()) cumulative_[i] = 1;
  }
  cumulative_.back() = 1;
  const auto n = cumulative_.size();
  guide_.resize(n);
  std::int32_t at = 0;
  for (std::size_t g = 0; g < n; ++g) {
    const double u = static_cast<double>(g) / static_cast<double>(n);
    while (cumulative_[static_cast<std::size_t>(at)] <= u) ++at;
    guide_[g] = at;
  }
}

// The distribution function is integrated by Simpson's rule on a fine grid in t = x^q with
// q = min(shape, 1), where the density x^(shape-1) e^-x dx = x^(shape-q) e^-x dt / q has no pole.
// Densities are taken relative to that at x = shape, so large shapes do not overflow.
GammaQuantiles::GammaQuantiles(double shape) : shape_(shape) {
  FF_ASSERT(shape >= 0.2 && shape <= 1000, "gamma shape outside [0.2, 1000]");
  constexpr int kSteps = 40'000;
  const double q = std::min(shape, 1.0);
  const double t_max = math::pow(shape + 12 * std::sqrt(shape) + 25, q);
  const auto x_of = [q](double t) { return t <= 0 ? 0.0 : math::pow(t, 1 / q); };
  const auto density = [shape, q](double x) {
    if (x <= 0) return shape > q ? 0.0 : math::exp(shape);
    return math::exp((shape - q) * math::log(x / shape) + shape - x);
  };
  std::vector<double> xs(kSteps + 1), cdf(kSteps + 1);
  for (std::size_t i = 1; i < xs.size(); ++i) {
    const double tb = t_max * static_cast<double>(i) / kSteps, half = t_max / kSteps / 2;
    xs[i] = x_of(tb);
    cdf[i] = cdf[i - 1] + density(xs[i - 1]) + 4 * density(x_of(tb - half)) + density(xs[i]);
  }
  quantiles_.reserve(kCells + 1);
  std::size_t at = 0;
  for (int cell = 0; cell <= kCells; ++cell) {
    const double p =
        std::clamp(static_cast<double>(cell) / kCells, 0.5 / (2 * kCells), 1 - 0.5 / (2 * kCells)) *
        cdf.back();
    while (cdf[at + 1] < p) ++at;
    const double part = (p - cdf[at]) / (cdf[at + 1] - cdf[at]);
    quantiles_.push_back((xs[at] + part * (xs[at + 1] - xs[at])) / shape);
  }
  // What linear pieces and the held tails lose of the mean is put back.
  double mean = 0;
  for (int cell = 0; cell < kCells; ++cell) {
    mean += (quantiles_[static_cast<std::size_t>(cell)] +
             quantiles_[static_cast<std::size_t>(cell) + 1]) /
            2 / kCells;
  }
  for (double& quantile : quantiles_) quantile /= mean;
}

double GammaQuantiles::at(double u) const {
  const double place = u * kCells;
  const auto cell = static_cast<std::size_t>(place);
  const double part = place - static_cast<double>(cell);
  return quantiles_[cell] + part * (quantiles_[cell + 1] - quantiles_[cell]);
}

double draw_normal(RandomStream& random) {
  const double radius = std::sqrt(-2 * math::log(random.uniform_open_closed()));
  return radius * cos_turn(random.uniform());
}

double draw_gamma(RandomStream& random, double shape) {
  // Below 1, a gamma of shape + 1 times U^(1/shape) (Marsaglia and Tsang, section 8).
  const double boosted = shape < 1 ? shape + 1 : shape;
  const double d = boosted - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = draw_normal(random);
    const double v = (1 + c * x) * (1 + c * x) * (1 + c * x);
    if (v <= 0) continue;
    if (math::log(random.uniform_open_closed()) >= 0.5 * x * x + d - d * v + d * math::log(v)) {
      continue;
    }
    const double scale = shape < 1 ? math::pow(random.uniform_open_closed(), 1 / shape) : 1;
    return d * v * scale / shape;
  }
}

double draw_beta(RandomStream& random, double a, double b) {
  const double x = draw_gamma(random, a) * a, y = draw_gamma(random, b) * b;
  return x + y > 0 ? x / (x + y) : 0.5;
}

}  // namespace footfall
