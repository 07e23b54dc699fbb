// Goal: offer cycles tile time (R8), wallets keep their limits and expiry (R9, R10), and every
// stated probability is true. "Invariant n" is reference/offers-and-data.md section 8.
// Method: random histories (RapidCheck) against a plain journal of rows kept in the test; means of
// many draws against the stated probabilities, within five standard errors.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <set>
#include <string>

#include "offers/policy.hpp"
#include "offers/refresh.hpp"
#include "offers/rules.hpp"
#include "offers/wallet.hpp"

namespace footfall::offers {
namespace {

using retail::Catalogue;
using retail::CouponKind;

const SimTime kEpoch = SimTime{} + kDay * 20'000;

// Frontstore coupons come first; the others alternate between five categories and five brands.
Catalogue catalogue_of(int n_frontstore, int n_others) {
  Catalogue catalogue;
  for (int i = 0; i < n_frontstore + n_others; ++i) {
    retail::Coupon& coupon = catalogue.coupons.emplace_back();
    coupon.id = {i + 1};
    coupon.percent_bps = 1000;
    coupon.scope = static_cast<std::uint16_t>(i / 2 % 5);
    if (i >= n_frontstore) coupon.kind = i % 2 ? CouponKind::category : CouponKind::brand;
  }
  return catalogue;
}

personas::Population population_of(int n) {
  personas::Population population(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) {
    personas::Traits& shopper = population[static_cast<std::size_t>(i)];
    shopper.agent = {i + 1};
    shopper.favourite_categories[0] = static_cast<std::uint16_t>(i % 5);
    shopper.favourite_brands[0] = static_cast<std::uint16_t>(i % 3);
    shopper.category_focus = shopper.brand_loyalty = 0.5F;
  }
  return population;
}

std::vector<std::size_t> all_of(const personas::Population& population) {
  std::vector<std::size_t> due(population.size());
  for (std::size_t i = 0; i < due.size(); ++i) due[i] = i;
  return due;
}

std::int64_t any(std::int64_t from, std::int64_t to) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(from, to + 1));
}
int any_int(int from, int to) { return static_cast<int>(any(from, to)); }

// A frequency of n draws with chance p lies within five standard errors of p.
void expect_share(int hits, double p, int n, const std::string& what) {
  EXPECT_NEAR(1.0 * hits / n, p, 5 * std::sqrt(p * (1 - p) / n) + 1e-12) << what;
}

RC_GTEST_PROP(Calendar, WindowsTileTime, ()) {  // R8, invariant 6
  const Calendar calendar{kEpoch, kDay * any(1, 30)};
  const SimTime t = kEpoch + SimDuration{any(0, 3000 * kDay.us)};
  const std::int64_t cycle = calendar.cycle_at(t);
  RC_ASSERT(calendar.starts(cycle) <= t);
  RC_ASSERT(t < calendar.ends(cycle));
  RC_ASSERT(calendar.starts(0) == kEpoch);
  RC_ASSERT(calendar.starts(cycle + 1) == calendar.ends(cycle));
  RC_ASSERT(calendar.cycle_at(calendar.ends(cycle)) == cycle + 1);
  RC_ASSERT(calendar.cycle_at(calendar.ends(cycle) - SimDuration{1}) == cycle);
}

TEST(Stagger, SpreadsFirstRefreshesEvenlyOverTwoCycles) {  // R10
  const int n = 28'000;
  const Rules rules;
  std::map<int, int> by_day;
  for (std::uint32_t i = 1; i <= n; ++i) ++by_day[first_refresh_day(rules, 42, i)];
  ASSERT_EQ(by_day.size(), 14U);
  EXPECT_EQ(by_day.begin()->first, 0);
  EXPECT_EQ(by_day.rbegin()->first, 13);
  for (const auto& [day, hits] : by_day) expect_share(hits, 1.0 / 14, n, std::to_string(day));
  EXPECT_EQ(first_refresh_day({.stagger = false}, 42, 7), 0);
}

