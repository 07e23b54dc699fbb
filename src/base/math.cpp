#include "base/math.hpp"

#include <cmath>
#include <cstring>
#include <limits>

#include "base/assert.hpp"

namespace footfall::math {
namespace {

// ln 2 in two parts: the first has 33 significant bits, so k * kLn2High is exact for |k| < 2^20.
constexpr double kLn2High = 6.93147180369123816490e-01;
constexpr double kLn2Low = 1.90821492927058770002e-10;
constexpr double kLog2E = 1.44269504088896338700;

double from_bits(std::uint64_t bits) {
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

std::uint64_t to_bits(double value) {
  std::uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

// 2^k for k in [-1022, 1023].
double power_of_two(int k) { return from_bits(static_cast<std::uint64_t>(k + 1023) << 52); }

}  // namespace

// x = k ln 2 + r with |r| <= ln 2 / 2; e^r by its Taylor series to r^13 (remainder below 5e-18).
double exp(double x) {
  if (x != x) return x;
  if (x < -708) return 0;
  if (x > 709.78) return std::numeric_limits<double>::infinity();
  const double k = math::floor(x * kLog2E + 0.5);
  const double r = (x - k * kLn2High) - k * kLn2Low;
  double series = 1.0 / 6227020800.0;
  constexpr double kInverseFactorial[] = {
      1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040,
      1.0 / 720,       1.0 / 120,      1.0 / 24,      1.0 / 6,      0.5};
  for (const double coefficient : kInverseFactorial) series = series * r + coefficient;
  // 1 + (r + r^2 * series): the large terms are added last, so little is lost.
  const double power = 1.0 + (r + r * r * series);
  // Two steps, so that k = 1024 does not overflow on the way.
  const int half = static_cast<int>(k) / 2;
  return power * power_of_two(half) * power_of_two(static_cast<int>(k) - half);
}

// x = m 2^k with m in [sqrt(1/2), sqrt 2); ln m = 2 atanh(s), s = (m-1)/(m+1), |s| < 0.1716.
double log(double x) {
  FF_ASSERT(x >= std::numeric_limits<double>::min() && x <= std::numeric_limits<double>::max(),
            "log of a number that is not positive and normal");
  const std::uint64_t bits = to_bits(x);
  int k = static_cast<int>(bits >> 52) - 1023;
  double m = from_bits((bits & 0xfffffffffffffULL) | 0x3ff0000000000000ULL);
  if (m > 1.41421356237309514547) {
    m *= 0.5;
    ++k;
  }
  const double f = m - 1.0;
  const double s = f / (2.0 + f);
  const double z = s * s;
  double series = 1.0 / 23;
  for (int n = 21; n >= 3; n -= 2) series = series * z + 1.0 / n;
  // 2s = f - f^2/2 + s * (f^2/2) exactly: f is exact, and the correction is small beside it.
  const double half_square = 0.5 * f * f;
  const double tail = s * (half_square + 2.0 * z * series);
  const double dk = k;
  return dk * kLn2High - ((half_square - (tail + dk * kLn2Low)) - f);
}

double pow(double x, double y) { return math::exp(y * math::log(x)); }

double logistic(double x) {
  if (x >= 0) return 1.0 / (1.0 + math::exp(-x));
  const double power = math::exp(x);
  return power / (1.0 + power);
}

double logit(double p) {
  FF_ASSERT(p > 0 && p < 1, "logit of a number outside (0, 1)");
  return math::log(p / (1.0 - p));
}

}  // namespace footfall::math
