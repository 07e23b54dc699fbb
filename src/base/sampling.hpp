// Tables to draw from, built once and read by all threads.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random.hpp"

namespace footfall {

// Inverts a cumulative distribution over 0 … n-1 with one draw, in about one step (guide table:
// Chen and Asau 1974). Keeps each outcome's probability, because decisions store it.
class DiscreteTable {
 public:
  DiscreteTable() = default;
  // `weights`: one per outcome, each >= 0 and finite, sum positive (asserted).
  explicit DiscreteTable(const std::vector<double>& weights);

  // The smallest i with u < P(outcome <= i), u in [0, 1).
  int invert(double u) const {
    int i = guide_[static_cast<std::size_t>(u * static_cast<double>(guide_.size()))];
    while (u >= cumulative_[static_cast<std::size_t>(i)]) ++i;
    return i;
  }
  double probability(int i) const {
    const auto k = static_cast<std::size_t>(i);
    return k == 0 ? cumulative_[0] : cumulative_[k] - cumulative_[k - 1];
  }
  int size() const { return static_cast<int>(cumulative_.size()); }

 private:
  std::vector<double> cumulative_;
  std::vector<std::int32_t> guide_;
};

// The gamma distribution of a shape, with mean 1, as a table of quantiles (4,096 cells, linear
// between them; the tails beyond 1/8192 are held at the outermost cell). Mean and variance agree
// with the law to 0.1 % and 1 % for shapes from 0.4 on.
class GammaQuantiles {
 public:
  explicit GammaQuantiles(double shape);

  // The u-quantile, u in [0, 1): a gamma draw of mean 1 when u is uniform.
  double at(double u) const;
  double shape() const { return shape_; }

 private:
  double shape_;
  std::vector<double> quantiles_;
};

// A standard normal draw (Box and Muller 1958), from two uniforms.
double draw_normal(RandomStream& random);

// A gamma draw of the given shape > 0 and mean 1 (Marsaglia and Tsang 2000), and a beta draw
// a/(a+b) on average. They use as many draws as they need: for set-up, not for trips.
double draw_gamma(RandomStream& random, double shape);
double draw_beta(RandomStream& random, double a, double b);

}  // namespace footfall
