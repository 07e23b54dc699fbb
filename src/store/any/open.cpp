#include "store/any/open.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "store/postgres/migrations.hpp"
#include "store/postgres/postgres_store.hpp"
#include "store/schema.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/sqlite_sql.hpp"

namespace footfall::store {
namespace {

constexpr std::string_view kSqlite = "sqlite:";

bool is_postgres(const std::string& url) {
  return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

// The file behind "sqlite:PATH".
Result<std::filesystem::path> file_of(const std::string& url) {
  if (url.starts_with(kSqlite) && url.size() > kSqlite.size()) return sqlite::path_of(url);
  return Error(Errc::invalid_input,
               fmt::format("'{}' names no database that this program knows: write sqlite:PATH, "
                           "like sqlite:data/footfall.db, or postgresql://user@host:port/name",
                           shown_url(url)));
}

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

std::string shown_url(const std::string& url) {
  if (url.starts_with(kSqlite)) return url;
  const auto scheme = url.find("://");
  if (scheme == url.npos) return url.find("password") == url.npos ? url : "…";
  const std::string shown = url.substr(0, scheme + 3);
  const std::string_view rest = std::string_view(url).substr(scheme + 3);
  // As libpq reads it: the user ends at the first @, if that comes before any /.
  const auto at = rest.find('@');
  const bool has_user = at != rest.npos && at < rest.find('/');
  const std::string_view place = has_user ? rest.substr(at + 1) : rest;
  if (place.find('@') != place.npos) return shown + "…";  // or a password with an @ or / in it
  const std::string_view user = has_user ? rest.substr(0, at) : "";
  return fmt::format("{}{}{}{}", shown, user.substr(0, user.find(':')), has_user ? "@" : "",
                     place.substr(0, place.find('?')));
}

}  // namespace footfall::store
