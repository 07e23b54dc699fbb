// Tests only: `footfall serve` as a program of its own, that can be killed and started again, and
// databases with the sample shop for it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/reader.hpp"
#include "tests/servers/child.hpp"

namespace footfall::tests {

enum class Kind { sqlite, postgres };

// True as soon as `condition` is; false if it is not within `seconds`.
template <typename Condition>
bool eventually(Condition condition, int seconds = 60);
void pause_a_moment();  // between two looks

// A path of this process with nothing there.
std::string temporary_path(const std::string& what);

// A database of the test's own, seeded by the program with 12 agents or all 372, and removed with
// the object.
class SeededDatabase {
 public:
  explicit SeededDatabase(Kind kind, bool small = true);
  SeededDatabase(const SeededDatabase&) = delete;
  SeededDatabase& operator=(const SeededDatabase&) = delete;
  ~SeededDatabase();

  const std::string& url() const { return url_; }
  const std::string& file() const { return file_; }  // SQLite's
  store::Rows query(const std::string& sql) const;
  std::int64_t number(const std::string& sql) const;
  std::string violations() const;  // crowd.hpp

 private:
  Kind kind_;
  std::string file_, name_, url_;
};

struct ProgramEnd {
  int code = -1;
  std::string errors;  // standard error
};

class ServerProcess {
 public:
  // `environment`: "NAME=value"; FOOTFALL_DB is the database's. Not started yet.
  ServerProcess(std::string program, const std::string& database_url,
                std::vector<std::string> environment, std::vector<std::string> arguments = {});
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess();

  // Returns when it listens: on any free port the first time, on the same one afterwards. Throws
  // std::runtime_error with what it said.
  void start();
  // For one that refuses to start.
  ProgramEnd run_to_end();
  void kill_now();   // SIGKILL
  ProgramEnd end();  // SIGTERM; how it ended
  void send(int signal) const { child_->send(signal); }
  ProgramEnd wait();
  std::uint16_t port() const { return port_; }
  std::string errors() const;  // all it ever said

 private:
  void launch(const std::string& listen);

  std::string program_, errors_file_;
  std::vector<std::string> environment_, arguments_;
  std::uint16_t port_ = 0;
  std::size_t said_before_ = 0;  // by those before
  std::optional<Child> child_;
};

template <typename Condition>
bool eventually(Condition condition, int seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    pause_a_moment();
  }
  return true;
}

}  // namespace footfall::tests
