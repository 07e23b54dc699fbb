#include <fmt/format.h>

#include "base/assert.hpp"
#include "base/failure.hpp"
#include "base/text.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/schema_shape.hpp"
#include "store/sqlite/sqlite_sql.hpp"

namespace footfall::store::sqlite {
namespace {

constexpr int kDamagesMax = 5;  // the first few tell enough

// Reads no more of a value than is kept: a stray one may be many megabytes.
std::vector<std::vector<Sample>> samples(Database& database, const std::string& table,
                                         const std::vector<std::string>& columns, int rows) {
  std::string list;
  for (const std::string& column : columns) {
    list += fmt::format(
        "{0}CASE typeof({1}) WHEN 'blob' THEN '(' || length({1}) || ' bytes)' "
        "WHEN 'text' THEN substr({1}, 1, {2}) ELSE {1} END",
        list.empty() ? "" : ", ", quoted_name(column), kSampleBytesMax + 1);
  }
  Statement statement =
      database.prepare(fmt::format("SELECT {} FROM {} LIMIT ?1", list, quoted_name(table)));
  statement.bind(1, std::int64_t{rows});
  std::vector<std::vector<Sample>> out;
  while (statement.step()) {
    std::vector<Sample>& row = out.emplace_back();
    for (int i = 0; i < statement.columns(); ++i) {
      row.push_back(statement.is_null(i) ? Sample() : Sample(sample_text(statement.text(i))));
    }
  }
  return out;
}

// Damage of the file, as SQLite finds it without comparing each index with its table. Where the
// damage is bad, SQLite gives up with an error: here that is a finding, so it is caught.
void check_pages(Database& database, DatabaseCheck& check) {
  try {
    Statement damages = database.prepare(fmt::format("PRAGMA quick_check({})", kDamagesMax));
    while (damages.step()) {
      if (damages.text(0) != "ok") {
        check.problems.push_back(fmt::format("The file is damaged: {}.", damages.text(0)));
      }
    }
  } catch (const Failure& failure) {
    check.problems.push_back(fmt::format("The file cannot be read whole: {}.", failure.what()));
  }
}

// A view is only text until somebody asks it: a column that it names may not be there. The error of
// asking is the finding.
void check_views(Database& database, const SchemaShape& found, DatabaseCheck& check) {
  for (const auto& [name, shape] : found.views) {
    check.views.push_back(name);
    try {
      database.prepare(fmt::format("SELECT * FROM {}", quoted_name(name)));
    } catch (const Failure& failure) {
      check.problems.push_back(fmt::format("View {} cannot be read: {}.", name, failure.what()));
    }
  }
}

// Rows that point to rows that are not there, summed up by table and by what they point to.
void check_foreign_keys(Database& database, DatabaseCheck& check) {
  Statement rows = database.prepare(
      "SELECT \"table\", parent, count(*), min(rowid) FROM pragma_foreign_key_check "
      "GROUP BY 1, 2 ORDER BY 1, 2");
  while (rows.step()) {
    const std::int64_t n = rows.integer(2);
    check.problems.push_back(
        fmt::format("Table {}: {} {} to rows of {} that do not exist{}.", rows.text(0),
                    with_commas(n), n == 1 ? "row points" : "rows point", rows.text(1),
                    rows.is_null(3) ? "" : fmt::format(" (the first: id {})", rows.integer(3))));
  }
}

// What this program would make.
struct Expected {
  SchemaShape shape;
  std::int64_t application_id = 0;
};

Result<Expected> expected_schema() {
  auto database = Database::open("", Access::create);
  if (!database) return database.error();
  if (const auto done = migrate(*database); !done) return done.error();
  return Expected{shape_of(*database), database->integer("PRAGMA application_id")};
}

// The version, or 0 if the list of migrations is gone.
Result<int> version_of(Database& database, const Expected& expected, DatabaseCheck& check) {
  const bool listed = database.integer(
      "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'footfall_migrations'");
  const bool ours = database.integer("PRAGMA application_id") == expected.application_id;
  if (ours && !listed) return 0;  // the comparison of tables tells
  const auto version = schema_version(database);
  if (!version) return version.error();
  if (!ours) {
    return Error(Errc::incompatible,
                 fmt::format("{} is empty: run `footfall seed` first", database.path()));
  }
  if (*version < check.newest_version) {
    check.problems.push_back(
        fmt::format("The schema has version {}; this program needs {}. `footfall db migrate` "
                    "brings it up to date.",
                    *version, check.newest_version));
  }
  return *version;
}

void read_tables(Database& database, const SchemaShape& found, const SchemaShape& expected,
                 int sample_rows, DatabaseCheck& check) {
  for (const auto& [name, shape] : found.tables) {
    CheckedTable table;
    table.name = name;
    table.ours = expected.tables.contains(name);
    table.rows = database.integer(fmt::format("SELECT count(*) FROM {}", quoted_name(name)));
    for (const ColumnShape& column : shape.columns) table.columns.push_back(column.name);
    table.samples = samples(database, name, table.columns, sample_rows);
    check.tables.push_back(std::move(table));
  }
}

}  // namespace

Result<DatabaseCheck> check_database(const std::filesystem::path& path, int sample_rows) {
  FF_ASSERT(sample_rows >= 0, "a negative number of sample rows");
  auto database = Database::open(path, Access::read_only);
  if (!database) return database.error();
  DatabaseCheck check;
  check.database = database->path();
  check.newest_version = newest_schema();
  const auto expected = expected_schema();
  if (!expected) return expected.error();
  const auto version = version_of(*database, *expected, check);
  if (!version) return version.error();
  check.schema_version = *version;
  const SchemaShape found = shape_of(*database);
  SchemaDifferences found_differences = differences(expected->shape, found);
  for (std::string& problem : found_differences.problems)
    check.problems.push_back(std::move(problem));
  check.notes = std::move(found_differences.notes);
  const bool schema_differs = !check.problems.empty();
  check_views(*database, found, check);

  const std::size_t before = check.problems.size();
  check_pages(*database, check);
  if (check.problems.size() > before) {
    check.notes.push_back("Rows were not read, since the file is damaged.");
    return check;
  }
  if (schema_differs) {
    check.notes.push_back("Foreign keys were not checked, since the schema differs.");
  } else {
    check_foreign_keys(*database, check);
  }
  read_tables(*database, found, expected->shape, sample_rows, check);
  return check;
}

}  // namespace footfall::store::sqlite
