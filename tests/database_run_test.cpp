// Goal: what a run leaves in the database is complete, keeps its invariants, and does not depend on
// threads or on other runs in the same file. Method: runs of the bundled 372 into SQLite, and SQL.
#include <gtest/gtest.h>

#include "tests/sample_run.hpp"

namespace footfall {
namespace {

SampleRun four_weeks(const std::string& name) {
  SampleRun sample;
  sample.file = fresh_file(name);
  sample.plan.seed = 7;
  sample.plan.start = parse_sim_time("2026-01-05").value();
  sample.plan.until = sample.plan.start + kWeek * 4;
  return sample;
}

// Every row of the run, without run id (ids hold it too) and wall-clock columns.
std::string data_of(const std::filesystem::path& file, RunId run) {
  const std::string r = std::to_string(run.value);
  const std::string mine = " WHERE run_id = " + r;
  const auto less = [](const std::string& id) { return id + " % 100000000000000"; };
  std::string all;
  for (const std::string& sql :
       {"SELECT " + less("id") + ", agent_id, user_id, store_id, sim_hour, kind, outcome, " +
            less("order_id") + ", started_sim_us, ended_sim_us, n_events FROM shopping_sessions" +
            mine + " ORDER BY 1",
        "SELECT " + less("session_id") + ", seq, type, occurred_sim_us, product_id, qty, " +
            less("user_coupon_id") + ", " + less("listing_id") +
            ", amount_minor FROM shopping_session_events" + mine + " ORDER BY 1, 2",
        "SELECT " + less("visit_id") +
            ", step, kind, chosen, probability, draw, features FROM "
            "simulation_decisions" +
            mine + " ORDER BY 1, 2",
        "SELECT " + less("id") +
            ", user_id, coupon_id, lane, slot, status, probability, "
            "assigned_sim_us, expires_sim_us, ended_sim_us, " +
            less("order_id") + " FROM user_coupons" + mine + " ORDER BY 1",
        "SELECT " + less("id") +
            ", user_id, subtotal_minor, discount_minor, total_minor, "
            "placed_sim_us FROM orders" +
            mine + " ORDER BY 1",
        "SELECT " + less("order_id") +
            ", line_no, product_id, qty, line_total_minor FROM "
            "order_items WHERE order_id / 100000000000000 = " +
            r + " ORDER BY 1, 2",
        "SELECT " + less("order_id") + ", line_no, " + less("user_coupon_id") +
            ", amount_minor FROM order_discounts WHERE order_id / 100000000000000 = " + r +
            " ORDER BY 1, 2, 3",
        "SELECT " + less("listing_id") + ", position, product_id, price_minor FROM listings" +
            mine + " ORDER BY 1, 2",
        "SELECT seq, status, users_done, assigned, skipped_capacity, expired FROM offer_cycles" +
            mine + " ORDER BY 1"}) {
    all += rows_of(file, sql) + "\n";
  }
  return all;
}

TEST(DatabaseRun, SameSeedSameRowsWithAnyNumberOfThreadsAndNeighbours) {  // R20
  SampleRun sample = four_weeks("threads");
  const std::string one = data_of(sample.file, sample.live());
  EXPECT_GT(one.size(), 1'000'000U);
  sample.threads = 2;
  EXPECT_EQ(data_of(sample.file, sample.live()), one);
  sample.threads = 4;
  EXPECT_EQ(data_of(sample.file, sample.live()), one);
}

TEST(DatabaseRun, GoingOnGivesTheSameRowsAsOneRun) {
  SampleRun sample = four_weeks("whole");
  const std::string whole = data_of(sample.file, sample.live());
  SampleRun part = four_weeks("parts");
  part.plan.until = part.plan.start + kDay * 11;
  const RunId run = part.live();
  const SimTime stopped = part.plan.until;
  part.plan.until = part.plan.start + kWeek * 4;
  part.live(stopped, run);
  EXPECT_EQ(data_of(part.file, run), whole);
}

// Each query lists what breaks an invariant: it must find nothing.
const std::pair<const char*, const char*> kInvariants[] = {
    {"no dangling references", "PRAGMA foreign_key_check"},
    {"1: a wallet holds at most 2 + 30",
     "SELECT user_id, lane, count(*) FROM user_coupons WHERE status = 'active' GROUP BY 1, 2 "
     "HAVING count(*) > CASE lane WHEN 'frontstore' THEN 2 ELSE 30 END"},
    {"4: places given and skipped are all places",
     "SELECT * FROM user_offer_cycles WHERE n_frontstore + n_category_brand + n_skipped_capacity "
     "<> 32"},
    {"4: a cycle's totals are the sums of its users",
     "SELECT c.id FROM offer_cycles c JOIN user_offer_cycles u ON u.cycle_id = c.id GROUP BY "
     "c.id "
     "HAVING sum(u.n_frontstore + u.n_category_brand) <> c.assigned OR count(*) <> c.users_done "
     "OR sum(u.n_expired) <> c.expired OR sum(u.n_skipped_capacity) <> c.skipped_capacity"},
    {"4: and the wallet rows say the same",
     "SELECT c.id FROM offer_cycles c JOIN user_coupons w ON w.cycle_id = c.id GROUP BY c.id "
     "HAVING count(*) <> c.assigned"},
    {"6: windows tile time",
     "SELECT a.id FROM offer_cycles a JOIN offer_cycles b ON b.run_id = a.run_id AND b.seq = "
     "a.seq + 1 "
     "WHERE a.ends_sim_us <> b.starts_sim_us"},
    {"8: redeemed within its life",
     "SELECT id FROM user_coupons WHERE status = 'redeemed' AND "
     "(ended_sim_us < assigned_sim_us OR ended_sim_us >= expires_sim_us)"},
    {"9: nothing active is past its life",
     "SELECT w.id FROM user_coupons w JOIN simulation_state s ON s.run_id = w.run_id "
     "WHERE w.status = 'active' AND w.expires_sim_us < s.sim_now_us"},
    {"10: fourteen days, exactly",
     "SELECT id FROM user_coupons WHERE expires_sim_us - assigned_sim_us <> 14 * 86400000000"},
    {"11: a redeemed coupon belongs to one order that its discount is on",
     "SELECT id FROM user_coupons w WHERE status = 'redeemed' AND NOT EXISTS (SELECT 1 FROM "
     "order_discounts d WHERE d.order_id = w.order_id AND d.user_coupon_id = w.id)"},
    {"13: caps hold",
     "SELECT c.id FROM coupons c JOIN user_coupons w ON w.coupon_id = c.id WHERE c.max_issuance "
     "IS "
     "NOT NULL GROUP BY c.id, w.run_id HAVING count(*) > c.max_issuance"},
    {"18: order totals are the sums of their lines",
     "SELECT o.id FROM orders o JOIN order_items i ON i.order_id = o.id GROUP BY o.id HAVING "
     "sum(i.qty * i.unit_price_minor) <> o.subtotal_minor OR sum(i.line_discount_minor) <> "
     "o.discount_minor OR sum(i.line_total_minor) <> o.total_minor"},
    {"19: discounts per line are the sums per coupon",
     "SELECT i.order_id FROM order_items i LEFT JOIN (SELECT order_id, line_no, "
     "sum(amount_minor) AS a "
     "FROM order_discounts GROUP BY 1, 2) d ON d.order_id = i.order_id AND d.line_no = i.line_no "
     "WHERE i.line_discount_minor <> coalesce(d.a, 0)"},
    {"24: an order's items are its cart's",
     "SELECT i.order_id FROM order_items i LEFT JOIN cart_items c ON c.cart_id = i.order_id AND "
     "c.product_id = i.product_id WHERE c.qty IS NULL OR c.qty <> i.qty"},
    {"33: events are counted and gap-free",
     "SELECT s.id FROM shopping_sessions s JOIN shopping_session_events e ON e.session_id = s.id "
     "GROUP BY s.id HAVING count(*) <> s.n_events OR max(e.seq) <> s.n_events - 1"},
    {"33: sessions begin and end",
     "SELECT id FROM shopping_sessions s WHERE (SELECT type FROM shopping_session_events e WHERE "
     "e.session_id = s.id AND seq = 0) <> 'session_start' OR (SELECT type FROM "
     "shopping_session_events e WHERE e.session_id = s.id AND seq = s.n_events - 1) <> "
     "'session_end'"},
    {"34: purchased means an order",
     "SELECT s.id FROM shopping_sessions s LEFT JOIN orders o ON o.session_id = s.id WHERE "
     "(s.outcome = 'purchased') <> (o.id IS NOT NULL)"},
    {"R17: what was browsed is listed",
     "SELECT session_id FROM shopping_session_events e WHERE type = 'browse_products' AND NOT "
     "EXISTS "
     "(SELECT 1 FROM listings l WHERE l.listing_id = e.listing_id)"},
    {"R17: what was added was shown at that price",
     "SELECT e.session_id FROM shopping_session_events e WHERE type = 'cart_add_item' AND NOT "
     "EXISTS "
     "(SELECT 1 FROM listings l WHERE l.listing_id = e.listing_id AND l.product_id = "
     "e.product_id AND "
     "l.price_minor = e.amount_minor)"},
    {"R15: simulated rows say so",
     "SELECT id FROM orders WHERE is_simulated <> 1 OR simulated_at IS NULL"}};

TEST(DatabaseRun, KeepsTheInvariants) {
  SampleRun sample = four_weeks("invariants");
  sample.plan.until = sample.plan.start + kWeek * 6;
  sample.live();
  for (const auto& [what, sql] : kInvariants) EXPECT_EQ(rows_of(sample.file, sql), "") << what;
}

TEST(DatabaseRun, ShowsOfferCyclesAsPeopleAskForThem) {  // R5, R8
  SampleRun sample = four_weeks("cycles");
  sample.live();
  EXPECT_EQ(rows_of(sample.file,
                    "SELECT cycle_number, is_current, simulated_start_date, is_simulation "
                    "FROM offer_cycle_overview ORDER BY 1"),
            "0|0|2026-01-05T00:00:00Z|1\n1|0|2026-01-12T00:00:00Z|1\n2|0|2026-01-19T00:00:00Z|1\n"
            "3|1|2026-01-26T00:00:00Z|1\n");
  EXPECT_EQ(rows_of(sample.file,
                    "SELECT count(*) FROM user_offer_cycle_overview WHERE cycle_number = 3 AND "
                    "next_refresh_sim_us - last_refresh_sim_us = 7 * 86400000000"),
            "372\n");
}

// R1, R2: the bundled sample is as large as promised.
TEST(Sample, HoldsWhatTheRequirementsName) {
  const std::filesystem::path data = FOOTFALL_SOURCE_DIR "/data/sample";
  const auto shop = intake::read_catalogue(intake::catalogue_files_in(data)).value();
  const auto people = intake::read_personas(data / "personas.xlsx").value();
  EXPECT_EQ(people.size(), 372U);
  EXPECT_GE(shop.products.size(), 500U);
  EXPECT_GE(shop.categories.size(), 12U);
  std::size_t frontstore = 0;
  for (const auto& coupon : shop.coupons)
    frontstore += coupon.kind == retail::CouponKind::frontstore;
  EXPECT_GE(frontstore, 50U);
  EXPECT_GE(shop.coupons.size() - frontstore, 150U);
}

}  // namespace
}  // namespace footfall
