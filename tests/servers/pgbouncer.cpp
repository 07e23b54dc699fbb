#include "tests/servers/pgbouncer.hpp"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "tests/servers/loopback.hpp"
#include "tests/servers/postgres_template.hpp"

namespace footfall::tests {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kStartPatience(30);
constexpr seconds kEndPatience(5);
constexpr int kStartsMax = 20;

fs::path pgbouncer_program() {
  if (const char* given = std::getenv("FOOTFALL_PGBOUNCER")) return given;
  for (const char* folder :
       {"/usr/sbin", "/usr/bin", "/usr/local/bin", "/usr/local/sbin", "/opt/homebrew/bin"}) {
    fs::path program = fs::path(folder) / "pgbouncer";
    if (fs::exists(program)) return program;
  }
  throw std::runtime_error(
      "no PgBouncer found: install the package pgbouncer or set FOOTFALL_PGBOUNCER to the program");
}

// Without [pgbouncer]'s listen_port, which each attempt to start chooses anew.
std::string configuration_of(const PostgresServer& server, const PgBouncerOptions& options,
                             const fs::path& users) {
  std::string text = fmt::format(
      "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
      "unix_socket_dir =\nauth_type = trust\nauth_file = {}\nadmin_users = postgres\n"
      "pool_mode = {}\ndefault_pool_size = {}\nmax_client_conn = {}\n",
      server.port(), users.string(), options.pool_mode, options.default_pool_size,
      options.max_client_conn);
  for (const auto& setting : options.settings) text += setting + "\n";
  return text;
}

void write_anew(const fs::path& path, const std::string& text) {
  fs::remove(path);
  append_text(path, text);
  give_to_server_user(path);
}

}  // namespace

PgBouncer::PgBouncer(const PostgresServer& server, const Options& options) : folder_("pgbouncer") {
  std::string users;
  for (const auto& user : options.users) {
    users += fmt::format("\"{}\" \"{}\"\n", user, kTestPassword);
  }
  write_anew(folder() / "users.txt", users);
  const std::string configuration = configuration_of(server, options, folder() / "users.txt");
  for (int attempt = 0; attempt < kStartsMax; ++attempt) {
    launch(configuration);
    if (answers_or_clashed()) return;
  }
  throw std::runtime_error("PgBouncer finds every port taken");
}

PgBouncer::~PgBouncer() {
  // SIGTERM is its immediate shutdown; SIGINT would wait for clients.
  if (child_) child_->end({SIGTERM}, kEndPatience);
}

std::string PgBouncer::url(const std::string& database, const std::string& user) const {
  return fmt::format("postgresql://{}@127.0.0.1:{}/{}", user, port_, database);
}

void PgBouncer::launch(const std::string& configuration) {
  const fs::path file = folder() / "pgbouncer.ini";
  port_ = free_port();
  write_anew(file, configuration + fmt::format("listen_port = {}\n", port_));
  fs::remove(folder() / "log");
  const Descriptor out = open_log(folder() / "log");
  child_.emplace(Child::Options{.arguments = {pgbouncer_program(), file},
                                .as_server_user = true,
                                .output = out.number(),
                                .errors = out.number(),
                                .signal_if_abandoned = SIGTERM});
}

bool PgBouncer::answers_or_clashed() {
  const auto deadline = std::chrono::steady_clock::now() + kStartPatience;
  while (child_->running()) {
    if (log().find("process up") != std::string::npos) return true;
    if (std::chrono::steady_clock::now() > deadline) break;
    std::this_thread::sleep_for(milliseconds(2));
  }
  child_.reset();
  if (log().find("ddress already in use") != std::string::npos) return false;
  throw std::runtime_error("PgBouncer does not start:\n" + log());
}

}  // namespace footfall::tests
