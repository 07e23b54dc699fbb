// Goal: offer cycles tile time (R8), wallets keep limits and expiry (R9, R10), and each stated
// probability is true. Invariants are those of reference/offers-and-data.md section 8.
// Method: random histories (RapidCheck) against a plain journal; frequencies of many draws.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <type_traits>

#include "offers/refresh.hpp"

namespace footfall::offers {
namespace {

using retail::Catalogue;
using retail::CouponKind;
const SimTime kEpoch = SimTime{} + kDay * 20'000;
const SimDuration kTick{1};

// Frontstore coupons come first; the others alternate between five categories and five brands.
Catalogue catalogue_of(int n_frontstore, int n_others) {
  Catalogue catalogue;
  for (int i = 0; i < n_frontstore + n_others; ++i) {
    retail::Coupon& coupon = catalogue.coupons.emplace_back();
    coupon.scope = static_cast<std::uint16_t>(i / 2 % 5);
    if (i >= n_frontstore) coupon.kind = i % 2 ? CouponKind::category : CouponKind::brand;
  }
  return catalogue;
}

personas::Population population_of(int n) {
  personas::Population population;
  for (std::uint16_t i = 0; i < n; ++i) {
    personas::Traits& shopper = population.emplace_back();
    shopper.agent = {i + 1};
    shopper.favourite_categories[0] = i % 5;
    shopper.favourite_brands[0] = i % 3;
    shopper.category_focus = shopper.brand_loyalty = 0.5F;
  }
  return population;
}

template <typename T>
T any(T from, std::type_identity_t<T> to) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<T>(from, to + 1));
}

// A frequency of n draws with chance p lies within five standard errors of p.
void expect_share(int hits, double p, int n, const std::string& what) {
  EXPECT_NEAR(1.0 * hits / n, p, 5 * std::sqrt(p * (1 - p) / n) + 1e-12) << what;
}

RC_GTEST_PROP(Calendar, WindowsTileTime, ()) {  // R8, invariant 6
  const Calendar calendar{kEpoch, kDay * any(1, 30)};
  const SimTime t = kEpoch + SimDuration{any(std::int64_t{0}, 3000 * kDay.us)};
  const std::int64_t cycle = calendar.cycle_at(t);
  RC_ASSERT((calendar.starts(cycle) <= t && t < calendar.ends(cycle)));
  RC_ASSERT(calendar.starts(cycle + 1) == calendar.ends(cycle));
  RC_ASSERT(calendar.cycle_at(calendar.ends(cycle) - kTick) == cycle);
}

TEST(Stagger, SpreadsFirstRefreshesEvenlyOverTwoCycles) {  // R10
  const int n = 28'000;
  std::map<int, int> by_day;
  for (std::uint32_t i = 1; i <= n; ++i) ++by_day[first_refresh_day({}, 42, i)];
  EXPECT_TRUE(by_day.size() == 14 && by_day.contains(0) && by_day.contains(13));
  for (const auto& [day, hits] : by_day) expect_share(hits, 1.0 / 14, n, std::to_string(day));
  EXPECT_EQ(first_refresh_day({.stagger = false}, 42, 7), 0);
}

