// PostgreSQL behind a few small classes; libpq-fe.h is included in connection.cpp and
// database_url.cpp alone. One connection, one thread at a time.
//
// Statements are unnamed, since a pooler in transaction mode keeps no named ones, unless the caller
// has made sure that no pooler stands between (keep_statements); nothing is SET for the session,
// since the next transaction may be another server's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"
#include "base/result.hpp"
#include "store/postgres/kept_statements.hpp"

struct pg_conn;
struct pg_result;

namespace footfall::store::postgres {

// PostgreSQL refused a statement, or could not be reached. `what()` is a sentence for the user; no
// password is ever in it.
class DatabaseError : public Failure {
 public:
  // Unavailable where the connection is gone, busy where trying again may work or time ran out.
  DatabaseError(const std::string& message, std::string sqlstate);

  // Five characters of the SQL standard, as "23505" unique_violation; "08006" where the connection
  // was lost, "57014" where a statement ran out of time.
  const std::string& sqlstate() const { return sqlstate_; }
  // Nothing of the transaction stands, and trying the whole again may work: serialization failure,
  // deadlock, lock timeout; a prepared statement that the server no longer has.
  bool is_retryable() const;
  // The connection is gone. Whether a COMMIT that was on its way stands is not known.
  bool is_lost_connection() const;

 private:
  std::string sqlstate_;
};

// One statement's answer. Rows and columns count from 0; values are text as PostgreSQL prints it.
class Answer {
 public:
  Answer() = default;
  explicit Answer(pg_result* result) : result_(result) {}
  Answer(Answer&&) noexcept;
  Answer& operator=(Answer&&) noexcept;
  ~Answer();

  int rows() const;
  int columns() const;
  std::string_view column_name(int column) const;
  std::uint32_t column_type(int column) const;  // oid
  bool is_null(int row, int column) const;
  std::string_view text(int row, int column) const;  // valid as long as the answer; "" for NULL
  std::int64_t integer(int row, int column) const;   // 0 for NULL; asserts that it is a number
  double real(int row, int column) const;
  std::vector<std::int64_t> integers(int row, int column) const;  // an array of bigint; {} for NULL
  std::string_view tag() const;                                   // "COMMIT", "INSERT 0 3"
  std::int64_t affected() const;  // rows, from the tag; 0 where it names none

 private:
  pg_result* result_ = nullptr;
};

// Appends an array literal in PostgreSQL's text form: {1,2,NULL}, {"a","b\"c"}.
void append_array(std::string& out, std::span<const std::int64_t> values);
void append_array(std::string& out, std::span<const std::string_view> values);

// A statement with its parameters $1, $2, … as text, all in one buffer. Reusable: clear() keeps the
// memory. The SQL must outlive it (statements are literals).
class Query {
 public:
  Query() = default;
  explicit Query(const char* sql) : sql_(sql) {}

  Query& add(std::int64_t value);
  Query& add(double value);            // shortest text that reads back the same
  Query& add(std::string_view value);  // DatabaseError "22021" if it holds a zero byte, as below
  Query& add(std::span<const std::int64_t> values);      // bigint[]
  Query& add(std::span<const std::string_view> values);  // text[]
  Query& add_null();
  Query& add_or_null(std::optional<std::int64_t> value);
  // A parameter written piecewise: append to the string, then call end_part().
  std::string& part() { return buffer_; }
  Query& end_part();

  const char* sql() const { return sql_; }
  void clear(const char* sql);

 private:
  friend class Connection;
  const char* sql_ = "";
  std::string buffer_;            // each value ends with a zero byte
  std::vector<std::int64_t> at_;  // where each parameter begins in buffer_; -1: NULL
  std::size_t begin_ = 0;         // of the part being written
};

struct Timeouts {
  int connect_ms = 5'000;
  int statement_ms = 5'000;
  int lock_ms = 1'000;
};

class Connection {
 public:
  Connection() = default;
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  explicit operator bool() const { return connection_ != nullptr; }
  // "postgresql://user@host:port/name": never the password.
  const std::string& where() const { return where_; }

  // --- blocking: seeding, bulk loads, reports, migrations ---------------------------------------
  // Connects within timeouts.connect_ms, in whole seconds and at least two. `url` is a URL or
  // "host=… dbname=…", as libpq takes them. Errors: invalid_input for a URL that cannot be read, io
  // with the reason if the database cannot be reached.
  static Result<Connection> open(const std::string& url, const Timeouts& timeouts);
  // One statement without parameters, or several; the last one's answer. Throws DatabaseError.
  Answer execute(const std::string& sql);
  Answer execute(const Query& query);
  // COPY … FROM STDIN in text format: begin, any number of pieces of whole or part rows, end.
  void copy_begin(const std::string& sql);
  void copy_data(std::string_view data);
  std::int64_t copy_end();  // rows taken

  // --- non-blocking: pool.cpp drives these from an io_context -----------------------------------
  enum class Wait { none, read, write };
  // Begins to connect: wait for writing, call connect_poll(), wait as told and call it again, until
  // it says none. The socket may be another one after each call. Throws DatabaseError when it
  // fails, "08001". `addresses`: those of host_to_look_up(), in order; without them libpq would
  // look a name up itself, and block the thread meanwhile.
  static Connection start(const std::string& url, const Timeouts& timeouts,
                          const std::vector<std::string>& addresses = {});
  Wait connect_poll();
  int socket() const;
  // A transaction is open, or failed and not yet rolled back, as of the last end_of_batch.
  bool in_transaction() const;
  // The number of the server's process as told when connecting: that of pg_backend_pid() unless a
  // pooler stands between.
  int backend_pid() const;
  // From here on statements are prepared under a name when first sent, so that the server reads and
  // plans each but once. Given up by itself if the server turns out not to know them.
  void keep_statements() { kept_.switch_on(); }
  // Pipeline mode is entered once connected. A batch is its queries and one Sync; only one is under
  // way at a time.
  void send(std::span<const Query> batch);
  bool flush();          // true: all is sent; else wait for writing and flush again
  void consume_input();  // when the socket can be read; throws when the connection is gone
  // The answers so far are taken with next(): busy means wait for reading. After an error comes
  // end_of_batch.
  struct Step {
    enum class Kind { busy, answer, error, end_of_batch } kind = Kind::busy;
    Answer answer;
    std::string message, sqlstate;  // of an error; the statements after it were skipped
  };
  Step next();

 private:
  pg_conn* connection_ = nullptr;
  std::string where_;
  KeptStatements kept_;
};

}  // namespace footfall::store::postgres
