// A PgBouncer of a test's own, in front of a PostgresServer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/servers/child.hpp"
#include "tests/servers/postgres_server.hpp"
#include "tests/servers/server_folder.hpp"

namespace footfall::tests {

struct PgBouncerOptions {
  std::string pool_mode = "transaction";
  int default_pool_size = 20;
  int max_client_conn = 400;
  std::vector<std::string> settings;                       // further "name = value" of [pgbouncer]
  std::vector<std::string> users{"footfall", "postgres"};  // it refuses all others
};

// Listens on a free port of 127.0.0.1 and passes every database on to the server's port, which
// restart() keeps. Clients need no password; towards the server it has that of the two roles.
// Start-up parameters are not ignored, so it refuses `options` as PgBouncer does by default.
// Failures throw std::runtime_error with its log. Used by one thread at a time, url() by any.
class PgBouncer {
 public:
  using Options = PgBouncerOptions;

  explicit PgBouncer(const PostgresServer& server, const Options& options = {});
  PgBouncer(const PgBouncer&) = delete;
  PgBouncer& operator=(const PgBouncer&) = delete;
  ~PgBouncer();

  // postgresql://user@127.0.0.1:port/database. Database `pgbouncer` with user `postgres` is its
  // console (SHOW POOLS).
  std::string url(const std::string& database = "footfall",
                  const std::string& user = "footfall") const;
  int port() const { return port_; }
  const std::filesystem::path& folder() const { return folder_.path(); }
  std::string log() const { return read_text(folder() / "log"); }
  pid_t pid() const { return child_->pid(); }

 private:
  void launch(const std::string& configuration);
  // True once it answers, false if its port was taken by somebody else.
  bool answers_or_clashed();

  ServerFolder folder_;
  int port_ = 0;
  std::optional<Child> child_;
};

}  // namespace footfall::tests
