// Published laws of repeat buying in closed form: what the models are held against, by tests now
// and by the realism scorecard. Not on any hot path; lgamma from the C library.
#pragma once

#include <vector>

namespace footfall::shopper {

// Negative binomial with mean m and exponent k (Ehrenberg 1959): P(n).
double nbd_probability(int n, double m, double k);

// BG/NBD (Fader, Hardie and Lee 2005, Marketing Science 24(2)), time in weeks.
struct BgNbd {
  double r, alpha;  // purchase rates: Gamma(r, rate alpha)
  double a, b;      // drop-out after a purchase: Beta(a, b)

  // Mean number of repeat purchases of a random customer in (0, t]; equation 9. Requires a > 1
  // or any a != 1 > 0: the Gauss series converges for every t.
  double mean_repeats(double t) const;
  // P(X(t) = x), equation 8.
  double probability(int x, double t) const;
};
inline constexpr BgNbd kCdnow{0.243, 4.414, 0.793, 2.426};

// NBD-Dirichlet (Goodhardt, Ehrenberg and Chatfield 1984): category NBD(m, k), brand choice
// Dirichlet with alpha_j = s * share_j.
struct NbdDirichlet {
  double m, k, s;

  double penetration(double share) const;          // of a brand, in the period of m
  double purchases_per_buyer(double share) const;  // w = m * share / penetration
};

}  // namespace footfall::shopper
