#include "store/postgres/migrations.hpp"

#include <fmt/format.h>

#include "store/postgres/transaction.hpp"
#include "store/wall_clock.hpp"

namespace footfall::store::postgres {
namespace {

bool is_true(Connection& connection, const std::string& condition) {
  return connection.execute("SELECT " + condition).text(0, 0) == "t";
}

bool has_schema(Connection& connection) {
  return is_true(connection, "EXISTS (SELECT FROM pg_namespace WHERE nspname = 'footfall')");
}

bool has_any(Connection& connection, std::string_view catalogue, std::string_view where = "true") {
  return is_true(
      connection,
      fmt::format("EXISTS (SELECT FROM {} AS x JOIN pg_namespace n "
                  "ON n.nspname = 'footfall' AND n.oid IN ({}) WHERE {})",
                  catalogue, catalogue == "pg_proc" ? "x.pronamespace" : "x.relnamespace", where));
}

Result<void> make_schema(Connection& connection) {
  if (!has_schema(connection)) {
    if (!is_true(connection, "has_database_privilege(current_database(), 'CREATE')")) {
      return Error(
          Errc::io,
          fmt::format("{}: this user may not create the schema footfall there. Let the "
                      "database's owner run: CREATE SCHEMA footfall AUTHORIZATION "
                      "\"{}\"",
                      connection.where(), connection.execute("SELECT current_user").text(0, 0)));
    }
    connection.execute("CREATE SCHEMA footfall");
  }
  connection.execute(
      "CREATE TABLE footfall_migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL, "
      "applied_wall_us BIGINT NOT NULL)");
  return {};
}

}  // namespace

Result<int> schema_version(Connection& connection) {
  if (!has_any(connection, "pg_class", "x.relname = 'footfall_migrations' AND x.relkind = 'r'")) {
    if (!has_any(connection, "pg_class") && !has_any(connection, "pg_proc")) return 0;
    return Error(Errc::incompatible,
                 fmt::format("{} has a schema footfall that belongs to another program; footfall "
                             "does not touch it. Name another database",
                             connection.where()));
  }
  const auto version = static_cast<int>(
      connection.execute("SELECT coalesce(max(number), 0) FROM footfall.footfall_migrations")
          .integer(0, 0));
  const int newest = newest_schema();
  if (version > newest) {
    return Error(Errc::incompatible,
                 fmt::format("{} has schema {}, made by a newer footfall; this one knows up to {}. "
                             "Update the program",
                             connection.where(), version, newest));
  }
  return version;
}

Result<int> migrate(Connection& connection, int upto) {
  const auto before = schema_version(connection);
  if (!before) return before.error();
  int applied = 0;
  for (const Migration& migration : migrations()) {
    if (migration.number <= *before || migration.number > upto) continue;
    Transaction transaction(connection, Purpose::write_alone);
    const auto now = schema_version(connection);  // again, now that nobody else migrates
    if (!now) return now.error();
    if (migration.number <= *now) continue;
    if (*now == 0) {
      if (const auto made = make_schema(connection); !made) return made.error();
    }
    connection.execute(for_postgres(migration.sql));
    Query listed("INSERT INTO footfall_migrations VALUES ($1, $2, $3)");
    listed.add(std::int64_t{migration.number}).add(migration.name).add(wall_clock_us());
    connection.execute(listed);
    transaction.commit();
    ++applied;
  }
  return applied;
}

}  // namespace footfall::store::postgres
