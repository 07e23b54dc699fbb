// Goal: however the program ends, the terminal is as it was before. Method: screen_demo crashes on
// a pseudo-terminal, whose modes and output are looked at afterwards.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <string>

#include "screen/pty_fixture.hpp"

namespace footfall::screen {
namespace {

void expect_sane(const PtyProgram& program) {
  EXPECT_TRUE(program.has_same_modes());
  EXPECT_FALSE(program.screen().is_alternate());
  EXPECT_TRUE(program.screen().shows_cursor());
}

struct Crash {
  const char* how;
  int signal;  // that ends the program; 0: it exits with 3
};

class TerminalCrash : public testing::TestWithParam<Crash> {};

TEST_P(TerminalCrash, LeavesTheTerminalSane) {
  PtyProgram program({"--still", "--crash", GetParam().how});
  ASSERT_TRUE(program.wait_for("RUNNING"));
  ASSERT_FALSE(program.has_same_modes());
  program.type("c");
  [[maybe_unused]] const int status = program.finish();
  expect_sane(program);
#ifndef FOOTFALL_SANITIZED  // sanitizers end the program in their own way
  if (GetParam().signal == 0) {
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 3);
  } else {
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), GetParam().signal) << "who comes after us still sees the signal";
  }
#endif
}

INSTANTIATE_TEST_SUITE_P(All, TerminalCrash,
                         testing::Values(Crash{"segv", SIGSEGV}, Crash{"abort", SIGABRT},
                                         Crash{"overflow", SIGSEGV}, Crash{"terminate", SIGABRT},
                                         Crash{"quick", 0}, Crash{"exit", 0}),
                         [](const auto& one) { return std::string(one.param.how); });

TEST(TerminalEnd, SignalsThatNobodyTakesLeaveTheTerminalSane) {
  for (const int signal : {SIGQUIT, SIGHUP, SIGBUS, SIGFPE, SIGILL}) {
    PtyProgram program({"--still"});
    ASSERT_TRUE(program.wait_for("RUNNING"));
    program.signal(signal);
    program.finish();
    expect_sane(program);
  }
}

TEST(TerminalEnd, ControlCLeavesTheTerminalSane) {
  PtyProgram program({"--still"});
  ASSERT_TRUE(program.wait_for("RUNNING"));
  program.type("\x03");
  EXPECT_EQ(program.finish(), 0);
  expect_sane(program);
}

}  // namespace
}  // namespace footfall::screen
