// Puts a terminal right again when the program dies with its screen on it. Nothing here knows
// ncurses: the bytes to write are worked out beforehand, for a signal handler may do next to
// nothing.
#pragma once

#include <termios.h>

#include <string_view>

namespace footfall::screen::rescue {

// From here on rescue() has something to do: write `bytes` (at most 256, what is longer is left out
// altogether) to the descriptor, which should be O_NONBLOCK, and give the terminal these modes. For
// one terminal at a time.
void arm(int descriptor, const termios& modes, std::string_view bytes);
void disarm();

// Once after each arm(); then nothing. Async-signal-safe, from any thread. Leaves a terminal alone
// that the shell has given to another program.
void restore() noexcept;

// Handlers for SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT and SIGHUP, which restore() and
// then hand the signal to whoever had it before, by default to the system, which ends the program.
// Also for std::exit(). The calling thread gets a stack of its own for them if it has none: its
// overflow is a crash like the others. Once; later calls do nothing.
void watch_crashes();

}  // namespace footfall::screen::rescue
