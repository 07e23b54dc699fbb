#include "store/sqlite/migrations.hpp"

#include <fmt/format.h>

#include "schema_text.hpp"

namespace footfall::store::sqlite {
namespace {

constexpr std::int64_t kApplicationId = 0x66666c6c;  // "ffll", in the file's header

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

}  // namespace

const std::vector<Migration>& migrations() {
  static const std::vector<Migration> all = {{1, "shop", kSchema0001}};
  return all;
}

std::string for_sqlite(std::string_view sql) {
  constexpr std::string_view kOurs = "/*sqlite ";
  std::string out(sql);
  for (auto at = out.find(kOurs); at != out.npos; at = out.find(kOurs, at)) {
    out.erase(at, kOurs.size());
    out.erase(out.find("*/", at), 2);
  }
  replace_all(out, "BIGINT", "INTEGER");
  replace_all(out, "DOUBLE PRECISION", "REAL");
  return out;
}

Result<int> schema_version(Database& database) {
  const std::int64_t owner = database.integer("PRAGMA application_id");
  const std::int64_t tables = database.integer("SELECT count(*) FROM sqlite_schema");
  if (owner != kApplicationId) {
    if (owner == 0 && tables == 0) return 0;
    return Error(Errc::incompatible,
                 fmt::format("{} is a database of another program; footfall does not touch it. "
                             "Name another file with --db sqlite:PATH",
                             database.path()));
  }
  const auto version = static_cast<int>(
      database.integer("SELECT coalesce(max(number), 0) FROM footfall_migrations"));
  const int newest = migrations().back().number;
  if (version > newest) {
    return Error(Errc::incompatible,
                 fmt::format("{} has schema {}, made by a newer footfall; this one knows up to {}. "
                             "Update the program",
                             database.path(), version, newest));
  }
  return version;
}

Result<int> migrate(Database& database) {
  const auto before = schema_version(database);
  if (!before) return before.error();
  int applied = 0;
  for (const Migration& migration : migrations()) {
    if (migration.number <= *before) continue;
    Transaction transaction(database);
    const auto now = schema_version(database);  // again, now that nobody else can write
    if (!now) return now.error();
    if (migration.number <= *now) continue;
    if (*now == 0) {
      database.execute(
          fmt::format("PRAGMA application_id = {}; CREATE TABLE footfall_migrations ("
                      "number INTEGER PRIMARY KEY, name TEXT NOT NULL, "
                      "applied_wall_us INTEGER NOT NULL) STRICT",
                      kApplicationId));
    }
    database.execute(for_sqlite(migration.sql));
    database.prepare("INSERT INTO footfall_migrations VALUES (?, ?, ?)")
        .bind(1, std::int64_t{migration.number})
        .bind(2, migration.name)
        .bind(3, wall_clock_us())
        .run();
    transaction.commit();
    ++applied;
  }
  return applied;
}

}  // namespace footfall::store::sqlite
