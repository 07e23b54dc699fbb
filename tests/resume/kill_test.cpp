// Goal: killed at any instant, a run is resumed with nothing committed lost, nothing ordered twice,
// and in the end has the data of a run with the same seed that was never killed (R33 to R36).
// Method: the program itself, killed at named points and at random moments, one crash after
// another, resumed until it is finished, and compared by natural keys. FOOTFALL_LONG=1: 200 random
// kills each.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/random.hpp"
#include "store/any/open.hpp"
#include "tests/resume/simulator.hpp"
#include "tests/run_checks.hpp"

namespace footfall {
namespace {

using std::chrono::microseconds;

struct Config {
  Way way;
  Place place;
};

std::string name_of(const Config& config) {
  return name_of(config.way) + (config.place == Place::api ? "_api" : "_direct");
}

void PrintTo(const Config& config, std::ostream* out) { *out << name_of(config); }

bool is_long() {
  const char* const wanted = std::getenv("FOOTFALL_LONG");
  return wanted && std::string(wanted) == "1";
}

// A run that nobody killed, once for each place; what it left and how long it took.
struct Whole {
  RunRows rows;
  std::string counts;
  microseconds took{};
};

// What the summary counts, from trips that failed to revenue.
std::string counts_in(const std::string& summary) {
  const auto from = summary.find("\"thoughts\""), to = summary.find(",\"live\"");
  return from == summary.npos || to == summary.npos ? "none: " + summary
                                                    : summary.substr(from, to - from);
}

class Kills : public testing::TestWithParam<Config> {
 protected:
  static constexpr const char* kSeed = "97";

  Kills() : simulator_(GetParam().way, GetParam().place, kSeed) {
    simulator_.flags.emplace_back("--json");
  }

  const Whole& whole() {
    static std::map<std::string, Whole> all;
    const std::string name = name_of(GetParam());
    const auto found = all.find(name);
    if (found != all.end()) return found->second;
    const auto began = std::chrono::steady_clock::now();
    const SimulatorEnd end = simulator_.run({"--new"});
    EXPECT_EQ(end.code, 0) << end.errors;
    Whole& one = all[name];
    one.took = std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - began);
    one.rows = simulator_.world().rows(simulator_.newest());
    one.counts = counts_in(end.output);
    return one;
  }

  void expect_as_if_never_killed() {
    const RunId run = simulator_.newest();
    EXPECT_EQ(difference(whole().rows, simulator_.world().rows(run)), "");
    EXPECT_EQ(counts_in(simulator_.read(0).output), whole().counts);
    const auto reader = store::open_reader(simulator_.world().url()).value();
    EXPECT_EQ(run_violations(*reader), "");
    EXPECT_EQ(path_violations(*reader, run), "");
    EXPECT_EQ(simulator_.number("SELECT count(*) AS n FROM shopping_sessions WHERE run_id = $1 AND "
                                "outcome = 'open'"),
              0);
    EXPECT_EQ(simulator_.number("SELECT count(*) AS n FROM carts WHERE run_id = $1 AND status = "
                                "'open'"),
              0);
    expect_replays_are_exact();
  }

  // Each is the copy of one session, with all its events and decisions, and stands beside no order.
  void expect_replays_are_exact() {
    EXPECT_EQ(
        simulator_.number(
            "SELECT count(*) AS n FROM shopping_sessions r LEFT JOIN shopping_sessions s ON "
            "s.id = r.replays_session_id AND s.is_replay = 0 AND s.agent_id = r.agent_id AND "
            "s.sim_hour = r.sim_hour AND s.attempt = r.attempt AND s.outcome = r.outcome AND "
            "s.kind = r.kind AND s.started_sim_us = r.started_sim_us AND s.ended_sim_us = "
            "r.ended_sim_us AND s.n_events = r.n_events WHERE r.run_id = $1 AND r.is_replay = "
            "1 AND s.id IS NULL"),
        0);
    EXPECT_EQ(
        simulator_.number(
            "SELECT count(*) AS n FROM shopping_sessions r WHERE r.run_id = $1 AND r.is_replay "
            "= 1 AND (r.n_events <> (SELECT count(*) FROM shopping_session_events e WHERE "
            "e.session_id = r.id) OR (SELECT count(*) FROM simulation_decisions d WHERE "
            "d.visit_id = r.id) <> (SELECT count(*) FROM simulation_decisions d WHERE "
            "d.visit_id = r.replays_session_id))"),
        0);
    EXPECT_EQ(simulator_.number("SELECT count(*) AS n FROM orders o JOIN shopping_sessions s ON "
                                "s.id = o.session_id WHERE o.run_id = $1 AND s.is_replay = 1"),
              0);
  }

