#include "tests/servers/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <thread>

#ifndef __linux__
extern char** environ;
#endif

namespace footfall::tests {
namespace {

using std::chrono::milliseconds;

// Everything between fork and exec: made before the fork, since another thread of the test may hold
// the allocator's lock at that moment. Only async-signal-safe calls are made after it.
struct Prepared {
  std::vector<std::string> environment;
  std::vector<char*> argv, envp;
  std::optional<ServerUser> user;
  int descriptors[3] = {-1, -1, -1};
};

Prepared prepare(const Child::Options& options) {
  Prepared prepared;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const bool replaced = text.starts_with("PG") || text.starts_with("LC_ALL=");
    if (!replaced) prepared.environment.emplace_back(text);
  }
  prepared.environment.emplace_back("LC_ALL=C");
  prepared.environment.insert(prepared.environment.end(), options.environment.begin(),
                              options.environment.end());
  for (auto& variable : prepared.environment) prepared.envp.push_back(variable.data());
  for (const auto& argument : options.arguments) {
    prepared.argv.push_back(const_cast<char*>(argument.c_str()));  // execve does not write to it
  }
  prepared.envp.push_back(nullptr);
  prepared.argv.push_back(nullptr);
  if (options.as_server_user) prepared.user = server_user();
  prepared.descriptors[0] = options.input;
  prepared.descriptors[1] = options.output;
  prepared.descriptors[2] = options.errors;
  return prepared;
}

// A socket of ours held open in a server would keep its peer from ever seeing the end.
void close_from(int lowest) {
#ifdef SYS_close_range
  if (::syscall(SYS_close_range, lowest, ~0U, 0) == 0) return;
#endif
  const long limit = std::min(::sysconf(_SC_OPEN_MAX), 65536L);
  for (int number = lowest; number < limit; ++number) ::close(number);
}

bool drop_root(const ServerUser& user) {
  return ::setgroups(1, &user.group) == 0 && ::setgid(user.group) == 0 && ::setuid(user.user) == 0;
}

// In the child. Waits for the word that the watcher stands; then becomes the program, or reports
// errno through `channel` and ends.
[[noreturn]] void become_program(const Prepared& prepared, int channel) {
  char go = 0;
  if (::read(channel, &go, 1) != 1) ::_exit(127);
  ::setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGCHLD}) {
    ::signal(number, SIG_DFL);
  }
  // Moved out of the way first: the test may have been started without descriptors 0, 1 or 2.
  int moved[4] = {};
  for (int i = 0; i < 4; ++i) {
    const int from = i < 3 ? prepared.descriptors[i] : channel;
    moved[i] = from >= 0 ? ::fcntl(from, F_DUPFD, 10) : ::open("/dev/null", O_RDWR);
  }
  for (int i = 0; i < 4; ++i) ::dup2(moved[i], i);
  ::fcntl(3, F_SETFD, FD_CLOEXEC);
  close_from(4);
  const bool dropped = !prepared.user || drop_root(*prepared.user);
  if (dropped && ::chdir("/") == 0) {
    ::execve(prepared.argv[0], prepared.argv.data(), prepared.envp.data());
  }
  const int error = errno;
  [[maybe_unused]] const auto written = ::write(3, &error, sizeof error);
  ::_exit(127);
}

// In the watcher: a session of its own, since Ctrl-C must not reach it before it has done its work.
[[noreturn]] void watch(int pipe, pid_t pid, int signal) {
  ::setsid();
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  ::dup2(pipe, 0);
  close_from(1);
  char byte = 0;
  while (::read(0, &byte, 1) < 0 && errno == EINTR) {
  }
  ::kill(pid, signal);
  for (int i = 0; i < 500 && ::kill(pid, 0) == 0; ++i) {
    const timespec pause{0, 10'000'000};
    ::nanosleep(&pause, nullptr);
  }
  ::kill(pid, SIGKILL);
  ::_exit(0);
}

struct SocketPair {
  Descriptor ours, theirs;
};

SocketPair socket_pair() {
  int both[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, both) != 0) {
    throw std::runtime_error(fmt::format("socketpair: {}", std::strerror(errno)));
  }
  for (const int number : both) ::fcntl(number, F_SETFD, FD_CLOEXEC);
  return {Descriptor(both[0]), Descriptor(both[1])};
}

// Polled, as POSIX has no wait with a deadline: often at first, for programs that end at once.
milliseconds next_pause(milliseconds pause) { return std::min(pause * 2, milliseconds(8)); }

std::string contents(FILE* file) {
  std::string text;
  char part[4096];
  std::rewind(file);
  while (const std::size_t size = std::fread(part, 1, sizeof part, file)) text.append(part, size);
  return text;
}

struct ProcessState {
  char letter = '?';
  pid_t parent = -1;
};

#ifdef __linux__
// "pid (name) state parent …" in /proc/pid/stat; a name may hold spaces and brackets.
std::optional<ProcessState> process_state(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text;
  if (!std::getline(file, text) || text.rfind(')') == std::string::npos) return std::nullopt;
  std::istringstream rest(text.substr(text.rfind(')') + 1));
  ProcessState state;
  rest >> state.letter >> state.parent;
  return state;
}
#endif

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    close();
    number_ = std::exchange(other.number_, -1);
  }
  return *this;
}

