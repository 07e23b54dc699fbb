#include "retail/refund.hpp"

#include <fmt/format.h>

#include "base/assert.hpp"

namespace footfall::retail {
namespace {

__extension__ typedef __int128 Int128;

// What has been given back of the line once `units` of it have.
std::int64_t paid_back(const RefundLine& line, std::int64_t units) {
  return static_cast<std::int64_t>(static_cast<Int128>(line.line_total_minor) * units / line.qty);
}

}  // namespace

Result<Money> refund_of(const RefundLine& line, std::int64_t qty) {
  FF_ASSERT(line.qty >= 1 && line.refunded_qty >= 0 && line.refunded_qty <= line.qty &&
                line.line_total_minor >= 0,
            "an order line that cannot be");
  const std::int64_t left = line.qty - line.refunded_qty;
  if (left == 0) {
    return Error(Errc::invalid_input,
                 fmt::format("all {} units of the line are refunded already", line.qty));
  }
  if (qty < 1 || qty > left) {
    return Error(Errc::invalid_input,
                 fmt::format("{} units cannot be refunded: from 1 to {} of the line's {} are left",
                             qty, left, line.qty));
  }
  return Money{paid_back(line, line.refunded_qty + qty) - paid_back(line, line.refunded_qty)};
}

}  // namespace footfall::retail
