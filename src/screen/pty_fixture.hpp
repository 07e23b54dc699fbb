// For tests: a program on a terminal of its own.
#pragma once

#include <sys/types.h>
#include <termios.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "screen/vt_fixture.hpp"

namespace footfall::screen {

struct PtyOptions {
  int width = 80, height = 24;
  std::vector<std::string> environment = {"TERM=xterm-256color", "LC_ALL=C.UTF-8"};
};

// Runs screen_demo as the leader of a session on a pseudo-terminal. Killed at the end if it lives.
class PtyProgram {
 public:
  explicit PtyProgram(std::vector<std::string> arguments, const PtyOptions& options = {});
  ~PtyProgram();
  PtyProgram(const PtyProgram&) = delete;
  PtyProgram& operator=(const PtyProgram&) = delete;

  void type(std::string_view keys) const;
  void signal(int number) const;
  void resize(int width, int height);  // the kernel then sends SIGWINCH
  // Reads what it writes until that is true of the screen: at most half a minute, then false.
  bool wait_until(const std::function<bool(const Vt&)>& is_reached);
  bool wait_for(std::string_view text);  // somewhere on the screen
  bool wait_until_read();                // what was typed, without reading what it writes
  bool wait_until_gone();                // without reading what it writes
  // Waits for its end, as long, and returns the status of waitpid(); -1 if it does not end.
  int finish();

  const Vt& screen() const { return screen_; }
  const std::string& output() const { return output_; }  // everything so far
  bool has_same_modes() const;                           // as the terminal had at the beginning
  void set_first_modes() const;
  bool is_blocking() const;  // its standard input

 private:
  bool read_some(int wait_ms);

  Vt screen_;
  std::string output_;
  int master_ = -1, slave_ = -1;
  pid_t process_ = -1;
  termios modes_{};
};

}  // namespace footfall::screen
