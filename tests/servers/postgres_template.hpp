// The installed PostgreSQL, and a data folder made once that each server copies.
#pragma once

#include <filesystem>

namespace footfall::tests {

// Fixed, as nothing but loopback ever sees it.
inline constexpr const char* kTestPassword = "only-for-tests";

// The folder that holds postgres, initdb and psql: FOOTFALL_PG_BIN, else the newest of Debian, Red
// Hat or Homebrew, else what pg_config says. Throws std::runtime_error that names the package.
std::filesystem::path postgres_programs();

// A data folder with the roles and the database that postgres_server.hpp describes, owned by
// server_user(); to be copied, never to be started. Made on first use each day (temporary folders
// are swept by age, file by file) for each user and version of PostgreSQL.
std::filesystem::path postgres_template();

}  // namespace footfall::tests
