// Goal: one mind, many worlds. The same seed and settings give the same events, decisions, orders,
// wallets and offer cycles in the memory world (fast runs) and in the store world on SQLite, on
// PostgreSQL and through PgBouncer, whatever the number of threads, of shoppers at once, or of
// workers who refresh wallets. Method: runs in real databases, compared line by line by natural
// keys (tests/run_rows.hpp); invariants and paths of all that the runs leave
// (tests/run_checks.hpp).
#include <gtest/gtest.h>

#include <cstdlib>
#include <span>

#include "store/any/open.hpp"
#include "tests/run_checks.hpp"
#include "tests/run_world.hpp"

namespace footfall {
namespace {

using simulation::LiveOptions;
using simulation::RefreshOptions;

constexpr Way kWays[] = {Way::sqlite, Way::postgres, Way::bouncer};

class Parity : public testing::TestWithParam<Way> {
 protected:
  static RunWorld& small() { return run_world(GetParam(), ShopSize::small); }
};
INSTANTIATE_TEST_SUITE_P(On, Parity, testing::ValuesIn(kWays),
                         [](const auto& tested) { return name_of(tested.param); });

// The memory world's rows, in SQLite.
RunRows in_memory(const RunSpec& spec, ShopSize size) {
  RunWorld& world = run_world(Way::sqlite, size);
  return world.rows(world.fast(spec));
}

bool is_long() { return std::getenv("FOOTFALL_LONG") != nullptr; }

void expect_whole(RunWorld& world, RunId run) {
  EXPECT_EQ(world.violations(), "");
  EXPECT_EQ(path_violations(*store::open_reader(world.url()).value(), run), "");
}

// Three offer cycles: coupons are given, used and over; every table has something to compare.
TEST_P(Parity, ALiveRunIsTheFastRun) {
  const RunSpec spec{42, {{"weeks", "3"}}};
  const RunRows expected = in_memory(spec, ShopSize::small);
  for (const char* table :
       {"user_coupons", "user_offer_cycles", "shopping_sessions", "orders",
        "shopping_session_events", "simulation_decisions", "order_items", "order_discounts",
        "carts", "cart_items", "offer_cycles", "listings", "coupon_events", "run_coupons"}) {
    EXPECT_TRUE(expected.contains(table)) << table << " is empty: the run tells nothing about it";
  }
  const RunId run = small().live(spec);
  EXPECT_EQ(difference(expected, small().rows(run)), "");
  expect_whole(small(), run);
}

// R11: nothing depends on how many shop, and how many refresh wallets, at the same time.
TEST_P(Parity, WhateverTheNumberAtOnce) {
  const RunSpec spec{43, {{"weeks", "2"}}};
  const RunRows expected = in_memory(spec, ShopSize::small);
  const std::pair<LiveOptions, RefreshOptions> numbers[] = {
      {{.batch_size = 1}, {.chunk = 500, .workers = 1}},
      {{.batch_size = 7}, {.chunk = 1, .workers = 8}},
      {{.batch_size = 0}, {.chunk = 3, .workers = 2}}};
  for (const auto& [options, refresh] : numbers) {
    const RunId run = small().live(spec, options, refresh);
    EXPECT_EQ(difference(expected, small().rows(run)), "")
        << "batches of " << options.batch_size << ", chunks of " << refresh.chunk << ", "
        << refresh.workers << " workers";
  }
  EXPECT_EQ(small().violations(), "");
}

// Runs that end within an offer cycle, too.
TEST_P(Parity, UnderOtherRules) {
  const SettingList rules[] = {
      {{"wallet", "replace"}, {"weeks", "3"}},
      {{"stagger", "off"}, {"weeks", "2"}},
      {{"offer-expiration-days", "10"}, {"weeks", "3"}},
      {{"offer-cycle-days", "3"}, {"offer-expiration-days", "5"}, {"until", "2026-01-16"}},
      {{"policy", "affinity"},
       {"max-wallet-capacity", "12"},
       {"category-brand-per-cycle", "10"},
       {"weeks", "2"}},
      {{"profile", "online"}, {"agents", "50"}, {"until", "2026-01-15"}}};
  // A server sees little difference between rules, a pooler none.
  const std::size_t most = is_long() || GetParam() == Way::sqlite ? std::size(rules)
                           : GetParam() == Way::postgres          ? 4
                                                                  : 1;
  for (const SettingList& settings : std::span(rules).first(most)) {
    const RunSpec spec{44, settings};
    const RunId run = small().live(spec, {}, {.chunk = 10});
    EXPECT_EQ(difference(in_memory(spec, ShopSize::small), small().rows(run)), "")
        << settings[0].first << " " << settings[0].second;
  }
  EXPECT_EQ(small().violations(), "");
}

// The bundled 372, in a shop with hundreds of coupons.
TEST_P(Parity, WithTheSample) {
  const RunSpec spec{45, {{"weeks", is_long() ? "12" : "2"}}};
  RunWorld& world = run_world(GetParam(), ShopSize::sample);
  const RunId run = world.live(spec);
  EXPECT_EQ(difference(in_memory(spec, ShopSize::sample), world.rows(run)), "");
  expect_whole(world, run);
}

// 40 % of the people in the busiest hour (R18).
TEST_P(Parity, InACrowd) {
  const RunSpec spec{46,
                     {{"activity", "crowd"}, {"until", is_long() ? "2026-01-19" : "2026-01-08"}}};
  const RunId run = small().live(spec);
  const RunRows expected = in_memory(spec, ShopSize::small);
  EXPECT_GT(expected.at("shopping_sessions").size(), 1'000U);
  EXPECT_EQ(difference(expected, small().rows(run)), "");
  expect_whole(small(), run);
}

}  // namespace
}  // namespace footfall
