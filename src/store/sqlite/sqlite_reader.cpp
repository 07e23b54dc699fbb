#include "store/sqlite/sqlite_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"
#include "store/sqlite/database.hpp"
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

// Wraps `sql` so that each column is preceded by its type: SQLite types values, not columns, and
// Statement tells NULL from the rest only.
std::string with_types(const std::string& sql, const std::vector<std::string>& columns) {
  std::string list;
  for (const std::string& column : columns) {
    FF_ASSERT(std::count(columns.begin(), columns.end(), column) == 1,
              "a query names two columns alike");
    list += fmt::format("{0}typeof(\"{1}\"), \"{1}\"", list.empty() ? "" : ", ", column);
  }
  return fmt::format("SELECT {} FROM ({}) AS answer", list, sql);
}

Value value_at(const Statement& statement, int column) {
  const std::string type = statement.text(column - 1);
  if (type == "null") return std::monostate{};
  if (type == "integer") return statement.integer(column);
  if (type == "real") return statement.real(column);
  return statement.text(column);
}

class SqliteReader final : public Reader {
 public:
  explicit SqliteReader(Database database) : database_(std::move(database)) {}

  Rows query(std::string_view sql, std::span<const std::int64_t> parameters) override {
    std::size_t highest = 0;
    const std::string text = with_numbered_parameters(sql, highest);
    FF_ASSERT(highest == parameters.size(), "a query uses other parameters than it was given");
    Rows rows;
    const Statement names = database_.prepare(text);
    for (int i = 0; i < names.columns(); ++i) rows.columns.push_back(names.column_name(i));
    Statement statement = database_.prepare(with_types(text, rows.columns));
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      statement.bind(static_cast<int>(i) + 1, parameters[i]);
    }
    while (statement.step()) {
      std::vector<Value>& row = rows.rows.emplace_back();
      row.reserve(rows.columns.size());
      for (int i = 0; i < names.columns(); ++i) row.push_back(value_at(statement, 2 * i + 1));
    }
    return rows;
  }

 private:
  Database database_;
};

}  // namespace

Result<std::filesystem::path> path_of(const std::string& url) {
  constexpr std::string_view kScheme = "sqlite:";
  if (!url.starts_with(kScheme) || url.size() == kScheme.size()) {
    return Error(Errc::invalid_input,
                 fmt::format("'{}' names no database that this program knows: write sqlite:PATH, "
                             "like sqlite:data/footfall.db",
                             url));
  }
  return std::filesystem::path(url.substr(kScheme.size()));
}

Result<std::unique_ptr<Reader>> open_file(const std::filesystem::path& path) {
  auto database = Database::open(path, Access::read_only);
  if (!database) return database.error();
  const auto version = schema_version(*database);
  if (!version) return version.error();
  const int newest = migrations().back().number;
  if (*version == 0) {
    return Error(Errc::incompatible,
                 fmt::format("{} is empty: run `footfall seed` first", path.string()));
  }
  if (*version < newest) {
    return Error(Errc::incompatible,
                 fmt::format("{} has schema {}, this program needs {}: run `footfall seed`, which "
                             "brings it up to date",
                             path.string(), *version, newest));
  }
  return std::unique_ptr<Reader>(new SqliteReader(std::move(*database)));
}

}  // namespace footfall::store::sqlite

namespace footfall::store {

Result<std::unique_ptr<Reader>> open_reader(const std::string& url) {
  const auto path = sqlite::path_of(url);
  if (!path) return path.error();
  return sqlite::open_file(*path);
}

}  // namespace footfall::store
