// The port for statements that mean the same to SQLite and PostgreSQL: seeding, lists of runs,
// reports. Nothing hot goes through it. One object, one thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "store/cell.hpp"
#include "store/reader.hpp"

namespace footfall::store {

// Parameters are written $1, $2, …, each of `parameters` is used. Every call throws Failure if the
// database refuses.
class Sql {
 public:
  virtual ~Sql() = default;

  // The whole answer to one SELECT.
  virtual Rows query(std::string_view sql, std::span<const Cell> parameters) = 0;
  // How many rows one INSERT, UPDATE or DELETE changed.
  virtual std::int64_t change(std::string_view sql, std::span<const Cell> parameters) = 0;

  // A transaction that nobody else writes beside; rolled back unless committed. See SqlTransaction.
  virtual void begin() = 0;
  virtual void commit() = 0;
  virtual void rollback() noexcept = 0;

  // The database's name for messages, without secrets.
  virtual const std::string& where() const = 0;
};

// Rolls back when it goes out of scope without commit().
class SqlTransaction {
 public:
  explicit SqlTransaction(Sql& sql) : sql_(sql) { sql_.begin(); }
  ~SqlTransaction() {
    if (open_) sql_.rollback();
  }
  SqlTransaction(const SqlTransaction&) = delete;
  SqlTransaction& operator=(const SqlTransaction&) = delete;

  void commit() {
    sql_.commit();
    open_ = false;
  }

 private:
  Sql& sql_;
  bool open_ = true;
};

// Values as their columns hold them; asserts that they are of that kind. NULL: 0 or "".
std::int64_t whole(const Value& value);
double real(const Value& value);
const std::string& text(const Value& value);
inline bool is_null(const Value& value) { return std::holds_alternative<std::monostate>(value); }

// A Reader over an Sql.
std::unique_ptr<Reader> make_reader(std::unique_ptr<Sql> sql);

}  // namespace footfall::store
