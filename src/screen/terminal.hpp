// The terminal that a dashboard is drawn on, through ncurses.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "screen/canvas.hpp"
#include "screen/key.hpp"

namespace footfall::screen {

struct Size {
  int width = 0, height = 0;
};

// Owns the terminal from open() to restore(): alternate screen, no echo, no cursor. Draws on the
// output, standard error by default, so that results can go to standard output; keys come from the
// input if it is the same terminal. Nothing else may write to that terminal meanwhile. Both are
// opened anew where that is possible, so that what an event loop does to key_fd() (O_NONBLOCK) does
// not reach the shell. One at a time in a program, and one thread may call it.
//
// The handlers that ncurses installs for SIGINT, SIGTERM, SIGTSTP and SIGWINCH are taken away
// again: the program has its own. It should call suspend() at SIGTSTP and continued() at SIGCONT,
// else Ctrl-Z leaves the shell on the dashboard's screen. size() follows by itself; resized() at
// SIGWINCH only draws everything anew.
class Terminal {
 public:
  // Error: incompatible, with the reason: the output is no terminal, TERM is missing, unknown or
  // dumb, or the program runs in the background, where drawing would stop it.
  static Result<std::unique_ptr<Terminal>> open(int output = 2, int input = 0);
  // Why open() would refuse; empty if it would not.
  static std::string why_not(int output = 2);
  ~Terminal();  // restores
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // UTF-8 if LC_ALL, LC_CTYPE or LANG say so. The locale of the program stays as it is.
  Glyphs glyphs() const;
  Size size();  // asked anew each time

  // Writes what has changed since the last frame. Waits at most kFrameWaitMs for a terminal that
  // takes nothing (a stuck line); what is left goes before the next frame. False if nothing was
  // drawn: restored, in the background, or the last frame is still on its way. Parts beyond the
  // terminal's size are left out.
  static constexpr int kFrameWaitMs = 20;
  bool show(const Canvas& canvas);

  // To wait on for keys; -1 if there is no keyboard. Stays the terminal's: not to be closed.
  int key_fd() const;
  // Never waits, but for 25 ms behind an escape. Call it until it returns none: more than one key
  // may have been read already.
  Key read_key();

  void resized();    // the next frame is drawn whole
  void suspend();    // gives the screen back and stops the program as SIGTSTP does
  void continued();  // the next frame takes the screen again and is drawn whole
  void restore();    // for good; again is harmless

  // The terminal is put right also if the program crashes, aborts, is hung up or calls std::exit().
  // The handlers then leave the signal to whoever had it before. Call it early in main().
  static void restore_on_crash();
  // Before std::_Exit(), or wherever restore() cannot be called: async-signal-safe, from any
  // thread. Nothing may be shown afterwards.
  static void emergency_restore() noexcept;

 private:
  struct State;
  explicit Terminal(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace footfall::screen
