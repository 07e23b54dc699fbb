// The system's side of a terminal: descriptors, modes, locale. No ncurses.
#pragma once

#include <locale.h>
#include <termios.h>

#include <string>

namespace footfall::screen {

// Of an environment variable; empty if it is not set.
std::string environment(const char* name);

// The characters of the user's locale (LC_CTYPE alone), to be freed by the caller. One that is
// named but not installed, as often over ssh, is taken by its name.
locale_t user_locale();
bool is_utf8(locale_t locale);

// The thread's locale meanwhile: ncurses looks at it while it starts, draws and reads.
class LocaleScope {
 public:
  explicit LocaleScope(locale_t locale) : before_(::uselocale(locale)) {}
  ~LocaleScope() { ::uselocale(before_); }
  LocaleScope(const LocaleScope&) = delete;
  LocaleScope& operator=(const LocaleScope&) = delete;

 private:
  locale_t before_;
};

// The shell has given the terminal to another program: what is written or set there would stop this
// one.
bool in_background(int terminal);
bool same_terminal(int one, int other);

// The same terminal with flags of its own; where it cannot be opened (another user's, no /dev/pts)
// the same with shared flags. -1 if neither works.
int open_again(int terminal, int flags);
// A file without a name. -1 if there can be none.
int open_nameless();

// Keys one by one and not shown. Ctrl-S means nothing: it would only look as if the run stood
// still.
termios drawing_modes(termios modes);

}  // namespace footfall::screen
