// Goal: offer cycles tile time (R8), wallets keep their limits and expiry (R9, R10), and every
// stated probability is true. "Invariant n" is reference/offers-and-data.md section 8.
// Method: random histories (RapidCheck) against a plain journal of rows kept in the test; means of
// many draws against the stated probabilities, within five standard errors.
#include "offers/refresh.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <type_traits>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

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
  for (int i = 0; i < n; ++i) {
    personas::Traits& shopper = population.emplace_back();
    shopper.agent = {i + 1};
    shopper.favourite_categories[0] = static_cast<std::uint16_t>(i % 5);
    shopper.favourite_brands[0] = static_cast<std::uint16_t>(i % 3);
    shopper.category_focus = shopper.brand_loyalty = 0.5F;
  }
  return population;
}

WalletOf wallet_in(const std::vector<Wallet>& wallets) {
  return [&wallets](std::size_t i) -> const Wallet& { return wallets[i]; };
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
  RC_ASSERT(calendar.cycle_at(calendar.ends(cycle)) == cycle + 1);
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

TEST(Offers, HoldTheCouponsWhoseHalfOpenWindowHoldsTheCyclesStart) {
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
  EXPECT_EQ(offers.category_brand, (std::vector<std::uint16_t>{3, 4, 7, 9}));
}

TEST(Wallet, ACouponIsGoodUntilItsLifeEndsAndNoLonger) {  // R9, invariants 8, 10
  const SimTime over = kEpoch + kDay * 14;
  Wallet wallet;
  Changes changes;
  wallet.assign(3, 5, 0, kEpoch, 1, changes);
  EXPECT_TRUE(wallet.is_good(3, kEpoch, {}) && wallet.is_good(3, over - kTick, {}));
  EXPECT_FALSE(wallet.is_good(3, kEpoch - kTick, {}) || wallet.is_good(3, over, {}));
  wallet.expire(over - kTick, {}, changes);
  EXPECT_TRUE(changes.ended.empty());
  for (int sweep = 0; sweep < 2; ++sweep) wallet.expire(over + kDay, {}, changes);  // invariant 9
  ASSERT_EQ(changes.ended.size(), 1U);
  EXPECT_EQ(changes.ended[0].at, over);
}

TEST(WalletDeathTest, RefusesWhatWouldBreakAnInvariant) {
  Wallet wallet;
  Changes changes;
  wallet.assign(3, 5, 0, kEpoch, 1, changes);
  EXPECT_DEATH(wallet.assign(3, 6, 0, kEpoch, 1, changes), "taken");  // invariant 2: slot
  EXPECT_DEATH(wallet.assign(4, 5, 0, kEpoch, 1, changes), "");       // invariant 2: coupon
  EXPECT_DEATH(wallet.redeem(4, kEpoch, changes), "twice");           // invariant 7
}

// One shopper's coupons as rows that only ever go from active to ended.
struct Row {
  std::uint16_t coupon;
  int slot;
  SimTime assigned;
  bool active = true;
};

struct History {
  Rules rules;
  Catalogue catalogue;
  std::vector<Wallet> wallets{1};
  std::vector<Row> rows;
  std::vector<std::int64_t> issued;
  Changes changes;

  bool is_frontstore(std::uint16_t c) const {
    return catalogue.coupons[c].kind == CouponKind::frontstore;
  }
  int active_rows(bool frontstore) const {
    int n = 0;
    for (const Row& row : rows) n += row.active && is_frontstore(row.coupon) == frontstore;
    return n;
  }

  // Ends the rows that `changes` ended: each was active, in that slot since that time.
  void take_endings(SimTime now) {
    for (const Ended& ended : changes.ended) {
      const auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& r) {
        return r.active && r.slot == ended.slot && r.coupon == ended.was.coupon;
      });
      RC_ASSERT((row != rows.end() && row->assigned == ended.was.assigned_at()));  // invariant 7
      const SimTime over = row->assigned + rules.life;
      RC_ASSERT(ended.at == (ended.how == CouponEnd::expired ? over : now));  // invariant 10
      RC_ASSERT((ended.how == CouponEnd::expired) == (over <= now));          // invariant 8
      row->active = false;
    }
  }

  // What one lane should get: its free places, at most so many a cycle, of what is not yet held.
  int expected(bool frontstore, const std::vector<std::uint16_t>& offered,
               std::span<const Allotment> allotted, const std::set<std::uint16_t>& held) const {
    const int places = frontstore ? rules.frontstore_slots() : rules.category_brand_slots();
    const int most = frontstore ? rules.frontstore_per_cycle : rules.category_brand_per_cycle;
    const int room = std::min(places - active_rows(frontstore), most);
    int given = 0, candidates = 0;
    for (const Allotment& a : allotted) given += is_frontstore(a.coupon) == frontstore;
    for (const std::uint16_t c : offered) candidates += !held.contains(c);
    RC_ASSERT(given <= room);
    return std::min(room, given + candidates);
  }

  void refresh(const AssignmentPolicy& policy, const Offers& offers, SimTime now) {
    const auto shoppers = population_of(1);
    const auto allotted = allot_capped(catalogue, rules, offers, 42, now, std::vector{0UL},
                                       shoppers, wallet_in(wallets), issued);
    changes.clear();
    Refresher refresher(catalogue, rules, policy, 42);
    refresher.refresh(wallets[0], shoppers[0], offers, now, allotted, changes);
    take_endings(now);
    RC_ASSERT(std::ssize(changes.ended) == changes.n_expired + changes.n_superseded);
    std::erase_if(rows, [](const Row& row) { return !row.active; });
    std::set<std::uint16_t> held;
    for (const Row& row : rows) held.insert(row.coupon);
    RC_ASSERT((rules.wallet_rule == WalletRule::top_up ? !changes.n_superseded : held.empty()));
    RC_ASSERT(changes.n_frontstore == expected(true, offers.frontstore, allotted, held));
    RC_ASSERT(changes.n_category_brand == expected(false, offers.category_brand, allotted, held));
    const int n = changes.n_frontstore + changes.n_category_brand;
    RC_ASSERT((n == std::ssize(changes.assigned) && n <= rules.per_refresh()));
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
      if (!row.active) continue;
      const Slot& slot = wallets[0].slot(row.slot);
      RC_ASSERT((slot.coupon == row.coupon && slot.assigned_at() == row.assigned));
      const bool alive = now < row.assigned + rules.life;
      RC_ASSERT(wallets[0].is_good(row.slot, now, rules) == alive);  // invariant 8
    }
    RC_ASSERT(wallets[0].active(0, kSlotsMax) == active_rows(true) + active_rows(false));
  }
};

