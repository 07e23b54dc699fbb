#include "store/sqlite/sqlite_sql.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"
#include "base/failure.hpp"
#include "store/sql_store.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/journal.hpp"
#include "store/sqlite/migrations.hpp"

namespace footfall::store::sqlite {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// `sql` with ?1 for $1: SQLite takes $1 for a name, and numbers names as they appear, so that
// "$2 … $1" would be bound the wrong way round. `highest` receives the largest number seen.
std::string with_numbered_parameters(std::string_view sql, std::size_t& highest) {
  std::string out(sql);
  highest = 0;
  for (std::size_t i = 0; i + 1 < out.size(); ++i) {
    if (out[i] != '$' || !is_digit(out[i + 1])) continue;
    out[i] = '?';
    std::size_t number = 0;
    for (std::size_t d = i + 1; d < out.size() && is_digit(out[d]); ++d) {
      number = number * 10 + static_cast<std::size_t>(out[d] - '0');
    }
    highest = std::max(highest, number);
  }
  return out;
}

Value value_at(const Statement& statement, int column) {
  switch (statement.type(column)) {
    case Statement::Type::null:
      return std::monostate{};
    case Statement::Type::integer:
      return statement.integer(column);
    case Statement::Type::real:
      return statement.real(column);
    default:
      return statement.text(column);
  }
}

class SqliteSql final : public Sql {
 public:
  explicit SqliteSql(std::shared_ptr<Database> database)
      : shared_(std::move(database)), database_(*shared_) {}

  Rows query(std::string_view sql, std::span<const Cell> parameters) override {
    Statement statement = prepare(sql, parameters);
    Rows rows;
    for (int i = 0; i < statement.columns(); ++i) {
      rows.columns.push_back(statement.column_name(i));
      FF_ASSERT(std::count(rows.columns.begin(), rows.columns.end(), rows.columns.back()) == 1,
                "a query names two columns alike");
    }
    while (statement.step()) {
      std::vector<Value>& row = rows.rows.emplace_back();
      row.reserve(rows.columns.size());
      for (int i = 0; i < statement.columns(); ++i) row.push_back(value_at(statement, i));
    }
    return rows;
  }

  std::int64_t change(std::string_view sql, std::span<const Cell> parameters) override {
    prepare(sql, parameters).run();
    return database_.changes();
  }

  void begin() override { database_.execute("BEGIN IMMEDIATE"); }
  void commit() override { database_.execute("COMMIT"); }
  void rollback() noexcept override {
    try {
      database_.execute("ROLLBACK");
    } catch (const Failure&) {
      // SQLite has rolled back by itself already, as it does when the disk is full.
    }
  }
  const std::string& where() const override { return database_.path(); }

 private:
  Statement prepare(std::string_view sql, std::span<const Cell> parameters) {
    std::size_t highest = 0;
    const std::string text = with_numbered_parameters(sql, highest);
    FF_ASSERT(highest == parameters.size(), "a query uses other parameters than it was given");
    Statement statement = database_.prepare(text);
    bind_row(statement, parameters);
    return statement;
  }

  std::shared_ptr<Database> shared_;
  Database& database_;
};

class SqliteStore final : public SqlStore {
 public:
  explicit SqliteStore(const std::shared_ptr<Database>& database)
      : SqlStore(std::make_unique<SqliteSql>(database)), database_(database) {}

  std::unique_ptr<Journal> open_journal(const JournalContext& context,
                                        const retail::Catalogue& catalogue,
                                        const std::vector<Agent>& agents) override {
    return make_journal(*database_, context, catalogue, agents);
  }

 private:
  std::shared_ptr<Database> database_;
};

}  // namespace

Result<Database> open_newest(const std::filesystem::path& path, Access access) {
  auto database = Database::open(path, access);
  if (!database) return database.error();
  const auto version = schema_version(*database);
  if (!version) return version.error();
  if (*version < newest_schema()) return old_schema(path.string(), *version);
  return database;
}

Result<std::unique_ptr<Store>> open_store(const std::filesystem::path& path, bool make) {
  auto database =
      make ? Database::open(path, Access::create) : open_newest(path, Access::read_write);
  if (!database) return database.error();
  if (make) {
    if (const auto applied = migrate(*database); !applied) return applied.error();
  }
  return std::unique_ptr<Store>(new SqliteStore(std::make_shared<Database>(std::move(*database))));
}

Result<std::unique_ptr<Reader>> open_reader(const std::filesystem::path& path) {
  auto database = open_newest(path, Access::read_only);
  if (!database) return database.error();
  return make_reader(std::make_unique<SqliteSql>(std::make_shared<Database>(std::move(*database))));
}

}  // namespace footfall::store::sqlite
