#include "screen/terminal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "screen/outlet.hpp"
#include "screen/rescue.hpp"
#include "screen/terminfo.hpp"
#include "screen/tty.hpp"

#define NCURSES_NOMACROS
#define NCURSES_WIDECHAR 1
#include <curses.h>

namespace footfall::screen {
namespace {

constexpr int kEscapeWaitMs = 25;
constexpr int kEndWaitMs = 1000;  // for a terminal that takes nothing, when it is given back
constexpr int kControlL = 'L' - '@';
constexpr int kEscape = 27;

// The program's handlers for what newterm() takes.
class SignalScope {
 public:
  SignalScope() {
    for (std::size_t i = 0; i < kSignals.size(); ++i)
      ::sigaction(kSignals[i], nullptr, &before_[i]);
  }
  ~SignalScope() {
    for (std::size_t i = 0; i < kSignals.size(); ++i)
      ::sigaction(kSignals[i], &before_[i], nullptr);
  }
  SignalScope(const SignalScope&) = delete;
  SignalScope& operator=(const SignalScope&) = delete;

 private:
  static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
  std::array<struct sigaction, kSignals.size()> before_;
};

struct Look {
  attr_t attributes;
  short foreground = -1, background = -1;  // -1: the terminal's own
};
constexpr std::array<Look, kStyles> kColoured = {{
    {A_NORMAL},                             // plain
    {A_DIM},                                // dim
    {A_BOLD},                               // bold
    {A_BOLD, COLOR_CYAN},                   // title
    {A_NORMAL, COLOR_CYAN},                 // bar
    {A_DIM, COLOR_CYAN},                    // shade
    {A_NORMAL, COLOR_GREEN},                // good
    {A_NORMAL, COLOR_YELLOW},               // warning
    {A_BOLD, COLOR_RED},                    // bad
    {A_NORMAL, COLOR_BLACK, COLOR_YELLOW},  // notice
    {A_BOLD, COLOR_WHITE, COLOR_RED},       // alarm
}};
constexpr std::array<Look, kStyles> kUncoloured = {{
    {A_NORMAL},
    {A_DIM},
    {A_BOLD},
    {A_BOLD},
    {A_NORMAL},
    {A_DIM},
    {A_NORMAL},
    {A_BOLD},
    {A_BOLD},
    {A_REVERSE},
    {A_REVERSE | A_BOLD},
}};

Key key_of(int code) {
  switch (code) {
    case 'p':
    case 'P':
      return Key::pause;
    case 'r':
    case 'R':
      return Key::resume;
    case 'c':
    case 'C':
      return Key::checkpoint;
    case 'q':
    case 'Q':
      return Key::quit;
    case 'a':
    case 'A':
      return Key::agents;
    case '?':
    case 'h':
      return Key::help;
    case kEscape:
      return Key::back;
    case KEY_UP:
    case 'k':
      return Key::up;
    case KEY_DOWN:
    case 'j':
      return Key::down;
    case KEY_PPAGE:
      return Key::page_up;
    case KEY_NPAGE:
    case ' ':
      return Key::page_down;
    case KEY_HOME:
    case 'g':
      return Key::first;
    case KEY_END:
    case 'G':
      return Key::last;
    case kControlL:
      return Key::redraw;
    default:
      return Key::none;
  }
}

}  // namespace

struct Terminal::State {
  SCREEN* screen = nullptr;
  WINDOW* keys = nullptr;  // reading from stdscr would draw it
  // ncurses writes to the first, a file from the moment on when it has started, and waits for
  // nobody; what it wrote goes to the terminal through the outlet.
  FILE* output = nullptr;
  int terminal = -1;
  std::optional<Outlet> outlet;
  FILE* input = nullptr;
  int key_fd = -1;
  locale_t locale = nullptr;
  termios modes{};       // as the program found them
  bool is_left = false;  // given back while suspended
  Glyphs glyphs = Glyphs::ascii;
  std::array<Look, kStyles> looks = kUncoloured;
  std::array<short, kStyles> pairs{};
  std::vector<cchar_t> row;

