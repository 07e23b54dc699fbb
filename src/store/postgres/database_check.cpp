#include <fmt/format.h>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "store/postgres/loose_references.hpp"
#include "store/postgres/migrations.hpp"
#include "store/postgres/postgres_store.hpp"
#include "store/postgres/schema_shape.hpp"
#include "store/postgres/transaction.hpp"

namespace footfall::store::postgres {
namespace {

// Reads no more of a value than is kept: a stray one may be many megabytes.
std::vector<std::vector<Sample>> samples(Connection& connection, const CheckedTable& table,
                                         int rows) {
  std::string list;
  for (const std::string& column : table.columns) {
    list += fmt::format("{}left({}::text, {})", list.empty() ? "" : ", ", quoted_name(column),
                        kSampleBytesMax + 1);
  }
  const Answer answer = connection.execute(
      fmt::format("SELECT {} FROM {} LIMIT {}", list, quoted_name(table.name), rows));
  std::vector<std::vector<Sample>> out(static_cast<std::size_t>(answer.rows()));
  for (int row = 0; row < answer.rows(); ++row) {
    for (int i = 0; i < answer.columns(); ++i) {
      out[static_cast<std::size_t>(row)].push_back(
          answer.is_null(row, i) ? Sample() : Sample(sample_text(answer.text(row, i))));
    }
  }
  return out;
}

void check_loose_references(Connection& connection, DatabaseCheck& check) {
  for (const LooseReference& loose : loose_references()) {
    const Answer answer = connection.execute(
        fmt::format("SELECT count(*), min(x.{1}) FROM {0} x WHERE x.{1} IS NOT NULL AND NOT EXISTS "
                    "(SELECT FROM {2} y WHERE y.{3} = x.{1})",
                    loose.table, loose.column, loose.target, loose.target_column));
    const std::int64_t n = answer.integer(0, 0);
    if (n == 0) continue;
    check.problems.push_back(
        fmt::format("Table {}: {} {} to rows of {} that do not exist (the first: {} {}).",
                    loose.table, with_commas(n), n == 1 ? "row points" : "rows point", loose.target,
                    loose.column, answer.integer(0, 1)));
  }
}

// Columns in the order in which the table has them.
std::vector<std::string> columns_of(Connection& connection, const std::string& table) {
  Query query(
      "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 "
      "AND NOT attisdropped ORDER BY attnum");
  const Answer answer = connection.execute(query.add(quoted_name(table)));
  std::vector<std::string> columns;
  for (int row = 0; row < answer.rows(); ++row) columns.emplace_back(answer.text(row, 0));
  return columns;
}

void read_tables(Connection& connection, const SchemaShape& found, int sample_rows,
                 DatabaseCheck& check) {
  for (const auto& [part, definition] : found.parts) {
    if (part.kind == "view") check.views.push_back(part.name);
    if (part.kind != "table") continue;
    CheckedTable table;
    table.name = part.name;
    table.ours = expected_shape().has_table(part.name);
    table.columns = columns_of(connection, part.name);
    Query may_read("SELECT has_table_privilege(to_regclass($1), 'SELECT')");
    if (connection.execute(may_read.add(quoted_name(part.name))).text(0, 0) == "t") {
      table.rows =
          connection.execute("SELECT count(*) FROM " + quoted_name(part.name)).integer(0, 0);
      table.samples = samples(connection, table, sample_rows);
    } else {
      (table.ours ? check.problems : check.notes)
          .push_back(fmt::format("Table {} may not be read by this user.", part.name));
    }
    check.tables.push_back(std::move(table));
  }
}

Result<DatabaseCheck> check(Connection& connection, int sample_rows) {
  DatabaseCheck check;
  check.database = connection.where();
  check.newest_version = newest_schema();
  const auto version = schema_version(connection);
  if (!version) return version.error();
  if (*version == 0) {
    return Error(Errc::incompatible,
                 fmt::format("{} is empty: run `footfall seed` first", connection.where()));
  }
  check.schema_version = *version;
  if (*version < check.newest_version) {
    check.problems.push_back(fmt::format(
        "The schema has version {}; this program needs {}. `footfall db migrate` brings it up to "
        "date.",
        *version, check.newest_version));
  }
  const SchemaShape found = shape_of(connection);
  SchemaDifferences different = differences(expected_shape(), found);
  for (std::string& problem : different.problems) check.problems.push_back(std::move(problem));
  check.notes = std::move(different.notes);
  if (check.problems.empty()) {
    check_loose_references(connection, check);
  } else {
    check.notes.emplace_back(
        "Whether rows point nowhere was not checked, since the schema differs.");
  }
  read_tables(connection, found, sample_rows, check);
  return check;
}

}  // namespace

Result<DatabaseCheck> check_database(const std::string& url, int sample_rows) {
  FF_ASSERT(sample_rows >= 0, "a negative number of sample rows");
  auto connection = Connection::open(url, {});
  if (!connection) return connection.error();
  Transaction transaction(*connection, Purpose::read);
  return check(*connection, sample_rows);
}

}  // namespace footfall::store::postgres
