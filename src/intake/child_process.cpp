#include "intake/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <new>

namespace footfall::intake {
namespace {

constexpr int kExitThrew = 70;
constexpr int kExitNoMemory = 71;
constexpr int kDescriptorsMax = 4096;  // closed in the child; a program with more has other worries

#ifdef FOOTFALL_SANITIZED
constexpr bool kSanitized = true;  // needs address space, and its report must come out
#else
constexpr bool kSanitized = false;
#endif

void set_limit(int resource, std::int64_t soft, std::int64_t hard) {
  rlimit limit{};
  if (getrlimit(resource, &limit) != 0) return;
  // An outer limit that is lower stays.
  limit.rlim_max = std::min(limit.rlim_max, static_cast<rlim_t>(hard));
  limit.rlim_cur = std::min(limit.rlim_max, static_cast<rlim_t>(soft));
  setrlimit(resource, &limit);
}

void set_limits(const ChildLimits& limits) {
  set_limit(RLIMIT_CORE, 0, 0);
  set_limit(RLIMIT_CPU, limits.cpu_seconds_max, std::int64_t{limits.cpu_seconds_max} + 1);
  if constexpr (!kSanitized) {
#ifndef __APPLE__
    set_limit(RLIMIT_AS, limits.memory_bytes_max, limits.memory_bytes_max);
#endif
    set_limit(RLIMIT_FSIZE, 0, 0);
    set_limit(RLIMIT_NOFILE, 0, 0);
  }
}

// The parent's handlers would keep the child alive or touch what belongs to the parent.
void reset_signals() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXCPU, SIGALRM, SIGCHLD}) {
    std::signal(number, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

void close_files(int keep) {
  const int null = open("/dev/null", O_RDWR);
  for (int fd = 0; fd <= 2; ++fd) {
    if (null >= 0 && fd != keep && !(kSanitized && fd == 2)) dup2(null, fd);
  }
  const long open_max = sysconf(_SC_OPEN_MAX);
  const int end =
      open_max < 0 ? kDescriptorsMax : static_cast<int>(std::min<long>(open_max, kDescriptorsMax));
  for (int fd = 3; fd < end; ++fd) {
    if (fd != keep) close(fd);
  }
}

[[noreturn]] void run_child(const ChildLimits& limits, const std::function<void(int)>& work,
                            int fd) {
  int code = 0;
  try {
    reset_signals();
    close_files(fd);
    set_limits(limits);
    work(fd);
  } catch (const std::bad_alloc&) {
    code = kExitNoMemory;
  } catch (...) {
    code = kExitThrew;
  }
  _exit(code);  // no destructors, no buffers: they are copies of the parent's
}

// The parent's end: owns the process and the pipe's reading side.
class Child {
 public:
  Child(pid_t pid, int fd) : pid_(pid), fd_(fd) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) kill_and_wait();
    close(fd_);
  }

  int fd() const { return fd_; }

  // The status as waitpid gives it; -1 if somebody else has taken it. A child that has already
  // ended keeps its own status; one that closed its output without ending is not waited for.
  int kill_and_wait() {
    kill(pid_, SIGKILL);
    int status = 0;
    pid_t got = 0;
    do {
      got = waitpid(pid_, &status, 0);
    } while (got < 0 && errno == EINTR);
    pid_ = -1;
    return got < 0 ? -1 : status;
  }

 private:
  pid_t pid_;
  int fd_;
};

ChildEnd end_from_status(int status) {
  if (status == -1) return ChildEnd::finished;  // unknown: what it wrote must speak for itself
  if (WIFEXITED(status)) {
    if (WEXITSTATUS(status) == 0) return ChildEnd::finished;
    return WEXITSTATUS(status) == kExitNoMemory ? ChildEnd::out_of_memory : ChildEnd::crashed;
  }
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU ? ChildEnd::out_of_cpu
                                                            : ChildEnd::crashed;
}

Error no_process(const char* what) {
  return Error(Errc::io,
               fmt::format("Reading a workbook needs a process of its own, and the system "
                           "refused it ({}: {}). Try again when it is less busy.",
                           what, std::strerror(errno)));
}

ChildEnd feed(Child& child, int wall_ms_max, const std::function<bool(std::string_view)>& consume) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point deadline = Clock::now() + std::chrono::milliseconds(wall_ms_max);
  std::array<char, 65'536> buffer;
  while (true) {
    const auto left_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left_ms <= 0) return ChildEnd::out_of_time;
    pollfd ready{child.fd(), POLLIN, 0};
    const int count = poll(&ready, 1, static_cast<int>(left_ms));
    if (count == 0 || (count < 0 && errno == EINTR)) continue;
    const ssize_t bytes = count < 0 ? -1 : read(child.fd(), buffer.data(), buffer.size());
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) return ChildEnd::stopped;
    if (bytes == 0) return end_from_status(child.kill_and_wait());
    if (!consume(std::string_view(buffer.data(), static_cast<std::size_t>(bytes)))) {
      return ChildEnd::stopped;
    }
  }
}

}  // namespace

Result<ChildEnd> run_in_child(const ChildLimits& limits, const std::function<void(int fd)>& work,
                              const std::function<bool(std::string_view piece)>& consume) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return no_process("pipe");
  for (const int fd : ends) fcntl(fd, F_SETFD, FD_CLOEXEC);
  const pid_t pid = fork();
  if (pid == 0) run_child(limits, work, ends[1]);
  const Error error = pid < 0 ? no_process("fork") : Error();
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return error;
  }
  Child child(pid, ends[0]);
  return feed(child, limits.wall_ms_max, consume);
}

}  // namespace footfall::intake
