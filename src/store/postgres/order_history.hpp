// Placed orders on PostgreSQL. See store/order_history.hpp.
#pragma once

#include "store/order_history.hpp"
#include "store/postgres/unit.hpp"

namespace footfall::store::postgres {

class PostgresOrderHistory final : public OrderHistory {
 public:
  PostgresOrderHistory(Units& units, RunId run) : units_(units), run_(run) {}

  Task<std::vector<PlacedOrder>> orders(UserId user, OrderId before, SessionId session,
                                        int at_most) override;
  Task<std::optional<PlacedOrder>> order(UserId user, OrderId order) override;

 private:
  Units& units_;
  RunId run_;
};

}  // namespace footfall::store::postgres
