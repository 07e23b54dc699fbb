// What is given back when units of an order are returned. Pure integer arithmetic over what the
// order froze, so prices and coupons of today decide nothing.
#pragma once

#include <cstdint>

#include "base/money.hpp"
#include "base/result.hpp"

namespace footfall::retail {

// A line of an order: `qty` units, of which `refunded_qty` were given back, paid with
// `line_total_minor` in all, that is qty × unit price − the line's discount.
struct RefundLine {
  std::int64_t qty = 0;           // >= 1
  std::int64_t refunded_qty = 0;  // 0 … qty
  std::int64_t line_total_minor = 0;
};

// What is given back for `qty` more units of the line.
//
// After k of n units of a line that cost T, floor(T × k / n) has been given back, in whatever steps
// the k units came. So the steps of a full refund sum to T exactly, no sum of steps is larger, and
// an earlier refund never changes what the line cost (invariant 23).
// Errors: invalid_input unless 1 <= qty <= line.qty − line.refunded_qty.
Result<Money> refund_of(const RefundLine& line, std::int64_t qty);

}  // namespace footfall::retail
