// A made-up run on a real terminal, for the tests and to look at. No part of footfall: built with
// the tests only.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "screen/dashboard.hpp"
#include "screen/state_fixture.hpp"
#include "screen/terminal.hpp"

namespace footfall::screen {
namespace {

constexpr std::string_view kUsage = R"~~~(screen_demo [flags]
  --cycle N      the cycle it begins at (412)
  --still        nothing moves by itself
  --frozen       the run is frozen
  --hostile      the shop's errors hold escape sequences
  --crash HOW    at the key c: segv, abort, overflow, quick (std::_Exit), exit, terminate
keys: those of the dashboard; escape on the main page draws the same frame again
)~~~";

struct Options {
  std::int64_t cycle = 412;
  bool still = false, frozen = false, hostile = false;
  std::string crash;
};

std::atomic<int> signal_seen = 0;  // the last of SIGWINCH, SIGTSTP, SIGCONT, SIGINT, SIGTERM

void note_signal(int signal) { signal_seen = signal; }

// They come only while it waits. Returns the mask for that.
sigset_t catch_signals() {
  struct sigaction action {};
  action.sa_handler = note_signal;
  ::sigemptyset(&action.sa_mask);
  sigset_t taken, before;
  ::sigemptyset(&taken);
  for (const int signal : {SIGWINCH, SIGTSTP, SIGCONT, SIGINT, SIGTERM}) {
    ::sigaction(signal, &action, nullptr);
    ::sigaddset(&taken, signal);
  }
  ::pthread_sigmask(SIG_BLOCK, &taken, &before);
  return before;
}

// As at the program's start, for those that ncurses would take.
bool has_no_handlers() {
  for (const int signal : {SIGINT, SIGTERM, SIGTSTP, SIGWINCH}) {
    struct sigaction action {};
    ::sigaction(signal, nullptr, &action);
    if (action.sa_handler != SIG_DFL) return false;
  }
  return true;
}

// Keeps the compiler from seeing through it.
int overflow(volatile int* depth) {
  volatile int here[1024] = {};
  here[0] = *depth + 1;
  if (here[0] < 0) return 0;
  return overflow(&here[0]) + here[1];
}

[[noreturn]] void crash(const std::string& how) {
  if (how == "abort") std::abort();
  if (how == "exit") std::exit(3);
  if (how == "terminate") std::terminate();
  if (how == "quick") {
    Terminal::emergency_restore();
    std::_Exit(3);
  }
  if (how == "overflow") {
    volatile int depth = 0;
    overflow(&depth);
  }
  ::raise(SIGSEGV);
  std::_Exit(4);
}

class Demo {
 public:
  Demo(Options options, Terminal& terminal, const sigset_t& while_waiting)
      : options_(std::move(options)), terminal_(terminal), while_waiting_(while_waiting) {
    make_state();
    view_.has_keys = terminal.key_fd() >= 0;
    // As an event loop does.
    if (view_.has_keys) ::fcntl(terminal.key_fd(), F_SETFL, O_RDONLY | O_NONBLOCK);
  }

  void run() {
    while (!ends_) {
      show();
      pollfd keys{terminal_.key_fd(), POLLIN, 0};
      const timespec half_a_second{0, 500'000'000};
      ::ppoll(&keys, 1, options_.still ? nullptr : &half_a_second, &while_waiting_);
      act_on_signal(signal_seen.exchange(0));
      bool pressed = false;
      for (Key key = terminal_.read_key(); key != Key::none; key = terminal_.read_key()) {
        pressed = true;
        act_on(key);
      }
      if (!options_.still && !pressed && state_.status == Status::running) {
        ++options_.cycle;
        make_state();
      }
    }
  }

 private:
  void make_state() {
    std::vector<LogLine> said = std::move(said_);
    state_ = options_.frozen ? frozen_state(options_.cycle) : sample_state(options_.cycle);
    if (options_.hostile) {
      state_.halted_because =
          "\x1b]0;owned\x07\x1b[2J\x1b[31mred\xff\xfe\xc2\x9b"
          "5m";
      state_.log.push_back({"09:59:59", telemetry::Level::error, state_.halted_because});
    }
    state_.log.insert(state_.log.end(), said.begin(), said.end());
    said_ = std::move(said);
  }

  void show() {
    const Size size = terminal_.size();
    terminal_.show(draw(state_, view_, size.width, size.height, terminal_.glyphs()));
  }

  void say(std::string_view text) {
    said_.push_back({"now", telemetry::Level::info, std::string(text)});
    state_.log.push_back(said_.back());
  }

  void act_on_signal(int signal) {
    if (signal == SIGWINCH) terminal_.resized();
    if (signal == SIGTSTP) terminal_.suspend();
    if (signal == SIGCONT) terminal_.continued();
    if (signal == SIGINT || signal == SIGTERM) ends_ = true;
  }

  void act_on(Key key) {
    const Size size = terminal_.size();
    view_ = turned(view_, key, state_, size.width, size.height);
    switch (key) {
      case Key::pause:
        state_.status = Status::paused;
        say("key: pause");
        break;
      case Key::resume:
        state_.status = Status::running;
        options_.frozen = false;
        say("key: resume");
        break;
      case Key::checkpoint:
        if (!options_.crash.empty()) crash(options_.crash);
        say("key: checkpoint");
        break;
      case Key::quit:
      case Key::closed:
        ends_ = true;
        break;
      default:
        break;
    }
  }

  Options options_;
  Terminal& terminal_;
  sigset_t while_waiting_;
  State state_;
  View view_;
  std::vector<LogLine> said_;
  bool ends_ = false;
};

int demo(Options options) {
  Terminal::restore_on_crash();
  Result<std::unique_ptr<Terminal>> terminal = Terminal::open();
  if (!terminal) {
    fmt::print(stderr, "refused: {}\n", terminal.error().message());
    return 2;
  }
  const bool kept = has_no_handlers();
  const sigset_t while_waiting = catch_signals();
  Demo(std::move(options), *terminal.value(), while_waiting).run();
  terminal.value()->restore();
  fmt::print("done, signals {}\n", kept ? "kept" : "LOST");
  return 0;
}

}  // namespace
}  // namespace footfall::screen

int main(int count, char** arguments) {
  footfall::screen::Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view flag = arguments[i];
    const std::string value = i + 1 < count ? arguments[i + 1] : "";
    if (flag == "--still") {
      options.still = true;
    } else if (flag == "--frozen") {
      options.frozen = true;
    } else if (flag == "--hostile") {
      options.hostile = true;
    } else if (flag == "--crash") {
      options.crash = value;
      ++i;
    } else if (flag == "--cycle" && footfall::parse_integer(value)) {
      options.cycle = *footfall::parse_integer(value);
      ++i;
    } else {
      fmt::print("{}", footfall::screen::kUsage);
      return 2;
    }
  }
  return footfall::screen::demo(std::move(options));
}
