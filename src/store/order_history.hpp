// The port to orders that were placed, for those who placed them. Reads alone; of one run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/sim_time.hpp"
#include "base/task.hpp"

namespace footfall::store {

struct PlacedOrder {
  OrderId id;
  StoreId store;
  SessionId session;   // 0: none
  std::string status;  // placed, cancelled, part_refunded, refunded
  Money subtotal, discount, total, refunded;
  SimTime placed;
  std::int64_t placed_wall_us = 0;

  struct Line {
    int line_no = 0;
    ProductId product;
    std::int64_t qty = 0, refunded_qty = 0;
    Money unit_price, discount, total;
  };
  struct Discount {
    int line_no = 0;
    UserCouponId coupon;
    CouponId definition;
    Money amount;
  };
  std::vector<Line> lines;          // by line_no
  std::vector<Discount> discounts;  // by line_no, coupon
};

class OrderHistory {
 public:
  virtual ~OrderHistory() = default;

  // A user's orders, by id descending, those with ids below `before` (0: all); without their lines.
  // With `session`, those of this session alone, found by it however many others the user has:
  // none, or its order, if the database knows the session.
  virtual Task<std::vector<PlacedOrder>> orders(UserId user, OrderId before, SessionId session,
                                                int at_most) = 0;
  // One of the user's orders with its lines; nothing if it is somebody else's, or there is none.
  virtual Task<std::optional<PlacedOrder>> order(UserId user, OrderId order) = 0;
};

}  // namespace footfall::store
