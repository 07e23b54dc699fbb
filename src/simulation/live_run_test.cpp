// Goal: a live run keeps its hours, halts, freezes, carries on and ends as it was told, whatever
// its world does (R23, R27, R30, R32, R55). Method: a scripted world on a clock moved by hand.
#include "simulation/live_run.hpp"

#include "simulation/scripted_world.hpp"

namespace footfall::simulation {
namespace {

using std::chrono::seconds;
using Then = OnFreeze::Then;

TEST(LiveRun, BeginsItsCyclesWhenTheScaleSays) {  // R7
  for (const auto& [scale, apart_us] :
       {std::pair{24.0, 150'000'000}, {48.0, 75'000'000}, {96.0, 37'500'000}}) {
    ScriptedRun run(20, scale);
    run.begin();
    run.advance(seconds(24 * 150));
    EXPECT_TRUE(run.ended);
    EXPECT_EQ(run.failure, "");
    ASSERT_EQ(run.starts.size(), 24U);
    for (int i = 0; i < 24; ++i)
      EXPECT_EQ(run.starts[static_cast<std::size_t>(i)].count(), std::int64_t{i} * apart_us);
  }
}

TEST(LiveRun, ALateCycleIsToldAndTheNextBeginsAtOnce) {
  ScriptedRun run(60, 48);
  bool slow = true;
  run.on_event = [&](const LiveEvent& event) {
    if (event.kind == LiveEvent::Kind::cycle_began) {
      slow = event.cycle == 17;
      run.script.call_time = slow ? seconds(60) : seconds(0);
    }
  };
  run.begin();
  run.advance(seconds(24 * 75 + 2000));
  ASSERT_TRUE(run.ended);
  EXPECT_GT(run.count("cycle_late"), 0);
  EXPECT_EQ(run.count("cycle_late"), run.progress().late_cycles);
  EXPECT_GT(run.starts[18], seconds(18 * 75));
  EXPECT_EQ(run.count("cycle_ended"), 24) << "none is left out";
  EXPECT_EQ(run.starts.back(), seconds(23 * 75)) << "the clock did not wait";
}

TEST(LiveRun, APauseInAnHourHaltsTripsBetweenActions) {
  ScriptedRun run(60, 48);
  run.script.call_time = milliseconds(500);
  run.begin();
  while (run.progress().cycle < 17) run.advance(seconds(1));
  run.advance(milliseconds(1'250));
  run.control.pause();
  EXPECT_EQ(run.count("paused"), 1);
  run.advance(milliseconds(500));  // the call under way is answered
  const auto done = run.script.log.size();
  const SimTime stood = run.pace.now();
  run.advance(seconds(100));
  EXPECT_EQ(run.script.log.size(), done) << run.script.log.back();
  EXPECT_EQ(run.pace.now(), stood);
  EXPECT_GT(run.script.opened.size(), 0U) << "trips are under way";
  EXPECT_EQ(run.script.holds, 1);
  run.control.resume();
  run.advance(seconds(24 * 75));
  EXPECT_TRUE(run.ended);
  EXPECT_EQ(run.progress().failures, 0);
  EXPECT_EQ(run.starts.back(), seconds(23 * 75) + milliseconds(100'500));
}

// The last call of an hour is answered while the run is paused: nothing is left to do in it.
TEST(LiveRun, APauseAtTheEndOfAnHourEndsNothing) {
  ScriptedRun run(60);
  run.script.before_action = [&](std::int64_t, shopper::ActionKind kind) {
    if (kind == shopper::ActionKind::complete_checkout) run.control.pause();
  };
  run.options.batch_size = 1;
  run.begin();
  for (int i = 0; i < 1000 && run.control.is_paused(); ++i) {
    EXPECT_FALSE(run.ended);
    run.control.resume();
    run.time.run_until_idle();
  }
  EXPECT_TRUE(run.ended);
  EXPECT_EQ(run.count("paused"), run.progress().tally.orders);
  EXPECT_EQ(run.count("cycle_ended"), 24);
}

TEST(LiveRun, APauseAndThenNothingMoreKeepsTheRunWaiting) {
  ScriptedRun run(20);
  run.on_event = [&](const LiveEvent& event) {
    if (event.kind == LiveEvent::Kind::cycle_began && event.cycle == 5) run.control.pause();
  };
  run.begin();
  run.advance(seconds(1000));
  EXPECT_FALSE(run.ended);
  EXPECT_EQ(run.count("cycle_ended"), 5);
  run.control.resume();
  run.time.run_until_idle();
  EXPECT_TRUE(run.ended);
  EXPECT_EQ(run.count("cycle_ended"), 24);
}

TEST(LiveRun, AStopEndsItAsleepPausedAndFrozen) {
  for (const std::string how : {"asleep", "paused", "frozen", "frozen and asking"}) {
    ScriptedRun run(20, 48);
    if (how == "frozen and asking") run.options.on_freeze = {Then::retry, seconds(30)};
    run.script.probe_answer = "no answer";
    run.begin();
    run.advance(seconds(80));
    if (how == "paused") run.control.pause();
    if (how.starts_with("frozen")) run.control.freeze("the shop is down");
    run.advance(seconds(500));
    if (how == "asleep") run.advance(seconds(10));
    EXPECT_FALSE(run.ended) << how;
    run.control.stop();
    run.time.run_until_idle();
    EXPECT_TRUE(run.ended) << how;
    EXPECT_EQ(run.failure, "") << how;
    EXPECT_EQ(run.count("run_ended"), 1) << how;
    EXPECT_EQ(run.script.opened.size(), 0U) << how;
  }
}

TEST(LiveRun, AStopLetsTheCycleAtHandEnd) {
  ScriptedRun run(60, 48);
  run.script.call_time = seconds(1);
  run.begin();
  while (run.progress().cycle < 17) run.advance(seconds(1));
  run.advance(milliseconds(500));
  run.control.stop();
  EXPECT_FALSE(run.ended);
  run.advance(seconds(30));
  EXPECT_TRUE(run.ended);
  EXPECT_EQ(run.count("cycle_ended"), 18);
  EXPECT_EQ(run.script.log.back(), "run_ended");
  EXPECT_TRUE(run.script.opened.empty());
}

// R24's --for: 1.5 hours at 48 are 72 cycles.
TEST(LiveRun, LastsAtMostAsLongAsItWasTold) {
  ScriptedRun run(5, 48);
  run.plan.until = run.plan.start + kWeek;
  run.options.at_most = std::chrono::minutes(90);
  run.begin();
  run.advance(seconds(5'399));
  EXPECT_FALSE(run.ended);
  run.advance(seconds(2));
  EXPECT_TRUE(run.ended);
  EXPECT_EQ(run.count("cycle_ended"), 72);
  EXPECT_EQ(run.script.log[run.script.log.size() - 2], "finish");
}

TEST(LiveRun, WarmsUpWithATenthOfItsAgents) {  // R27
  ScriptedRun run(372, 48);
  run.options.ramp = Ramp::parse(Ramp::kDefault).value();
  run.begin();
  run.advance(seconds(24 * 75));
  ASSERT_EQ(run.admitted.size(), 24U);
  const std::size_t expected[] = {37, 37, 93, 93, 186, 186, 279, 279, 372, 372};
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(run.admitted[i], expected[i]) << i;
  ScriptedRun without(372, 48);
  without.begin();
  without.advance(seconds(24 * 75));
  EXPECT_GT(run.progress().held_back, 0);
  EXPECT_EQ(without.progress().held_back, 0);
  EXPECT_GT(without.progress().tally.sessions, run.progress().tally.sessions);
}

// R23: one agent fails whenever it comes, the others shop as if nothing were.
TEST(LiveRun, OneAgentsFailureStopsNoOther) {
  ScriptedRun whole(60), failing(60);
  whole.begin();
  const auto most =
      std::max_element(whole.script.sessions_of.begin(), whole.script.sessions_of.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  failing.script.failing.insert(most->first);
  failing.options.breaker_share = 1;
  failing.begin();
  ASSERT_TRUE(failing.ended);
  EXPECT_GT(failing.progress().failures, 0);
  EXPECT_EQ(failing.progress().failures, failing.count("trip_failed"));
  using Kind = commerce::TripFailure::Kind;
  EXPECT_EQ(failing.progress().failures_of[static_cast<std::size_t>(Kind::api_5xx)],
            failing.progress().failures);
  for (int agent = 1; agent <= 60; ++agent) {
    EXPECT_EQ(failing.script.sessions_of[agent], whole.script.sessions_of[agent]) << agent;
  }
  EXPECT_EQ(failing.script.ended.size(), whole.script.ended.size());
  std::int64_t errors = 0;
  for (const auto& [session, outcome] : failing.script.ended) {
    errors += outcome == retail::SessionOutcome::error;
  }
  EXPECT_EQ(errors, failing.progress().failures);
}

// A stalled call of one agent: everybody else's trips of the hour end before it goes on.
TEST(LiveRun, AStalledAgentKeepsNobodyWaiting) {  // R23
  ScriptedRun whole(60), stalled(60);
  std::size_t ended = 0;
  whole.on_event = [&](const LiveEvent& event) {
    const bool is_hours_end = event.kind == LiveEvent::Kind::cycle_ended && event.cycle == 17;
    if (is_hours_end) ended = whole.script.ended.size();
  };
  whole.begin();
  const auto event = std::make_shared<Event>(stalled.io.get_executor());
  stalled.script.before_action = [&](std::int64_t agent, shopper::ActionKind) {
    const bool is_first = stalled.progress().cycle == 17 && stalled.script.stalled.empty();
    if (is_first) stalled.script.stalled[agent] = event;
  };
  stalled.begin();
  EXPECT_EQ(stalled.count("cycle_ended"), 17);
  EXPECT_EQ(stalled.script.opened.size(), 1U);
  EXPECT_EQ(stalled.script.ended.size() + 1, ended);
  event->set();
  stalled.time.run_until_idle();
  EXPECT_TRUE(stalled.ended);
  EXPECT_EQ(stalled.script.ended.size(), whole.script.ended.size());
}

// The journal's answer to the opening is lost: the session is there, and has to be ended.
TEST(LiveRun, ASessionThatMayBeOpenIsEnded) {
  ScriptedRun run(60);
  run.script.open_failures = 5;
  run.options.breaker_share = 1;
  run.begin();
  ASSERT_TRUE(run.ended);
  EXPECT_EQ(run.progress().failures, 5);
  EXPECT_TRUE(run.script.opened.empty());
}

TEST(LiveRun, AJournalThatFailsForAWhileIsToldAgain) {
  ScriptedRun run(60, 48);
  run.script.close_failures = 4;
  run.script.note_failures = 1;
  run.options.on_freeze = {Then::retry, seconds(1)};
  run.begin();
  run.advance(seconds(25 * 75));
  ASSERT_TRUE(run.ended);
  EXPECT_EQ(run.progress().failures, 0);
  EXPECT_TRUE(run.script.opened.empty());
}

// For longer than anybody asks: the ends are told before the agents come again.
TEST(LiveRun, AnEndThatCouldNotBeToldIsToldBeforeTheNextTrip) {
  ScriptedRun whole(60), run(60, 48);
  whole.begin();
  run.options.breaker_share = 1;
  run.on_event = [&](const LiveEvent& event) {
    if (event.kind != LiveEvent::Kind::cycle_began) return;
    run.script.close_failures = event.cycle == 9 ? 1000 : 0;
  };
  run.begin();
  run.advance(seconds(25 * 75));
  ASSERT_TRUE(run.ended);
  EXPECT_GT(run.progress().failures, 0);
  EXPECT_EQ(run.script.sessions_of, whole.script.sessions_of) << "nobody was turned away";
  EXPECT_EQ(run.progress().tally.orders, whole.progress().tally.orders);
  for (const auto& [session, started] : run.script.opened) {
    EXPECT_EQ(hour_of_day(started), 9) << "only the last trips of agents stay open";
  }
  EXPECT_LT(run.script.opened.size(), static_cast<std::size_t>(run.progress().failures));
}

}  // namespace
}  // namespace footfall::simulation