RC_GTEST_PROP(Histories, KeepTheInvariantsAtEachStep, ()) {  // R9, R10, invariants 1, 2, 7, 8, 10
  History h;
  h.rules = {kDay * any(1, 8), kDay * any(1, 20), any(1, any(0, 1) ? 12 : kSlotsMax),
             any(0, 4),    any(0, 30),    static_cast<WalletRule>(any(0, 1))};
  h.catalogue = catalogue_of(any(0, 6), any(0, 40));
  for (auto& coupon : h.catalogue.coupons) {
    if (any(0, 4) == 0) coupon.max_issuance = any(0, 3);
  }
  h.issued.resize(h.catalogue.coupons.size());
  const Calendar calendar{kEpoch, h.rules.cycle_length};
  const auto policy = make_policy(any(0, 1) ? "uniform" : "affinity").value();
  SimTime now = kEpoch;
  for (int step = any(1, 40); step > 0; --step) {
    const auto what = any(0, 3);
    if (what == 0) now = now + kHour * any(0, 200);
    const int slot = any(0, h.rules.capacity - 1);
    if (what == 1 && h.wallets[0].is_good(slot, now, h.rules)) {
      h.changes.clear();
      h.wallets[0].redeem(slot, now, h.changes);
      h.take_endings(now);
    }
    if (what == 2) {
      h.refresh(*policy, offers_of(h.catalogue, 42, calendar, calendar.cycle_at(now)), now);
    }
    if (what == 3 && !h.rows.empty()) {  // to the very end of a life, where off-by-ones live
      now = std::max(now, h.rows.back().assigned + h.rules.life);
    }
    h.check(now);
  }
}

bool same(const Wallet& a, const Wallet& b) { return std::memcmp(&a, &b, sizeof(Wallet)) == 0; }

