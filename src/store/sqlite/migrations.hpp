// The schema of an SQLite file: which version it has, and bringing it up to date (R5).
#pragma once

#include "base/result.hpp"
#include "store/schema.hpp"
#include "store/sqlite/database.hpp"

namespace footfall::store::sqlite {

// The version of the schema: 0 for an empty database. Errors: incompatible if the file belongs to
// another program, or was made by a newer footfall.
Result<int> schema_version(Database& database);

// Applies what is missing up to migration `upto`, each migration in a transaction of its own, under
// the write lock: two programs that do it at once apply each once. Returns how many were applied.
// Errors: those of schema_version; incompatible if rows point nowhere afterwards (nothing is
// changed).
Result<int> migrate(Database& database, int upto = newest_schema());

}  // namespace footfall::store::sqlite
