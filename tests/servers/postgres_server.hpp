// A PostgreSQL server of a test's own.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tests/servers/child.hpp"
#include "tests/servers/server_folder.hpp"

namespace footfall::tests {

struct PostgresOptions {
  // Off: fsync and full_page_writes are off, which survives kill_now() (the operating system keeps
  // what was written) but no power failure, and the data folder is in memory_folder(); on: it is in
  // temporary_folder(). synchronous_commit is on in either case.
  bool durable = false;
  bool password = false;              // scram-sha-256 in place of trust; url() holds the password
  std::vector<std::string> settings;  // "name=value", as in postgresql.conf, value unquoted
};

// A server on a free port of 127.0.0.1 with a data folder of its own, ended and removed with the
// object. Every failure throws std::runtime_error with the end of the server's log. Methods are
// called by one thread at a time; url(), port() and psql() by any while the server stands.
//
// Roles: the superuser `postgres`, and `footfall`, which owns the databases, may do nothing else,
// and has a statement_timeout of 5 s, a lock_timeout of 1 s and an
// idle_in_transaction_session_timeout of 10 s. Database: `footfall`, empty, UTF8, locale C. Time
// zone: UTC.
class PostgresServer {
 public:
  using Options = PostgresOptions;

  explicit PostgresServer(Options options = {});
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;
  ~PostgresServer();

  // postgresql://user[:password]@127.0.0.1:port/database, with both names as they are given.
  std::string url(const std::string& database = "footfall",
                  const std::string& user = "footfall") const;
  int port() const { return port_; }
  const std::filesystem::path& folder() const { return folder_.path(); }
  std::string log() const;
  pid_t pid() const;  // of the postmaster; -1 if it does not run

  // Runs psql as superuser, each statement a transaction of its own, and returns the rows,
  // unaligned (`a|b`), without the last line's end.
  std::string psql(const std::string& database, const std::string& sql) const;
  void create_database(const std::string& name, const std::string& from_template = "template0");

  // Fast shutdown, and a start on the same port. Connections break.
  void restart();
  void stop();
  // As a crash: SIGKILL to the postmaster and its backends; returns when all are gone.
  void kill_now();
  // After stop() or kill_now(); recovers. Returns when the server answers.
  void start();

 private:
  void launch();
  // True once it answers, false if its port was taken by somebody else.
  bool answers_or_clashed(std::size_t log_start);

  Options options_;
  std::filesystem::path programs_;
  ServerFolder folder_;
  int port_ = 0;
  std::optional<Child> child_;
};

}  // namespace footfall::tests
