// Goal: where stock and budgets are scarce a fast run sells what there is and no more, to whoever
// checks out first, and nothing else changes: not with threads, nor with stops, nor where nobody
// reaches a limit (invariants 13 and 27). Method: runs of a small shop into a journal in memory,
// its checkouts replayed in (moment, shopper) order against a plain model; the same into SQLite,
// and SQL.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <tuple>

#include "base/test_folder.hpp"
#include "simulation/fast_run.hpp"
#include "simulation/test_world.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/sqlite_sql.hpp"

namespace footfall::simulation {
namespace {

using retail::EventType;
using retail::Refusal;

const std::atomic<bool> kNeverStop = false;
constexpr int kPeople = 120;

// The small shop with little of every other product in its first store and of every third in its
// second, and budgets for every fourth coupon. `plenty`: the same limits, so high that nobody
// notices.
retail::Catalogue scarce_shop(bool plenty = false) {
  retail::Catalogue shop = small_shop();
  for (std::uint16_t p = 0; p < shop.products.size(); ++p) {
    const std::int64_t on_hand = plenty ? 1'000'000 : p % 7;
    if (p % 2 == 0) shop.stock.push_back({0, p, on_hand});
    if (p % 3 == 0) shop.stock.push_back({1, p, on_hand + 2});
  }
  for (std::size_t c = 0; c < shop.coupons.size(); c += 4) {
    shop.coupons[c].max_discount_total = Money{plenty ? 100'000'000 : 70};
  }
  return shop;
}

struct Lived {
  MemoryJournal journal;
  Progress progress;
};

Lived live(const Plan& plan, const retail::Catalogue& shop, int threads, SimTime from = {}) {
  const personas::Population people = small_population(shop, kPeople);
  Lived lived;
  const auto run = FastRun::create(plan, shop, people, threads).value();
  run->keep(plan.run, lived.journal, from);
  lived.progress = run->run(kNeverStop, nullptr);
  return lived;
}

TEST(LimitedRun, TheNumberOfThreadsChangesNothing) {  // R20
  const std::string one = everything(live(four_weeks(), scarce_shop(), 1).journal);
  for (const int threads : {2, 5}) {
    EXPECT_EQ(difference(one, everything(live(four_weeks(), scarce_shop(), threads).journal)), "")
        << threads;
  }
}

TEST(LimitedRun, LimitsThatNobodyReachesChangeNothing) {
  const Lived unlimited = live(four_weeks(), small_shop(), 1);
  const Lived plenty = live(four_weeks(), scarce_shop(/*plenty=*/true), 2);
  EXPECT_EQ(difference(everything(unlimited.journal), everything(plenty.journal)), "");
  const Tally &a = unlimited.progress.tally, &b = plenty.progress.tally;
  EXPECT_EQ(std::tie(a.thoughts, a.trips, a.orders, a.events, a.calls, a.wallet_views, a.failed,
                     a.revenue, a.coupons_redeemed),
            std::tie(b.thoughts, b.trips, b.orders, b.events, b.calls, b.wallet_views, b.failed,
                     b.revenue, b.coupons_redeemed));
  EXPECT_GT(a.orders, 100);
}

TEST(LimitedRun, GoingOnGivesWhatAnUnstoppedRunGives) {
  const std::string whole = everything(live(four_weeks(), scarce_shop(), 1).journal);
  Plan first = four_weeks();
  first.until = first.start + kDay * 10;
  Lived both = live(first, scarce_shop(), 2);
  for (const auto& entry : live(four_weeks(), scarce_shop(), 1, first.until).journal.entries) {
    both.journal.entries.push_back(entry);
  }
  EXPECT_EQ(difference(whole, everything(both.journal)), "");
}

// R55: a refused cart comes along into the shopper's next one, once.
TEST(LimitedRun, AFailedCartIsKeptForTheNextTripIfToldSo) {
  Plan plan = four_weeks();
  plan.keep_failed_carts = true;
  const Lived lived = live(plan, scarce_shop(), 1);
  std::map<std::uint32_t, std::vector<int>> kept;
  int found = 0, twice = 0;
  lived.journal.each_session([&](const retail::RecordBatch& batch, const retail::SessionRecord& s) {
    if (!s.has_session || s.idle) return;
    std::vector<int> added;
    for (auto i = s.events.first; i < s.events.first + s.events.count; ++i) {
      const retail::Event& e = batch.events[i];
      if (e.type == EventType::cart_add_item) added.push_back(e.product);
    }
    std::vector<int>& before = kept[s.shopper];
    ASSERT_GE(added.size(), before.size());
    std::vector<int> first = added;
    first.resize(before.size());
    std::sort(first.begin(), first.end());
    ASSERT_EQ(first, before);
    found += !before.empty();
    const bool failed = s.outcome == retail::SessionOutcome::error;
    twice += failed && !before.empty();
    const bool keep = failed && before.empty();
    before = keep ? added : std::vector<int>();
    std::sort(before.begin(), before.end());
  });
  EXPECT_GT(found, 50);
  EXPECT_GT(twice, 5);
  const std::string one = everything(lived.journal);
  EXPECT_EQ(difference(one, everything(live(plan, scarce_shop(), 3).journal)), "");
  Plan first = plan;
  first.until = first.start + kDay * 10;
  Lived both = live(first, scarce_shop(), 2);
  for (const auto& entry : live(plan, scarce_shop(), 1, first.until).journal.entries) {
    both.journal.entries.push_back(entry);
  }
  EXPECT_EQ(difference(one, everything(both.journal)), "") << "going on gives the same";
}

// A checkout as the records tell it.
struct Checkout {
  SimTime at;
  std::uint32_t shopper = 0;
  Refusal refusal = Refusal::none;
  std::vector<retail::CartLine> lines;
  std::vector<retail::CartCoupon> coupons;  // applied, and not refused then
};

std::vector<Checkout> checkouts_of(const MemoryJournal& journal) {
  std::map<UserCouponId, std::uint16_t> definitions;
  for (const store::JournalEntry& entry : journal.entries) {
    for (const retail::RecordBatch& batch : entry.ranges) {
      for (const auto& row : batch.assigned) definitions[row.id] = row.definition;
    }
  }
  std::vector<Checkout> checkouts;
  journal.each_session([&](const retail::RecordBatch& batch, const retail::SessionRecord& s) {
    Checkout checkout{{}, s.shopper, {}, {}, {}};
    bool paid = false, failed = false;
    for (auto i = s.events.first; i < s.events.first + s.events.count; ++i) {
      const retail::Event& e = batch.events[i];
      if (e.type == EventType::apply_coupon) {
        checkout.coupons.push_back({e.coupon, definitions.at(e.coupon)});
      }
      paid = paid || e.type == EventType::checkout_complete;
      if (e.type != EventType::checkout_complete && e.type != EventType::checkout_failed) continue;
      checkout.at = e.at;
      checkout.refusal = e.refusal;
      failed = e.type == EventType::checkout_failed;
    }
    EXPECT_EQ(failed, s.outcome == retail::SessionOutcome::error);
    EXPECT_EQ(paid, s.outcome == retail::SessionOutcome::purchased);
    if (!paid && !failed) return;
    EXPECT_EQ(failed, checkout.refusal != Refusal::none);
    if (failed) {
      EXPECT_EQ(s.discounts.count, 0U);
      EXPECT_EQ(batch.events[s.events.first + s.events.count - 1].type, EventType::session_end);
    }
    const auto line = batch.lines.begin() + s.lines.first;
    checkout.lines.assign(line, line + s.lines.count);
    EXPECT_FALSE(checkout.lines.empty());
    checkouts.push_back(std::move(checkout));
  });
  std::stable_sort(checkouts.begin(), checkouts.end(), [](const auto& a, const auto& b) {
    return std::tie(a.at, a.shopper) < std::tie(b.at, b.shopper);
  });
  return checkouts;
}

TEST(LimitedRun, WhoChecksOutFirstIsServedAndNothingIsSoldTwice) {  // invariants 13, 27
  const retail::Catalogue shop = scarce_shop();
  const personas::Population people = small_population(shop, kPeople);
  const Lived lived = live(four_weeks(), shop, 3);
  std::map<std::pair<int, int>, std::int64_t> stock;
  for (const retail::StockLimit& limit : shop.stock) {
    stock[{limit.store, limit.product}] = limit.on_hand;
  }
  std::map<int, std::int64_t> budgets;
  for (std::size_t c = 0; c < shop.coupons.size(); ++c) {
    const std::int64_t budget = shop.coupons[c].max_discount_total.minor;
    if (budget > 0) budgets[static_cast<int>(c)] = budget;
  }
  std::map<Refusal, int> seen;
  for (const Checkout& checkout : checkouts_of(lived.journal)) {
    const int store = people[checkout.shopper].home_store;
    retail::PricedCart priced;
    price_cart(shop, checkout.lines, checkout.coupons, priced);
    std::map<int, std::int64_t> spent;
    for (const retail::LineDiscount& row : priced.discounts) {
      spent[checkout.coupons[row.coupon].coupon] += row.amount.minor;
    }
    Refusal expected = Refusal::none;
    for (const auto& [coupon, amount] : spent) {
      if (budgets.contains(coupon) && amount > budgets[coupon]) expected = Refusal::cap_reached;
    }
    for (const retail::CartLine& line : checkout.lines) {
      const auto left = stock.find({store, line.product});
      if (left != stock.end() && line.qty > left->second) expected = Refusal::out_of_stock;
    }
    ASSERT_EQ(checkout.refusal, expected) << "at " << checkout.at.us << ", " << checkout.shopper;
    ++seen[expected];
    if (expected != Refusal::none) continue;
    for (const retail::CartLine& line : checkout.lines) {
      const auto left = stock.find({store, line.product});
      if (left != stock.end()) left->second -= line.qty;
    }
    for (const auto& [coupon, amount] : spent) {
      if (budgets.contains(coupon)) budgets[coupon] -= amount;
    }
  }
  EXPECT_GT(seen[Refusal::none], 50);
  EXPECT_GT(seen[Refusal::out_of_stock], 50);
  EXPECT_GT(seen[Refusal::cap_reached], 5);
  EXPECT_EQ(lived.progress.tally.failed, seen[Refusal::out_of_stock] + seen[Refusal::cap_reached]);
  EXPECT_EQ(lived.progress.tally.orders, seen[Refusal::none]);
}

// --- in a database -----------------------------------------------------------------------------

class LimitedDatabaseRun : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    file = test_folder() / (std::string("limited_run_") + test->name() + ".db");
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + tail);
    store = store::sqlite::open_store(file, true).value();
    const retail::Catalogue shop = scarce_shop();
    personas::Palette palette;
    for (const auto& name : shop.categories) palette.categories.push_back({name, 1});
    for (const auto& name : shop.brands) palette.brands.push_back({name, 1});
    palette.stores = {"S1", "S2"};
    std::vector<personas::Persona> people;
    for (std::uint32_t i = 1; i <= kPeople; ++i) {
      people.push_back(personas::make_persona(5, i, palette));
    }
    store->seed(shop, people);
    catalogue = store->load_catalogue();
    agents = store->load_agents(kPeople);
    const personas::Vocabulary words{catalogue.categories, catalogue.brands, {"S1", "S2"}};
    for (std::size_t i = 0; i < agents.size(); ++i) {
      population.push_back(compile(agents[i].persona, words, agents[i].id, i).value());
    }
  }

  RunId begin() {
    const Plan plan = four_weeks();
    store::Run run;
    run.start = run.now = plan.start;
    run.until = plan.until;
    return store->create_run(run);
  }
  void live(RunId run, SimTime until, SimTime from = {}) {
    Plan plan = four_weeks();
    plan.until = until;
    const auto fast = FastRun::create(plan, catalogue, population, 2).value();
    const auto journal =
        store->open_journal({run,
                             plan.start,
                             plan.rules.life,
                             {plan.rules.frontstore_slots(), plan.rules.category_brand_slots()},
                             plan.policy,
                             1},
                            catalogue, agents);
    fast->keep(run, *journal, from);
    fast->run(kNeverStop, nullptr);
  }
  std::string rows(const std::string& sql) const {
    auto database = store::sqlite::Database::open(file, store::sqlite::Access::read_only).value();
    auto found = database.prepare(sql);
    std::string out;
    while (found.step()) {
      for (int c = 0; c < found.columns(); ++c) out += (c ? "|" : "") + found.text(c);
      out += '\n';
    }
    return out;
  }
  std::string shared_rows(RunId run) const {
    const std::string mine = " WHERE run_id = " + std::to_string(run.value);
    return rows("SELECT store_id, product_id, initial_qty, on_hand FROM run_stock" + mine) +
           rows(
               "SELECT coupon_id, issued_count, redeemed_count, discount_total_minor "
               "FROM run_coupons" +
               mine) +
           rows("SELECT user_id, sim_hour, outcome, n_events FROM shopping_sessions" + mine +
                " ORDER BY id");
  }

  std::filesystem::path file;
  std::unique_ptr<store::Store> store;
  retail::Catalogue catalogue;
  std::vector<store::Agent> agents;
  personas::Population population;
};

