#include "store/any/open.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "store/any/url.hpp"
#include "store/postgres/migrations.hpp"
#include "store/postgres/postgres_store.hpp"
#include "store/schema.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/sqlite_sql.hpp"

namespace footfall::store {
namespace {

Result<void> make_folder_of(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.parent_path();
  std::error_code failed;
  if (!folder.empty()) std::filesystem::create_directories(folder, failed);
  if (!failed) return {};
  return Error(Errc::io,
               fmt::format("the folder {} cannot be made: {}", folder.string(), failed.message()));
}

Result<sqlite::Database> open_file(const std::string& url, sqlite::Access access) {
  const auto file = file_of(url);
  if (!file) return file.error();
  if (access == sqlite::Access::create) {
    if (const auto made = make_folder_of(*file); !made) return made.error();
  }
  return sqlite::Database::open(*file, access);
}

}  // namespace

Result<std::unique_ptr<Store>> open_store(const std::string& url, bool make) {
  if (is_postgres(url)) return postgres::open_store(url, make);
  const auto file = file_of(url);
  if (!file) return file.error();
  if (make) {
    if (const auto made = make_folder_of(*file); !made) return made.error();
  }
  return sqlite::open_store(*file, make);
}

Result<std::unique_ptr<Reader>> open_reader(const std::string& url) {
  if (is_postgres(url)) return postgres::open_reader(url);
  const auto file = file_of(url);
  if (!file) return file.error();
  return sqlite::open_reader(*file);
}

Result<DatabaseCheck> check_database(const std::string& url, int sample_rows) {
  if (is_postgres(url)) return postgres::check_database(url, sample_rows);
  const auto file = file_of(url);
  if (!file) return file.error();
  return sqlite::check_database(*file, sample_rows);
}

Result<SchemaStatus> schema_status(const std::string& url) {
  if (is_postgres(url)) {
    auto connection = postgres::Connection::open(url, {});
    if (!connection) return connection.error();
    const auto version = postgres::schema_version(*connection);
    if (!version) return version.error();
    return SchemaStatus{connection->where(), *version, newest_schema()};
  }
  auto database = open_file(url, sqlite::Access::read_only);
  if (!database) return database.error();
  const auto version = sqlite::schema_version(*database);
  if (!version) return version.error();
  return SchemaStatus{database->path(), *version, newest_schema()};
}

Result<SchemaStatus> migrate(const std::string& url) {
  if (is_postgres(url)) {
    auto connection = postgres::Connection::open(url, {});
    if (!connection) return connection.error();
    const auto before = postgres::schema_version(*connection);
    if (!before) return before.error();
    if (const auto applied = postgres::migrate(*connection); !applied) return applied.error();
    return SchemaStatus{connection->where(), *before, newest_schema()};
  }
  auto database = open_file(url, sqlite::Access::create);
  if (!database) return database.error();
  const auto before = sqlite::schema_version(*database);
  if (!before) return before.error();
  if (const auto applied = sqlite::migrate(*database); !applied) return applied.error();
  return SchemaStatus{database->path(), *before, newest_schema()};
}

}  // namespace footfall::store
