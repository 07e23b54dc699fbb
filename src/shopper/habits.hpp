// What the models make of one persona, compiled once per run so that a trip need not: 240 bytes,
// read-only afterwards.
#pragma once

#include <cstdint>

#include "shopper/behavior/visits.hpp"

namespace footfall::shopper {

struct Habits {
  Rhythm rhythm;
  double wallet_open = 0;         // probability of opening the coupon wallet on a trip
  double checkout_logit = 0;      // of paying for a cart within budget and without discount
  float completion = 0;           // the persona's share of filled carts paid, by profile
  float loyalty_factor = 1;       // of a favourite brand's weight: exp(b_brand)
  std::uint8_t basket_level = 0;  // of BasketModel
};

}  // namespace footfall::shopper
