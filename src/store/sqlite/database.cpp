#include "store/sqlite/database.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <utility>

#include "base/assert.hpp"
#include "base/failure.hpp"

namespace footfall::store::sqlite {
namespace {

// What a user can do about an error of SQLite.
std::string explain(int code, const std::string& path, const char* message) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return fmt::format(
          "the disk that holds {} is full; nothing of the last commit was kept. "
          "Make room and go on with --continue",
          path);
    case SQLITE_READONLY:
      return fmt::format("{} cannot be written: the file or its folder is read-only", path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fmt::format("{} is being written by another program; try again when it is done", path);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return fmt::format("{} is not an SQLite database, or is damaged ({})", path, message);
    case SQLITE_CANTOPEN:
      if (std::filesystem::is_directory(path)) return path + " is a folder: name a file in it";
      return fmt::format("{} cannot be opened: does its folder exist, and may you write there?",
                         path);
    case SQLITE_IOERR:
      return fmt::format("reading or writing {} failed ({}); nothing of the last commit was kept",
                         path, message);
    default:
      return fmt::format("{}: {}", path, message);
  }
}

Failure::Kind kind_of(int primary_code) {
  switch (primary_code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Failure::Kind::busy;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return Failure::Kind::unavailable;
    default:
      return Failure::Kind::other;
  }
}

[[noreturn]] void fail(sqlite3* database) {
  const char* file = sqlite3_db_filename(database, "main");
  const int code = sqlite3_extended_errcode(database);
  throw Failure(explain(code, file && *file ? file : "the database", sqlite3_errmsg(database)),
                kind_of(code & 0xff));
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)), database_(other.database_) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(statement_, other.statement_);
  std::swap(database_, other.database_);
  return *this;
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::bind(int parameter, std::int64_t value) {
  if (sqlite3_bind_int64(statement_, parameter, value) != SQLITE_OK) fail(database_);
  return *this;
}

Statement& Statement::bind(int parameter, double value) {
  if (sqlite3_bind_double(statement_, parameter, value) != SQLITE_OK) fail(database_);
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view value) {
  if (sqlite3_bind_text(statement_, parameter, value.data(), static_cast<int>(value.size()),
                        SQLITE_TRANSIENT) != SQLITE_OK) {
    fail(database_);
  }
  return *this;
}

Statement& Statement::bind_static(int parameter, std::string_view value) {
  if (sqlite3_bind_text(statement_, parameter, value.data(), static_cast<int>(value.size()),
                        SQLITE_STATIC) != SQLITE_OK) {
    fail(database_);
  }
  return *this;
}

Statement& Statement::bind_null(int parameter) {
  if (sqlite3_bind_null(statement_, parameter) != SQLITE_OK) fail(database_);
  return *this;
}

void Statement::run() {
  const bool row = step();
  FF_ASSERT(!row, "a statement that was to change rows returned some");
}

bool Statement::step() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  sqlite3_reset(statement_);
  if (result != SQLITE_DONE) fail(database_);
  return false;
}

void Statement::reset() { sqlite3_reset(statement_); }

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double Statement::real(int column) const { return sqlite3_column_double(statement_, column); }

std::string Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return bytes ? std::string(bytes,
                             static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)))
               : std::string();
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Statement::Type Statement::type(int column) const {
  switch (sqlite3_column_type(statement_, column)) {
    case SQLITE_INTEGER:
      return Type::integer;
    case SQLITE_FLOAT:
      return Type::real;
    case SQLITE_TEXT:
      return Type::text;
    case SQLITE_BLOB:
      return Type::blob;
    default:
      return Type::null;
  }
}

int Statement::columns() const { return sqlite3_column_count(statement_); }

std::string Statement::column_name(int column) const {
  return sqlite3_column_name(statement_, column);
}

Result<Database> Database::open(const std::filesystem::path& path, Access access, const char* vfs) {
  // Counting memory takes a lock at each allocation; nobody asks for the count.
  [[maybe_unused]] static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  const std::string name = path.empty() ? ":memory:" : path.string();
  std::error_code ignored;
  if (access != Access::create && name != ":memory:" && !std::filesystem::exists(path, ignored)) {
    return Error(Errc::not_found,
                 fmt::format("there is no database {}; `footfall seed` makes one", name));
  }
  Database database;
  database.path_ = name;
  const int flags = access == Access::read_only ? SQLITE_OPEN_READONLY
                    : access == Access::create  ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                                : SQLITE_OPEN_READWRITE;
  const int opened =
      sqlite3_open_v2(name.c_str(), &database.database_, flags | SQLITE_OPEN_NOMUTEX, vfs);
  if (opened != SQLITE_OK) return Error(Errc::io, explain(opened, name, sqlite3_errstr(opened)));
  sqlite3_extended_result_codes(database.database_, 1);
  sqlite3_busy_timeout(database.database_, 10'000);
  try {
    database.integer("SELECT count(*) FROM sqlite_schema");  // reads the header: is it a database?
    if (access != Access::read_only)
      database.execute("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL");
    database.execute(
        "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;"
        "PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;");
  } catch (const Failure& failure) {
    return Error(Errc::incompatible, failure.what());
  }
  return database;
}

Database::Database(Database&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)), path_(std::move(other.path_)) {}

Database& Database::operator=(Database&& other) noexcept {
  std::swap(database_, other.database_);
  std::swap(path_, other.path_);
  return *this;
}

Database::~Database() { sqlite3_close_v2(database_); }

void Database::execute(const std::string& sql) {
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(database_);
}

Statement Database::prepare(std::string_view sql) {
  Statement statement;
  statement.database_ = database_;
  if (sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement.statement_, nullptr) != SQLITE_OK) {
    fail(database_);
  }
  return statement;
}

std::int64_t Database::integer(std::string_view sql) {
  Statement statement = prepare(sql);
  return statement.step() ? statement.integer(0) : 0;
}

std::int64_t Database::changes() const { return sqlite3_changes64(database_); }

void Database::reset_statements() {
  for (sqlite3_stmt* at = sqlite3_next_stmt(database_, nullptr); at;
       at = sqlite3_next_stmt(database_, at)) {
    if (sqlite3_stmt_busy(at)) sqlite3_reset(at);
  }
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(database_) == 0; }

Transaction::Transaction(Database& database) : database_(database) {
  database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    database_.execute("ROLLBACK");
  } catch (const Failure&) {
    // SQLite rolls back by itself after a full disk or an I/O error: nothing is left to undo.
  }
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace footfall::store::sqlite
