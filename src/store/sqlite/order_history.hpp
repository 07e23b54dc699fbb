// Placed orders in SQLite. See store/order_history.hpp.
#pragma once

#include "store/order_history.hpp"
#include "store/sqlite/group_writer.hpp"

namespace footfall::store::sqlite {

class SqliteOrderHistory final : public OrderHistory {
 public:
  // Made, and destroyed, on the writer's thread.
  SqliteOrderHistory(GroupWriter& writer, Database& database, RunId run);

  Task<std::vector<PlacedOrder>> orders(UserId user, OrderId before, SessionId session,
                                        int at_most) override;
  Task<std::optional<PlacedOrder>> order(UserId user, OrderId order) override;

 private:
  std::optional<PlacedOrder> find(UserId user, OrderId order);

  GroupWriter& writer_;
  RunId run_;
  Statement list_, of_session_, order_, lines_, discounts_;
};

}  // namespace footfall::store::sqlite
