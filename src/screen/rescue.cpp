#include "screen/rescue.hpp"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "base/assert.hpp"

namespace footfall::screen::rescue {
namespace {

constexpr int kWaitMs = 1000;  // for a terminal that takes nothing
constexpr std::array kCrashes = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT, SIGHUP};

// All that the handlers read. Written while is_armed is false.
struct Armed {
  int descriptor = -1;
  termios modes{};
  std::array<char, 256> bytes{};
  std::size_t size = 0;
};
Armed armed;
std::atomic<bool> is_armed = false;
static_assert(std::atomic<bool>::is_always_lock_free, "signal handlers read it");

std::array<struct sigaction, kCrashes.size()> before;

void write_all(int descriptor, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(descriptor, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) {
      pollfd ready{descriptor, POLLOUT, 0};
      if (::poll(&ready, 1, kWaitMs) > 0) continue;
    }
    if (written <= 0) return;
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
}

void on_crash(int signal) {
  restore();
  const auto* const at = std::find(kCrashes.begin(), kCrashes.end(), signal);
  ::sigaction(signal, &before[static_cast<std::size_t>(at - kCrashes.begin())], nullptr);
  ::raise(signal);  // comes as soon as this handler is left
}

}  // namespace

void arm(int descriptor, const termios& modes, std::string_view bytes) {
  FF_ASSERT(!is_armed, "one terminal at a time");
  armed.descriptor = descriptor;
  armed.modes = modes;
  armed.size = bytes.size() <= armed.bytes.size() ? bytes.size() : 0;
  std::copy_n(bytes.begin(), armed.size, armed.bytes.begin());
  is_armed = true;
}

void disarm() { is_armed = false; }

void restore() noexcept {
  if (!is_armed.exchange(false)) return;
  const int error = errno;
  const pid_t owner = ::tcgetpgrp(armed.descriptor);
  if (owner < 0 || owner == ::getpgrp()) {
    // Else a terminal that another program has just been given would stop this one here.
    sigset_t output_signal, blocked_before;
    ::sigemptyset(&output_signal);
    ::sigaddset(&output_signal, SIGTTOU);
    ::pthread_sigmask(SIG_BLOCK, &output_signal, &blocked_before);
    write_all(armed.descriptor, armed.bytes.data(), armed.size);
    ::tcsetattr(armed.descriptor, TCSANOW, &armed.modes);
    ::pthread_sigmask(SIG_SETMASK, &blocked_before, nullptr);
  }
  errno = error;
}

void watch_crashes() {
  static bool watches = false;
  if (watches) return;
  watches = true;
  static std::array<char, 64 * 1024> stack;
  stack_t present{};
  if (::sigaltstack(nullptr, &present) == 0 && (present.ss_flags & SS_DISABLE) != 0) {
    const stack_t own{.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
    ::sigaltstack(&own, nullptr);
  }
  struct sigaction action {};
  action.sa_handler = on_crash;
  action.sa_flags = SA_ONSTACK;
  ::sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kCrashes.size(); ++i) {
    ::sigaction(kCrashes[i], nullptr, &before[i]);
    // What somebody chose to ignore (nohup) stays ignored.
    if (before[i].sa_handler != SIG_IGN) ::sigaction(kCrashes[i], &action, nullptr);
  }
  std::atexit([] { restore(); });
}

}  // namespace footfall::screen::rescue