  bool open_files(int own_output, int own_input);
  bool start(const std::string& type);
  void collect();  // what ncurses wrote, for the outlet
  void leave();
  void choose_colours();
  cchar_t drawn(const Cell& cell) const;
  bool may_draw();
  void close();
};

void Terminal::State::choose_colours() {
  // no-color.org: set and not empty.
  if (!::has_colors() || !environment("NO_COLOR").empty()) return;
  ::start_color();
  if (::COLORS < 8 || ::COLOR_PAIRS <= kStyles) return;
  const bool has_own = ::use_default_colors() == OK;
  looks = kColoured;
  for (int i = 0; i < kStyles; ++i) {
    const Look& look = looks[static_cast<std::size_t>(i)];
    if (look.foreground < 0) continue;
    const short pair = static_cast<short>(i + 1);
    const short background = look.background < 0 && !has_own ? COLOR_BLACK : look.background;
    if (::init_pair(pair, look.foreground, background) == OK) {
      pairs[static_cast<std::size_t>(i)] = pair;
    }
  }
}

cchar_t Terminal::State::drawn(const Cell& cell) const {
  const auto style = static_cast<std::size_t>(cell.style);
  const std::array<wchar_t, 2> text = {static_cast<wchar_t>(cell.character), L'\0'};
  cchar_t result{};
  ::setcchar(&result, text.data(), looks[style].attributes, pairs[style], nullptr);
  return result;
}

bool Terminal::State::open_files(int own_output, int own_input) {
  terminal = open_again(own_output, O_RDWR | O_NONBLOCK);
  output = ::fdopen(open_again(own_output, O_RDWR), "w");
  input = ::fdopen(open_again(own_input, O_RDONLY), "r");
  locale = user_locale();
  outlet.emplace(terminal);
  return terminal >= 0 && output && input && ::tcgetattr(terminal, &modes) == 0;
}

// ncurses, in its locale, on the terminal; afterwards its output is the nameless file.
bool Terminal::State::start(const std::string& type) {
  {
    const SignalScope signals;
    screen = ::newterm(type.c_str(), output, input);
  }
  if (!screen) return false;
  rescue::arm(terminal, modes, restoring_bytes());
  ::cbreak();
  ::noecho();
  ::curs_set(0);
  ::leaveok(::stdscr, TRUE);
  ::typeahead(-1);  // else pending keys cut a frame short
  ::set_escdelay(kEscapeWaitMs);
  keys = ::newpad(1, 1);
  ::nodelay(keys, TRUE);
  ::keypad(keys, TRUE);
  choose_colours();
  const termios drawing = drawing_modes(modes);
  ::tcsetattr(terminal, TCSANOW, &drawing);
  const int file = open_nameless();
  if (file < 0) return false;
  const bool is_turned = ::dup2(file, ::fileno(output)) >= 0;
  ::fcntl(::fileno(output), F_SETFD, FD_CLOEXEC);
  ::close(file);
  return is_turned;
}

void Terminal::State::collect() {
  const int file = ::fileno(output);
  const off_t size = ::lseek(file, 0, SEEK_CUR);
  if (size <= 0) return;
  std::string bytes(static_cast<std::size_t>(size), '\0');
  const ssize_t count = ::pread(file, bytes.data(), bytes.size(), 0);
  bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  outlet->add(bytes);
  // Without a size, or what is written next would stand behind a gap.
  if (::ftruncate(file, 0) == 0) ::lseek(file, 0, SEEK_SET);
}

// Gives the screen back, so that it can be taken again.
void Terminal::State::leave() {
  ::endwin();
  collect();
  outlet->flush_within(kEndWaitMs);
  ::tcsetattr(terminal, TCSANOW, &modes);
}

// Takes the screen again if it was given back and is ours now. No frame is begun before the
// terminal has taken the last one.
bool Terminal::State::may_draw() {
  if (!screen || in_background(terminal)) return false;
  if (is_left) {
    is_left = false;
    const termios drawing = drawing_modes(modes);
    ::tcsetattr(terminal, TCSANOW, &drawing);
    ::clearok(::curscr, TRUE);
  }
  return outlet->flush();
}

void Terminal::State::close() {
  if (screen) {
    const LocaleScope scope(locale);
    if (!is_left && !in_background(terminal)) leave();
    rescue::disarm();
    ::delwin(keys);
    ::delscreen(screen);
    screen = nullptr;
    key_fd = -1;
  }
  if (output) std::fclose(output);
  if (input) std::fclose(input);
  if (terminal >= 0) ::close(terminal);
  if (locale) ::freelocale(locale);
  output = input = nullptr;
  terminal = -1;
  locale = nullptr;
}

Terminal::Terminal(std::unique_ptr<State> state) : state_(std::move(state)) {}

Terminal::~Terminal() { restore(); }

Result<std::unique_ptr<Terminal>> Terminal::open(int output, int input) {
  const auto refuse = [](std::string why) { return Error(Errc::incompatible, std::move(why)); };
  const std::string type = environment("TERM");
  if (std::string why = refusal(output, type); !why.empty()) return refuse(std::move(why));

  std::unique_ptr<Terminal> terminal(new Terminal(std::make_unique<State>()));
  State& state = *terminal->state_;
  const bool has_keys = same_terminal(output, input);
  if (!state.open_files(output, has_keys ? input : output)) {
    return refuse("the terminal cannot be opened");
  }
  const LocaleScope locale(state.locale);
  // The Linux console and its ancestors lack most of the blocks that charts are made of.
  const bool is_plain = type.starts_with("linux") || type.starts_with("vt");
  if (is_utf8(state.locale) && !is_plain) state.glyphs = Glyphs::utf8;
  if (!state.start(type)) return refuse(fmt::format("the terminal (TERM={}) cannot be used", type));
  if (has_keys) state.key_fd = ::fileno(state.input);
  terminal->size();
  return terminal;
}

std::string Terminal::why_not(int output) { return refusal(output, environment("TERM")); }

Glyphs Terminal::glyphs() const { return state_->glyphs; }

Size Terminal::size() {
  if (!state_->screen) return {};
  winsize now{};
  if (::ioctl(state_->terminal, TIOCGWINSZ, &now) == 0 && now.ws_col > 0 && now.ws_row > 0 &&
      (now.ws_col != ::COLS || now.ws_row != ::LINES)) {
    const LocaleScope scope(state_->locale);
    ::resize_term(now.ws_row, now.ws_col);
    ::clearok(::curscr, TRUE);  // terminals rearrange their lines, each in its way
  }
  return {::COLS, ::LINES};
}

bool Terminal::show(const Canvas& canvas) {
  if (!state_->may_draw()) return false;
  const Size size = this->size();
  const LocaleScope scope(state_->locale);
  ::werase(::stdscr);
  const int width = std::min(canvas.width(), size.width);
  for (int y = 0; y < std::min(canvas.height(), size.height); ++y) {
    state_->row.clear();
    for (int x = 0; x < width; ++x) state_->row.push_back(state_->drawn(canvas.at(x, y)));
    // Copies cells as they are: no character acts on the cursor.
    ::mvwadd_wchnstr(::stdscr, y, 0, state_->row.data(), width);
  }
  ::wnoutrefresh(::stdscr);
  ::doupdate();
  state_->collect();
  state_->outlet->flush_within(kFrameWaitMs);
  return true;
}

int Terminal::key_fd() const { return state_->key_fd; }

Key Terminal::read_key() {
  if (state_->key_fd < 0 || in_background(state_->key_fd)) return Key::none;
  const LocaleScope scope(state_->locale);
  while (true) {
    pollfd ready{state_->key_fd, POLLIN, 0};
    ::poll(&ready, 1, 0);
    if ((ready.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) {
      state_->key_fd = -1;
      return Key::closed;
    }
    const int code = ::wgetch(state_->keys);
    state_->collect();  // it may have asked for the keypad
    if (code == ERR) return Key::none;
    const Key key = key_of(code);
    if (key == Key::redraw) resized();
    if (key != Key::none) return key;
  }
}

void Terminal::resized() {
  if (!state_->screen) return;
  size();
  ::clearok(::curscr, TRUE);
}

void Terminal::suspend() {
  if (!state_->screen) return;
  {
    const LocaleScope scope(state_->locale);
    if (!state_->is_left) state_->leave();
    state_->is_left = true;
  }
  struct sigaction stops {
  }, before{};
  stops.sa_handler = SIG_DFL;
  ::sigemptyset(&stops.sa_mask);
  ::sigaction(SIGTSTP, &stops, &before);
  sigset_t stop_signal, blocked_before;
  ::sigemptyset(&stop_signal);
  ::sigaddset(&stop_signal, SIGTSTP);
  ::pthread_sigmask(SIG_UNBLOCK, &stop_signal, &blocked_before);
  ::raise(SIGTSTP);  // the program stands still here
  ::pthread_sigmask(SIG_SETMASK, &blocked_before, nullptr);
  ::sigaction(SIGTSTP, &before, nullptr);
}

void Terminal::continued() {
  if (!state_->screen || in_background(state_->terminal)) return;
  const LocaleScope scope(state_->locale);
  // Also if it was stopped without notice: the shell has written over the screen.
  if (!state_->is_left) ::endwin();
  state_->is_left = true;
}

void Terminal::restore() { state_->close(); }

void Terminal::restore_on_crash() { rescue::watch_crashes(); }

void Terminal::emergency_restore() noexcept { rescue::restore(); }

}  // namespace footfall::screen