TEST(Refresh, DependsNeitherOnOtherShoppersNorOnTheirOrder) {  // R11, invariants 3, 5
  const Catalogue catalogue = catalogue_of(8, 80);
  const auto population = population_of(40);
  for (const char* name : {"uniform", "affinity"}) {
    const auto policy = make_policy(name).value();
    Refresher forwards(catalogue, {}, *policy, 42), backwards(catalogue, {}, *policy, 42);
    std::vector<Wallet> a(40), b(40);
    Changes changes;
    for (std::int64_t cycle = 0; cycle < 4; ++cycle) {
      const Offers offers = offers_of(catalogue, 42, {kEpoch, kWeek}, cycle);
      const SimTime now = kEpoch + kWeek * cycle;
      for (std::size_t i = 0; i < 40; ++i) {
        forwards.refresh(a[i], population[i], offers, now, {}, changes);
        backwards.refresh(b[39 - i], population[39 - i], offers, now, {}, changes);
      }
      for (std::size_t i = 0; i < 40; ++i) ASSERT_TRUE(same(a[i], b[i]));
      ASSERT_FALSE(same(a[0], a[1]));
    }
  }
}

RC_GTEST_PROP(Policies, PickTheRightNumberOfDifferentCandidates, ()) {  // R10
  const Catalogue catalogue = catalogue_of(5, 60);
  const auto shopper = population_of(5)[any(0UL, 4UL)];
  std::vector<std::uint16_t> candidates;
  for (auto c = any(0, 3); c < 65; c += any(1, 4)) {
    candidates.push_back(static_cast<std::uint16_t>(c));
  }
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

// Draws `n` times; checks frequencies against the stated probabilities, which must be the same each
// time and sum to the count. Returns them by coupon.
std::map<int, double> checked_shares(const char* name, const Catalogue& catalogue,
                                     const personas::Traits& shopper, int candidates, int count) {
  const int n = 20'000;
  std::vector<std::uint16_t> offered(static_cast<std::size_t>(candidates));
  std::iota(offered.begin(), offered.end(), std::uint16_t{0});
  const auto policy = make_policy(name).value();
  std::map<int, double> stated;
  std::map<int, int> hits;
  std::vector<Pick> picks;
  for (std::uint32_t i = 0; i < n; ++i) {
    RandomStream random(42, 1, i, Purpose::assignment);
    policy->choose(catalogue, shopper, offered, count, random, picks);
    for (const Pick& pick : picks) {
      const double before = stated.try_emplace(pick.coupon, pick.probability).first->second;
      EXPECT_NEAR(before, pick.probability, 1e-12);
      ++hits[pick.coupon];
    }
  }
  double sum = 0;
  for (const auto& [coupon, p] : stated) {
    expect_share(hits[coupon], p, n, std::string(name) + " " + std::to_string(coupon));
    sum += p;
  }
  EXPECT_NEAR(sum, std::min(count, candidates), 1e-9) << name;
  return stated;
}

TEST(Policies, UniformPicksEachEquallyOften) {  // R10
  for (const auto& [c, p] : checked_shares("uniform", catalogue_of(0, 20), {}, 20, 6)) {
    EXPECT_DOUBLE_EQ(p, 0.3) << c;
  }
}

TEST(Policies, AffinityPicksFavouritesMoreOften) {  // R10
  const Catalogue catalogue = catalogue_of(0, 40);
  const auto shares = checked_shares("affinity", catalogue, population_of(4)[3], 40, 6);
  ASSERT_EQ(shares.size(), 40U);
  for (const auto& [c, p] : shares) {
    const auto& coupon = catalogue.coupons[static_cast<std::size_t>(c)];
    const bool liked = coupon.scope == (coupon.kind == CouponKind::category ? 3 : 0);
    // Weights 1 + 3 * 0.5 = 2.5 for 8 of 40 coupons, 1 for the others: a sum of 52.
    EXPECT_NEAR(p, 6 * (liked ? 2.5 : 1.0) / 52, 1e-9) << c;
  }
}

TEST(Policies, AffinityHoldsProbabilitiesAtOne) {  // R10
  personas::Traits shopper = population_of(1)[0];  // likes category 0 and brand 0: coupons 0 and 1
  shopper.category_focus = shopper.brand_loyalty = 1;
  const Catalogue catalogue = catalogue_of(0, 6);
  const auto shares = checked_shares("affinity", catalogue, shopper, 6, 4);  // 4 * 4 / 12 > 1
  EXPECT_TRUE(shares.at(0) == 1 && shares.at(1) == 1);
  EXPECT_NEAR(shares.at(2), 0.5, 1e-12);
  const auto certain = checked_shares("affinity", catalogue, shopper, 6, 9);
  for (const auto& [c, p] : certain) EXPECT_EQ(p, 1) << c;
}

// Every so-manieth coupon is capped.
struct Caps {
  Catalogue catalogue;
  personas::Population population;
  Rules rules{};
  std::vector<Wallet> wallets = std::vector<Wallet>(population.size());
  std::vector<std::int64_t> issued = std::vector<std::int64_t>(catalogue.coupons.size());

  Caps(int shoppers, int n_frontstore, int n_others, std::size_t every, std::int64_t cap)
      : catalogue(catalogue_of(n_frontstore, n_others)), population(population_of(shoppers)) {
    for (std::size_t c = 0; c < issued.size(); c += every) catalogue.coupons[c].max_issuance = cap;
  }
  Offers offers() const { return offers_of(catalogue, 42, {kEpoch, kWeek}, 0); }
  std::vector<Allotment> allot(std::size_t n_due, SimTime now = kEpoch) {
    std::vector<std::size_t> due(n_due);
    std::iota(due.begin(), due.end(), std::size_t{0});
    return allot_capped(catalogue, rules, offers(), 42, now, due, population, wallet_in(wallets),
                        issued);
  }
};

TEST(Caps, AreNeverPassedAndServeShoppersInOrder) {  // R11, invariant 13
  Caps caps(200, 10, 40, 6, 7);
  std::map<std::uint16_t, std::int64_t> given;
  std::vector<std::size_t> served;
  for (const Allotment& a : caps.allot(200)) ++given[a.coupon], served.push_back(a.shopper);
  EXPECT_TRUE(std::is_sorted(served.begin(), served.end()));
  EXPECT_EQ(given.size(), 9U);  // and 200 shoppers are more than enough to reach each cap
  for (const auto& [c, n] : given) EXPECT_TRUE(n == 7 && caps.issued[c] == n) << c;
  EXPECT_TRUE(caps.allot(200).empty());
}

TEST(Caps, LaterShoppersChangeNothingForEarlierOnes) {  // invariant 5
  const auto a = Caps(100, 10, 40, 6, 9).allot(100), b = Caps(100, 10, 40, 6, 9).allot(20);
  ASSERT_TRUE(!b.empty() && a.size() > b.size());
  EXPECT_GE(a[b.size()].shopper, 20U);
  EXPECT_TRUE(std::equal(b.begin(), b.end(), a.begin(), [](const auto& x, const auto& y) {
    return x.shopper == y.shopper && x.coupon == y.coupon;
  }));
}

TEST(Caps, AWalletOfExpiredCouponsCountsAsFree) {  // invariants 8, 9
  Caps caps(1, 2, 30, 1, 1000);  // every coupon is capped and, with 32 places, certain
  Changes changes;
  for (int slot = 0; slot < 32; ++slot) {
    caps.wallets[0].assign(slot, static_cast<std::uint16_t>(slot), 0, kEpoch, 1, changes);
  }
  const SimTime over = kEpoch + caps.rules.life;
  EXPECT_TRUE(caps.allot(1, over - kTick).empty());
  const auto allotted = caps.allot(1, over);
  EXPECT_EQ(allotted.size(), 32U);
  const auto policy = make_policy("uniform").value();
  changes.clear();
  Refresher refresher(caps.catalogue, caps.rules, *policy, 42);
  refresher.refresh(caps.wallets[0], caps.population[0], caps.offers(), over, allotted, changes);
  EXPECT_EQ(changes.n_expired, 32);
  EXPECT_EQ(changes.n_frontstore + changes.n_category_brand, 32);
}

// Two places, or two coupons a refresh, for five capped and five other coupons: chance 1/5 each.
TEST(Caps, AllottedFrequenciesEqualTheStatedProbability) {  // R10
  const int n = 20'000;
  for (const bool few_places : {true, false}) {
    Caps caps(n, 0, 10, 2, n);
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
