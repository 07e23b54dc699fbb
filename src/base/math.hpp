// exp, log and pow that give the same bits on every machine: only +, -, *, / and sqrt, in one
// order (the C library's differ between systems, and a last bit can turn a shopper's choice).
// Accurate to 2 units in the last place; checked in math_test.cpp against 40-digit values.
#pragma once

#include <cstdint>

namespace footfall::math {

// e^x. 0 below -708, infinity above 709.78; NaN for NaN.
double exp(double x);

// Natural logarithm. x must be finite, positive and not subnormal (asserted).
double log(double x);

// x^y = exp(y log x) for x > 0; the relative error grows with |y log x|.
double pow(double x, double y);

// The logistic curve 1 / (1 + e^-x), and its inverse ln(p / (1-p)) for p in (0, 1).
double logistic(double x);
double logit(double p);

// Largest whole number <= x, for |x| < 2^52.
inline double floor(double x) {
  const double whole = static_cast<double>(static_cast<std::int64_t>(x));
  return whole > x ? whole - 1 : whole;
}

}  // namespace footfall::math
