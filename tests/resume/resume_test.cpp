// Goal: a run goes on from the newest checkpoint that is good, says so, and does as it was told
// where there is a choice (R33 to R36, R38, R55). Method: the program itself, killed, its
// checkpoints cut, edited, replaced and taken away, a second one beside it, and `footfall ctl` from
// outside.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <thread>

#include "store/any/open.hpp"
#include "tests/live/live_api.hpp"
#include "tests/resume/simulator.hpp"
#include "tests/run_checks.hpp"
#include "tests/servers/http_fault_proxy.hpp"

namespace footfall {
namespace {

namespace fs = std::filesystem;

constexpr const char* kInTheMidst = "trip.acts:900";

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class Resume : public testing::Test {
 protected:
  Resume() { simulator_.flags = {"--activity", "crowd", "--until", "2026-01-06"}; }

  const RunRows& whole() {
    static RunRows rows;
    if (rows.empty()) {
      EXPECT_EQ(simulator_.run({"--new"}).code, 0);
      rows = simulator_.world().rows(simulator_.newest());
    }
    return rows;
  }
  // Started, and some hours on.
  std::unique_ptr<tests::Child> start_and_wait(const std::vector<std::string>& more) {
    const fs::path log = simulator_.folder() / "runs.log";
    fs::remove(log);
    auto run = simulator_.start(more);
    while (run->running() && !has(text_of(log), "cycle_ended")) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return run;
  }
  void kill_in_the_midst() { EXPECT_EQ(simulator_.run({"--new"}, {}, kInTheMidst).code, 137); }
  // The newest first.
  std::vector<fs::path> checkpoints() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(simulator_.checkpoints())) {
      if (has(entry.path().filename().string(),
              fmt::format("run-{}-", simulator_.newest().value))) {
        files.push_back(entry.path());
      }
    }
    std::sort(files.rbegin(), files.rend());
    return files;
  }
  std::int64_t replays() const {
    return simulator_.number(
        "SELECT count(*) AS n FROM shopping_sessions WHERE run_id = $1 AND is_replay = 1");
  }
  SimulatorEnd ctl(const std::vector<std::string>& words) const {
    std::vector<std::string> arguments = {FOOTFALL_PROGRAM, "ctl"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    for (const std::string& word :
         {std::string("--control"), (simulator_.folder() / "control").string()}) {
      arguments.push_back(word);
    }
    return run_footfall(arguments, simulator_.folder());
  }
  void expect_whole() {
    EXPECT_EQ(difference(whole(), simulator_.world().rows(simulator_.newest())), "");
    EXPECT_EQ(run_violations(*store::open_reader(simulator_.world().url()).value()), "");
  }

  Simulator simulator_{Way::sqlite, Place::direct, "61"};
};

TEST_F(Resume, AGoodCheckpointAndWhyNotTheOthers) {
  whole();
  kill_in_the_midst();
  std::vector<fs::path> files = checkpoints();
  ASSERT_EQ(files.size(), 2u) << "at the start and after ten cycles";
  // One that is newer, of each kind that is no good.
  const std::string good = text_of(files[0]);
  const auto beside = [&](int cycle) {
    std::string name = files[0].string();
    return name.replace(name.size() - 13, 8, fmt::format("{:08}", cycle));
  };
  std::ofstream(beside(11)) << good.substr(0, good.size() / 2);
  std::string edited = good;
  edited.replace(edited.find("\"cycle\": 10"), 11, "\"cycle\": 12");
  std::ofstream(beside(12)) << edited;
  std::string newer = good;
  newer.replace(newer.find("checkpoint\": 1"), 14, "checkpoint\": 2");
  std::ofstream(beside(13)) << newer;
  const SimulatorEnd end = simulator_.run({});
  EXPECT_EQ(end.code, 0) << end.errors;
  for (const char* said :
       {"goes on from 2026-01-05T1", "cycle-00000010.json)", "cycle-00000011.json: it is cut short",
        "cycle-00000012.json: it was changed after it was written",
        "cycle-00000013.json: a newer footfall wrote it"}) {
    EXPECT_TRUE(has(end.errors, said)) << said << "\n" << end.errors;
  }
  EXPECT_GT(replays(), 0);
  expect_whole();
}

TEST_F(Resume, WithoutACheckpointAnHourAfterTheLastSession) {
  kill_in_the_midst();
  const std::int64_t latest =
      simulator_.number("SELECT max(sim_hour) AS hour FROM shopping_sessions WHERE run_id = $1");
  fs::remove_all(simulator_.checkpoints());
  const SimulatorEnd end = simulator_.run({});
  EXPECT_EQ(end.code, 0) << end.errors;
  EXPECT_TRUE(has(end.errors, "no checkpoint: an hour after the database's last session"))
      << end.errors;
  EXPECT_TRUE(has(end.errors, fmt::format("goes on from 2026-01-05T{:02}:00", latest + 1)))
      << end.errors;
  EXPECT_EQ(replays(), 0);
  EXPECT_EQ(run_violations(*store::open_reader(simulator_.world().url()).value()), "");
}

TEST_F(Resume, ChoicesOfResuming) {
  whole();
  kill_in_the_midst();
  EXPECT_EQ(simulator_.run({"--on-resume", "skip"}).code, 0);
  EXPECT_EQ(replays(), 0);
  expect_whole();
  kill_in_the_midst();
  const SimulatorEnd end = simulator_.run({"--on-resume", "database"});
  EXPECT_EQ(end.code, 0) << end.errors;
  EXPECT_TRUE(has(end.errors, "no checkpoint")) << end.errors;
  kill_in_the_midst();
  const std::int64_t open = simulator_.number(
      "SELECT count(*) AS n FROM shopping_sessions WHERE run_id = $1 AND outcome = 'open'");
  EXPECT_GT(open, 0);
  EXPECT_NE(simulator_.run({"--orphans", "ask"}).code, 0) << "nobody is there to ask";
  EXPECT_TRUE(has(simulator_.read(0).errors, "has no terminal to ask on"));
  const SimulatorEnd kept = simulator_.run({"--orphans", "keep"});
  EXPECT_EQ(kept.code, 0) << kept.errors;
  EXPECT_EQ(simulator_.number("SELECT count(*) AS n FROM shopping_sessions WHERE run_id = $1 AND "
                              "outcome = 'open'"),
            open);
  simulator_.run(
      {"--continue", fmt::format("{}", simulator_.newest().value), "--until", "2026-01-07"});
}

TEST_F(Resume, TwoSimulatorsOnOneRun) {
  whole();
  const auto first = start_and_wait({"--new", "--time-scale", "3600"});
  const SimulatorEnd second = simulator_.run({});
  EXPECT_NE(second.code, 0);
  EXPECT_TRUE(has(second.errors, fmt::format("is being lived by process {}", first->pid())))
      << second.errors;
  first->send(9);
  first->wait_for(std::chrono::seconds(10));
  EXPECT_EQ(simulator_.run({}).code, 0) << "who is dead holds nothing";
  expect_whole();
}

TEST_F(Resume, AFinishedRunIsNotGoneOnWith) {
  whole();
  const RunId before = simulator_.newest();
  kill_in_the_midst();
  EXPECT_EQ(simulator_.run({"--new"}).code, 0);
  EXPECT_EQ(simulator_.newest().value, before.value + 2) << "--new begins another";
  EXPECT_EQ(simulator_.run({}).code, 0);
  EXPECT_EQ(simulator_.newest().value, before.value + 3) << "the last one is finished";
  EXPECT_EQ(simulator_.run({"--continue", fmt::format("{}", before.value + 1)}).code, 0);
  EXPECT_EQ(simulator_.newest().value, before.value + 3);
  const SimulatorEnd wrong = simulator_.run({"--new", "--continue", "1"});
  EXPECT_EQ(wrong.code, 2);
  kill_in_the_midst();
  const SimulatorEnd other = simulator_.run({"--deals", "0.5"});
  EXPECT_EQ(other.code, 2);
  EXPECT_TRUE(has(other.errors, "--new starts another")) << other.errors;
}

TEST_F(Resume, ADiskThatTakesNoCheckpointsStopsNothing) {
  whole();
  fs::remove_all(simulator_.checkpoints());
  std::ofstream(simulator_.folder() / "checkpoints") << "a file where the folder should be";
  const SimulatorEnd end = simulator_.run({"--new"});
  EXPECT_EQ(end.code, 0) << end.errors;
  EXPECT_TRUE(has(end.errors, "No checkpoint could be kept")) << end.errors;
  expect_whole();
}

TEST_F(Resume, SteeredFromOutside) {
  whole();
  const auto run = start_and_wait({"--new", "--time-scale", "3600"});
  SimulatorEnd said = ctl({"pause"});
  EXPECT_TRUE(has(said.output, "paused")) << said.output << said.errors;
  EXPECT_TRUE(has(ctl({"status", "--json"}).output, "\"status\":\"paused\""));
  EXPECT_TRUE(has(ctl({"resume"}).output, "running"));
  const std::size_t before = checkpoints().size();
  EXPECT_TRUE(has(ctl({"checkpoint"}).output, "cycle-"));
  EXPECT_GE(checkpoints().size(), before);
  for (const auto& entry : fs::directory_iterator(simulator_.folder() / "control")) {
    EXPECT_EQ(fs::status(entry).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  }
  EXPECT_TRUE(has(ctl({"quit"}).output, "stopping"));
  EXPECT_EQ(run->wait_for(std::chrono::seconds(60)), 0);
  EXPECT_TRUE(fs::is_empty(simulator_.folder() / "control"));
  said = ctl({"status"});
  EXPECT_EQ(said.code, 1);
  EXPECT_TRUE(has(said.errors, "no live run")) << said.errors;
  EXPECT_EQ(simulator_.run({}).code, 0);
  expect_whole();
  EXPECT_EQ(replays(), 0) << "it was stopped at a cycle's end, with a checkpoint";
}

// Its service goes away, the run freezes, and is killed while it waits.
TEST(ResumeFrozen, KilledWhileItWaits) {
  Simulator simulator(Way::sqlite, Place::api, "62");
  simulator.flags = {"--activity", "crowd", "--until", "2026-01-06"};
  ASSERT_EQ(simulator.run({"--new"}).code, 0);
  const RunRows whole = simulator.world().rows(simulator.newest());
  tests::HttpFaultProxy proxy(api_of(Way::sqlite, ShopSize::small).port());
  tests::HttpFaultPlan plan;
  const auto seen = std::make_shared<std::atomic<int>>(0);
  std::thread goes;
  plan.rules = {{[&, seen](const tests::SeenRequest&) {
                   if (++*seen == 1500) {
                     goes = std::thread(
                         [&proxy] { proxy.down(tests::HttpFaultProxy::Down::refused); });
                   }
                   return false;
                 },
                 {},
                 {}}};
  proxy.follow(plan);
  simulator.through(proxy.url());
  const SimulatorEnd end =
      simulator.run({"--new", "--http-tries", "1", "--breaker", "100"}, {}, "frozen");
  EXPECT_EQ(end.code, 137) << end.errors;
  if (goes.joinable()) goes.join();
  proxy.up();
  simulator.finish();
  // Trips that had failed before it froze have failed; all else came to its end.
  const RunRows rows = simulator.world().rows(simulator.newest());
  const auto failed = simulator.number(
      "SELECT count(*) AS n FROM shopping_sessions WHERE run_id = $1 AND outcome = 'error' AND "
      "n_events = 0");
  EXPECT_EQ(whole.at("shopping_sessions").size(), rows.at("shopping_sessions").size());
  EXPECT_LE(static_cast<std::int64_t>(whole.at("orders").size() - rows.at("orders").size()),
            failed);
  EXPECT_EQ(simulator.number("SELECT count(*) AS n FROM shopping_sessions WHERE run_id = $1 AND "
                             "outcome = 'open'"),
            0);
  EXPECT_EQ(run_violations(*store::open_reader(simulator.world().url()).value()), "");
}

// A fast run, with another number of threads each time.
TEST(ResumeFast, KilledAndGoneOn) {
  Simulator simulator(Way::sqlite, Place::fast, "63");
  simulator.flags = {"--until", "2026-03-02", "--checkpoint-every", "48"};
  ASSERT_EQ(simulator.run({"--new", "--threads", "1"}).code, 0);
  const RunRows whole = simulator.world().rows(simulator.newest());
  for (const char* point : {"checkpoint.half:6", "checkpoint.before_rename:9",
                            "checkpoint.after_rename:8", "checkpoint.before_prune:7"}) {
    SCOPED_TRACE(point);
    EXPECT_EQ(simulator.run({"--new", "--threads", "2"}, {}, point).code, 137);
    const SimulatorEnd end = simulator.run({"--threads", "3"});
    EXPECT_EQ(end.code, 0) << end.errors;
    EXPECT_TRUE(has(end.errors, "From checkpoint run-")) << end.errors;
    EXPECT_EQ(difference(whole, simulator.world().rows(simulator.newest())), "");
  }
  EXPECT_EQ(simulator.run({"--new"}, {}, "checkpoint.before_prune:5").code, 137);
  fs::remove_all(simulator.checkpoints());
  EXPECT_EQ(simulator.run({}).code, 0) << "it lives its past again";
  EXPECT_EQ(difference(whole, simulator.world().rows(simulator.newest())), "");
}

}  // namespace
}  // namespace footfall
