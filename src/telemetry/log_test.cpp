// Goal: lines arrive whole and in order from many threads, what is told is valid JSON whatever it
// holds, and a log that cannot be written is an error at the start and harmless later. Method:
// files in a folder of the test's own, read back.
#include "telemetry/log.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

namespace footfall::telemetry {
namespace {

class LogTest : public testing::Test {
 protected:
  LogTest() {
    std::string name = (std::filesystem::temp_directory_path() / "footfall-log-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~LogTest() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name) const { return (folder_ / name).string(); }
  std::vector<std::string> lines(const std::string& name) const {
    std::ifstream stream(file(name));
    std::vector<std::string> found;
    for (std::string line; std::getline(stream, line);) found.push_back(line);
    return found;
  }

  std::filesystem::path folder_;
};

std::string escaped(std::string_view text) {
  std::string out;
  append_escaped(out, text);
  return out;
}

std::string time_text(std::int64_t wall_us) {
  std::string out;
  append_time(out, wall_us);
  return out;
}

TEST_F(LogTest, AppendsToAFile) {
  for (const char* text : {"one", "two"}) Log::open(file("log")).value()->line(text);
  EXPECT_EQ(lines("log"), (std::vector<std::string>{"one", "two"}));
}

TEST_F(LogTest, ALineIsTakenAsItIs) {
  Log::open(file("log")).value()->line("{} %v %s");
  EXPECT_EQ(lines("log"), std::vector<std::string>{"{} %v %s"});
}

TEST_F(LogTest, FlushesWhenAskedAndTellsAtOnce) {
  const auto log = Log::open(file("log")).value();
  log->flush();
  log->line("kept");
  log->flush();
  EXPECT_EQ(lines("log").size(), 1U);
  log->tell(Level::warning, "it said \"no\"\n");
  const std::vector<std::string> found = lines("log");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[1].find("{\"time\":\"2"), 0U);
  EXPECT_EQ(found[1].substr(std::string("{\"time\":\"2026-11-21T09:30:00.123").size()),
            "Z\",\"level\":\"warning\",\"message\":\"it said \\\"no\\\"\\u000a\"}");
}

TEST_F(LogTest, LinesOfSeveralThreadsDoNotMix) {
  const int threads = 4, each = 2'000;
  {
    const auto log = Log::open(file("log")).value();
    std::vector<std::thread> writers;
    for (int i = 0; i < threads; ++i) {
      writers.emplace_back([&log, i] {
        const std::string text(static_cast<std::size_t>(20 + i * 30), static_cast<char>('a' + i));
        for (int line = 0; line < each; ++line) log->line(text);
      });
    }
    for (std::thread& writer : writers) writer.join();
  }
  std::vector<int> count(threads);
  for (const std::string& line : lines("log")) {
    const int i = line.at(0) - 'a';
    ASSERT_EQ(line, std::string(static_cast<std::size_t>(20 + i * 30), static_cast<char>('a' + i)));
    ++count[static_cast<std::size_t>(i)];
  }
  EXPECT_EQ(count, std::vector<int>(threads, each));
}

TEST_F(LogTest, AFileThatCannotBeWrittenIsAnError) {
  const auto log = Log::open(file("nowhere/log"));
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code(), Errc::io);
  EXPECT_NE(log.error().message().find("nowhere/log"), std::string::npos);
}

TEST_F(LogTest, OffIsOff) {
  const auto log = Log::open("off").value();
  EXPECT_TRUE(log->is_off());
  log->line("x");
  log->tell(Level::error, "x");
  log->flush();
  EXPECT_FALSE(std::filesystem::exists("off"));
}

TEST_F(LogTest, AFullDiskStopsNothing) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "needs /dev/full";
  const auto log = Log::open("/dev/full").value();
  for (int i = 0; i < 10'000; ++i) log->line("a line that will be lost");
  log->tell(Level::error, "lost as well");
}

TEST(LogText, EscapesWhatJsonCannotHold) {
  EXPECT_EQ(escaped("plain ü €"), "plain ü €");
  EXPECT_EQ(escaped("a\"b\\c\n\x01\x7F"), "a\\\"b\\\\c\\u000a\\u0001\\u007f");
  EXPECT_EQ(escaped(std::string_view("\0", 1)), "\\u0000");
}

TEST(LogText, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(escaped("a\xFF"), "a\uFFFD");
  EXPECT_EQ(escaped("\xC3"), "\uFFFD");                      // cut off
  EXPECT_EQ(escaped("\xC0\xAF"), "\uFFFD\uFFFD");            // overlong
  EXPECT_EQ(escaped("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(escaped("\xF0\x9F\x98\x80"), "\xF0\x9F\x98\x80");
  EXPECT_EQ(escaped("\xF4\x90\x80\x80").size(), 12U);  // above U+10FFFF
}

TEST(LogText, WritesMoments) {
  EXPECT_EQ(time_text(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(time_text(1'795'253'400'123'456), "2026-11-21T09:30:00.123456Z");
  EXPECT_EQ(time_text(951'782'399'999'999), "2000-02-28T23:59:59.999999Z");
}

}  // namespace
}  // namespace footfall::telemetry
