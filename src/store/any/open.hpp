// Opening a database by its URL: "sqlite:PATH", or "postgresql://user@host:port/name" (all that
// libpq takes). The only place that knows every adapter.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "store/database_check.hpp"
#include "store/reader.hpp"
#include "store/store.hpp"

namespace footfall::store {

// `make`: creates what is missing (the file, its folder; the schema) and brings it up to date;
// otherwise the database must hold the newest schema. Errors: invalid_input for another scheme;
// not_found and io where it cannot be opened; incompatible for another program's database and for a
// newer schema.
Result<std::unique_ptr<Store>> open_store(const std::string& url, bool make);

// For reading alone.
Result<std::unique_ptr<Reader>> open_reader(const std::string& url);

// Compares the schema with what this program would make, looks for damage and for rows that point
// nowhere, counts rows and reads the first `sample_rows` of each table. Changes nothing. Errors:
// those of opening; incompatible if the database is empty, another program's, or was made by a
// newer footfall. Throws Failure if the database refuses.
Result<DatabaseCheck> check_database(const std::string& url, int sample_rows);

// The schema's versions: what is there (0: nothing) and what this program makes.
struct SchemaStatus {
  std::string database;
  int version = 0;
  int newest = 0;
};
// Errors: those of opening, and incompatible as above.
Result<SchemaStatus> schema_status(const std::string& url);
// Applies the migrations that are missing, in order, each once, under a lock. Answers the status
// before.
Result<SchemaStatus> migrate(const std::string& url);

}  // namespace footfall::store
