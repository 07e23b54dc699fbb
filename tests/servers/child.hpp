// Programs that a test starts, waits for and ends. None of them outlives the test: when the test
// dies, even by SIGKILL, a watcher ends the child.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace footfall::tests {

// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { close(); }

  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }
  void close();

 private:
  int number_;
};

// A running program. Used by one thread at a time; any thread may create it.
//
// Beside each child runs a watcher: a fork of the test that waits on a pipe for the test's end and
// then signals the child. PR_SET_PDEATHSIG would do this on Linux alone, and it strikes when the
// thread that forked ends, so a server started on a helper thread would die with that thread.
//
// The child has a process group of its own (Ctrl-C reaches the test first), its working folder is
// `/`, no PG* variable of ours, and of our descriptors only the three given.
class Child {
 public:
  struct Options {
    std::vector<std::string> arguments;    // [0] is the program with its whole path
    std::vector<std::string> environment;  // "NAME=value", on top of ours
    bool as_server_user = false;           // run as server_user()
    int input = -1;                        // descriptors; -1 is /dev/null
    int output = -1;
    int errors = -1;
    int signal_if_abandoned = 15;  // from the watcher, SIGKILL 5 s later; 0: no watcher
  };

  // Throws std::runtime_error when the program cannot be started.
  explicit Child(const Options& options);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();  // SIGKILL if it still runs

  pid_t pid() const { return pid_; }
  bool running();
  // The exit code, 128 + signal if a signal ended it, nothing if it still runs after `patience`.
  std::optional<int> wait_for(std::chrono::milliseconds patience);
  void send(int signal) const;
  // Sends the signals in turn, waiting `patience` after each, and SIGKILL at last.
  int end(const std::vector<int>& signals, std::chrono::milliseconds patience);

 private:
  void start_watcher(int signal);

  pid_t pid_ = -1;
  pid_t watcher_ = -1;
  Descriptor watched_;  // closed by the kernel when we die, which the watcher sees
  std::optional<int> ended_;
};

struct Program {
  std::vector<std::string> arguments;
  std::string input;
  std::vector<std::string> environment;
  bool as_server_user = false;
};

// Runs a short program to its end and returns what it wrote to standard output. Throws
// std::runtime_error with its standard error if it fails or takes more than a minute.
std::string run_program(const Program& program);

struct ServerUser {
  uid_t user;
  gid_t group;
};

// Whom servers run as when the test is root, which PostgreSQL and PgBouncer refuse: `postgres` if
// there is such a user, else `nobody`. Nothing when the test is an ordinary user.
std::optional<ServerUser> server_user();

// False also for a zombie that nobody has awaited.
bool process_alive(pid_t pid);
std::vector<pid_t> children_of(pid_t pid);

}  // namespace footfall::tests
