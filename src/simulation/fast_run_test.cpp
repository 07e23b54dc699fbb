// Goal: a run is decided by its plan alone (not by threads, stops or what was journaled before),
// and what it leaves behind keeps the invariants of offers, money and trips. Method: whole runs of
// a few dozen shoppers into a journal in memory, compared field by field or walked through.
#include "simulation/fast_run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "simulation/test_world.hpp"

namespace footfall::simulation {
namespace {

const std::atomic<bool> kNeverStop = false;

struct Lived {
  MemoryJournal journal;
  Progress progress;
};

Lived live(const Plan& plan, const retail::Catalogue& shop, const personas::Population& people,
           int threads, SimTime journal_from = {}) {
  Lived lived;
  auto run = FastRun::create(plan, shop, people, threads).value();
  run->keep(plan.run, lived.journal, journal_from);
  lived.progress = run->run(kNeverStop, nullptr);
  return lived;
}

class FastRunTest : public testing::Test {
 protected:
  const retail::Catalogue shop = small_shop();
  const personas::Population people = small_population(shop, 60);
};

TEST_F(FastRunTest, TheNumberOfThreadsChangesNothing) {  // R20
  const std::string one = everything(live(four_weeks(), shop, people, 1).journal);
  EXPECT_GT(one.size(), 10'000U);
  EXPECT_EQ(difference(one, everything(live(four_weeks(), shop, people, 2).journal)), "");
  EXPECT_EQ(difference(one, everything(live(four_weeks(), shop, people, 4).journal)), "");
}

TEST_F(FastRunTest, AnotherSeedGivesOtherData) {  // R20
  Plan other = four_weeks();
  other.seed = 43;
  EXPECT_NE(everything(live(four_weeks(), shop, people, 1).journal),
            everything(live(other, shop, people, 1).journal));
}

TEST_F(FastRunTest, MoreAgentsDoNotChangeTheOthers) {
  // Capped coupons are shared, so they are taken out of the shop.
  retail::Catalogue uncapped = shop;
  for (retail::Coupon& coupon : uncapped.coupons) {
    coupon.max_issuance = coupon.max_redemptions = retail::kUnlimited;
  }
  const auto more = small_population(uncapped, 80);
  const auto few = live(four_weeks(), uncapped, people, 1);
  const auto many = live(four_weeks(), uncapped, more, 1);
  std::map<std::int64_t, std::int64_t> totals;
  many.journal.each_session(
      [&](const auto&, const auto& s) { totals[s.id.value] = s.total.minor; });
  few.journal.each_session([&](const auto&, const auto& s) {
    ASSERT_EQ(totals.count(s.id.value), 1U);
    EXPECT_EQ(totals[s.id.value], s.total.minor);
  });
}

// A run that goes on lives its past again without journaling it: the two journals together are the
// journal of a run that was never stopped.
TEST_F(FastRunTest, GoingOnGivesWhatAnUnstoppedRunGives) {
  const std::string whole = everything(live(four_weeks(), shop, people, 1).journal);
  for (const int days : {1, 7, 10, 27}) {
    Plan first = four_weeks();
    first.until = first.start + kDay * days;
    Lived before = live(first, shop, people, 1);
    Lived after = live(four_weeks(), shop, people, 2, first.until);
    MemoryJournal both;
    both.entries = before.journal.entries;
    for (const auto& entry : after.journal.entries) both.entries.push_back(entry);
    EXPECT_EQ(difference(whole, everything(both)), "") << days << " days";
    EXPECT_EQ(after.progress.tally.orders,
              live(four_weeks(), shop, people, 1).progress.tally.orders);
  }
}

TEST_F(FastRunTest, OfferCyclesAreOpenedOnceEachAlsoWhenGoingOn) {  // R8
  Plan first = four_weeks();
  first.until = first.start + kDay * 10;
  std::vector<std::int64_t> opened;
  for (const Lived& part :
       {live(first, shop, people, 1), live(four_weeks(), shop, people, 1, first.until)}) {
    for (const auto& entry : part.journal.entries) {
      for (const auto& opening : entry.openings) opened.push_back(opening.offer_cycle);
    }
  }
  EXPECT_EQ(opened, (std::vector<std::int64_t>{0, 1, 2, 3}));
}

TEST_F(FastRunTest, AStopEndsAfterAWholeDay) {
  MemoryJournal journal;
  auto run = FastRun::create(four_weeks(), shop, people, 2).value();
  run->keep(RunId{1}, journal, {});
  std::atomic<bool> stop = false;
  const Progress progress = run->run(stop, [&](const Progress& now) {
    if (now.now == four_weeks().start + kDay * 5) stop = true;
  });
  EXPECT_EQ(progress.now, four_weeks().start + kDay * 5);
  EXPECT_EQ(journal.entries.back().now, progress.now);
}

TEST_F(FastRunTest, AFailingJournalEndsTheRunWithItsSentence) {
  for (const int at : {0, 1}) {
    MemoryJournal journal;
    journal.fail_at_commit = at;
    auto run = FastRun::create(four_weeks(), shop, people, 2).value();
    run->keep(RunId{1}, journal, {});
    EXPECT_THROW(run->run(kNeverStop, nullptr), Failure) << "commit " << at;
  }
}

TEST_F(FastRunTest, RefusesPlansThatIdsCannotNumber) {
  Plan plan = four_weeks();
  plan.until = plan.start + kWeek * 700;
  EXPECT_FALSE(FastRun::create(plan, shop, people, 1));
  plan = four_weeks();
  plan.policy = "magic";
  EXPECT_FALSE(FastRun::create(plan, shop, people, 1));
}

// Replays the wallet rows of a run: invariants 1, 2, 4, 7 and 10 at every moment, for rules that
// stretch them.
void check_wallets(const Plan& plan, const retail::Catalogue& shop, const MemoryJournal& journal) {
  std::map<std::int64_t, std::pair<SimTime, int>> active;  // id -> assigned, definition
  std::map<std::uint32_t, std::set<int>> held;             // shopper -> definitions
  std::map<std::int64_t, std::uint32_t> owner;
  std::map<std::uint16_t, std::int64_t> issued;
  for (const store::JournalEntry& entry : journal.entries) {
    for (const retail::RecordBatch& batch : entry.ranges) {
      const auto end = [&](const retail::CouponEndedRecord& e) {
        const auto at = active.find(e.id.value);
        ASSERT_TRUE(at != active.end()) << "ended twice, or never assigned";
        const SimTime expires = at->second.first + plan.rules.life;
        if (e.how == retail::CouponEnd::expired) {
          EXPECT_EQ(e.at, expires);
        }
        if (e.how == retail::CouponEnd::redeemed) {
          EXPECT_LT(e.at, expires);
          EXPECT_GE(e.at, at->second.first);
          EXPECT_TRUE(e.order);
        }
        held[owner[e.id.value]].erase(at->second.second);
        active.erase(at);
      };
      for (const auto& e : batch.ended) {
        if (e.how != retail::CouponEnd::redeemed) end(e);
      }
      for (const auto& a : batch.assigned) {
        EXPECT_TRUE(active.emplace(a.id.value, std::pair(a.at, int{a.definition})).second);
        EXPECT_TRUE(held[a.shopper].insert(a.definition).second) << "a coupon twice in a wallet";
        EXPECT_LE(held[a.shopper].size(), static_cast<std::size_t>(plan.rules.capacity));
        EXPECT_GT(a.probability, 0);
        EXPECT_LE(a.probability, 1);
        owner[a.id.value] = a.shopper;
        ++issued[a.definition];
      }
      for (const auto& e : batch.ended) {
        if (e.how == retail::CouponEnd::redeemed) end(e);
      }
      for (const auto& r : batch.refreshes) {
        EXPECT_EQ(r.n_frontstore + r.n_category_brand + r.n_skipped, plan.rules.per_refresh());
      }
    }
  }
  for (const auto& [definition, count] : issued) {
    if (!shop.coupons[definition].is_capped()) continue;
    EXPECT_LE(count, shop.coupons[definition].issuance_cap());
  }
}

TEST_F(FastRunTest, WalletsKeepTheirInvariants) {  // R9, R10
  for (const char* policy : {"uniform", "affinity"}) {
    Plan plan = four_weeks();
    plan.policy = policy;
    plan.until = plan.start + kWeek * 8;
    check_wallets(plan, shop, live(plan, shop, people, 2).journal);
    plan.rules.wallet_rule = offers::WalletRule::replace;
    plan.rules.stagger = false;
    check_wallets(plan, shop, live(plan, shop, people, 1).journal);
    plan.rules = {kDay * 3, kDay * 5, 10, 0, 30, offers::WalletRule::top_up, true};
    check_wallets(plan, shop, live(plan, shop, people, 1).journal);
    plan.rules = {kDay * 10, kDay * 2, 40, 5, 7, offers::WalletRule::top_up, true};
    check_wallets(plan, shop, live(plan, shop, people, 1).journal);
  }
}

TEST_F(FastRunTest, SessionsKeepTheirInvariants) {  // R17, invariants 18, 32, 33, 34, 35
  const Lived lived = live(four_weeks(), shop, people, 2);
  int purchased = 0;
  std::set<std::int64_t> ids;
  lived.journal.each_session([&](const retail::RecordBatch& batch, const retail::SessionRecord& s) {
    EXPECT_TRUE(ids.insert(s.id.value).second);
    for (auto i = s.decisions.first; i < s.decisions.first + s.decisions.count; ++i) {
      const retail::Decision& d = batch.decisions[i];
      EXPECT_GE(d.probability, 0);
      EXPECT_LE(d.probability, 1);
    }
    if (!s.has_session) return;
    EXPECT_EQ(s.subtotal - s.discount, s.total);
    Money lines, discounts;
    for (auto i = s.lines.first; i < s.lines.first + s.lines.count; ++i) {
      lines += batch.lines[i].subtotal();
      discounts += batch.line_discounts[i];
    }
    EXPECT_EQ(lines, s.subtotal);
    EXPECT_EQ(discounts, s.discount);
    EXPECT_LT(s.ended - s.started, kMinute * 15);
    EXPECT_EQ(hour_number(s.ended), hour_number(s.started));
    const bool paid = std::any_of(
        batch.events.begin() + s.events.first,
        batch.events.begin() + s.events.first + s.events.count,
        [](const retail::Event& e) { return e.type == retail::EventType::checkout_complete; });
    EXPECT_EQ(paid, s.outcome == retail::SessionOutcome::purchased);
    purchased += paid;
  });
  EXPECT_EQ(purchased, lived.progress.tally.orders);
  EXPECT_GT(purchased, 50);
}

TEST(ActivityFactor, CrowdHasFortyPercentActiveInTheBusiestHour) {  // R18
  const retail::Catalogue shop = small_shop();
  const personas::Population people = small_population(shop, 372);
  const shopper::VisitModel visits{shopper::Coefficients{}};
  const SimTime monday = four_weeks().start;
  EXPECT_EQ(activity_factor(people, visits, Activity::persona, monday), 1);
  const double factor = activity_factor(people, visits, Activity::crowd, monday);
  double busiest = 0;
  for (int hour = 0; hour < 168; ++hour) {
    double active = 0;
    for (const personas::Traits& person : people) {
      const auto rhythm = visits.rhythm(person, factor);
      active += visits.rate(person, rhythm, calendar_hour(monday + kHour * hour));
    }
    busiest = std::max(busiest, active / static_cast<double>(people.size()));
  }
  EXPECT_NEAR(busiest, 0.40, 0.02);
  EXPECT_GT(factor, 5);
}

TEST(ShopperStates, TakeAtMostOneKilobyteEach) { EXPECT_LE(ShopperStates::kBytesEach, 1024U); }

}  // namespace
}  // namespace footfall::simulation
