// Goal: a person at a real terminal sees the frames, can press the keys, and finds the terminal as
// it was. Method: screen_demo on a pseudo-terminal, and what such a terminal would show of its
// output.
#include "screen/terminal.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <cstdio>
#include <string>

#include "screen/dashboard.hpp"
#include "screen/pty_fixture.hpp"
#include "screen/state_fixture.hpp"

namespace footfall::screen {
namespace {

constexpr std::int64_t kCycle = 412;  // where the demo begins

std::string frame(int width, int height, Glyphs glyphs = Glyphs::utf8) {
  const Canvas canvas = draw(sample_state(kCycle), View{}, width, height, glyphs);
  std::string text;
  for (int y = 0; y < height; ++y) text += canvas.row_text(y) + "\n";
  return text;
}

bool shows(PtyProgram& program, const std::string& text) {
  return program.wait_until([&](const Vt& vt) { return vt.text() == text; });
}

// What the program printed to a pipe, in an environment of these settings only.
std::string through_pipe(const std::string& settings) {
  const std::string command = "env -i " + settings + " " FOOTFALL_SCREEN_DEMO " 2>&1 </dev/null";
  FILE* pipe = ::popen(command.c_str(), "r");
  std::string text;
  for (int byte = std::fgetc(pipe); byte != EOF; byte = std::fgetc(pipe)) {
    text += static_cast<char>(byte);
  }
  ::pclose(pipe);
  return text;
}

TEST(Terminal, ShowsTheFrameAndGivesTheTerminalBack) {
  PtyProgram program({"--still"});
  EXPECT_TRUE(shows(program, frame(80, 24))) << program.screen().text();
  EXPECT_TRUE(program.screen().is_alternate());
  EXPECT_FALSE(program.screen().shows_cursor());
  EXPECT_FALSE(program.has_same_modes());
  program.type("q");
  EXPECT_EQ(program.finish(), 0);
  EXPECT_FALSE(program.screen().is_alternate());
  EXPECT_TRUE(program.screen().shows_cursor());
  EXPECT_TRUE(program.has_same_modes());
  EXPECT_TRUE(program.is_blocking()) << "what was set for key_fd() reached the shell's terminal";
  EXPECT_EQ(program.screen().unknown(), 0);
  // Behind everything else: results go to the screen that the shell has.
  EXPECT_NE(program.output().find("done, signals kept", program.output().rfind("\x1b[?1049l")),
            std::string::npos);
}

TEST(Terminal, KeysArrive) {
  PtyProgram program({"--still"});
  ASSERT_TRUE(program.wait_for("RUNNING"));
  program.type("p");
  EXPECT_TRUE(program.wait_for("key: pause"));
  EXPECT_TRUE(program.wait_for("PAUSED"));
  program.type("r");
  EXPECT_TRUE(program.wait_for("key: resume"));
  program.type("c");
  EXPECT_TRUE(program.wait_for("key: checkpoint"));
  program.type("a");
  EXPECT_TRUE(program.wait_for("Agents 1 to"));
  program.type("\x1bOB");  // arrow down, as a terminal sends it to who has asked for its keypad
  EXPECT_TRUE(program.wait_for("Agents 2 to"));
  program.type("\x1b[6~");  // page down
  EXPECT_TRUE(program.wait_for("Agents 17 to"));
  program.type("G");
  EXPECT_TRUE(program.wait_for("to 372 of 372"));
  program.type("?");
  EXPECT_TRUE(program.wait_for("Help"));
  program.type("\x1b");
  EXPECT_TRUE(program.wait_for("Shopping"));
  program.type("\xc3\xa4\x1b[99~zq");  // what means nothing holds nothing up
  EXPECT_EQ(program.finish(), 0);
}

TEST(Terminal, FollowsItsSize) {
  PtyProgram program({"--still"});
  ASSERT_TRUE(shows(program, frame(80, 24)));
  struct {
    int width, height;
  } const sizes[] = {{200, 60}, {60, 15}, {20, 5}, {1, 1}, {120, 40}};
  for (const auto& size : sizes) {
    program.resize(size.width, size.height);
    EXPECT_TRUE(shows(program, frame(size.width, size.height)))
        << size.width << " x " << size.height << "\n"
        << program.screen().text();
  }
}

TEST(Terminal, NeverClearsTheScreenBetweenFrames) {
  PtyProgram program({"--still"});
  ASSERT_TRUE(shows(program, frame(80, 24)));
  for (int i = 0; i < 10; ++i) {
    program.type("p");
    ASSERT_TRUE(program.wait_for("PAUSED"));
    program.type("?");
    ASSERT_TRUE(program.wait_for("Help"));
    program.type("a");
    ASSERT_TRUE(program.wait_for("Agents 1 to"));
    program.type("ar");
    ASSERT_TRUE(program.wait_for("RUNNING"));
  }
  EXPECT_EQ(program.screen().clears(), 1) << "the first";
  program.resize(100, 30);
  ASSERT_TRUE(program.wait_for("RUNNING"));
  EXPECT_EQ(program.screen().clears(), 2) << "nobody knows what a resized terminal shows";
}

TEST(Terminal, WritesNextToNothingForTheSameFrame) {
  PtyProgram program({"--still"});
  ASSERT_TRUE(shows(program, frame(80, 24)));
  const std::size_t before = program.output().size();
  // Frames that are the same; then one in which only a word of the last row changes.
  for (int i = 0; i < 20; ++i) {
    program.type("g");
    ASSERT_TRUE(program.wait_until_read());
  }
  program.type("c");
  ASSERT_TRUE(program.wait_for("key: checkpoint"));
  EXPECT_LT(program.output().size() - before, before / 4);
}

TEST(Terminal, RefusesWhatCannotBeDrawnOn) {
  EXPECT_EQ(through_pipe("TERM=xterm"), "refused: the output is not a terminal\n");
  const auto said = [](const std::vector<std::string>& environment) {
    PtyProgram program({"--still"}, {.environment = environment});
    EXPECT_EQ(WEXITSTATUS(program.finish()), 2);
    EXPECT_TRUE(program.has_same_modes());
    return program.output();
  };
  EXPECT_EQ(said({"TERM=dumb"}), "refused: the terminal (TERM=dumb) cannot place its cursor\r\n");
  EXPECT_EQ(said({"HOME=/"}), "refused: TERM is not set\r\n");
  EXPECT_EQ(said({"TERM=no-such"}), "refused: the terminal type TERM=no-such is unknown\r\n");
}

// Drawing from there would stop the program with SIGTTOU, the run with it.
TEST(Terminal, RefusesTheBackground) {
  PtyProgram program({"/bin/sh", "-c", "set -m; " FOOTFALL_SCREEN_DEMO " --still & wait"});
  EXPECT_TRUE(program.wait_for("refused: the program runs in the background"));
  EXPECT_EQ(WEXITSTATUS(program.finish()), 0);
}

TEST(Terminal, DrawsAsciiWhereTheLocaleHasNoMore) {
  PtyProgram plain({"--still"}, {.environment = {"TERM=xterm-256color", "LC_ALL=C"}});
  EXPECT_TRUE(shows(plain, frame(80, 24, Glyphs::ascii))) << plain.screen().text();
  PtyProgram missing({"--still"}, {.environment = {"TERM=xterm-256color", "LANG=xx_XX.UTF-8"}});
  EXPECT_TRUE(shows(missing, frame(80, 24))) << "a UTF-8 locale that is not installed";
}

TEST(Terminal, NeedsNoColours) {
  const auto drawn = [](const std::vector<std::string>& environment) {
    PtyProgram program({"--still", "--frozen"}, {.environment = environment});
    EXPECT_TRUE(program.wait_for("r resume · q quit"));
    return program.output();
  };
  const std::string red = "\x1b[41m";
  const std::string colours = drawn({"TERM=xterm-256color", "LC_ALL=C.UTF-8"});
  EXPECT_NE(colours.find(red), std::string::npos);
  for (const std::string& none : {drawn({"TERM=xterm-mono", "LC_ALL=C.UTF-8"}),
                                  drawn({"TERM=xterm-256color", "LC_ALL=C.UTF-8", "NO_COLOR=1"})}) {
    EXPECT_EQ(none.find(red), std::string::npos);
    EXPECT_NE(none.find("7m"), std::string::npos) << "inverse";
  }
}

TEST(Terminal, HostileTextsDoNothing) {
  PtyProgram program({"--still", "--frozen", "--hostile"});
  ASSERT_TRUE(program.wait_for("]0;owned"));
  EXPECT_EQ(program.output().find("\x1b]"), std::string::npos);
  EXPECT_EQ(program.output().find('\x07'), std::string::npos);
  EXPECT_EQ(program.output().find("\xc2\x9b"), std::string::npos);
  EXPECT_EQ(program.screen().clears(), 1);
  EXPECT_EQ(program.screen().unknown(), 0);
}

TEST(Terminal, DrawsAnewAfterItWasStopped) {
  PtyProgram program({"--still"});
  ASSERT_TRUE(shows(program, frame(80, 24)));
  // A session without a shell cannot be stopped from its terminal: the screen is given back and
  // taken again at once.
  program.type("\x1a");  // Ctrl-Z
  ASSERT_TRUE(program.wait_until([](const Vt& vt) { return vt.clears() == 2; }));
  EXPECT_NE(program.output().find("\x1b[?1049l"), std::string::npos);
  ASSERT_TRUE(shows(program, frame(80, 24)));
  EXPECT_TRUE(program.screen().is_alternate());
  EXPECT_FALSE(program.has_same_modes());
  program.signal(SIGSTOP);
  program.set_first_modes();  // as a shell does
  program.signal(SIGCONT);
  ASSERT_TRUE(program.wait_until([](const Vt& vt) { return vt.clears() == 3; }));
  EXPECT_TRUE(shows(program, frame(80, 24)));
  EXPECT_FALSE(program.has_same_modes());
  EXPECT_FALSE(program.screen().shows_cursor());
  program.type("\x0c");  // Ctrl-L
  EXPECT_TRUE(program.wait_until([](const Vt& vt) { return vt.clears() == 4; }));
  program.type("q");
  EXPECT_EQ(program.finish(), 0);
  EXPECT_TRUE(program.has_same_modes());
}

// A line that is stuck: the run goes on behind it, and what was drawn last is seen in the end.
TEST(Terminal, DoesNotWaitForATerminalThatTakesNothing) {
  PtyProgram program({"--still"}, {.width = 200, .height = 60});
  ASSERT_TRUE(shows(program, frame(200, 60)));
  // Far more than a terminal holds. Each key is taken although nobody reads.
  for (int i = 0; i < 200; ++i) {
    program.type("?");
    ASSERT_TRUE(program.wait_until_read());
  }
  program.type("p");
  ASSERT_TRUE(program.wait_until_read());
  program.type("\x13\x1b");  // Ctrl-S means nothing
  EXPECT_TRUE(program.wait_for("key: pause"));
  program.type("q");
  EXPECT_EQ(program.finish(), 0);
  EXPECT_TRUE(program.has_same_modes());
}

// Nor do a crash and the end of the program wait for it for long.
TEST(Terminal, EndsOnATerminalThatTakesNothing) {
  for (const char* how : {"segv", "quick"}) {
    PtyProgram program({"--still", "--crash", how}, {.width = 200, .height = 60});
    ASSERT_TRUE(shows(program, frame(200, 60)));
    for (int i = 0; i < 200; ++i) {
      program.type("?");
      ASSERT_TRUE(program.wait_until_read());
    }
    program.type("c");
    EXPECT_TRUE(program.wait_until_gone());
    EXPECT_TRUE(program.has_same_modes());
  }
}

}  // namespace
}  // namespace footfall::screen