void Descriptor::close() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

Child::Child(const Options& options) {
  Prepared prepared = prepare(options);
  SocketPair channel = socket_pair();
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error(fmt::format("fork: {}", std::strerror(errno)));
  if (pid_ == 0) {
    ::close(channel.ours.number());
    become_program(prepared, channel.theirs.number());
  }
  channel.theirs.close();
  if (options.signal_if_abandoned != 0) start_watcher(options.signal_if_abandoned);
  int error = 0;
  const bool told = ::write(channel.ours.number(), "g", 1) == 1;
  // The channel closes on exec, so nothing to read means that the program runs.
  const auto size = ::read(channel.ours.number(), &error, sizeof error);
  if (told && size == 0) return;
  end({}, milliseconds(0));
  throw std::runtime_error(
      fmt::format("cannot start {}: {}", options.arguments.at(0), std::strerror(error)));
}

Child::~Child() { end({}, milliseconds(0)); }

void Child::start_watcher(int signal) {
  SocketPair pipe = socket_pair();
  const pid_t watched = pid_;
  watcher_ = ::fork();
  if (watcher_ == 0) watch(pipe.theirs.number(), watched, signal);
  // The child still waits for our word, and ends when the channel closes without it.
  if (watcher_ < 0) throw std::runtime_error(fmt::format("fork: {}", std::strerror(errno)));
  watched_ = std::move(pipe.ours);
}

bool Child::running() { return !wait_for(milliseconds(0)).has_value(); }

std::optional<int> Child::wait_for(milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (milliseconds pause(1); !ended_; pause = next_pause(pause)) {
    int status = 0;
    const pid_t found = ::waitpid(pid_, &status, WNOHANG);
    if (found == pid_) {
      ended_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    } else if (found < 0 && errno == ECHILD) {
      ended_ = -1;  // somebody else in the test awaited it
    } else if (std::chrono::steady_clock::now() >= deadline) {
      return std::nullopt;
    } else {
      std::this_thread::sleep_for(pause);
    }
  }
  if (watcher_ > 0) {
    ::kill(watcher_, SIGKILL);
    ::waitpid(watcher_, nullptr, 0);
    watcher_ = -1;
    watched_.close();
  }
  return ended_;
}

void Child::send(int signal) const {
  if (!ended_) ::kill(pid_, signal);
}

int Child::end(const std::vector<int>& signals, milliseconds patience) {
  for (const int signal : signals) {
    send(signal);
    if (const auto code = wait_for(patience)) return *code;
  }
  send(SIGKILL);
  return wait_for(std::chrono::hours(1)).value_or(-1);
}

std::string run_program(const Program& program) {
  using File = std::unique_ptr<FILE, int (*)(FILE*)>;
  const File input(std::tmpfile(), std::fclose);
  const File output(std::tmpfile(), std::fclose);
  const File errors(std::tmpfile(), std::fclose);
  if (!input || !output || !errors) throw std::runtime_error("cannot create a temporary file");
  std::fwrite(program.input.data(), 1, program.input.size(), input.get());
  std::rewind(input.get());
  Child child({.arguments = program.arguments,
               .environment = program.environment,
               .as_server_user = program.as_server_user,
               .input = ::fileno(input.get()),
               .output = ::fileno(output.get()),
               .errors = ::fileno(errors.get()),
               .signal_if_abandoned = 0});
  const auto code = child.wait_for(std::chrono::minutes(1));
  if (code == 0) return contents(output.get());
  throw std::runtime_error(fmt::format(
      "{} {}: {}", program.arguments.at(0),
      code ? fmt::format("ended with code {}", *code) : std::string("takes more than a minute"),
      contents(errors.get())));
}

std::optional<ServerUser> server_user() {
  if (::geteuid() != 0) return std::nullopt;
  for (const char* name : {"postgres", "nobody"}) {
    passwd entry{};
    passwd* found = nullptr;
    std::vector<char> space(16384);
    ::getpwnam_r(name, &entry, space.data(), space.size(), &found);
    if (found != nullptr) return ServerUser{found->pw_uid, found->pw_gid};
  }
  throw std::runtime_error(
      "servers refuse to run as root, and there is no user postgres or nobody");
}

bool process_alive(pid_t pid) {
  if (::kill(pid, 0) != 0 && errno == ESRCH) return false;
#ifdef __linux__
  const auto state = process_state(pid);
  return state && state->letter != 'Z' && state->letter != 'X';
#else
  return true;
#endif
}

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> children;
#ifdef __linux__
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename().string();
    pid_t number = 0;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
    if (read.ec != std::errc() || read.ptr != name.data() + name.size()) continue;
    const auto state = process_state(number);
    if (state && state->parent == pid) children.push_back(number);
  }
#else
  std::istringstream lines(run_program({.arguments = {"/bin/ps", "-A", "-o", "pid=,ppid="}}));
  for (pid_t number = 0, parent = 0; lines >> number >> parent;) {
    if (parent == pid) children.push_back(number);
  }
#endif
  return children;
}

}  // namespace footfall::tests
