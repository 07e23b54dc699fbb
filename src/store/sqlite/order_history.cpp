#include "store/sqlite/order_history.hpp"

#include <fmt/format.h>

#include <limits>

namespace footfall::store::sqlite {
namespace {

constexpr const char* kColumns =
    "id, store_id, session_id, status, subtotal_minor, discount_minor, total_minor, "
    "refunded_minor, placed_sim_us, placed_wall_us";

// Ids of a shopper's orders of one kind, each kind by its own index: SQLite would rather walk
// through everybody's orders by their id.
std::string ids_of(const char* index, int is_simulated) {
  return fmt::format(
      "SELECT * FROM (SELECT id FROM orders INDEXED BY {} WHERE run_id = ?1 AND user_id = ?2 AND "
      "is_simulated = {} AND id < ?3 ORDER BY id DESC LIMIT ?4)",
      index, is_simulated);
}

PlacedOrder order_of(const Statement& row) {
  PlacedOrder order;
  order.id = OrderId{row.integer(0)};
  order.store = StoreId{row.integer(1)};
  order.session = SessionId{row.integer(2)};
  order.status = row.text(3);
  order.subtotal = Money{row.integer(4)};
  order.discount = Money{row.integer(5)};
  order.total = Money{row.integer(6)};
  order.refunded = Money{row.integer(7)};
  order.placed = SimTime{row.integer(8)};
  order.placed_wall_us = row.integer(9);
  return order;
}

}  // namespace

SqliteOrderHistory::SqliteOrderHistory(GroupWriter& writer, Database& database, RunId run)
    : writer_(writer), run_(run) {
  list_ = database.prepare(fmt::format(
      "SELECT {} FROM orders WHERE id IN (SELECT id FROM ({} UNION ALL {}) ORDER BY id DESC LIMIT "
      "?4) ORDER BY id DESC",
      kColumns, ids_of("orders_of_people", 0), ids_of("orders_one_an_hour", 1)));
  of_session_ = database.prepare(fmt::format(
      "SELECT {} FROM orders WHERE id IN (SELECT id FROM orders WHERE id = ?5 AND session_id = ?5 "
      "UNION ALL SELECT id FROM orders INDEXED BY orders_of_sessions WHERE session_id = ?5 AND "
      "session_id <> id) AND run_id = ?1 AND user_id = ?2 AND id < ?3 ORDER BY id DESC LIMIT ?4",
      kColumns));
  order_ = database.prepare(fmt::format(
      "SELECT {} FROM orders WHERE id = ?3 AND run_id = ?1 AND user_id = ?2", kColumns));
  lines_ = database.prepare(
      "SELECT line_no, product_id, qty, refunded_qty, unit_price_minor, line_discount_minor, "
      "line_total_minor FROM order_items WHERE order_id = ?1 ORDER BY line_no");
  discounts_ = database.prepare(
      "SELECT line_no, user_coupon_id, coupon_id, amount_minor FROM order_discounts WHERE order_id "
      "= ?1 ORDER BY line_no, user_coupon_id");
}

Task<std::vector<PlacedOrder>> SqliteOrderHistory::orders(UserId user, OrderId before,
                                                          SessionId session, int at_most) {
  std::vector<PlacedOrder> orders;
  std::function<void(Database&)> job = [&](Database&) {
    orders.clear();
    Statement& list = session ? of_session_ : list_;
    list.bind(1, run_.value).bind(2, user.value);
    list.bind(3, before ? before.value : std::numeric_limits<std::int64_t>::max());
    list.bind(4, std::int64_t{at_most});
    if (session) list.bind(5, session.value);
    while (list.step()) orders.push_back(order_of(list));
  };
  co_await writer_.read(std::move(job));
  co_return orders;
}

Task<std::optional<PlacedOrder>> SqliteOrderHistory::order(UserId user, OrderId order) {
  std::optional<PlacedOrder> found;
  std::function<void(Database&)> job = [&](Database&) { found = find(user, order); };
  co_await writer_.read(std::move(job));
  co_return found;
}

std::optional<PlacedOrder> SqliteOrderHistory::find(UserId user, OrderId order) {
  order_.bind(1, run_.value).bind(2, user.value).bind(3, order.value);
  if (!order_.step()) return std::nullopt;
  PlacedOrder found = order_of(order_);
  order_.reset();
  lines_.bind(1, order.value);
  while (lines_.step()) {
    found.lines.push_back({static_cast<int>(lines_.integer(0)), ProductId{lines_.integer(1)},
                           lines_.integer(2), lines_.integer(3), Money{lines_.integer(4)},
                           Money{lines_.integer(5)}, Money{lines_.integer(6)}});
  }
  discounts_.bind(1, order.value);
  while (discounts_.step()) {
    found.discounts.push_back({static_cast<int>(discounts_.integer(0)),
                               UserCouponId{discounts_.integer(1)}, CouponId{discounts_.integer(2)},
                               Money{discounts_.integer(3)}});
  }
  return found;
}

}  // namespace footfall::store::sqlite
