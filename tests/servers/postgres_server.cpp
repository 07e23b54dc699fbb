#include "tests/servers/postgres_server.hpp"

#include <fmt/format.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "tests/servers/loopback.hpp"
#include "tests/servers/postgres_template.hpp"

namespace footfall::tests {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kStartPatience(60);  // recovery may have much to read
constexpr seconds kEndPatience(5);

// '' stands for ' in postgresql.conf as in SQL.
std::string quoted(const std::string& text, char quote) {
  std::string out(1, quote);
  for (const char c : text) out.append(c == quote ? 2 : 1, c);
  return out + quote;
}

std::string configuration(const PostgresOptions& options) {
  // Shared memory by files: what a killed server leaves goes with its folder, and a container's
  // small /dev/shm does not matter.
  std::string text =
      "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nshared_buffers = 64MB\n"
      "max_connections = 200\nlogging_collector = off\nlog_line_prefix = '%m [%p] %u@%d '\n"
      "dynamic_shared_memory_type = mmap\ntimezone = 'UTC'\nlog_timezone = 'UTC'\n";
  if (!options.durable) text += "fsync = off\nfull_page_writes = off\n";
  for (const auto& setting : options.settings) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos) throw std::runtime_error(setting + " is not name=value");
    text += fmt::format("{} = {}\n", setting.substr(0, equals),
                        quoted(setting.substr(equals + 1), '\''));
  }
  return text;
}

// postmaster.pid, as pg_ctl reads it: line 1 the process, line 7 the key and number of the shared
// memory, line 8 the state.
struct PidFile {
  pid_t pid = -1;
  int shared_memory = -1;
  std::string state;
};

PidFile read_pid_file(const fs::path& data) {
  PidFile found;
  std::istringstream lines(read_text(data / "postmaster.pid"));
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::istringstream words(line);
    std::string key;
    if (number == 1) words >> found.pid;
    if (number == 7) words >> key >> found.shared_memory;
    if (number == 8) words >> found.state;
  }
  return found;
}

}  // namespace

PostgresServer::PostgresServer(Options options)
    : options_(std::move(options)),
      programs_(postgres_programs()),
      folder_("postgres", options_.durable ? temporary_folder() : memory_folder()) {
  const fs::path data = folder() / "data";
  // Keeps owners and modes, and shares blocks where the file system can.
  run_program({.arguments = {"/bin/cp", "-Rp", postgres_template(), data}});
  append_text(data / "postgresql.conf", configuration(options_));
  if (options_.password) {
    std::ofstream(data / "pg_hba.conf") << "host all all 127.0.0.1/32 scram-sha-256\n";
  }
  start();
}

PostgresServer::~PostgresServer() {
  if (child_) {
    child_->end({SIGINT, SIGQUIT}, kEndPatience);
  } else if (const int left = read_pid_file(folder() / "data").shared_memory; left >= 0) {
    ::shmctl(left, IPC_RMID, nullptr);  // after kill_now() without start()
  }
}

std::string PostgresServer::url(const std::string& database, const std::string& user) const {
  return fmt::format("postgresql://{}{}{}@127.0.0.1:{}/{}", user, options_.password ? ":" : "",
                     options_.password ? kTestPassword : "", port_, database);
}

std::string PostgresServer::log() const { return read_text(folder() / "log"); }

pid_t PostgresServer::pid() const { return child_ ? child_->pid() : -1; }

std::string PostgresServer::psql(const std::string& database, const std::string& sql) const {
  std::string rows = run_program({.arguments = {programs_ / "psql", "-XAtq", "-v",
                                                "ON_ERROR_STOP=1", url(database, "postgres")},
                                  .input = sql});
  if (rows.ends_with('\n')) rows.pop_back();
  return rows;
}

void PostgresServer::create_database(const std::string& name, const std::string& from_template) {
  psql("postgres", fmt::format("CREATE DATABASE {} OWNER footfall TEMPLATE {}", quoted(name, '"'),
                               quoted(from_template, '"')));
}

void PostgresServer::restart() {
  stop();
  start();
}

void PostgresServer::stop() {
  if (!child_) return;
  child_->end({SIGINT, SIGQUIT}, kEndPatience);
  child_.reset();
}

void PostgresServer::kill_now() {
  if (!child_) return;
  // Stopped first, so that it starts no further backend while we look for them.
  child_->send(SIGSTOP);
  const std::vector<pid_t> backends = children_of(child_->pid());
  child_->end({}, milliseconds(0));
  child_.reset();
  for (const pid_t backend : backends) ::kill(backend, SIGKILL);
  const auto deadline = std::chrono::steady_clock::now() + kEndPatience;
  while (std::any_of(backends.begin(), backends.end(), process_alive)) {
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("backends of PostgreSQL are still there after SIGKILL");
    }
    std::this_thread::sleep_for(milliseconds(1));
  }
}

void PostgresServer::start() {
  if (child_) return;
  const bool first = port_ == 0;
  // A later start keeps its port, and waits for whoever borrowed it for a connection of his own.
  for (int attempt = 0; attempt < 50; ++attempt) {
    if (first) port_ = free_port();
    const std::size_t log_start = log().size();
    launch();
    if (answers_or_clashed(log_start)) return;
    if (!first) std::this_thread::sleep_for(milliseconds(100));
  }
  throw std::runtime_error(fmt::format("PostgreSQL finds port {} taken", port_));
}

void PostgresServer::launch() {
  const Descriptor out = open_log(folder() / "log");
  child_.emplace(Child::Options{
      .arguments = {programs_ / "postgres", "-D", folder() / "data", "-p", std::to_string(port_)},
      .as_server_user = true,
      .output = out.number(),
      .errors = out.number(),
      .signal_if_abandoned = SIGINT});
}

bool PostgresServer::answers_or_clashed(std::size_t log_start) {
  const auto deadline = std::chrono::steady_clock::now() + kStartPatience;
  while (child_->running()) {
    const PidFile found = read_pid_file(folder() / "data");
    if (found.pid == child_->pid() && found.state == "ready") return true;
    if (std::chrono::steady_clock::now() > deadline) break;
    std::this_thread::sleep_for(milliseconds(2));
  }
  child_.reset();
  const std::string said = log().substr(log_start);
  if (said.find("Address already in use") != std::string::npos) return false;
  throw std::runtime_error("PostgreSQL does not start:\n" +
                           said.substr(said.size() - std::min<std::size_t>(said.size(), 2000)));
}

}  // namespace footfall::tests
