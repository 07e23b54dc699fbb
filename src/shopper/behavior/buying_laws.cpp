#include "shopper/behavior/buying_laws.hpp"

#include <cmath>

namespace footfall::shopper {
namespace {

double log_beta(double a, double b) { return std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b); }

// 2F1(a, b; c; z) for |z| < 1 by its series.
double gauss(double a, double b, double c, double z) {
  double term = 1, sum = 1;
  for (int n = 0; n < 100'000 && std::abs(term) > 1e-16 * std::abs(sum); ++n) {
    term *= (a + n) * (b + n) / ((c + n) * (n + 1)) * z;
    sum += term;
  }
  return sum;
}

}  // namespace

double nbd_probability(int n, double m, double k) {
  return std::exp(std::lgamma(k + n) - std::lgamma(k) - std::lgamma(n + 1.0) +
                  k * std::log(k / (k + m)) + n * std::log(m / (k + m)));
}

double BgNbd::mean_repeats(double t) const {
  const double z = t / (alpha + t);
  return (a + b - 1) / (a - 1) * (1 - std::pow(alpha / (alpha + t), r) * gauss(r, b, a + b - 1, z));
}

double BgNbd::probability(int x, double t) const {
  const double inside = std::exp(std::lgamma(r + x) - std::lgamma(r) - std::lgamma(x + 1.0) +
                                 r * std::log(alpha / (alpha + t)) + x * std::log(t / (alpha + t)));
  double p = std::exp(log_beta(a, b + x) - log_beta(a, b)) * inside;
  if (x == 0) return p;
  double fewer = 0;
  for (int j = 0; j < x; ++j) {
    fewer += std::exp(std::lgamma(r + j) - std::lgamma(r) - std::lgamma(j + 1.0) +
                      j * std::log(t / (alpha + t)));
  }
  p += std::exp(log_beta(a + 1, b + x - 1) - log_beta(a, b)) *
       (1 - std::pow(alpha / (alpha + t), r) * fewer);
  return p;
}

double NbdDirichlet::penetration(double share) const {
  const double alpha = s * share;
  double none = 0;
  for (int n = 0; n < 2'000; ++n) {
    // P(no purchase of the brand in n of the category) = G(s) G(s-alpha+n) / (G(s+n) G(s-alpha)).
    const double spared = std::exp(std::lgamma(s) + std::lgamma(s - alpha + n) -
                                   std::lgamma(s + n) - std::lgamma(s - alpha));
    none += nbd_probability(n, m, k) * spared;
  }
  return 1 - none;
}

double NbdDirichlet::purchases_per_buyer(double share) const {
  return m * share / penetration(share);
}

}  // namespace footfall::shopper
