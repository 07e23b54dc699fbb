// Goal: one mind, many worlds, over HTTP too. The same seed gives the same rows in memory, straight
// in the database, and at footfall's API with the journal in the server's database (hybrid) or over
// the API, on SQLite, on PostgreSQL and with server and simulator both behind PgBouncer (the
// Supabase/Railway shape); batches, rate and sessions change nothing but time (R24–R26). Method:
// runs by the code of `footfall simulate` against a server by that of `footfall serve`, compared by
// natural keys (tests/run_rows.hpp); invariants and paths of what they leave
// (tests/run_checks.hpp).
#include <gtest/gtest.h>

#include "store/any/open.hpp"
#include "tests/live/live_api.hpp"
#include "tests/run_checks.hpp"

namespace footfall {
namespace {

class LiveParity : public testing::TestWithParam<Way> {
 protected:
  static RunWorld& small() { return run_world(GetParam(), ShopSize::small); }

  // Expects that nothing fails on the way.
  static LiveEnd live(const RunSpec& spec, SettingList how) {
    how.emplace_back("api", api_of(GetParam(), ShopSize::small).url());
    LiveApiRun run(small(), spec, how);
    LiveEnd end = run.live();
    EXPECT_EQ(end.failure, "");
    EXPECT_EQ(end.progress.failures, 0) << end.progress.last_failure;
    EXPECT_EQ(end.calls.sent, end.calls.ok + end.calls.refused);
    expect_counts_add_up(end.calls);
    return end;
  }
};
INSTANTIATE_TEST_SUITE_P(On, LiveParity, testing::Values(Way::sqlite, Way::postgres, Way::bouncer),
                         [](const auto& tested) { return name_of(tested.param); });

RunRows in_memory(const RunSpec& spec) {
  RunWorld& world = run_world(Way::sqlite, ShopSize::small);
  return world.rows(world.fast(spec));
}

void expect_whole(RunWorld& world, RunId run) {
  EXPECT_EQ(world.violations(), "");
  EXPECT_EQ(path_violations(*store::open_reader(world.url()).value(), run), "");
}

// Three offer cycles: coupons are given, used and over.
TEST_P(LiveParity, ARunOverHttpIsTheFastRunAndTheDirectOne) {
  const RunSpec spec{52, {{"weeks", "3"}}};
  const RunRows expected = in_memory(spec);
  for (const char* table : {"user_coupons", "orders", "order_discounts", "coupon_events",
                            "shopping_session_events", "simulation_decisions"}) {
    EXPECT_TRUE(expected.contains(table)) << table << " is empty: the run tells nothing about it";
  }
  EXPECT_EQ(difference(expected, small().rows(small().live(spec))), "") << "direct";
  for (const char* journal : {"database", "api"}) {
    const LiveEnd end = live(spec, {{"journal", journal}});
    EXPECT_EQ(difference(expected, small().rows(end.run)), "") << "journal: " << journal;
    EXPECT_EQ(static_cast<std::size_t>(end.progress.tally.coupons_assigned),
              expected.at("user_coupons").size())
        << "what the summary says was given";
    expect_whole(small(), end.run);
  }
}

TEST_P(LiveParity, WhateverTheBatchTheSessionsAndTheRate) {
  const RunSpec spec{53, {{"until", "2026-01-09"}}};
  const RunRows expected = in_memory(spec);
  const SettingList ways[] = {
      {{"batch-size", "1"}, {"http-sessions", "1"}},
      {{"batch-size", "7"}, {"journal", "api"}},
      {{"rate-policy", "bucket"}, {"rate", "200"}, {"http-sessions", "3"}},
      {{"time-scale", "100000"}, {"http-connections", "1"}, {"journal", "api"}}};
  for (const SettingList& how : ways) {
    const LiveEnd end = live(spec, how);
    EXPECT_EQ(difference(expected, small().rows(end.run)), "")
        << how[0].first << " " << how[0].second;
  }
  EXPECT_EQ(small().violations(), "");
}

// R55: all of a cycle at once, in the database and over the API.
TEST_P(LiveParity, ACommitForEachCycle) {
  const RunSpec spec{58, {{"until", "2026-01-09"}}};
  const RunRows expected = in_memory(spec);
  for (const char* journal : {"database", "api"}) {
    const LiveEnd end = live(spec, {{"journal", journal}, {"commit", "cycle"}});
    EXPECT_EQ(difference(expected, small().rows(end.run)), "") << "journal: " << journal;
    expect_whole(small(), end.run);
  }
}

// R18: 40 % of the people in the busiest hour.
TEST_P(LiveParity, InACrowd) {
  const RunSpec spec{54, {{"activity", "crowd"}, {"until", "2026-01-07"}}};
  const RunRows expected = in_memory(spec);
  EXPECT_GT(expected.at("shopping_sessions").size(), 500U);
  const LiveEnd end = live(spec, {});
  EXPECT_EQ(difference(expected, small().rows(end.run)), "");
  expect_whole(small(), end.run);
}

TEST_P(LiveParity, UnderOtherRules) {
  const SettingList rules[] = {
      {{"wallet", "replace"}, {"weeks", "2"}},
      {{"stagger", "off"}, {"until", "2026-01-14"}},
      {{"offer-cycle-days", "3"}, {"offer-expiration-days", "5"}, {"until", "2026-01-13"}},
      {{"policy", "affinity"},
       {"max-wallet-capacity", "12"},
       {"category-brand-per-cycle", "10"},
       {"until", "2026-01-10"}},
      {{"profile", "online"}, {"deals", "0.5"}, {"agents", "50"}, {"until", "2026-01-10"}}};
  for (const SettingList& settings : rules) {
    const RunSpec spec{55, settings};
    const LiveEnd end = live(spec, {{"journal", "api"}});
    EXPECT_EQ(difference(in_memory(spec), small().rows(end.run)), "")
        << settings[0].first << " " << settings[0].second;
  }
  EXPECT_EQ(small().violations(), "");
}

// A mocked shop has empty wallets, so it is the fast run of a shop that gives no coupons.
TEST_P(LiveParity, AMockedShopWhereItsAnswersAllow) {  // R24
  const RunSpec spec{
      56, {{"frontstore-per-cycle", "0"}, {"category-brand-per-cycle", "0"}, {"weeks", "1"}}};
  RunWorld world(GetParam(), ShopSize::small);
  const RunRows expected = world.rows(world.fast(spec));
  EXPECT_FALSE(expected.contains("user_coupons"));
  cli::SimulateOptions options;
  options.mock_api = true;
  LiveApiRun run(world, spec, {}, options);
  const LiveEnd end = run.live();
  EXPECT_EQ(end.failure, "");
  const RunRows actual = world.rows(end.run);
  for (const char* table : {"shopping_sessions", "shopping_session_events", "simulation_decisions",
                            "orders", "order_items", "carts", "cart_items", "listings"}) {
    EXPECT_EQ(difference({{table, expected.at(table)}}, {{table, actual.at(table)}}), "");
  }
  EXPECT_EQ(path_violations(*store::open_reader(world.url()).value(), end.run), "");
}

// Mocked, both: nothing is written (R24).
TEST_P(LiveParity, ADryRunLeavesNothing) {
  const auto counts = [] {
    const auto reader = store::open_reader(small().url()).value();
    return table_counts(number_from(*reader));
  };
  const std::string before = counts();
  cli::SimulateOptions options;
  options.dry_run = true;
  LiveApiRun run(small(), {57, {{"until", "2026-01-07"}}}, {}, options);
  const LiveEnd end = run.live();
  EXPECT_EQ(end.failure, "");
  EXPECT_GT(end.progress.tally.orders, 0);
  EXPECT_EQ(counts(), before);
}

}  // namespace
}  // namespace footfall
