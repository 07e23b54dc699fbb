// SQLite behind two small classes; sqlite3.h is included in database.cpp alone. Not thread-safe:
// one connection, one thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace footfall::store::sqlite {

// A prepared statement. Parameters count from 1, columns from 0, as in SQL and SQLite.
// Every call throws Failure if SQLite refuses.
class Statement {
 public:
  Statement() = default;
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;
  ~Statement();

  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, double value);
  Statement& bind(int parameter, std::string_view value);         // copied
  Statement& bind_static(int parameter, std::string_view value);  // must live until run() or step()
  Statement& bind_null(int parameter);

  void run();    // a statement without rows; ready for the next bindings afterwards
  bool step();   // true: a row stands ready; false: done, and ready for the next bindings
  void reset();  // gives up the rows that are left; ready for the next bindings

  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  bool is_null(int column) const;
  enum class Type { null, integer, real, text, blob };
  Type type(int column) const;  // SQLite types values, not columns
  int columns() const;
  std::string column_name(int column) const;

 private:
  friend class Database;
  sqlite3_stmt* statement_ = nullptr;
  sqlite3* database_ = nullptr;
};

enum class Access { create, read_write, read_only };

class Database {
 public:
  // Opens a file ("" or ":memory:": a private one in memory). WAL, foreign keys on, 10 s of
  // patience with other writers. Errors: not_found, io, incompatible (not an SQLite file).
  // `vfs`: for tests, the name of a registered SQLite VFS to use in place of the ordinary one.
  static Result<Database> open(const std::filesystem::path& path, Access access,
                               const char* vfs = nullptr);

  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  void execute(const std::string& sql);  // one or more statements without parameters
  Statement prepare(std::string_view sql);
  std::int64_t integer(
      std::string_view sql);     // the first column of the first row; 0 if there is none
  std::int64_t changes() const;  // rows changed by the last statement
  // SQLite ends a transaction by itself after a full disk, an I/O error or too little memory.
  // Statements that stand between two rows are put back: a job that failed in between left them so.
  void reset_statements();
  bool in_transaction() const;

  const std::string& path() const { return path_; }

 private:
  Database() = default;
  sqlite3* database_ = nullptr;
  std::string path_;
};

// BEGIN IMMEDIATE … COMMIT. Rolled back when it goes out of scope without commit().
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace footfall::store::sqlite
