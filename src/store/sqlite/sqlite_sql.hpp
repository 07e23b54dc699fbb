// The Sql and Store of an SQLite file.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.hpp"
#include "store/database_check.hpp"
#include "store/reader.hpp"
#include "store/sqlite/database.hpp"
#include "store/store.hpp"

namespace footfall::store::sqlite {

// The file, which must hold this program's newest schema. Errors: not_found, incompatible, io.
Result<Database> open_newest(const std::filesystem::path& path, Access access);

// `make`: creates and migrates what is missing; otherwise the file must exist with the newest
// schema. Errors: those of opening and migrating.
Result<std::unique_ptr<Store>> open_store(const std::filesystem::path& path, bool make);

// Opens the file read-only. Errors: those of open_newest().
Result<std::unique_ptr<Reader>> open_reader(const std::filesystem::path& path);

// See store::check_database.
Result<DatabaseCheck> check_database(const std::filesystem::path& path, int sample_rows);

}  // namespace footfall::store::sqlite
