#include "screen/pty_fixture.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

#include <array>
#include <chrono>
#include <cstring>
#include <stdexcept>

namespace footfall::screen {
namespace {

constexpr std::chrono::seconds kPatience{30};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

}  // namespace

PtyProgram::PtyProgram(std::vector<std::string> arguments, const PtyOptions& options)
    : screen_(options.width, options.height) {
  const winsize size{static_cast<unsigned short>(options.height),
                     static_cast<unsigned short>(options.width), 0, 0};
  if (::openpty(&master_, &slave_, nullptr, nullptr, &size) != 0) {
    throw std::runtime_error("no pseudo-terminal");
  }
  ::fcntl(master_, F_SETFD, FD_CLOEXEC);
  ::tcgetattr(slave_, &modes_);
  if (arguments.empty() || arguments[0].starts_with("--")) {
    arguments.insert(arguments.begin(), FOOTFALL_SCREEN_DEMO);
  }
  std::vector<std::string> environment = options.environment;
  const std::vector<char*> argv = pointers(arguments), envp = pointers(environment);
  process_ = ::fork();
  if (process_ == 0) {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);  // a crash on purpose leaves no file
    ::login_tty(::dup(slave_));
    ::close(slave_);
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
}

PtyProgram::~PtyProgram() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  ::close(slave_);
  ::close(master_);
}

void PtyProgram::type(std::string_view keys) const {
  if (::write(master_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size())) {
    throw std::runtime_error("cannot type");
  }
}

void PtyProgram::signal(int number) const { ::kill(process_, number); }

void PtyProgram::resize(int width, int height) {
  screen_.resize(width, height);
  const winsize size{static_cast<unsigned short>(height), static_cast<unsigned short>(width), 0, 0};
  ::ioctl(master_, TIOCSWINSZ, &size);
}

bool PtyProgram::read_some(int wait_ms) {
  pollfd ready{master_, POLLIN, 0};
  if (::poll(&ready, 1, wait_ms) <= 0) return false;
  std::array<char, 4096> bytes;
  const ssize_t count = ::read(master_, bytes.data(), bytes.size());
  if (count <= 0) return false;
  output_.append(bytes.data(), static_cast<std::size_t>(count));
  screen_.feed({bytes.data(), static_cast<std::size_t>(count)});
  return true;
}

bool PtyProgram::wait_until(const std::function<bool(const Vt&)>& is_reached) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!is_reached(screen_)) {
    if (std::chrono::steady_clock::now() > end) return false;
    read_some(100);
  }
  return true;
}

bool PtyProgram::wait_for(std::string_view text) {
  return wait_until([&](const Vt& vt) { return vt.text().find(text) != std::string::npos; });
}

bool PtyProgram::wait_until_read() {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  for (int unread = 1; unread > 0;) {
    if (std::chrono::steady_clock::now() > end || ::ioctl(slave_, FIONREAD, &unread) != 0) {
      return false;
    }
    if (unread > 0) ::poll(nullptr, 0, 1);
  }
  return true;
}

bool PtyProgram::wait_until_gone() {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (::waitpid(process_, nullptr, WNOHANG) != process_) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::poll(nullptr, 0, 5);
  }
  process_ = -1;
  return true;
}

int PtyProgram::finish() {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  int status = 0;
  while (std::chrono::steady_clock::now() < end) {
    read_some(20);
    if (::waitpid(process_, &status, WNOHANG) != process_) continue;
    process_ = -1;
    while (read_some(0)) {
    }
    return status;
  }
  return -1;
}

bool PtyProgram::has_same_modes() const {
  termios now{};
  ::tcgetattr(slave_, &now);
  return now.c_iflag == modes_.c_iflag && now.c_oflag == modes_.c_oflag &&
         now.c_cflag == modes_.c_cflag && now.c_lflag == modes_.c_lflag &&
         std::memcmp(now.c_cc, modes_.c_cc, sizeof now.c_cc) == 0;
}

void PtyProgram::set_first_modes() const { ::tcsetattr(slave_, TCSANOW, &modes_); }

bool PtyProgram::is_blocking() const { return (::fcntl(slave_, F_GETFL) & O_NONBLOCK) == 0; }

}  // namespace footfall::screen
