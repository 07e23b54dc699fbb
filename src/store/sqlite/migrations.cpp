#include "store/sqlite/migrations.hpp"

#include <fmt/format.h>

#include "store/wall_clock.hpp"

namespace footfall::store::sqlite {
namespace {

constexpr std::int64_t kApplicationId = 0x66666c6c;  // "ffll", in the file's header

}  // namespace

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
  const int newest = newest_schema();
  if (version > newest) {
    return Error(Errc::incompatible,
                 fmt::format("{} has schema {}, made by a newer footfall; this one knows up to {}. "
                             "Update the program",
                             database.path(), version, newest));
  }
  return version;
}

namespace {

// A migration that makes a table anew drops one that others point to.
class ForeignKeysOff {
 public:
  explicit ForeignKeysOff(Database& database) : database_(database) {
    database_.execute("PRAGMA foreign_keys = OFF");
  }
  ~ForeignKeysOff() { database_.execute("PRAGMA foreign_keys = ON"); }
  ForeignKeysOff(const ForeignKeysOff&) = delete;
  ForeignKeysOff& operator=(const ForeignKeysOff&) = delete;

 private:
  Database& database_;
};

Result<void> apply(Database& database, const Migration& migration) {
  const std::int64_t lost_before =
      database.integer("SELECT count(*) FROM pragma_foreign_key_check");
  database.execute(for_sqlite(migration.sql));
  if (database.integer("SELECT count(*) FROM pragma_foreign_key_check") > lost_before) {
    return Error(Errc::incompatible,
                 fmt::format("{}: migration {} would leave rows that point nowhere; nothing was "
                             "changed. `footfall check-db` shows what is wrong",
                             database.path(), migration.number));
  }
  database.prepare("INSERT INTO footfall_migrations VALUES (?, ?, ?)")
      .bind(1, std::int64_t{migration.number})
      .bind(2, migration.name)
      .bind(3, wall_clock_us())
      .run();
  return {};
}

}  // namespace

Result<int> migrate(Database& database, int upto) {
  const auto before = schema_version(database);
  if (!before) return before.error();
  if (*before >= upto) return 0;
  const ForeignKeysOff off(database);
  int applied = 0;
  for (const Migration& migration : migrations()) {
    if (migration.number <= *before || migration.number > upto) continue;
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
    if (const auto done = apply(database, migration); !done) return done.error();
    transaction.commit();
    ++applied;
  }
  return applied;
}

}  // namespace footfall::store::sqlite
