#include "store/postgres/order_history.hpp"

#include <limits>

#include "store/postgres/arrays.hpp"

namespace footfall::store::postgres {
namespace {

// Columns of orders_of; order_of begins with the same.
enum Columns {
  kNumber,
  kStore,
  kSession,
  kState,
  kSubtotal,
  kDiscount,
  kTotal,
  kRefunded,
  kPlaced
};
enum MoreColumns {
  kPlacedWall = kPlaced + 1,
  kLines,
  kProducts,
  kQtys,
  kRefundedQtys,
  kPrices,
  kLineDiscounts,
  kLineTotals,
  kOffLines,
  kOffCoupons,
  kOffDefinitions,
  kOffAmounts
};

PlacedOrder order_of(const Answer& answer, int row) {
  PlacedOrder order;
  order.id = OrderId{answer.integer(row, kNumber)};
  order.store = StoreId{answer.integer(row, kStore)};
  order.session = SessionId{answer.integer(row, kSession)};
  order.status = answer.text(row, kState);
  order.subtotal = Money{answer.integer(row, kSubtotal)};
  order.discount = Money{answer.integer(row, kDiscount)};
  order.total = Money{answer.integer(row, kTotal)};
  order.refunded = Money{answer.integer(row, kRefunded)};
  order.placed = SimTime{answer.integer(row, kPlaced)};
  order.placed_wall_us = answer.integer(row, kPlacedWall);
  return order;
}

void add_lines(PlacedOrder& order, const Answer& answer) {
  const auto column = [&](int at) { return answer.integers(0, at); };
  const auto numbers = column(kLines), products = column(kProducts), qtys = column(kQtys),
             refunded = column(kRefundedQtys), prices = column(kPrices),
             discounts = column(kLineDiscounts), totals = column(kLineTotals);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    order.lines.push_back({static_cast<int>(numbers[i]), ProductId{products[i]}, qtys[i],
                           refunded[i], Money{prices[i]}, Money{discounts[i]}, Money{totals[i]}});
  }
  const auto lines = column(kOffLines), coupons = column(kOffCoupons),
             definitions = column(kOffDefinitions), amounts = column(kOffAmounts);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    order.discounts.push_back({static_cast<int>(lines[i]), UserCouponId{coupons[i]},
                               CouponId{definitions[i]}, Money{amounts[i]}});
  }
}

}  // namespace

Task<std::vector<PlacedOrder>> PostgresOrderHistory::orders(UserId user, OrderId before,
                                                            SessionId session, int at_most) {
  Query query("SELECT * FROM footfall.orders_of($1, $2, $3, $4, $5)");
  query.add(run_.value).add(user.value);
  query.add(before ? before.value : std::numeric_limits<std::int64_t>::max());
  add_id(query, session);
  query.add(std::int64_t{at_most});
  const Answer answer = co_await units_.call(query, /*repeatable=*/true);
  std::vector<PlacedOrder> orders;
  for (int row = 0; row < answer.rows(); ++row) orders.push_back(order_of(answer, row));
  co_return orders;
}

Task<std::optional<PlacedOrder>> PostgresOrderHistory::order(UserId user, OrderId order) {
  Query query("SELECT * FROM footfall.order_of($1, $2, $3)");
  query.add(run_.value).add(user.value).add(order.value);
  const Answer answer = co_await units_.call(query, /*repeatable=*/true);
  if (answer.is_null(0, kNumber)) co_return std::nullopt;
  PlacedOrder found = order_of(answer, 0);
  add_lines(found, answer);
  co_return found;
}

}  // namespace footfall::store::postgres