  Simulator simulator_;
};

INSTANTIATE_TEST_SUITE_P(Configs, Kills,
                         testing::Values(Config{Way::sqlite, Place::direct},
                                         Config{Way::sqlite, Place::api},
                                         Config{Way::postgres, Place::direct},
                                         Config{Way::postgres, Place::api}),
                         [](const auto& tested) { return name_of(tested.param); });

// Killed there; where it passes the point in being resumed too, killed there once more.
TEST_P(Kills, AtEveryNamedPoint) {
  whole();
  const std::vector<std::string> points = {"cycle.opened",
                                           "refresh.part",
                                           "refresh.done",
                                           "trip.opened:33",
                                           "trip.acts:250",
                                           "trip.ordered:20",
                                           "cycle.before_advance:7",
                                           "cycle.after_advance:7",
                                           "checkpoint.half:2",
                                           "run.over",
                                           "run.finished",
                                           "checkpoint.before_rename:2",
                                           "checkpoint.after_rename:2",
                                           "checkpoint.before_prune:3"};
  for (const std::string& point : points) {
    SCOPED_TRACE(point);
    const SimulatorEnd end = simulator_.run({"--new"}, {}, point);
    const bool is_passed = !(point == "refresh.part" && GetParam().place == Place::api);
    EXPECT_EQ(end.code, is_passed ? 137 : 0) << end.errors;
    if (end.code == 0) continue;
    const RunId killed = simulator_.newest();
    if (simulator_.number("SELECT CASE WHEN status = 'finished' THEN 1 ELSE 0 END AS over FROM "
                          "simulation_state WHERE run_id = $1") == 1) {
      EXPECT_EQ(point, "run.finished") << "the server has ended it, and nothing is left to do";
      EXPECT_EQ(difference(whole().rows, simulator_.world().rows(killed)), "");
      continue;
    }
    const std::string name = point.substr(0, point.find(':'));
    const SimulatorEnd again = simulator_.run({}, {}, name);
    EXPECT_TRUE(again.code == 137 || again.code == 0) << again.errors;
    if (again.code == 137) simulator_.finish();
    EXPECT_EQ(simulator_.newest(), killed) << "another run was begun instead";
    expect_as_if_never_killed();
  }
}

// While it takes the run up again: before anything was done, in the midst of it, after it.
TEST_P(Kills, WhileItResumes) {
  whole();
  for (const std::string point : {"resume.before", "resume.set_aside", "resume.after"}) {
    SCOPED_TRACE(point);
    EXPECT_EQ(simulator_.run({"--new"}, {}, "trip.acts:400").code, 137);
    EXPECT_EQ(simulator_.run({}, {}, point).code, 137);
    EXPECT_EQ(simulator_.run({}, {}, point).code, 137);
    simulator_.finish();
    expect_as_if_never_killed();
  }
}

TEST_P(Kills, AtRandomMoments) {
  const microseconds took = whole().took;
  const std::uint64_t seed = is_long() ? fresh_seed() : 5;
  RandomStream random(seed, 0, 0, Purpose::trip);
  const int kills = is_long() ? 200 : 7;
  int done = 0;
  while (done < kills && !HasFailure()) {
    const auto moment = [&] { return microseconds(random.bits() % took.count()); };
    const microseconds first = moment();
    SCOPED_TRACE(fmt::format("seed {}, killed after {} us", seed, first.count()));
    SimulatorEnd end = simulator_.run({"--new"}, first);
    for (int crashes = 1; end.code == 137 && crashes < 3 && done < kills; ++crashes) {
      ++done;
      end = simulator_.run({}, moment());
    }
    done += end.code == 137;
    simulator_.finish();
    expect_as_if_never_killed();
  }
}

}  // namespace
}  // namespace footfall
