// For the tests of this folder: one libpq connection.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <string>

namespace footfall::tests {

class Session {
 public:
  explicit Session(const std::string& url) : connection_(PQconnectdb(url.c_str()), PQfinish) {}

  bool is_up() const { return PQstatus(connection_.get()) == CONNECTION_OK; }
  std::string error() const { return PQerrorMessage(connection_.get()); }
  PGconn* get() const { return connection_.get(); }

  bool run(const std::string& sql) {
    const Result result(PQexec(get(), sql.c_str()), PQclear);
    const ExecStatusType status = PQresultStatus(result.get());
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
  }
  // The first field of the first row, or the error's text.
  std::string value(const std::string& sql) {
    const Result result(PQexec(get(), sql.c_str()), PQclear);
    if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) return error();
    return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
  }

 private:
  using Result = std::unique_ptr<PGresult, void (*)(PGresult*)>;

  std::unique_ptr<PGconn, void (*)(PGconn*)> connection_;
};

}  // namespace footfall::tests
