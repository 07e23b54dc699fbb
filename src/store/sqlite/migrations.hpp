// The schema of a database: which version it has, and bringing it up to date (R5).
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "store/sqlite/database.hpp"

namespace footfall::store::sqlite {

struct Migration {
  int number;
  std::string_view name;
  std::string_view sql;  // for both databases; see schema/0001_shop.sql
};

// All migrations of this program, in order; built in from schema/.
const std::vector<Migration>& migrations();

// What `sql` says to SQLite.
std::string for_sqlite(std::string_view sql);

// The version of the schema: 0 for an empty database. Errors: incompatible if the file belongs to
// another program, or was made by a newer footfall.
Result<int> schema_version(Database& database);

// Applies what is missing, each migration in a transaction of its own, under the write lock: two
// programs that do it at once apply each once. Returns how many were applied. Errors: those of
// schema_version.
Result<int> migrate(Database& database);

}  // namespace footfall::store::sqlite
