#include "tests/servers/postgres_template.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/servers/child.hpp"
#include "tests/servers/server_folder.hpp"

namespace footfall::tests {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTemplatePrefix = "footfall-postgres-template-";

// One statement a line, for the single-user mode.
constexpr const char* kRoles = R"~~~(SET password_encryption = 'scram-sha-256'
ALTER ROLE postgres PASSWORD '{0}'
CREATE ROLE footfall LOGIN PASSWORD '{0}'
ALTER ROLE footfall SET statement_timeout = '5s'
ALTER ROLE footfall SET lock_timeout = '1s'
ALTER ROLE footfall SET idle_in_transaction_session_timeout = '10s'
CREATE DATABASE footfall OWNER footfall TEMPLATE template0
)~~~";

bool has_programs(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / "postgres", ignored) && fs::exists(folder / "initdb", ignored) &&
         fs::exists(folder / "psql", ignored);
}

// The `bin` of the highest version among folders named 15, postgresql@15 or pgsql-15.
fs::path newest_under(const fs::path& parent, const std::string& prefix) {
  fs::path newest;
  int highest = 0;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(parent, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix)) continue;
    const int version = std::atoi(name.c_str() + prefix.size());
    if (version > highest && has_programs(entry.path() / "bin")) {
      highest = version;
      newest = entry.path() / "bin";
    }
  }
  return newest;
}

fs::path from_pg_config() {
  try {
    std::string folder =
        run_program({.arguments = {"/bin/sh", "-c", "pg_config --bindir 2>/dev/null"}});
    folder.erase(folder.find_last_not_of('\n') + 1);
    return has_programs(folder) ? fs::path(folder) : fs::path();
  } catch (const std::runtime_error&) {
    return {};  // not installed
  }
}

void make_data_folder(const fs::path& data) {
  const fs::path programs = postgres_programs();
  fs::create_directory(data);
  fs::permissions(data, fs::perms::owner_all);
  give_to_server_user(data);
  run_program({.arguments = {programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust",
                             "--encoding=UTF8", "--locale=C", "--no-sync"},
               .as_server_user = true});
  run_program({.arguments = {programs / "postgres", "--single", "-D", data, "-F", "-c",
                             "exit_on_error=on", "postgres"},
               .input = fmt::format(kRoles, kTestPassword),
               .as_server_user = true});
}

void remove_old_templates() {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(temporary_folder(), ignored)) {
    const bool template_name = entry.path().filename().string().starts_with(kTemplatePrefix);
    if (template_name && is_own_folder(entry.path()) &&
        older_than(entry.path(), std::chrono::hours(48))) {
      fs::remove_all(entry.path(), ignored);
    }
  }
}

}  // namespace

fs::path postgres_programs() {
  if (const char* given = std::getenv("FOOTFALL_PG_BIN")) {
    if (has_programs(given)) return given;
    throw std::runtime_error(
        fmt::format("FOOTFALL_PG_BIN is {}, which lacks postgres, initdb or psql", given));
  }
  for (const auto& [parent, prefix] : {std::pair("/usr/lib/postgresql", ""),
                                       {"/usr", "pgsql-"},
                                       {"/opt/homebrew/opt", "postgresql@"},
                                       {"/usr/local/opt", "postgresql@"}}) {
    if (fs::path found = newest_under(parent, prefix); !found.empty()) return found;
  }
  if (fs::path found = from_pg_config(); !found.empty()) return found;
  throw std::runtime_error(
      "no PostgreSQL server found: install the package postgresql (Debian: apt install postgresql; "
      "Homebrew: brew install postgresql@15) or set FOOTFALL_PG_BIN to the folder of its programs");
}

fs::path postgres_template() {
  const std::string version =
      run_program({.arguments = {postgres_programs() / "postgres", "--version"}});
  const std::size_t key = std::hash<std::string>{}(version + kRoles + kTestPassword);
  const auto day = std::chrono::duration_cast<std::chrono::hours>(
                       std::chrono::system_clock::now().time_since_epoch()) /
                   24;
  const fs::path made = temporary_folder() /
                        fmt::format("{}{}-{}-{:x}", kTemplatePrefix, ::geteuid(), day.count(), key);
  if (!is_own_folder(made)) {
    remove_old_templates();
    const ServerFolder workshop("template");
    const fs::path fresh = workshop.path() / "fresh";
    fs::create_directory(fresh);
    fs::permissions(fresh, fs::perms(0711));
    make_data_folder(fresh / "data");
    // Whole or not at all. Another test may have been quicker, then its folder is as good.
    if (::rename(fresh.c_str(), made.c_str()) != 0 && !is_own_folder(made)) {
      throw std::runtime_error(
          fmt::format("cannot create {}: {}", made.string(), std::strerror(errno)));
    }
  }
  return made / "data";
}

}  // namespace footfall::tests
