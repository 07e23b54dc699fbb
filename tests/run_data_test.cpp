// Goal: what runs leave in a database is the same export everywhere (invariant 36), joins without
// orphans at every moment (37), says of every decision why it was made, bit for bit (35), and keeps
// what many at once could break (R11). Method: fast and live runs in real databases; a digest by
// natural keys against tests/golden/digest.txt (`./dev golden` rewrites it); snapshots while a run
// goes on; every probability computed again from the rows (tests/decision_check.hpp).
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include "base/test_folder.hpp"
#include "store/any/open.hpp"
#include "store/sqlite/database.hpp"
#include "tests/decision_check.hpp"
#include "tests/run_checks.hpp"
#include "tests/run_world.hpp"
#include "tests/servers/libpq_session.hpp"

namespace footfall {
namespace {

constexpr const char* kGolden = FOOTFALL_SOURCE_DIR "/tests/golden/digest.txt";

bool is_long() { return std::getenv("FOOTFALL_LONG") != nullptr; }

TEST(RunDigest, IsTheSameWhateverTheThreadsTheDatabaseAndTheWorld) {  // 36
  const RunSpec spec{42, {{"weeks", "2"}}};
  RunWorld& file = run_world(Way::sqlite, ShopSize::small);
  RunWorld& server = run_world(Way::postgres, ShopSize::small);
  const std::string one = file.digest(file.fast(spec, 1));
  if (std::getenv("FOOTFALL_REWRITE_GOLDEN")) {
    std::ofstream(kGolden, std::ios::binary) << one << "\n";
  }
  std::string golden;
  std::ifstream(kGolden) >> golden;
  EXPECT_EQ(one, golden) << "if this is meant: ./dev golden";
  EXPECT_EQ(file.digest(file.fast(spec, 2)), one);
  EXPECT_EQ(file.digest(file.fast(spec, 5)), one);
  EXPECT_EQ(server.digest(server.fast(spec, 1)), one);
  EXPECT_EQ(server.digest(server.fast(spec, 5)), one);
  EXPECT_EQ(file.digest(file.live(spec)), one);
  EXPECT_EQ(server.digest(server.live(spec)), one);
  EXPECT_NE(file.digest(file.fast({43, spec.settings})), one);
}

class RunData : public testing::TestWithParam<Way> {
 protected:
  static RunWorld& small() { return run_world(GetParam(), ShopSize::small); }
};
INSTANTIATE_TEST_SUITE_P(On, RunData, testing::Values(Way::sqlite, Way::postgres),
                         [](const auto& tested) { return name_of(tested.param); });

void expect_explained(const DecisionCheck& check) {
  EXPECT_EQ(check.wrong, 0) << check.first_wrong;
  for (int i = 0; i < retail::kDecisionKindCount; ++i) {
    const std::string kind(to_string(static_cast<retail::DecisionKind>(i)));
    EXPECT_TRUE(check.checked.contains(kind)) << kind << " was never made";
  }
}

TEST_P(RunData, SaysOfEveryDecisionWhyItWasMade) {  // 35
  const RunSpec spec{42, {{"weeks", "3"}}};
  const RunId live = small().live(spec), fast = small().fast(spec);
  expect_explained(check_decisions(small().url(), live));
  expect_explained(check_decisions(small().url(), fast));
}

// Behaviour, profile and activity are those of the run, not the program's defaults.
TEST_P(RunData, SaysSoForOtherBehaviourToo) {
  const auto file =
      test_folder() / fmt::format("behavior_{}_{}.toml", name_of(GetParam()), ::getpid());
  std::ofstream(file) << "price_base = -0.7\napply_base = -1.1\nbrand_loyalty = 3.3\n"
                         "checkout_over_budget = -1.7\nwallet_open = 1.234567890123\n"
                         "season = [1.5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\nunits_two = 0.2\n"
                         "basket_dispersion = 0.9\nfavourite_category_boost = 7.1\nimpulse = 0.8\n";
  const RunSpec spec{47,
                     {{"behavior", file.string()},
                      {"profile", "online"},
                      {"activity", "crowd"},
                      {"offer-cycle-days", "2"},
                      {"until", "2026-01-10"}}};
  const DecisionCheck check = check_decisions(small().url(), small().live(spec));
  std::filesystem::remove(file);
  expect_explained(check);
}

TEST(RunDataOfTheSample, SaysOfEveryDecisionWhyItWasMade) {
  RunWorld& world = run_world(Way::sqlite, ShopSize::sample);
  const RunId run = world.fast({48, {{"weeks", is_long() ? "26" : "4"}}}, 2);
  const DecisionCheck check = check_decisions(world.url(), run);
  expect_explained(check);
  EXPECT_GT(check.checked.at("choose_product"), 10'000);
  EXPECT_EQ(path_violations(*store::open_reader(world.url()).value(), run), "");
}

// One state of the database, however long it is looked at.
class Snapshot {
 public:
  explicit Snapshot(const std::string& url) {
    if (url.starts_with("sqlite:")) {
      file_.emplace(
          store::sqlite::Database::open(url.substr(7), store::sqlite::Access::read_only).value());
      file_->execute("BEGIN");
    } else {
      session_ = std::make_unique<tests::Session>(url);
      EXPECT_TRUE(session_->run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
      EXPECT_TRUE(session_->run("SET LOCAL search_path = footfall"));
    }
  }

  std::int64_t number(const std::string& sql) {
    return file_ ? file_->integer(sql) : std::stoll(session_->value(sql));
  }

 private:
  std::optional<store::sqlite::Database> file_;
  std::unique_ptr<tests::Session> session_;
};

// Snapshots are taken while shoppers shop; the run waits now and then until one has been looked at,
// so that there are several of them.
TEST_P(RunData, JoinsWithoutOrphansAtEveryMoment) {  // 37
  RunWorld world(GetParam(), ShopSize::small);
  std::atomic<bool> over = false;
  std::atomic<int> looked_at = 0;
  std::set<std::string> states;  // how many rows the tables held
  std::thread reader([&] {
    while (!over.load()) {
      Snapshot snapshot(world.url());
      const Number number = [&](const std::string& sql) { return snapshot.number(sql); };
      const std::string counts = table_counts(number);
      EXPECT_EQ(orphans(number), "");
      EXPECT_EQ(table_counts(number), counts);
      states.insert(counts);
      ++looked_at;
    }
  });
  const OnHour now_and_then = [&](const simulation::LiveProgress& progress) {
    if (hour_of_day(progress.now) % 4 != 0) return;
    const int before = looked_at.load();
    while (looked_at.load() == before) std::this_thread::yield();
  };
  world.live({49, {{"activity", "crowd"}, {"until", "2026-01-07"}}}, {}, {}, now_and_then);
  over = true;
  reader.join();
  EXPECT_GT(states.size(), 8U) << "little happened while the snapshots were taken";
  EXPECT_EQ(world.violations(), "");
}

// Each question above finds what it asks for, when it is there.
TEST(RunChecks, FindWhatIsWrong) {
  RunWorld world(Way::sqlite, ShopSize::small);
  const RunId run = world.live({50, {{"activity", "crowd"}, {"until", "2026-01-07"}}});
  auto file =
      store::sqlite::Database::open(world.url().substr(7), store::sqlite::Access::read_write)
          .value();
  file.execute("PRAGMA foreign_keys = OFF");
  const std::pair<const char*, const char*> cases[] = {
      {"33 events are numbered",
       "UPDATE shopping_sessions SET n_events = n_events + 1 WHERE id = (SELECT min(id) FROM "
       "shopping_sessions)"},
      {"34 a session's cart closed",
       "UPDATE carts SET status = 'open', closed_sim_us = NULL WHERE id = (SELECT min(id) FROM "
       "carts WHERE status = 'abandoned')"},
      {"34 purchased: exactly one order",
       "DELETE FROM orders WHERE id = (SELECT min(id) FROM orders)"},
      {"order_items.order_id", ""},  // as orders are gone
      {"listings.product_id",
       "UPDATE listings SET product_id = 999 WHERE position = 1 AND category = 'category 1'"},
      {"given the same place twice",
       "UPDATE user_coupons SET slot = (slot + 1) % 30 WHERE id = (SELECT min(id) FROM "
       "user_coupons WHERE lane = 'category_brand' AND status <> 'active')"},
      {"redeemed twice",
       "INSERT INTO coupon_events SELECT user_coupon_id, order_id + 1, event, run_id, user_id, "
       "amount_minor, occurred_sim_us, recorded_wall_us FROM coupon_events LIMIT 1"},
      {"13 no cap was passed", "UPDATE coupons SET max_issuance = 1 WHERE max_issuance > 0"}};
  for (const auto& [name, sql] : cases) {
    EXPECT_EQ(*sql == 0, world.violations().find(name) != std::string::npos) << name;
    file.execute(sql);
    EXPECT_NE(world.violations().find(name), std::string::npos) << name;
  }
  const auto reader = store::open_reader(world.url()).value();
  EXPECT_EQ(path_violations(*reader, run), "");
  file.execute(
      "UPDATE shopping_session_events SET type = 'view_product' WHERE type = 'cart_add_item' AND "
      "session_id = (SELECT max(id) FROM orders)");
  EXPECT_NE(path_violations(*reader, run), "");
}

TEST(RunChecks, FindADecisionThatIsOffByItsLastBit) {
  RunWorld world(Way::sqlite, ShopSize::small);
  const RunId run = world.fast({50, {{"until", "2026-01-08"}}});
  auto file =
      store::sqlite::Database::open(world.url().substr(7), store::sqlite::Access::read_write)
          .value();
  const std::string one =
      " WHERE kind = 'decide_checkout' AND visit_id = (SELECT max(visit_id) "
      "FROM simulation_decisions WHERE kind = 'decide_checkout')";
  const std::string turn = "UPDATE simulation_decisions SET chosen = 1 - chosen" + one;
  file.execute(turn);
  EXPECT_EQ(check_decisions(world.url(), run).wrong, 1);
  file.execute(turn);
  EXPECT_EQ(check_decisions(world.url(), run).wrong, 0);
  file.execute("UPDATE simulation_decisions SET probability = probability * (1 - 1.2e-16)" + one);
  EXPECT_EQ(check_decisions(world.url(), run).wrong, 1);
}

// Many refresh wallets, one each, while all of an hour shop: no coupon is given or used twice, no
// cap is passed (run_checks.cpp has the questions).
TEST(ManyWorkers, GiveNoCouponTwice) {  // R11
  RunWorld& world = run_world(Way::postgres, ShopSize::small);
  const simulation::RefreshOptions crowd{.chunk = 1, .workers = 16};
  const int seeds = is_long() ? 40 : 3;
  std::int64_t capped = 0;
  for (int seed = 1; seed <= seeds; ++seed) {
    const RunSpec spec{static_cast<std::uint64_t>(seed),
                       {{"activity", "crowd"},
                        {"stagger", seed % 2 ? "off" : "on"},
                        {"wallet", seed % 4 < 2 ? "top_up" : "replace"},
                        {"offer-cycle-days", "1"},
                        {"offer-expiration-days", "2"},
                        {"until", is_long() ? "2026-01-09" : "2026-01-07"}}};
    const RunId run = world.live(spec, {}, crowd);
    const auto reader = store::open_reader(world.url()).value();
    const std::int64_t parameters[] = {run.value};
    capped += std::get<std::int64_t>(
        reader
            ->query("SELECT CAST(sum(issued_count) AS BIGINT) AS n FROM run_coupons WHERE "
                    "run_id = $1",
                    parameters)
            .rows[0][0]);
  }
  EXPECT_EQ(world.violations(), "");
  EXPECT_GT(capped, 20 * seeds) << "caps were hardly reached";
}

}  // namespace
}  // namespace footfall