// Each query lists what breaks an invariant: it must find nothing.
constexpr std::pair<const char*, const char*> kInvariants[] = {
    {"13: redemptions and budgets are counted, and hold", R"(
SELECT r.coupon_id, r.redeemed_count, r.discount_total_minor, w.n, w.amount FROM run_coupons r
LEFT JOIN (SELECT u.run_id, u.coupon_id, count(DISTINCT u.id) AS n, sum(d.amount_minor) AS amount
           FROM user_coupons u
           JOIN order_discounts d ON d.user_coupon_id = u.id AND d.order_id = u.order_id
           WHERE u.status = 'redeemed' GROUP BY 1, 2) w USING (run_id, coupon_id)
WHERE (r.max_redemptions IS NOT NULL OR r.max_discount_total_minor IS NOT NULL)
  AND (r.redeemed_count <> coalesce(w.n, 0) OR r.discount_total_minor <> coalesce(w.amount, 0)
       OR r.redeemed_count > r.max_redemptions
       OR r.discount_total_minor > r.max_discount_total_minor))"},
    {"13: and nothing is counted for others", R"(
SELECT coupon_id FROM run_coupons WHERE max_redemptions IS NULL
  AND max_discount_total_minor IS NULL AND (redeemed_count <> 0 OR discount_total_minor <> 0))"},
    {"27: what was there is sold or left", R"(
SELECT s.store_id, s.product_id, s.initial_qty, s.on_hand, i.sold FROM run_stock s
LEFT JOIN (SELECT o.run_id, o.store_id, i.product_id, sum(i.qty) AS sold FROM orders o
           JOIN order_items i ON i.order_id = o.id WHERE o.status <> 'cancelled'
           GROUP BY 1, 2, 3) i USING (run_id, store_id, product_id)
WHERE s.on_hand < 0 OR s.initial_qty - coalesce(i.sold, 0) <> s.on_hand)"},
    {"34: a refused checkout has a cart that was left, and no order", R"(
SELECT s.id, c.status, o.id FROM shopping_sessions s LEFT JOIN carts c ON c.session_id = s.id
LEFT JOIN orders o ON o.session_id = s.id
WHERE s.outcome = 'error' AND (c.status IS NOT 'abandoned' OR o.id IS NOT NULL))"},
    {"33: and says why", R"(
SELECT s.id FROM shopping_sessions s WHERE s.outcome = 'error' AND NOT EXISTS (
  SELECT 1 FROM shopping_session_events e WHERE e.session_id = s.id AND type = 'checkout_failed'
  AND payload IN ('{"reason":"out_of_stock"}', '{"reason":"cap_reached"}')))"}};

TEST_F(LimitedDatabaseRun, KeepsTheInvariants) {
  const RunId run = begin();
  live(run, four_weeks().until);
  for (const auto& [what, sql] : kInvariants) EXPECT_EQ(rows(sql), "") << what;
  EXPECT_EQ(rows("SELECT count(*) > 20 FROM run_stock WHERE on_hand = 0 AND initial_qty > 0"),
            "1\n");
  EXPECT_EQ(rows("SELECT min(n) > 5 FROM (SELECT count(*) AS n FROM shopping_session_events WHERE "
                 "type = 'checkout_failed' GROUP BY payload)"),
            "1\n");
  EXPECT_EQ(rows("SELECT count(*) > 0 FROM run_coupons WHERE discount_total_minor > 0"), "1\n");
}

TEST_F(LimitedDatabaseRun, GoesOnWithWhatIsLeft) {
  const RunId whole = begin(), parts = begin();
  live(whole, four_weeks().until);
  live(parts, four_weeks().start + kDay * 11);
  live(parts, four_weeks().until, four_weeks().start + kDay * 11);
  EXPECT_EQ(difference(shared_rows(whole), shared_rows(parts)), "");
  EXPECT_GT(shared_rows(whole).size(), 1'000U);
}

// Limits that are newer than the run have no rows to count in: the run fails with a sentence.
TEST_F(LimitedDatabaseRun, ARunWithoutItsLimitsIsRefused) {
  const RunId run = begin();
  {
    auto database = store::sqlite::Database::open(file, store::sqlite::Access::read_write).value();
    database.execute("DELETE FROM run_stock");
  }
  EXPECT_THROW(live(run, four_weeks().until), Failure);
}

}  // namespace
}  // namespace footfall::simulation