RC_GTEST_PROP(Stagger, EachShopperHasAtMostOneRefreshACycle, ()) {  // R8, R10
  const Rules rules{.cycle_length = kDay * any(1, 10), .stagger = any(0, 3) > 0};
  const Calendar calendar{kEpoch, rules.cycle_length};
  const int first = first_refresh_day(rules, 7, static_cast<std::uint32_t>(any(1, 100'000)));
  std::vector<int> refreshes(8);
  for (SimTime day = kEpoch; day < calendar.starts(8); day = day + kDay) {
    const auto cycle = static_cast<std::size_t>(calendar.cycle_at(day));
    refreshes[cycle] += is_refresh_day(rules, calendar, first, day);
  }
  const auto begin = static_cast<std::size_t>(calendar.cycle_at(kEpoch + kDay * first));
  for (std::size_t cycle = 0; cycle < 8; ++cycle) RC_ASSERT(refreshes[cycle] == (cycle >= begin));
  RC_ASSERT(begin < 2);
}

TEST(Offers, HoldTheCouponsWhoseHalfOpenWindowHoldsTheCyclesStart) {
  Catalogue catalogue = catalogue_of(3, 9);
  const Calendar calendar{kEpoch, kDay * 7};
  const SimTime start = calendar.starts(2);
  const SimDuration tick{1};
  catalogue.coupons[4].starts = start;
  catalogue.coupons[5].starts = start + tick;  // not yet
  catalogue.coupons[6].ends = start;           // no longer
  catalogue.coupons[7].ends = start + tick;
  catalogue.coupons[0].ends = start - tick;  // no longer
  catalogue.coupons[8].max_issuance = catalogue.coupons[1].max_issuance = 5;
  const Offers offers = offers_of(catalogue, 42, calendar, 2);
  const auto in_order = [](const std::vector<std::uint16_t>& coupons) {
    return std::vector<std::uint16_t>(coupons.begin(), coupons.end());
  };
  const auto sorted = [&](auto coupons) {
    return std::sort(coupons.begin(), coupons.end()), coupons;
  };
  EXPECT_EQ(offers.offer_cycle, 2);
  EXPECT_EQ(in_order(offers.capped), (std::vector<std::uint16_t>{1, 8}));
  EXPECT_EQ(sorted(offers.frontstore), (std::vector<std::uint16_t>{2}));
  EXPECT_EQ(sorted(offers.category_brand), (std::vector<std::uint16_t>{3, 4, 7, 9, 10, 11}));
  EXPECT_EQ(offers_of(catalogue, 42, calendar, 2).category_brand, offers.category_brand);
}

TEST(Wallet, ACouponIsGoodUntilItsLifeEndsAndNoLonger) {  // R9, invariants 8, 10
  const Rules rules;
  Wallet wallet;
  Changes changes;
  wallet.assign(3, 5, 0, kEpoch, 1, changes);
  const SimDuration tick{1};
  EXPECT_FALSE(wallet.is_good(3, kEpoch - tick, rules));
  EXPECT_TRUE(wallet.is_good(3, kEpoch, rules));
  EXPECT_TRUE(wallet.is_good(3, kEpoch + kDay * 14 - tick, rules));
  EXPECT_FALSE(wallet.is_good(3, kEpoch + kDay * 14, rules));
  wallet.expire(kEpoch + kDay * 14 - tick, rules, changes);
  EXPECT_TRUE(changes.ended.empty());
  wallet.expire(kEpoch + kDay * 20, rules, changes);
  wallet.expire(kEpoch + kDay * 20, rules, changes);  // invariant 9
  ASSERT_EQ(changes.ended.size(), 1U);
  EXPECT_EQ(changes.ended[0].at, kEpoch + kDay * 14);
}

TEST(WalletDeathTest, RefusesWhatWouldBreakAnInvariant) {
  Wallet wallet;
  Changes changes;
  wallet.assign(3, 5, 0, kEpoch, 1, changes);
  EXPECT_DEATH(wallet.assign(3, 6, 0, kEpoch, 1, changes), "taken");  // invariant 2: slot
  EXPECT_DEATH(wallet.assign(4, 5, 0, kEpoch, 1, changes), "");       // invariant 2: coupon
  EXPECT_DEATH(wallet.redeem(4, kEpoch, changes), "twice");           // invariant 7
}

// One shopper's coupons as rows that are only ever added to or ended: what the database will hold.
struct Row {
  std::uint16_t coupon;
  int slot;
  SimTime assigned;
  bool active = true;
};

struct History {
  Rules rules;
  Catalogue catalogue;
  personas::Population population = population_of(3);
  std::vector<Wallet> wallets{3};
  std::array<std::vector<Row>, 3> rows;
  std::vector<std::int64_t> issued;
  Changes changes;

  bool is_frontstore(std::uint16_t coupon) const {
    return catalogue.coupons[coupon].kind == CouponKind::frontstore;
  }
  int active_rows(std::size_t who, bool frontstore) const {
    int n = 0;
    for (const Row& row : rows[who]) n += row.active && is_frontstore(row.coupon) == frontstore;
    return n;
  }

  // Ends the rows that `changes` ended: each was active, in that slot since that time.
  void take_endings(std::size_t who, SimTime now) {
    for (const Ended& ended : changes.ended) {
      const auto row = std::find_if(rows[who].begin(), rows[who].end(), [&](const Row& r) {
        return r.active && r.slot == ended.slot && r.coupon == ended.was.coupon;
      });
      RC_ASSERT(row != rows[who].end());  // invariant 7
      RC_ASSERT(row->assigned == ended.was.assigned_at());
      const SimTime over = row->assigned + rules.life;
      RC_ASSERT(ended.at == (ended.how == CouponEnd::expired ? over : now));  // invariant 10
      RC_ASSERT((ended.how == CouponEnd::expired) == (over <= now));          // invariant 8
      row->active = false;
    }
  }

  void redeem_one(std::size_t who, SimTime now) {
    const int slot = any_int(0, rules.capacity - 1);
    if (!wallets[who].is_good(slot, now, rules)) return;
    changes.clear();
    wallets[who].redeem(slot, now, changes);
    RC_ASSERT(changes.ended.size() == 1U && changes.ended[0].how == CouponEnd::redeemed);
    take_endings(who, now);
  }

  void refresh_one(Refresher& refresher, std::size_t who, const Offers& offers, SimTime now,
                   std::span<const Allotment> allotted) {
    changes.clear();
    refresher.refresh(wallets[who], population[who], offers, now, allotted, changes);
    take_endings(who, now);
    int n_ended[3] = {};
    for (const Ended& ended : changes.ended) ++n_ended[static_cast<int>(ended.how)];
    RC_ASSERT(n_ended[static_cast<int>(CouponEnd::expired)] == changes.n_expired);
    RC_ASSERT(n_ended[static_cast<int>(CouponEnd::superseded)] == changes.n_superseded);
    if (rules.wallet_rule == WalletRule::top_up) RC_ASSERT(changes.n_superseded == 0);
    // What each lane should get: free places, at most so many a cycle, of what is not yet held.
    int expected[2], allotted_to[2] = {}, candidates[2] = {};
    std::set<std::uint16_t> held;
    for (const Row& row : rows[who]) {
      if (row.active) held.insert(row.coupon);
    }
    if (rules.wallet_rule == WalletRule::replace) RC_ASSERT(held.empty());
    for (const Allotment& a : allotted) ++allotted_to[is_frontstore(a.coupon)];
    for (const auto c : offers.frontstore) candidates[1] += !held.contains(c);
    for (const auto c : offers.category_brand) candidates[0] += !held.contains(c);
    const int places[2] = {rules.category_brand_slots(), rules.frontstore_slots()};
    const int most[2] = {rules.category_brand_per_cycle, rules.frontstore_per_cycle};
    for (const int lane : {0, 1}) {
      const int room = std::min(places[lane] - active_rows(who, lane == 1), most[lane]);
      RC_ASSERT(allotted_to[lane] <= std::max(room, 0));
      expected[lane] = std::min(std::max(room, 0), allotted_to[lane] + candidates[lane]);
    }
    for (const Assigned& assigned : changes.assigned) {
      RC_ASSERT(held.insert(assigned.coupon).second);  // invariant 2: (user, coupon)
      RC_ASSERT(assigned.slot < rules.capacity);
      RC_ASSERT((assigned.slot < rules.frontstore_slots()) == is_frontstore(assigned.coupon));
      RC_ASSERT(assigned.probability > 0 && assigned.probability <= 1);
      for (const Row& row : rows[who]) RC_ASSERT(!row.active || row.slot != assigned.slot);
      rows[who].push_back({assigned.coupon, assigned.slot, now});
    }
    RC_ASSERT(changes.n_frontstore == expected[1]);
    RC_ASSERT(changes.n_category_brand == expected[0]);
    RC_ASSERT(changes.n_frontstore + changes.n_category_brand <= rules.per_refresh());
    RC_ASSERT(static_cast<int>(changes.assigned.size()) == expected[0] + expected[1]);
  }

  void check(std::size_t who, SimTime now) const {
    RC_ASSERT(active_rows(who, true) <= rules.frontstore_slots());       // invariant 1
    RC_ASSERT(active_rows(who, false) <= rules.category_brand_slots());  // invariant 1
    int n = 0;
    for (const Row& row : rows[who]) {
      if (!row.active) continue;
      ++n;
      RC_ASSERT(wallets[who].slot(row.slot).coupon == row.coupon);
      RC_ASSERT(wallets[who].slot(row.slot).assigned_at() == row.assigned);
      const bool good = now < row.assigned + rules.life;
      RC_ASSERT(wallets[who].is_good(row.slot, now, rules) == good);  // invariant 8
    }
    RC_ASSERT(wallets[who].active(0, kSlotsMax) == n);
    for (std::size_t c = 0; c < issued.size(); ++c) {
      const auto& coupon = catalogue.coupons[c];
      RC_ASSERT(!coupon.is_capped() || issued[c] <= coupon.max_issuance);  // invariant 13
    }
  }
};

RC_GTEST_PROP(Histories, KeepTheInvariantsAtEachStep, ()) {  // R9, R10, invariants 1, 2, 7, 8, 10
  History h;
  h.rules.cycle_length = kDay * any(1, 8);
  h.rules.life = kDay * any(1, 20);
  h.rules.capacity = any_int(1, any(0, 1) ? 12 : kSlotsMax);
  h.rules.frontstore_per_cycle = any_int(0, 4);
  h.rules.category_brand_per_cycle = any_int(0, 30);
  h.rules.wallet_rule = any(0, 1) ? WalletRule::top_up : WalletRule::replace;
  h.catalogue = catalogue_of(any_int(0, 6), any_int(0, 40));
  h.issued.resize(h.catalogue.coupons.size());
  for (auto& coupon : h.catalogue.coupons) {
    if (any(0, 4) == 0) coupon.max_issuance = any(0, 9);
  }
  const Calendar calendar{kEpoch, h.rules.cycle_length};
  const auto policy = make_policy(any(0, 1) ? "uniform" : "affinity").value();
  Refresher refresher(h.catalogue, h.rules, *policy, 42);
  SimTime now = kEpoch;
  for (int step = any_int(1, 25); step > 0; --step) {
    const auto who = static_cast<std::size_t>(any(0, 2));
    switch (any(0, 3)) {
      case 0:
        now = now + kHour * any(0, 200);
        break;
      case 1:  // exactly to the end of some coupon's life, where off-by-ones live
        for (const Row& row : h.rows[who]) {
          if (row.active && row.assigned + h.rules.life > now) now = row.assigned + h.rules.life;
        }
        break;
      case 2:
        h.redeem_one(who, now);
        break;
      default: {
        const Offers offers = offers_of(h.catalogue, 42, calendar, calendar.cycle_at(now));
        const auto allotted = allot_capped(h.catalogue, h.rules, offers, 42, now, std::vector{who},
                                           h.population, h.wallets, h.issued);
        h.refresh_one(refresher, who, offers, now, allotted);
      }
    }
    for (std::size_t i = 0; i < 3; ++i) h.check(i, now);
  }
}

using Contents = std::vector<std::array<std::int64_t, 3>>;
Contents contents(const Wallet& wallet) {
  Contents all;
  for (int i = 0; i < kSlotsMax; ++i) {
    const Slot& slot = wallet.slot(i);
    all.push_back({slot.coupon, slot.offer_cycle, slot.assigned_hour});
  }
  return all;
}

TEST(Refresh, DependsNeitherOnOtherShoppersNorOnTheirOrder) {  // R11, invariants 3, 5
  const Catalogue catalogue = catalogue_of(8, 80);
  const auto population = population_of(40);
  const Calendar calendar{kEpoch, kDay * 7};
  for (const char* name : {"uniform", "affinity"}) {
    const auto policy = make_policy(name).value();
    Refresher forwards(catalogue, {}, *policy, 42), backwards(catalogue, {}, *policy, 42);
    std::vector<Wallet> a(40), b(40), alone(40);
    Changes changes;
    for (std::int64_t cycle = 0; cycle < 4; ++cycle) {
      const Offers offers = offers_of(catalogue, 42, calendar, cycle);
      const SimTime now = calendar.starts(cycle);
      for (std::size_t i = 0; i < 40; ++i) {
        changes.clear();
        forwards.refresh(a[i], population[i], offers, now, {}, changes);
        backwards.refresh(b[39 - i], population[39 - i], offers, now, {}, changes);
        Refresher(catalogue, {}, *policy, 42)
            .refresh(alone[i], population[i], offers, now, {}, changes);
      }
      std::set<Contents> different;
      for (std::size_t i = 0; i < 40; ++i) {
        ASSERT_EQ(contents(a[i]), contents(b[i]));
        ASSERT_EQ(contents(a[i]), contents(alone[i]));
        different.insert(contents(a[i]));
      }
      EXPECT_GT(different.size(), 30U);
    }
  }
}

TEST(Policies, UnknownNamesAreRefused) {
  const auto policy = make_policy("random");
  ASSERT_FALSE(policy);
  EXPECT_EQ(policy.error().code(), Errc::invalid_input);
}

RC_GTEST_PROP(Policies, PickTheRightNumberOfDifferentCandidates, ()) {  // R10
  const Catalogue catalogue = catalogue_of(5, 60);
  const auto shopper = population_of(5)[static_cast<std::size_t>(any(0, 4))];
  std::vector<std::uint16_t> candidates;
  for (std::uint16_t c = 0; c < 65; ++c) {
    if (any(0, 1)) candidates.push_back(c);
  }
  const int count = any_int(0, 40);
  const auto policy = make_policy(any(0, 1) ? "uniform" : "affinity").value();
  RandomStream random(*rc::gen::arbitrary<std::uint64_t>(), 1, 2, Purpose::assignment);
  std::vector<Pick> picks{{999, 1}};
  policy->choose(catalogue, shopper, candidates, count, random, picks);
  std::set<std::uint16_t> different;
  for (const Pick& pick : picks) {
    RC_ASSERT(std::count(candidates.begin(), candidates.end(), pick.coupon) == 1);
    RC_ASSERT(different.insert(pick.coupon).second);
    RC_ASSERT(pick.probability > 0 && pick.probability <= 1 + 1e-12);
  }
  RC_ASSERT(picks.size() == std::min(candidates.size(), static_cast<std::size_t>(count)));
}

// Draws `n` times; checks frequencies against the stated probabilities, which must be the same each
// time and sum to the count. Returns them by coupon.
std::map<int, double> checked_shares(const char* name, const Catalogue& catalogue,
                                     const personas::Traits& shopper, int candidates, int count) {
  const int n = 20'000;
  std::vector<std::uint16_t> offered;
  for (int c = 0; c < candidates; ++c) offered.push_back(static_cast<std::uint16_t>(c));
  const auto policy = make_policy(name).value();
  std::map<int, double> stated;
  std::map<int, int> hits;
  std::vector<Pick> picks;
  for (std::uint32_t i = 0; i < n; ++i) {
    RandomStream random(42, 1, i, Purpose::assignment);
    policy->choose(catalogue, shopper, offered, count, random, picks);
    for (const Pick& pick : picks) {
      EXPECT_NEAR(stated.try_emplace(pick.coupon, pick.probability).first->second, pick.probability,
                  1e-12);
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
  personas::Traits shopper = population_of(1)[0];
  shopper.favourite_brands[0] = 3;
  const auto shares = checked_shares("affinity", catalogue, shopper, 40, 6);
  ASSERT_EQ(shares.size(), 40U);
  for (const auto& [c, p] : shares) {
    const auto& coupon = catalogue.coupons[static_cast<std::size_t>(c)];
    const bool liked = coupon.scope == (coupon.kind == CouponKind::category ? 0 : 3);
    // Weights 1 + 3 * 0.5 = 2.5 for 8 of 40 coupons, 1 for the others: a sum of 52.
    EXPECT_NEAR(p, 6 * (liked ? 2.5 : 1.0) / 52, 1e-9) << c;
  }
}

TEST(Policies, AffinityHoldsProbabilitiesAtOne) {  // R10
  personas::Traits shopper = population_of(1)[0];  // likes category 0 and brand 0: coupons 0 and 1
  shopper.category_focus = shopper.brand_loyalty = 1;
  const Catalogue catalogue = catalogue_of(0, 6);
  const auto shares = checked_shares("affinity", catalogue, shopper, 6, 4);  // 4 * 4 / 12 > 1
  EXPECT_EQ(shares.at(0), 1);
  EXPECT_EQ(shares.at(1), 1);
  EXPECT_NEAR(shares.at(2), 0.5, 1e-12);
  for (const auto& [c, p] : checked_shares("affinity", catalogue, shopper, 6, 9))
    EXPECT_EQ(p, 1) << c;
}

// Ten coupons of each lane, of which the first `n_capped` of the lane are capped.
struct Caps {
  Catalogue catalogue;
  Rules rules;
  personas::Population population;
  std::vector<Wallet> wallets;
  std::vector<std::int64_t> issued;
  Offers offers;

  Caps(int shoppers, int n_frontstore, int n_others, int n_capped, std::int64_t cap)
      : catalogue(catalogue_of(n_frontstore, n_others)),
        population(population_of(shoppers)),
        wallets(population.size()),
        issued(catalogue.coupons.size()) {
    for (int c = 0; c < n_capped; ++c) {
      if (c < n_frontstore) catalogue.coupons[static_cast<std::size_t>(c)].max_issuance = cap;
      if (c < n_others)
        catalogue.coupons[static_cast<std::size_t>(n_frontstore + c)].max_issuance = cap;
    }
    offers = offers_of(catalogue, 42, {kEpoch, kDay * 7}, 0);
  }
  std::vector<Allotment> allot(std::span<const std::size_t> due, SimTime now = kEpoch) {
    return allot_capped(catalogue, rules, offers, 42, now, due, population, wallets, issued);
  }
};

TEST(Caps, AreNeverPassedAndServeShoppersInOrder) {  // R11, invariant 13
  Caps caps(200, 10, 40, 4, 7);
  const auto allotted = caps.allot(all_of(caps.population));
  EXPECT_TRUE(std::is_sorted(allotted.begin(), allotted.end(),
                             [](const auto& a, const auto& b) { return a.shopper < b.shopper; }));
  std::map<std::uint16_t, std::int64_t> given;
  for (const Allotment& a : allotted) ++given[a.coupon];
  EXPECT_EQ(given.size(), 8U);
  for (const auto& [coupon, n] : given) {
    EXPECT_EQ(n, 7);  // 200 shoppers are more than enough to reach each cap
    EXPECT_EQ(caps.issued[coupon], n);
  }
  EXPECT_TRUE(caps.allot(all_of(caps.population)).empty());
}

TEST(Caps, LaterShoppersChangeNothingForEarlierOnes) {  // invariant 5
  Caps all(100, 10, 40, 4, 9), some(100, 10, 40, 4, 9);
  const auto due = all_of(all.population);
  const auto a = all.allot(due), b = some.allot(std::span(due).first(20));
  ASSERT_FALSE(b.empty());
  ASSERT_GT(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].shopper < 20, i < b.size());
    if (i >= b.size()) continue;
    EXPECT_EQ(a[i].shopper, b[i].shopper);
    EXPECT_EQ(a[i].coupon, b[i].coupon);
    EXPECT_EQ(a[i].probability, b[i].probability);
  }
}

TEST(Caps, AWalletOfExpiredCouponsCountsAsFree) {  // invariants 8, 9
  Caps caps(1, 2, 30, 30, 1000);  // every coupon is capped and, with 32 places, certain
  Changes changes;
  for (int slot = 0; slot < 32; ++slot) {
    caps.wallets[0].assign(slot, static_cast<std::uint16_t>(slot), 0, kEpoch, 1, changes);
  }
  const auto due = all_of(caps.population);
  const SimTime over = kEpoch + caps.rules.life;
  EXPECT_TRUE(caps.allot(due, over - SimDuration{1}).empty());
  const auto allotted = caps.allot(due, over);
  EXPECT_EQ(allotted.size(), 32U);
  const auto policy = make_policy("uniform").value();
  changes.clear();
  Refresher(caps.catalogue, caps.rules, *policy, 42)
      .refresh(caps.wallets[0], caps.population[0], caps.offers, over, allotted, changes);
  EXPECT_EQ(changes.n_expired, 32);
  EXPECT_EQ(changes.n_frontstore, 2);
  EXPECT_EQ(changes.n_category_brand, 30);
}

// Two places, or two coupons a refresh, for five capped and five other coupons: chance 1/5 each.
TEST(Caps, AllottedFrequenciesEqualTheStatedProbability) {  // R10
  const int n = 20'000;
  for (const bool few_places : {true, false}) {
    Caps caps(n, 0, 10, 5, 2 * n);
    caps.rules.frontstore_per_cycle = 0;
    (few_places ? caps.rules.capacity : caps.rules.category_brand_per_cycle) = 2;
    std::map<int, int> hits;
    for (const Allotment& a : caps.allot(all_of(caps.population))) {
      EXPECT_DOUBLE_EQ(a.probability, 0.2);
      ++hits[a.coupon];
    }
    for (int c = 0; c < 5; ++c) expect_share(hits[c], 0.2, n, "capped coupon " + std::to_string(c));
  }
}

}  // namespace
}  // namespace footfall::offers
