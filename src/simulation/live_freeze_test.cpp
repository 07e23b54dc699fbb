// Goal: a live run freezes when too many agents fail or its own work does, says why, and goes on or
// ends as it was told, whenever it happens (R30, R55). Method: a scripted world on a clock moved by
// hand.
#include "simulation/live_run.hpp"
#include "simulation/scripted_world.hpp"

namespace footfall::simulation {
namespace {

using std::chrono::seconds;
using Then = OnFreeze::Then;

// The first `count` agents who come in this cycle find a shop that fails them.
void fail_first(ScriptedRun& run, std::int64_t in_cycle, std::size_t count) {
  run.on_event = [&run, in_cycle, count](const LiveEvent& event) {
    if (event.kind != LiveEvent::Kind::cycle_began) return;
    run.script.failing.clear();
    run.script.before_action = nullptr;
    if (event.cycle != in_cycle) return;
    run.script.before_action = [&run, count](std::int64_t agent, shopper::ActionKind) {
      if (run.script.failing.size() < count) run.script.failing.insert(agent);
    };
  };
}

// R30: of 372, 18 may fail in a cycle; the 19th freezes the run.
TEST(LiveFreeze, NineteenOf372FreezeItEighteenDoNot) {
  for (const std::size_t failing : {std::size_t{18}, std::size_t{19}}) {
    ScriptedRun run(372);
    fail_first(run, 17, failing);
    run.begin();
    run.advance(seconds(100));
    EXPECT_EQ(run.progress().failures, static_cast<std::int64_t>(failing));
    EXPECT_EQ(run.count("frozen"), failing == 19) << failing;
    EXPECT_EQ(run.ended, failing == 18) << failing;
    if (failing == 18) continue;
    EXPECT_NE(run.control.frozen_because().find("19 of the 372 agents of cycle 18 failed, more "
                                                "than the 18 that are allowed"),
              std::string::npos)
        << run.control.frozen_because();
    run.script.failing.clear();
    run.control.resume();
    run.advance(seconds(100));
    EXPECT_TRUE(run.ended);
    EXPECT_EQ(run.count("cycle_ended"), 24);
    EXPECT_EQ(run.count("frozen"), 1);
    EXPECT_TRUE(run.script.opened.empty());
  }
}

TEST(LiveFreeze, AnAdvanceThatFailsFreezesItAndIsRepeated) {
  ScriptedRun run(20, 48);
  run.script.advance_failures = 2;
  run.begin();
  run.advance(seconds(50));
  EXPECT_EQ(run.events.back(), "frozen: the database is gone");
  EXPECT_EQ(run.progress().now, run.plan.start);
  run.control.resume();
  run.time.run_until_idle();
  EXPECT_EQ(run.count("frozen"), 2);
  run.control.resume();
  run.advance(seconds(24 * 75));
  EXPECT_TRUE(run.ended);
  EXPECT_EQ(run.failure, "");
  for (int hour = 1; hour <= 24; ++hour) {
    const std::string line = "advance to " + to_string(run.plan.start + kHour * hour);
    EXPECT_EQ(std::count(run.script.log.begin(), run.script.log.end(), line), 1) << line;
  }
}

TEST(LiveFreeze, ItsEndIsRepeatedAsWell) {
  ScriptedRun run(20);
  run.script.finish_failures = 1;
  run.begin();
  EXPECT_FALSE(run.ended);
  EXPECT_EQ(run.count("frozen"), 1);
  run.control.resume();
  run.time.run_until_idle();
  EXPECT_TRUE(run.ended);
  EXPECT_EQ(run.failure, "");
}

TEST(LiveFreeze, ToldToExitItEndsWithWhatFrozeIt) {  // R55
  ScriptedRun run(20, 48);
  run.options.on_freeze = {Then::exit, {}};
  run.script.advance_failures = 1;
  run.begin();
  EXPECT_TRUE(run.ended);
  EXPECT_EQ(run.failure, "the database is gone");
}

// Frozen while it sleeps between two hours, too.
TEST(LiveFreeze, ToldToExitItEndsWheneverItIsFrozen) {
  ScriptedRun run(20, 48);
  run.options.on_freeze = {Then::exit, {}};
  run.begin();
  run.advance(seconds(80));
  run.control.freeze("the shop is down");
  run.time.run_until_idle();
  EXPECT_TRUE(run.ended);
  EXPECT_EQ(run.failure, "the shop is down");
}

TEST(LiveFreeze, ToldToRetryItAsksUntilItIsAnswered) {  // R55
  ScriptedRun run(20, 48);
  run.options.on_freeze = {Then::retry, seconds(30)};
  run.begin();
  run.advance(seconds(80));
  run.script.probe_answer = "no answer";
  run.control.freeze("the shop is down");
  run.advance(seconds(95));
  EXPECT_EQ(run.script.probes, 3);
  EXPECT_EQ(run.count("probe_failed: no answer"), 3);
  run.script.probe_answer = "";
  run.advance(seconds(25));
  EXPECT_FALSE(run.control.is_frozen());
  EXPECT_EQ(run.count("resumed"), 1);
  run.advance(seconds(24 * 75));
  EXPECT_TRUE(run.ended);
  EXPECT_EQ(run.script.probes, 4);
  EXPECT_EQ(run.starts.back(), seconds(23 * 75 + 120));
}

TEST(LiveFreeze, AnAnswerToTheProbeLeavesAPauseToItsOperator) {
  ScriptedRun run(20, 48);
  run.options.on_freeze = {Then::retry, seconds(30)};
  run.begin();
  run.control.freeze("the shop is down");
  run.control.pause();
  run.advance(seconds(1000));
  EXPECT_FALSE(run.control.is_frozen());
  EXPECT_TRUE(run.control.is_paused());
  EXPECT_EQ(run.count("cycle_began"), 1);
}

TEST(LiveFreeze, AFreezeAfterAFreezeIsAskedForOnce) {
  ScriptedRun run(20, 48);
  run.options.on_freeze = {Then::retry, seconds(30)};
  run.script.probe_answer = "no answer";
  run.begin();
  run.control.freeze("first");
  run.time.run_until_idle();
  for (int i = 0; i < 3; ++i) {
    run.control.resume();
    run.control.freeze("again");
  }
  run.advance(seconds(45));
  EXPECT_EQ(run.script.probes, 1);
  EXPECT_EQ(run.count("frozen"), 4);
  run.control.stop();
  run.time.run_until_idle();
  EXPECT_TRUE(run.ended);
}

}  // namespace
}  // namespace footfall::simulation
