// Sql over one blocking PostgreSQL connection.
#pragma once

#include <memory>

#include "store/postgres/connection.hpp"
#include "store/postgres/transaction.hpp"
#include "store/sql.hpp"

namespace footfall::store::postgres {

// Outside begin() … commit() each statement is a transaction of its own. A whole number is what has
// an integer type or is a boolean (0, 1); float and numeric are numbers; all else is text. A
// parameter's type follows from its place in the statement: where it cannot, the statement casts
// it.
class PostgresSql final : public Sql {
 public:
  // `purpose` of single statements: read, where nothing may be changed, or write.
  PostgresSql(std::shared_ptr<Connection> connection, Purpose purpose)
      : connection_(std::move(connection)), purpose_(purpose) {}

  Rows query(std::string_view sql, std::span<const Cell> parameters) override;
  std::int64_t change(std::string_view sql, std::span<const Cell> parameters) override;
  void begin() override;
  void commit() override;
  void rollback() noexcept override;
  const std::string& where() const override { return connection_->where(); }

 private:
  Answer run(std::string_view sql, std::span<const Cell> parameters);

  std::shared_ptr<Connection> connection_;
  Purpose purpose_;
  bool in_transaction_ = false;
};

}  // namespace footfall::store::postgres
