#include "screen/tty.hpp"

#include <fcntl.h>
#include <langinfo.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace footfall::screen {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool is_utf8(locale_t locale) {
  return locale && std::string_view(::nl_langinfo_l(CODESET, locale)) == "UTF-8";
}

// The characters of the user's locale. One that is named but not installed, as often over ssh, is
// taken by its name.
locale_t user_locale() {
  locale_t locale = ::newlocale(LC_CTYPE_MASK, "", nullptr);
  if (locale) return locale;
  std::string name = environment("LC_ALL");
  if (name.empty()) name = environment("LC_CTYPE");
  if (name.empty()) name = environment("LANG");
  for (const char* utf8 : {"UTF-8", "utf-8", "UTF8", "utf8"}) {
    if (name.find(utf8) == std::string::npos) continue;
    locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (locale) return locale;
  }
  return ::newlocale(LC_CTYPE_MASK, "C", nullptr);
}

bool in_background(int descriptor) {
  const pid_t owner = ::tcgetpgrp(descriptor);
  return owner >= 0 && owner != ::getpgrp();
}

int open_again(int descriptor, int flags) {
  std::array<char, 256> name{};
  if (::ttyname_r(descriptor, name.data(), name.size()) == 0) {
    const int own = ::open(name.data(), flags | O_NOCTTY | O_CLOEXEC);
    if (own >= 0) return own;
  }
  return ::fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
}

int open_nameless() {
#ifdef __linux__
  return ::memfd_create("screen", MFD_CLOEXEC);
#else
  FILE* file = std::tmpfile();
  if (!file) return -1;
  const int own = ::fcntl(::fileno(file), F_DUPFD_CLOEXEC, 3);
  std::fclose(file);
  return own;
#endif
}

termios drawing_modes(termios modes) {
  modes.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  modes.c_iflag &= ~static_cast<tcflag_t>(IXON);
  modes.c_cc[VMIN] = 1;
  modes.c_cc[VTIME] = 0;
  return modes;
}

bool same_terminal(int one, int other) {
  struct stat first {
  }, second{};
  return ::isatty(other) == 1 && ::fstat(one, &first) == 0 && ::fstat(other, &second) == 0 &&
         first.st_rdev == second.st_rdev;
}

}  // namespace footfall::screen
