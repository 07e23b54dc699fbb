// Goal: however a trip of a live run ends, it is kept and counted once, and its agent comes again
// (R31, R32, R55): checkouts that fail, that nobody answers, that were done all the same, ends that
// the journal refuses, runs that are ended while they are halted. Method: a scripted world on a
// clock moved by hand.
#include "simulation/live_run.hpp"
#include "simulation/scripted_world.hpp"

namespace footfall::simulation {
namespace {

using std::chrono::seconds;

// R55: what lay in a cart that the shop failed to sell comes first into the next one, as long as it
// fails; with `clear` (R31) it does not.
TEST(LiveRun, AFailedCheckoutsCartIsKeptOrCleared) {
  for (const bool keep : {true, false}) {
    ScriptedRun run(60);
    run.plan.keep_failed_carts = keep;
    run.plan.until = run.plan.start + kDay * 3;
    run.options.breaker_share = 1;
    for (int agent = 1; agent <= 60; ++agent) run.script.unpaid.insert(agent);
    run.on_event = [&](const LiveEvent& event) {
      if (event.kind == LiveEvent::Kind::cycle_began && event.cycle == 48) {
        run.script.unpaid.clear();
      }
    };
    run.begin();
    ASSERT_TRUE(run.ended);
    EXPECT_EQ(run.failure, "");
    EXPECT_GT(run.progress().failures, 20);
    int came_along = 0;
    for (const auto& [agent, trips] : run.script.adds) {
      for (std::size_t i = 1; i < trips.size(); ++i) {
        std::vector<int> before = trips[i - 1], first = trips[i];
        if (before.size() < 4 || first.size() < before.size()) continue;
        first.resize(before.size());
        std::sort(before.begin(), before.end());
        std::sort(first.begin(), first.end());
        came_along += first == before;
      }
    }
    EXPECT_EQ(came_along > 10, keep) << came_along;
    EXPECT_EQ(came_along == 0, !keep) << came_along;
    EXPECT_GT(run.progress().tally.orders, 10);
  }
}

// R32: what nobody answered is asked for until somebody does, or for a while, or not at all where
// nobody could tell; and a journal that fails then too is this trip's failure alone.
TEST(LiveRun, AnUnansweredCheckoutIsSettled) {
  ScriptedRun whole(60);
  whole.begin();
  const std::int64_t orders = whole.progress().tally.orders;
  for (const std::string how :
       {"told", "told late", "journal fails", "never told", "cannot tell"}) {
    ScriptedRun run(60, 48);
    run.options.breaker_share = 1;
    run.script.unanswered = true;
    run.script.settle_failures = how == "told late" ? 4 : how == "never told" ? 1'000'000 : 0;
    run.script.can_be_asked = how != "cannot tell";
    if (how == "journal fails") {
      run.on_event = [&](const LiveEvent& event) {
        if (event.kind == LiveEvent::Kind::cycle_began) {
          run.script.close_failures = event.cycle == 17 ? 1'000'000 : 0;
        }
      };
    }
    run.begin();
    run.advance(seconds(25 * 75));
    ASSERT_TRUE(run.ended) << how;
    EXPECT_EQ(run.failure, "") << how;
    const std::int64_t asked = std::count(run.script.log.begin(), run.script.log.end(), "asks");
    const LiveProgress& end = run.progress();
    if (how == "told" || how == "told late") {
      EXPECT_EQ(end.failures, 0) << how;
      EXPECT_EQ(end.tally.orders, orders) << how;
      EXPECT_EQ(asked, orders + (how == "told" ? 0 : 4));
    } else if (how == "journal fails") {
      EXPECT_GT(end.failures, 0);
      EXPECT_EQ(end.unsettled, 0);
      EXPECT_EQ(end.tally.orders, orders) << "they happened in the shop";
    } else {
      EXPECT_GT(end.unsettled, 0) << how;
      EXPECT_EQ(end.tally.orders, 0) << how;
      EXPECT_EQ(asked, how == "never told" ? 5 * end.unsettled : 0) << how;
      EXPECT_EQ(end.failures, end.unsettled) << how << ": nobody is turned away for it";
      EXPECT_EQ(run.script.sessions_of, whole.script.sessions_of) << how;
      EXPECT_FALSE(run.script.opened.empty()) << "whose agents did not come again";
    }
  }
}

// A session that failed, as far as anybody could see, and has an order: it was a purchase.
TEST(LiveRun, WhatHasAnOrderWasBought) {
  ScriptedRun run(60);
  run.options.breaker_share = 1;
  run.script.ordered = true;
  for (int agent = 1; agent <= 60; ++agent) run.script.unpaid.insert(agent);
  run.begin();
  ASSERT_TRUE(run.ended);
  const LiveProgress& end = run.progress();
  EXPECT_GT(end.failures, 10);
  EXPECT_EQ(end.tally.orders, end.failures);
  EXPECT_EQ(std::count_if(run.script.ended.begin(), run.script.ended.end(),
                          [](const auto& session) {
                            return session.second == retail::SessionOutcome::purchased;
                          }),
            end.tally.orders);
  EXPECT_TRUE(run.script.opened.empty());
}

// --commit cycle: what the journal refuses is a failure of that trip, and keeps nothing else back.
TEST(LiveRun, ARefusedEndKeepsNoCycleBack) {
  ScriptedRun run(60), whole(60);
  whole.begin();
  run.commit_by_cycle();
  run.options.breaker_share = 1;
  run.script.lost_openings = 1;
  run.script.forgotten_openings = 2;
  run.begin();
  ASSERT_TRUE(run.ended);
  EXPECT_EQ(run.failure, "");
  EXPECT_EQ(run.progress().failures, 3);
  EXPECT_EQ(run.count("frozen"), 0);
  EXPECT_EQ(run.script.ended.size() + 3, whole.script.ended.size());
  EXPECT_TRUE(run.script.opened.empty());
}

// A failed session is kept at once, or its agent would be turned away; and one that has an order
// ends as a purchase then too.
TEST(LiveRun, FailedEndsDoNotWaitForTheCycle) {
  ScriptedRun run(60), whole(60);
  whole.begin();
  run.commit_by_cycle();
  run.options.breaker_share = 1;
  run.script.unanswered = true;
  run.script.can_be_asked = false;
  run.script.ordered = true;
  run.begin();
  ASSERT_TRUE(run.ended);
  const LiveProgress& end = run.progress();
  EXPECT_GT(end.unsettled, 10);
  EXPECT_EQ(end.failures, end.unsettled) << end.last_failure;
  EXPECT_EQ(run.script.sessions_of, whole.script.sessions_of);
  EXPECT_EQ(end.tally.orders + static_cast<std::int64_t>(run.script.opened.size()), end.unsettled);
  EXPECT_GT(end.tally.orders, 0);
}

// What waits when the operator pauses the run, and then ends it, was given up, and has not failed.
TEST(LiveRun, EndingAPausedRunFailsNoTrip) {
  for (const bool by_cycle : {false, true}) {
    ScriptedRun run(60, 48);
    if (by_cycle) run.commit_by_cycle();
    run.script.call_time = seconds(5);
    run.begin();
    while (run.progress().cycle < 17) run.advance(seconds(1));
    run.advance(seconds(12));
    ASSERT_FALSE(run.script.opened.empty());
    run.control.pause();
    run.advance(milliseconds(500));
    run.control.stop();
    run.advance(seconds(10));
    ASSERT_TRUE(run.ended);
    EXPECT_EQ(run.failure, "");
    EXPECT_EQ(run.progress().failures, 0);
    EXPECT_EQ(run.count("frozen"), 0);
    EXPECT_EQ(run.count("run_ended"), 1);
    EXPECT_EQ(run.script.aborts, 1);
    EXPECT_FALSE(run.script.opened.empty()) << "for the next start to find";
  }
}

}  // namespace
}  // namespace footfall::simulation
