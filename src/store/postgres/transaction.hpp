// Transactions of the blocking side: seeding, reports, migrations, the journal of fast runs. All
// that is set is set for one transaction, since behind a pooler the next one may be on another
// server.
#pragma once

#include "store/postgres/connection.hpp"

namespace footfall::store::postgres {

// In all of them names without a schema are those of schema footfall, and a statement may take as
// long as it needs, whatever the role's statement_timeout says.
enum class Purpose {
  read,         // changes nothing
  write,        // waits 10 s for locks
  write_alone,  // nobody else's write_alone beside it, as with SQLite's BEGIN IMMEDIATE
};

// Throws DatabaseError; then no transaction is open.
void begin(Connection& connection, Purpose purpose);
// Throws DatabaseError, also where PostgreSQL rolled back instead (a statement of it had failed).
void commit(Connection& connection);
void rollback(Connection& connection) noexcept;

// Rolls back when it goes out of scope without commit().
class Transaction {
 public:
  Transaction(Connection& connection, Purpose purpose) : connection_(connection) {
    begin(connection_, purpose);
  }
  ~Transaction() {
    if (open_) rollback(connection_);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit() {
    postgres::commit(connection_);
    open_ = false;
  }

 private:
  Connection& connection_;
  bool open_ = true;
};

}  // namespace footfall::store::postgres
