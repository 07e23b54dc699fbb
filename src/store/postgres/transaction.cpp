#include "store/postgres/transaction.hpp"

#include <fmt/format.h>

namespace footfall::store::postgres {
namespace {

// Any number that no other program uses: "footfall" in bytes.
constexpr std::int64_t kLock = 0x666f6f7466616c6c;

std::string begin_sql(Purpose purpose) {
  std::string sql = purpose == Purpose::read ? "BEGIN READ ONLY" : "BEGIN";
  sql += "; SET LOCAL search_path = footfall; SET LOCAL statement_timeout = 0";
  if (purpose != Purpose::read) sql += "; SET LOCAL lock_timeout = '10s'";
  if (purpose == Purpose::write_alone) {
    sql += fmt::format("; SELECT pg_advisory_xact_lock({})", kLock);
  }
  return sql;
}

}  // namespace

void begin(Connection& connection, Purpose purpose) {
  try {
    connection.execute(begin_sql(purpose));
  } catch (const DatabaseError& error) {
    rollback(connection);  // BEGIN may have been done when the rest was refused
    if (error.sqlstate() != "55P03") throw;
    throw DatabaseError(
        fmt::format("{}: another footfall is writing there and did not finish within 10 s; "
                    "try again later",
                    connection.where()),
        error.sqlstate());
  }
}

void commit(Connection& connection) {
  if (connection.execute("COMMIT").tag() == "COMMIT") return;
  throw DatabaseError(fmt::format("the database at {} undid a transaction instead of keeping it",
                                  connection.where()),
                      "40000");
}

void rollback(Connection& connection) noexcept {
  try {
    connection.execute("ROLLBACK");
  } catch (const Failure&) {
    // The connection is gone, and with it the transaction.
  }
}

}  // namespace footfall::store::postgres
