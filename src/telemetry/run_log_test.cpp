// Goal: each line is one JSON object with what was told and no token in it; files begin anew at
// their size and nothing is lost by it, also between two writers; floods are cut short and said to
// be; a disk that is full stops nothing. Method: files in the test's folder, read back and parsed;
// the clock is the test's.
#include "telemetry/run_log.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/json.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>
#include <vector>

#include "base/test_folder.hpp"

namespace footfall::telemetry {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::int64_t kStartUs = 1'795'253'400'123'456;  // 2026-11-21T09:30:00.123456Z
constexpr std::int64_t kSecondUs = 1'000'000;

class RunLogTest : public testing::Test {
 protected:
  RunLogTest() {
    limits_.clock_us = [this] { return now_us_; };
    fs::remove_all(folder_);
  }

  std::unique_ptr<RunLog> open() const { return RunLog::open(path_, limits_).value(); }
  // Those of name.9 … name.1, name: in the order written.
  std::vector<std::string> lines() const {
    std::vector<std::string> found;
    for (int number = 9; number >= 0; --number) {
      std::ifstream stream(number == 0 ? path_ : path_ + "." + std::to_string(number));
      for (std::string line; std::getline(stream, line);) found.push_back(line);
    }
    return found;
  }
  // The number of each line's member `n`.
  std::vector<std::int64_t> numbers() const {
    std::vector<std::int64_t> found;
    for (const std::string& line : lines()) found.push_back(json::parse(line).at("n").as_int64());
    return found;
  }
  static void write_number(RunLog& log, std::int64_t n, std::string_view message = "") {
    const RunLogField fields[] = {{"n", n}};
    log.write({.event = "numbered", .message = message, .more = fields});
  }

