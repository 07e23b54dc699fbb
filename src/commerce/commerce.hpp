// The port through which a trip's actions are carried out. Each adapter is a world: memory here,
// store, http and mock beside it. A world serves one shopper at a time.
#pragma once

#include "shopper/action.hpp"

namespace footfall::commerce {

class Commerce {
 public:
  virtual ~Commerce() = default;

  // Carries the action out for the shopper who entered last. An expected refusal (coupon gone) is
  // an Outcome; a world that cannot be reached throws a Failure.
  virtual shopper::Outcome perform(const shopper::Action& action) = 0;
};

}  // namespace footfall::commerce
