// Goal: whatever a child does, the parent gets its bytes and the right verdict, and no child is
// left. Method: children that end, throw, crash, spin, hang, talk without end.
#include "intake/child_process.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <string>

namespace footfall::intake {
namespace {

constexpr ChildLimits kLimits{4LL << 30, 10, 30'000};

struct Outcome {
  ChildEnd end = ChildEnd::crashed;
  std::string output;
};

void say(int fd, const std::string& text) {
  if (write(fd, text.data(), text.size()) < 0) std::abort();
}

Outcome run(const std::function<void(int)>& work, ChildLimits limits = kLimits) {
  Outcome outcome;
  const Result<ChildEnd> end = run_in_child(limits, work, [&](std::string_view piece) {
    outcome.output += piece;
    return true;
  });
  EXPECT_TRUE(end) << end.error().message();
  if (end) outcome.end = *end;
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
  return outcome;
}

TEST(ChildProcess, BringsTheOutputBack) {
  const Outcome outcome = run([](int fd) {
    for (int i = 0; i < 1000; ++i) say(fd, std::string(1000, 'x'));
  });
  EXPECT_EQ(outcome.end, ChildEnd::finished);
  EXPECT_EQ(outcome.output, std::string(1'000'000, 'x'));
}

TEST(ChildProcess, KeepsWhatCameBeforeACrash) {
  const Outcome outcome = run([](int fd) {
    say(fd, "before");
    std::signal(SIGABRT, SIG_DFL);
    std::abort();
  });
  EXPECT_EQ(outcome.end, ChildEnd::crashed);
  EXPECT_EQ(outcome.output, "before");
}

TEST(ChildProcess, TellsExceptionsFromMissingMemory) {
  EXPECT_EQ(run([](int) { throw std::runtime_error("no"); }).end, ChildEnd::crashed);
  EXPECT_EQ(run([](int) { throw std::bad_alloc(); }).end, ChildEnd::out_of_memory);
}

#if !defined(FOOTFALL_SANITIZED) && !defined(__APPLE__)
TEST(ChildProcess, LimitsMemory) {
  ChildLimits limits = kLimits;
  limits.memory_bytes_max = 512 << 20;
  const auto work = [](int) {
    std::string large(1U << 30, 'x');
    if (large.back() != 'x') std::abort();
  };
  EXPECT_EQ(run(work, limits).end, ChildEnd::out_of_memory);
}
#endif

TEST(ChildProcess, LimitsProcessorTime) {
  ChildLimits limits = kLimits;
  limits.cpu_seconds_max = 1;
  const auto spin = [](int) {
    volatile bool spinning = true;
    while (spinning) {
    }
  };
  EXPECT_EQ(run(spin, limits).end, ChildEnd::out_of_cpu);
}

TEST(ChildProcess, LimitsTimeOnTheWall) {
  ChildLimits limits = kLimits;
  limits.wall_ms_max = 100;
  EXPECT_EQ(run([](int) { pause(); }, limits).end, ChildEnd::out_of_time);
}

TEST(ChildProcess, EndsAChildThatClosesItsOutputAndStays) {
  const Outcome outcome = run([](int fd) {
    close(fd);
    pause();
  });
  EXPECT_EQ(outcome.end, ChildEnd::crashed);
}

TEST(ChildProcess, StopsAChildNobodyListensTo) {
  const Result<ChildEnd> end = run_in_child(
      kLimits,
      [](int fd) {
        while (true) say(fd, "more and more");
      },
      [](std::string_view) { return false; });
  ASSERT_TRUE(end);
  EXPECT_EQ(*end, ChildEnd::stopped);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
}

TEST(ChildProcess, EndsTheChildWhenTheListenerThrows) {
  const auto work = [](int fd) {
    while (true) say(fd, "more and more");
  };
  const auto consume = [](std::string_view) -> bool { throw std::runtime_error("listener"); };
  EXPECT_THROW((void)run_in_child(kLimits, work, consume), std::runtime_error);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
}

TEST(ChildProcess, GivesTheChildNoFiles) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const Outcome outcome =
      run([&](int fd) { say(fd, write(ends[1], "x", 1) < 0 ? "closed" : "open"); });
  EXPECT_EQ(outcome.output, "closed");
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace footfall::intake