  const fs::path folder_ = test_folder() / "logs";
  const std::string path_ = (folder_ / "deep" / "simulation_runs.log").string();
  std::int64_t now_us_ = kStartUs;
  RunLogLimits limits_;
};

std::vector<std::int64_t> from_zero_to(std::int64_t end) {
  std::vector<std::int64_t> all;
  for (std::int64_t n = 0; n < end; ++n) all.push_back(n);
  return all;
}

TEST_F(RunLogTest, WritesWhatItIsTold) {
  const RunLogField more[] = {{"attempt", 2}, {"path", "/api/checkout"}, {"left_out", ""}};
  open()->write({.level = Level::error,
                 .event = "trip_failed",
                 .run = 7,
                 .cycle = 0,
                 .agent = 42,
                 .error = "api_5xx",
                 .request_id = "r-1",
                 .message = "The shop answered 503.",
                 .more = more});
  EXPECT_EQ(lines(), std::vector<std::string>{
                         R"({"time":"2026-11-21T09:30:00.123456Z","level":"error",)"
                         R"("event":"trip_failed","run":7,"cycle":0,"agent":42,"error":"api_5xx",)"
                         R"("request_id":"r-1","message":"The shop answered 503.",)"
                         R"("attempt":2,"path":"/api/checkout"})"});
}

TEST_F(RunLogTest, LeavesOutWhatIsEmpty) {
  open()->write({.event = "run_started"});
  EXPECT_EQ(lines(), std::vector<std::string>{R"({"time":"2026-11-21T09:30:00.123456Z",)"
                                              R"("level":"info","event":"run_started"})"});
}

TEST_F(RunLogTest, AnyTextMakesOneLineOfValidJson) {
  std::string all_bytes = "\"quoted\" back\\slash\n";
  for (int byte = 0; byte < 256; ++byte) all_bytes += static_cast<char>(byte);
  const RunLogField more[] = {{"text", all_bytes}};
  open()->write({.event = "odd",
                 .error = all_bytes,
                 .request_id = all_bytes,
                 .message = "ü €",
                 .more = more});
  ASSERT_EQ(lines().size(), 1U);
  const json::value value = json::parse(lines()[0]);
  EXPECT_EQ(value.at("message").as_string(), "ü €");
  EXPECT_EQ(value.at("text").as_string().find("\"quoted\" back\\slash\n"), 0U);
  EXPECT_EQ(value.at("text"), value.at("request_id"));
}

TEST_F(RunLogTest, CutsLongTextsBetweenCharacters) {
  std::string text = "x";
  while (text.size() <= RunLog::kTextBytesMax) text += "ü";
  open()->write({.event = "long", .message = text});
  const json::value value = json::parse(lines().at(0));
  EXPECT_EQ(std::string(value.at("message").as_string()),
            text.substr(0, RunLog::kTextBytesMax - 1) + "…");
}

TEST_F(RunLogTest, ATimeIsTheWallClocksUnlessGiven) {
  limits_.clock_us = nullptr;
  const std::int64_t before_us = wall_clock_us();
  open()->write({.event = "now"});
  std::string earliest, latest;
  append_time(earliest, before_us);
  append_time(latest, wall_clock_us());
  const std::string told(json::parse(lines().at(0)).at("time").as_string());
  EXPECT_GE(told, earliest);
  EXPECT_LE(told, latest);
}

TEST_F(RunLogTest, MasksTokensInEveryText) {
  const RunLogField more[] = {{"text", "Bearer secret3"}};
  open()->write({.event = "e",
                 .error = "Bearer secret0",
                 .request_id = "bearer secret1",
                 .message = "it sent \"Authorization: Bearer secret2.x-y_z~/+==\", then left",
                 .more = more});
  EXPECT_EQ(lines().at(0).find("secret"), std::string::npos) << lines().at(0);
  EXPECT_EQ(json::parse(lines().at(0)).at("message").as_string(),
            "it sent \"Authorization: Bearer ***\", then left");
}

TEST(RunLogText, FindsTokensHoweverTheyAreWritten) {
  for (const char* text :
       {"Bearer S", "BEARER S", "bearer   S", "Bearer\tS", "Bearer\r\n S", "Bearer:S", "Bearer=S",
        "\"Bearer\":\"S\"", "Bearer%20S", "Bearer+S", "x Bearer S Bearer S y", "Bearer bearer S"}) {
    EXPECT_EQ(without_bearer(text).find('S'), std::string::npos) << text;
    EXPECT_NE(without_bearer(text).find("***"), std::string::npos) << text;
  }
  for (const char* text : {"", "the bearers came", "Bearer", "Bearer ", "no bearer, no token"}) {
    EXPECT_EQ(without_bearer(text), text);
  }
}

TEST_F(RunLogTest, WritesNothingBelowItsLevel) {
  limits_.level_min = Level::warning;
  const auto log = open();
  EXPECT_FALSE(log->takes(Level::info));
  EXPECT_TRUE(log->takes(Level::warning));
  log->write({.level = Level::info, .event = "info"});
  log->write({.level = Level::error, .event = "error"});
  EXPECT_EQ(lines().size(), 1U);
}

TEST_F(RunLogTest, TheFileIsItsOwnersAlone) {
  const auto mode = [&] { return fs::status(path_).permissions(); };
  const fs::perms owner = fs::perms::owner_read | fs::perms::owner_write;
  open();
  EXPECT_EQ(mode(), owner);
  fs::permissions(path_, fs::perms::all);
  limits_.bytes_max = 1;
  const auto log = open();
  EXPECT_EQ(mode(), owner) << "one that was there already";
  write_number(*log, 0), write_number(*log, 1);
  EXPECT_TRUE(fs::exists(path_ + ".1"));
  EXPECT_EQ(mode(), owner) << "one begun anew";
}

TEST_F(RunLogTest, BeginsAnewAtItsSizeAndLosesNothing) {
  limits_.bytes_max = 2'000;
  limits_.files_max = 10;
  limits_.lines_per_second_max = 1'000;
  {
    const auto log = open();
    for (int n = 0; n < 60; ++n) write_number(*log, n, std::string(n, 'x'));
  }
  const auto log = open();
  for (int n = 60; n < 100; ++n) write_number(*log, n);
  EXPECT_EQ(numbers(), from_zero_to(100));
  EXPECT_TRUE(fs::exists(path_ + ".3"));
  for (const fs::directory_entry& file : fs::directory_iterator(folder_ / "deep")) {
    EXPECT_LE(file.file_size(), 2'000U) << file.path();
  }
}

TEST_F(RunLogTest, KeepsTheNewestFiles) {
  limits_.bytes_max = 1;  // each line fills a file
  for (const int files_max : {1, 2, 5}) {
    fs::remove_all(folder_);
    limits_.files_max = files_max;
    const auto log = open();
    for (int n = 0; n < 8; ++n) write_number(*log, n);
    const std::vector<std::int64_t> all = from_zero_to(8);
    EXPECT_EQ(numbers(), std::vector<std::int64_t>(all.end() - files_max, all.end()));
    EXPECT_EQ(log->lost(), 0);
  }
}

TEST_F(RunLogTest, GrowsOnWhereItCannotBeginAnew) {
  limits_.bytes_max = 1;
  limits_.files_max = 3;
  fs::create_directories(path_ + ".2/not_empty");
  const auto log = open();
  for (int n = 0; n < 5; ++n) write_number(*log, n);  // the first is moved to .1, and stays there
  EXPECT_EQ(numbers(), from_zero_to(5));
  fs::remove_all(path_ + ".2");
  write_number(*log, 5);
  EXPECT_TRUE(fs::is_regular_file(path_ + ".2")) << "it can again";
  EXPECT_EQ(numbers(), from_zero_to(6));
}

TEST_F(RunLogTest, FollowsAFileThatWasMovedAway) {
  const auto log = open();
  write_number(*log, 0);
  fs::rename(path_, path_ + ".1");
  write_number(*log, 1);
  EXPECT_TRUE(fs::exists(path_));
  EXPECT_EQ(numbers(), from_zero_to(2));
  fs::remove_all(folder_);
  write_number(*log, 2);
  EXPECT_EQ(log->lost(), 0) << "without a folder it keeps the file that it has";
}

TEST_F(RunLogTest, SeveralWritersShareAFile) {
  const int writers = 4, each = 300;
  limits_.bytes_max = 15'000;  // some seven files' worth
  limits_.files_max = 10;
  limits_.lines_per_second_max = each;
  std::vector<std::thread> threads;
  for (int writer = 0; writer < writers; ++writer) {
    threads.emplace_back([this, writer] {
      const auto log = open();  // a descriptor of its own, as another program has
      for (int i = 0; i < each; ++i) write_number(*log, writer * each + i);
      EXPECT_EQ(log->lost(), 0);
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::map<std::int64_t, int> seen;
  for (const std::int64_t number : numbers()) ++seen[number];
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(writers * each));
  for (const auto& [number, times] : seen) EXPECT_EQ(times, 1) << number;
  EXPECT_TRUE(fs::exists(path_ + ".1"));
}

TEST_F(RunLogTest, AFloodIsCutShortAndCounted) {
  limits_.lines_per_second_max = 3;
  const auto log = open();
  for (int i = 0; i < 1'000'000; ++i) log->write({.event = "trip_failed", .error = "api_5xx"});
  log->write({.event = "trip_failed", .error = "database"});  // another error has a room of its own
  log->write({.event = "cycle_ended"});
  EXPECT_EQ(lines().size(), 5U);
  EXPECT_EQ(log->left_out(), 999'997);
  now_us_ += kSecondUs;
  log->write({.event = "trip_failed", .error = "api_5xx"});
  ASSERT_EQ(lines().size(), 7U);
  EXPECT_EQ(lines()[5],
            R"({"time":"2026-11-21T09:30:01.123456Z","level":"warning","event":"lines_left_out",)"
            R"("error":"api_5xx","of":"trip_failed","count":999997})");
  EXPECT_EQ(json::parse(lines()[6]).at("event").as_string(), "trip_failed");
}

TEST_F(RunLogTest, WhatWasLeftOutIsToldOnceAndAtTheEnd) {
  limits_.lines_per_second_max = 1;
  auto log = open();
  for (int i = 0; i < 3; ++i) log->write({.event = "a"});
  log->summarize();
  log->summarize();
  EXPECT_EQ(lines().size(), 2U);
  EXPECT_EQ(json::parse(lines()[1]).at("count").as_int64(), 2);
  for (int i = 0; i < 4; ++i) log->write({.event = "a"});
  log.reset();
  ASSERT_EQ(lines().size(), 3U);
  EXPECT_EQ(json::parse(lines()[2]).at("count").as_int64(), 4);
}

TEST_F(RunLogTest, AFullDiskLosesLinesAndStopsNothing) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "needs /dev/full";
  const auto mode = fs::status("/dev/full").permissions();
  const auto log = RunLog::open("/dev/full", limits_).value();
  for (int n = 0; n < 10; ++n) write_number(*log, n);
  EXPECT_EQ(log->lost(), 10);
  EXPECT_EQ(fs::status("/dev/full").permissions(), mode);
}

// A limit on the size of files stands in for a disk that is full in the middle of a line.
TEST_F(RunLogTest, ALineThatFitsInPartIsLostAsAWholeAndToldLater) {
  const auto log = open();
  write_number(*log, 0);
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit unlimited{};
  ::getrlimit(RLIMIT_FSIZE, &unlimited);
  const rlimit limited{fs::file_size(path_) + 10, unlimited.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &limited);
  write_number(*log, 1), write_number(*log, 2);
  ::setrlimit(RLIMIT_FSIZE, &unlimited);
  std::signal(SIGXFSZ, before);
  EXPECT_EQ(log->lost(), 2);
  EXPECT_EQ(numbers(), from_zero_to(1));
  write_number(*log, 3);
  ASSERT_EQ(lines().size(), 3U);
  EXPECT_EQ(json::parse(lines()[1]).at("n").as_int64(), 3);
  EXPECT_EQ(json::parse(lines()[2]).at("event").as_string(), "lines_lost");
  EXPECT_EQ(json::parse(lines()[2]).at("count").as_int64(), 2);
}

TEST_F(RunLogTest, SaysWhyItCannotBeOpened) {
  fs::create_directories(folder_);
  std::ofstream(folder_ / "file") << "x";
  const std::string below_a_file = (folder_ / "file" / "simulation_runs.log").string();
  for (const std::string& path : {below_a_file, folder_.string()}) {
    const auto log = RunLog::open(path, limits_);
    ASSERT_FALSE(log) << path;
    EXPECT_EQ(log.error().code(), Errc::io);
    EXPECT_NE(log.error().message().find("\"" + path + "\" cannot be written: "),
              std::string::npos);
  }
  const std::string pipe = (folder_ / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_FALSE(RunLog::open(pipe, limits_)) << "nobody reads it";
}

TEST_F(RunLogTest, RefusesLimitsOutsideTheirRanges) {
  const auto code = [this](RunLogLimits limits) {
    return RunLog::open(path_, limits).error().code();
  };
  EXPECT_EQ(code({.bytes_max = 0}), Errc::invalid_input);
  EXPECT_EQ(code({.files_max = 0}), Errc::invalid_input);
  EXPECT_EQ(code({.files_max = 1'001}), Errc::invalid_input);
  EXPECT_EQ(code({.lines_per_second_max = 0}), Errc::invalid_input);
  EXPECT_FALSE(fs::exists(path_));
}

}  // namespace
}  // namespace footfall::telemetry
