// The schema `footfall` of a PostgreSQL database: which version it has, and bringing it up to date
// (R5). The sibling of sqlite/migrations.hpp.
#pragma once

#include "base/result.hpp"
#include "store/postgres/connection.hpp"
#include "store/schema.hpp"

namespace footfall::store::postgres {

// 0: there is no such schema, or nothing in it. Errors: incompatible if the schema belongs to
// another program, or was made by a newer footfall. Throws DatabaseError.
Result<int> schema_version(Connection& connection);

// Applies what is missing up to migration `upto`, each migration in a transaction of its own, under
// a lock: two programs that do it at once apply each once. Works through a pooler too. Returns how
// many were applied. Errors: those of schema_version; io if this role may not create the schema.
// Throws DatabaseError.
Result<int> migrate(Connection& connection, int upto = newest_schema());

}  // namespace footfall::store::postgres