RC_GTEST_PROP(Stagger, EachShopperHasAtMostOneRefreshACycle, ()) {  // R8, R10
  const Rules rules{.cycle_length = kDay * any(1, 10), .stagger = any(0, 3) > 0};
  const Calendar calendar{kEpoch, rules.cycle_length};
  const int first = first_refresh_day(rules, 7, any(1U, 100'000U));
  const std::int64_t begin = calendar.cycle_at(kEpoch + kDay * first);
  RC_ASSERT(begin < 2);
  for (std::int64_t cycle = 0; cycle < 8; ++cycle) {
    int refreshes = 0;
    for (SimTime day = calendar.starts(cycle); day < calendar.ends(cycle); day = day + kDay) {
      refreshes += is_refresh_day(rules, calendar, first, day);
    }
    RC_ASSERT(refreshes == (cycle >= begin));
  }
}

TEST(Offers, HoldTheCouponsWhoseHalfOpenWindowMeetsTheCycle) {
  Catalogue catalogue = catalogue_of(3, 7);
  auto& coupons = catalogue.coupons;
  const SimTime start = kEpoch + kWeek * 2;
  coupons[0].ends = start - kTick;
  coupons[4].starts = coupons[6].ends = start;
  coupons[5].starts = coupons[7].ends = start + kTick;
  coupons[8].max_issuance = coupons[1].max_issuance = 5;
  Offers offers = offers_of(catalogue, 42, {kEpoch, kWeek}, 2);
  std::sort(offers.category_brand.begin(), offers.category_brand.end());
  EXPECT_EQ(offers.capped, (std::vector<std::uint16_t>{1, 8}));
  EXPECT_EQ(offers.frontstore, (std::vector<std::uint16_t>{2}));
  EXPECT_EQ(offers.category_brand, (std::vector<std::uint16_t>{3, 4, 5, 7, 9}));
}

TEST(Wallet, ACouponIsGoodUntilItsLifeEndsAndNoLonger) {  // R9, invariants 8, 9, 10
  const SimTime over = kEpoch + kDay * 14;
  Wallet wallet;
  Changes changes;
  wallet.assign(3, 5, 0, kEpoch, 1, changes);
  EXPECT_TRUE(wallet.is_good(3, kEpoch, {}) && wallet.is_good(3, over - kTick, {}));
  EXPECT_FALSE(wallet.is_good(3, kEpoch - kTick, {}) || wallet.is_good(3, over, {}));
  wallet.expire(over - kTick, {}, changes);
  EXPECT_EQ(changes.n_expired, 0);
  for (int sweep = 0; sweep < 2; ++sweep) wallet.expire(over + kDay, {}, changes);
  EXPECT_TRUE(changes.ended.size() == 1 && changes.ended[0].at == over);
}

TEST(WalletDeathTest, RefusesWhatWouldBreakAnInvariant) {
  Wallet wallet;
  Changes changes;
  wallet.assign(3, 5, 0, kEpoch, 1, changes);
  EXPECT_DEATH(wallet.assign(3, 6, 0, kEpoch, 1, changes), "taken");  // invariant 2: slot
  EXPECT_DEATH(wallet.redeem(4, kEpoch, changes), "twice");           // invariant 7
}

// A shop in which every so-manieth coupon is capped, and its shoppers' wallets.
struct World {
  int n_frontstore;
  Catalogue catalogue;
  personas::Population population;
  Rules rules{};
  std::vector<Wallet> wallets = std::vector<Wallet>(population.size());
  std::vector<std::int64_t> issued = std::vector<std::int64_t>(catalogue.coupons.size());

  World(int shoppers, int n_front, int n_others, std::size_t every, std::int64_t cap)
      : n_frontstore(n_front),
        catalogue(catalogue_of(n_front, n_others)),
        population(population_of(shoppers)) {
    for (std::size_t c = 0; c < issued.size(); c += every) catalogue.coupons[c].max_issuance = cap;
  }
  Offers offers(SimTime now) const {
    const Calendar days{kEpoch, rules.cycle_length};
    return offers_of(catalogue, 42, days, days.cycle_at(now));
  }
  std::vector<Allotment> allot(std::size_t n_due, SimTime now = kEpoch) {
    std::vector<std::size_t> due(n_due);
    std::iota(due.begin(), due.end(), std::size_t{0});
    const WalletOf wallet_of = [this](std::size_t i) -> const Wallet& { return wallets[i]; };
    return allot_capped(catalogue, rules, offers(now), 42, now, due, population, wallet_of, issued);
  }
};

// One shopper's coupons as rows that only ever go from active to ended.
struct Row {
  int coupon, slot;
  SimTime assigned;
  bool active = true;
};

struct History : World {
  using World::World;
  std::vector<Row> rows;
  Changes changes;

  bool is_frontstore(int c) const { return c < n_frontstore; }
  int active_rows(bool frontstore) const {
    int n = 0;
    for (const Row& row : rows) n += row.active && is_frontstore(row.coupon) == frontstore;
    return n;
  }

  // Ends the rows that `changes` ended: each was active, in that slot since that time.
  void take_endings(SimTime now) {
    for (const Ended& ended : changes.ended) {
      const auto was_there = [&](const Row& row) { return row.active && row.slot == ended.slot; };
      const auto row = std::find_if(rows.begin(), rows.end(), was_there);
      RC_ASSERT((row != rows.end() && row->coupon == ended.was.coupon));  // invariant 7
      const SimTime over = row->assigned + rules.life;
      RC_ASSERT(ended.at == (ended.how == CouponEnd::expired ? over : now));  // invariant 10
      RC_ASSERT((ended.how == CouponEnd::expired) == (over <= now));          // invariant 8
      row->active = false;
    }
  }
  void redeem(int slot, SimTime now) {
    changes.clear();
    wallets[0].redeem(slot, now, changes);
    RC_ASSERT(changes.ended.at(0).how == CouponEnd::redeemed);
    take_endings(now);
  }

  // What one lane should get: its free places, at most so many a cycle, of what is not yet held.
  int expected(bool frontstore, const std::vector<std::uint16_t>& offered,
               const std::vector<Allotment>& allotted, const std::set<int>& held) const {
    const int places = frontstore ? rules.frontstore_slots() : rules.category_brand_slots();
    const int most = frontstore ? rules.frontstore_per_cycle : rules.category_brand_per_cycle;
    const int room = std::min(places - active_rows(frontstore), most);
    int given = 0;
    for (const Allotment& a : allotted) given += is_frontstore(a.coupon) == frontstore;
    RC_ASSERT(given <= room);
    for (const std::uint16_t c : offered) given += !held.contains(c);
    return std::min(room, given);
  }

  void refresh(const AssignmentPolicy& policy, SimTime now) {
    const Offers offered = offers(now);
    const auto allotted = allot(1, now);
    changes.clear();
    Refresher refresher(catalogue, rules, policy, 42);
    refresher.refresh(wallets[0], population[0], offered, now, allotted, changes);
    take_endings(now);
    RC_ASSERT(std::ssize(changes.ended) == changes.n_expired + changes.n_superseded);
    std::erase_if(rows, [](const Row& row) { return !row.active; });
    std::set<int> held;
    for (const Row& row : rows) held.insert(row.coupon);
    RC_ASSERT((rules.wallet_rule == WalletRule::top_up ? !changes.n_superseded : held.empty()));
    RC_ASSERT(changes.n_frontstore == expected(true, offered.frontstore, allotted, held));
    RC_ASSERT(changes.n_category_brand == expected(false, offered.category_brand, allotted, held));
    RC_ASSERT(std::ssize(changes.assigned) == changes.n_frontstore + changes.n_category_brand);
    RC_ASSERT(std::ssize(changes.assigned) <= rules.per_refresh());
    for (const Assigned& assigned : changes.assigned) {
      RC_ASSERT(held.insert(assigned.coupon).second);  // invariant 2: (user, coupon)
      RC_ASSERT((assigned.slot < rules.frontstore_slots()) == is_frontstore(assigned.coupon));
      RC_ASSERT((assigned.probability > 0 && assigned.probability <= 1));
      for (const Row& row : rows) RC_ASSERT(row.slot != assigned.slot);
      rows.push_back({assigned.coupon, assigned.slot, now});
    }
  }
  void check(SimTime now) const {
    RC_ASSERT(active_rows(true) <= rules.frontstore_slots());       // invariant 1
    RC_ASSERT(active_rows(false) <= rules.category_brand_slots());  // invariant 1
    for (const Row& row : rows) {
      const bool good = row.active && now < row.assigned + rules.life;
      RC_ASSERT((!row.active || wallets[0].is_good(row.slot, now, rules) == good));  // invariant 8
    }
    RC_ASSERT(wallets[0].active(0, kSlotsMax) == active_rows(true) + active_rows(false));
  }
};

RC_GTEST_PROP(Histories, KeepTheInvariantsAtEachStep, ()) {  // R9, R10, invariants 1, 2, 7, 8, 10
  History h(1, any(0, 6), any(0, 40), any(1UL, 9UL), any(0, 3));
  h.rules = {kDay * any(1, 8), kDay * any(1, 20), any(1, any(0, 1) ? 12 : kSlotsMax),
             any(0, 4),        any(0, 30),        static_cast<WalletRule>(any(0, 1))};
  const auto policy = make_policy(any(0, 1) ? "uniform" : "affinity").value();
  SimTime now = kEpoch;
  for (int step = any(1, 40); step > 0; --step) {
    const auto what = any(0, 3);
    if (what == 0) now = now + kHour * any(0, 200);
    const int slot = any(0, h.rules.capacity - 1);
    if (what == 1 && h.wallets[0].is_good(slot, now, h.rules)) h.redeem(slot, now);
    if (what == 2) h.refresh(*policy, now);
    if (what == 3) {  // to the very end of a life, where off-by-ones live
      for (const Row& row : h.rows) now = std::max(now, row.assigned + h.rules.life);
    }
    h.check(now);
  }
}

TEST(Refresh, DependsNeitherOnOtherShoppersNorOnTheirOrder) {  // R11, invariants 3, 5
  const World world(40, 8, 80, 7, 0);
  for (const char* name : {"uniform", "affinity"}) {
    const auto policy = make_policy(name).value();
    Refresher one(world.catalogue, {}, *policy, 42), other(world.catalogue, {}, *policy, 42);
    std::vector<Wallet> a(40), b(40);
    Changes changes;
    for (SimTime now = kEpoch; now < kEpoch + kWeek * 4; now = now + kWeek) {
      for (std::size_t i = 0, j = 39; i < 40; ++i, --j) {
        one.refresh(a[i], world.population[i], world.offers(now), now, {}, changes);
        other.refresh(b[j], world.population[j], world.offers(now), now, {}, changes);
      }
      ASSERT_EQ(std::memcmp(a.data(), b.data(), 40 * sizeof(Wallet)), 0);
      ASSERT_NE(std::memcmp(&a[0], &a[1], sizeof(Wallet)), 0);
    }
  }
}

RC_GTEST_PROP(Policies, PickTheRightNumberOfDifferentCandidates, ()) {  // R10
  const Catalogue catalogue = catalogue_of(5, 60);
  const auto shopper = population_of(5)[any(0UL, 4UL)];
  const auto any_coupon = rc::gen::inRange<std::uint16_t>(0, 65);
  auto candidates = *rc::gen::unique<std::vector<std::uint16_t>>(any_coupon);
  const int count = any(0, 40);
  const auto policy = make_policy(any(0, 1) ? "uniform" : "affinity").value();
  RandomStream random(*rc::gen::arbitrary<std::uint64_t>(), 1, 2, Purpose::assignment);
  std::vector<Pick> picks{{999, 1}};
  policy->choose(catalogue, shopper, candidates, count, random, picks);
  std::set<std::uint16_t> left(candidates.begin(), candidates.end());
  for (const Pick& pick : picks) {
    RC_ASSERT(left.erase(pick.coupon) == 1U);  // a candidate, and not picked before
    RC_ASSERT((pick.probability > 0 && pick.probability <= 1 + 1e-12));
  }
  RC_ASSERT(picks.size() == std::min(candidates.size(), static_cast<std::size_t>(count)));
}

// Checks that stated probabilities are true, constant and sum to the count; returns them.
std::map<int, double> checked_shares(const char* name, const Catalogue& catalogue,
                                     const personas::Traits& shopper, int candidates, int count) {
  const int n = 20'000;
  std::vector<std::uint16_t> offered(static_cast<std::size_t>(candidates));
  std::iota(offered.begin(), offered.end(), std::uint16_t{0});
  const auto policy = make_policy(name).value();
  std::map<int, double> stated;
  std::map<int, int> hits;
  double sum = 0;
  for (std::uint32_t i = 0; i < n; ++i) {
    RandomStream random(42, 1, i, Purpose::assignment);
    std::vector<Pick> picks;
    policy->choose(catalogue, shopper, offered, count, random, picks);
    for (const Pick& pick : picks) {
      const double before = stated.try_emplace(pick.coupon, pick.probability).first->second;
      EXPECT_NEAR(before, pick.probability, 1e-12);
      ++hits[pick.coupon];
    }
  }
  for (const auto& [coupon, p] : stated) {
    expect_share(hits[coupon], p, n, std::string(name) + " " + std::to_string(coupon));
    sum += p;
  }
  EXPECT_NEAR(sum, std::min(count, candidates), 1e-9) << name;
  return stated;
}

TEST(Policies, UniformPicksEachEquallyOften) {  // R10
  const auto shares = checked_shares("uniform", catalogue_of(0, 20), {}, 20, 6);
  for (const auto& [c, p] : shares) EXPECT_DOUBLE_EQ(p, 0.3) << c;
}

TEST(Policies, AffinityPicksFavouritesMoreOften) {  // R10
  const auto shares = checked_shares("affinity", catalogue_of(0, 40), population_of(4)[3], 40, 6);
  for (const auto& [c, p] : shares) {
    const bool by_category = c % 2 == 1, liked = c / 2 % 5 == (by_category ? 3 : 0);
    // Weights 1 + 3 * 0.5 = 2.5 for 8 of 40 coupons, 1 for the others: a sum of 52.
    EXPECT_NEAR(p, 6 * (liked ? 2.5 : 1.0) / 52, 1e-9) << c;
  }
}

TEST(Policies, AffinityHoldsProbabilitiesAtOne) {  // R10
  personas::Traits shopper = population_of(1)[0];  // likes category 0 and brand 0: coupons 0 and 1
  shopper.category_focus = shopper.brand_loyalty = 1;
  const Catalogue catalogue = catalogue_of(0, 6);
  const auto shares = checked_shares("affinity", catalogue, shopper, 6, 4);  // 4 * 4 / 12 > 1
  EXPECT_TRUE(shares.at(0) == 1 && shares.at(1) == 1 && std::abs(shares.at(2) - .5) < 1e-12);
  const auto certain = checked_shares("affinity", catalogue, shopper, 6, 9);
  for (const auto& [c, p] : certain) EXPECT_EQ(p, 1) << c;
}

TEST(Caps, AreNeverPassedAndServeShoppersInOrder) {  // R11, invariant 13
  World caps(200, 10, 40, 6, 7);
  std::map<std::uint16_t, std::int64_t> given;
  std::vector<std::size_t> served;
  for (const Allotment& a : caps.allot(200)) ++given[a.coupon], served.push_back(a.shopper);
  EXPECT_TRUE(std::is_sorted(served.begin(), served.end()));
  EXPECT_EQ(given.size(), 9U);  // and 200 shoppers are more than enough to reach each cap
  for (const auto& [c, n] : given) EXPECT_TRUE(n == 7 && caps.issued[c] == n) << c;
  EXPECT_TRUE(caps.allot(200).empty());
}

TEST(Caps, LaterShoppersChangeNothingForEarlierOnes) {  // invariant 5
  const auto a = World(100, 10, 40, 6, 9).allot(100), b = World(100, 10, 40, 6, 9).allot(20);
  ASSERT_TRUE(!b.empty() && a.size() > b.size());
  EXPECT_GE(a[b.size()].shopper, 20U);
  for (std::size_t i = 0; i < b.size(); ++i) {
    EXPECT_TRUE(a[i].shopper == b[i].shopper && a[i].coupon == b[i].coupon) << i;
  }
}

TEST(Caps, AWalletOfExpiredCouponsCountsAsFree) {  // invariants 8, 9
  World caps(1, 2, 30, 1, 1000);  // every coupon is capped and, with 32 places, certain
  Changes changes;
  for (std::uint16_t i = 0; i < 32; ++i) caps.wallets[0].assign(i, i, 0, kEpoch, 1, changes);
  const SimTime over = kEpoch + caps.rules.life;
  EXPECT_TRUE(caps.allot(1, over - kTick).empty());
  const auto allotted = caps.allot(1, over);
  EXPECT_EQ(allotted.size(), 32U);
  const auto policy = make_policy("uniform").value();
  changes.clear();
  Refresher(caps.catalogue, caps.rules, *policy, 42)
      .refresh(caps.wallets[0], caps.population[0], caps.offers(over), over, allotted, changes);
  EXPECT_TRUE(changes.n_expired == 32 && changes.assigned.size() == 32);
}

// Two places, or two coupons a refresh, for five capped and five other coupons: chance 1/5 each.
TEST(Caps, AllottedFrequenciesEqualTheStatedProbability) {  // R10
  const int n = 20'000;
  for (const bool few_places : {true, false}) {
    World caps(n, 0, 10, 2, n);
    caps.rules.frontstore_per_cycle = 0;
    (few_places ? caps.rules.capacity : caps.rules.category_brand_per_cycle) = 2;
    std::map<int, int> hits;
    std::set<double> stated;
    for (const Allotment& a : caps.allot(n)) stated.insert(a.probability), ++hits[a.coupon];
    EXPECT_EQ(stated, std::set<double>{0.2});
    for (int c = 0; c < 10; c += 2) expect_share(hits[c], 0.2, n, std::to_string(c));
  }
}

}  // namespace
}  // namespace footfall::offers
