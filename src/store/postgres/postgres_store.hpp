// The Store and Reader of a PostgreSQL database, and its check.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "store/database_check.hpp"
#include "store/reader.hpp"
#include "store/store.hpp"

namespace footfall::store::postgres {

// `url`: "postgresql://…", as libpq takes it; a pooler in transaction mode will do. `make`: creates
// and migrates what is missing; otherwise the newest schema must be there. Errors: those of
// Connection::open and of migrating. They throw DatabaseError if PostgreSQL refuses.
Result<std::unique_ptr<Store>> open_store(const std::string& url, bool make);

// Transactions of it are read-only.
Result<std::unique_ptr<Reader>> open_reader(const std::string& url);

// See store::check_database.
Result<DatabaseCheck> check_database(const std::string& url, int sample_rows);

}  // namespace footfall::store::postgres
