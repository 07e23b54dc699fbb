// The port through which a live trip's actions are carried out: Commerce for worlds that have to be
// waited for. One object serves one shopper at a time; many objects share a store or server.
#pragma once

#include <functional>
#include <optional>

#include "base/task.hpp"
#include "shopper/action.hpp"
#include "store/trip_journal.hpp"

namespace footfall::commerce {

// Called once when a checkout's outcome is certain: the trip goes on with it, to its end, and what
// it leaves behind may be written together with the order.
using AtCheckout = std::function<store::TripEnd(const shopper::Outcome&)>;

struct CheckedOut {
  shopper::Outcome outcome;
  bool journaled = false;  // the trip's end is kept already, in the order's own transaction
};

class LiveCommerce {
 public:
  virtual ~LiveCommerce() = default;

  // Every action but complete_checkout. An expected refusal is an Outcome; a world that cannot be
  // reached throws a Failure.
  virtual Task<shopper::Outcome> perform(const shopper::Action& action) = 0;

  // complete_checkout. `at_checkout` may be called from another thread, while this one waits.
  virtual Task<CheckedOut> check_out(const shopper::Action& action,
                                     const AtCheckout& at_checkout) = 0;
};

}  // namespace footfall::commerce
