// Goal: every figure of a run's report. Method: a small shop written by hand, whose figures were
// worked out on paper, between a run before it and an empty one after it that must not leak in.
// It stands here rather than beside run_report.cpp because it needs an adapter of Reader.
#include "store/run_report.hpp"

#include <map>

#include <fmt/format.h>

#include "retail/records.hpp"
#include "store/sqlite/test_database.hpp"

namespace footfall::store::sqlite {
namespace {

constexpr std::int64_t kStart = 1'767'571'200'000'000;  // 2026-01-05, a Monday

std::int64_t id_of(std::int64_t run, std::int64_t hour, std::int64_t agent) {
  return retail::session_id(RunId{run}, hour, AgentId{agent}).value;
}

struct Line {
  int product, qty, price, discount;
};

// Writes rows of one run; ids follow retail/records.hpp.
class Writer {
 public:
  Writer(Database& database, std::int64_t run) : database_(database), run_(run) {}

  void run(std::int64_t days_lived) {
    execute("INSERT INTO simulation_state (run_id, status, seed, mode, epoch_sim_us, until_sim_us, "
            "sim_now_us, epoch_wall_us, updated_wall_us, agents, activity_factor, settings, "
            "config_hash, engine_version) VALUES ({}, 'stopped', 42, 'fast', {}, {}, {}, 1, 1, 5, "
            "1.25, '{{\"deals\":\"0.26\"}}', 'cafe', '0.2.0')",
            run_, kStart, kStart + 14 * kDay.us, kStart + days_lived * kDay.us);
  }

  void cycle(std::int64_t seq, std::string_view status) {
    execute("INSERT INTO offer_cycles (id, run_id, seq, starts_sim_us, ends_sim_us, status, policy, "
            "policy_version) VALUES ({}, {}, {}, {}, {}, '{}', 'uniform', 1)",
            cycle_id(seq), run_, seq, kStart + seq * kWeek.us, kStart + (seq + 1) * kWeek.us, status);
  }

  std::int64_t coupon(std::int64_t seq, int slot, std::string_view status, std::int64_t order = 0) {
    const auto id = retail::user_coupon_id(RunId{run_}, seq, AgentId{1}, slot).value;
    execute("INSERT INTO user_coupons (id, run_id, user_id, coupon_id, cycle_id, lane, slot, status, "
            "policy, policy_version, probability, assigned_sim_us, expires_sim_us, ended_sim_us, "
            "order_id) VALUES ({}, {}, 1, 1, {}, 'category_brand', {}, '{}', 'uniform', 1, 0.5, {}, "
            "{}, {}, {})",
            id, run_, cycle_id(seq), slot, status, kStart, kStart + kWeek.us,
            status == "active" ? "NULL" : "1", order ? fmt::format("{}", order) : "NULL");
    return id;
  }

  std::int64_t session(std::int64_t agent, std::int64_t hour, std::string_view kind,
                       std::string_view outcome) {
    const std::int64_t id = id_of(run_, hour, agent);
    execute("INSERT INTO shopping_sessions (id, run_id, agent_id, user_id, sim_hour, kind, outcome, "
            "order_id, started_sim_us, recorded_wall_us, n_events) VALUES ({}, {}, {}, {}, {}, "
            "'{}', '{}', {}, {}, 1, 0)",
            id, run_, agent, agent, hour, kind, outcome,
            outcome == "purchased" ? fmt::format("{}", id) : "NULL",
            kStart + hour * kHour.us + 59 * kMinute.us);
    return id;
  }

  // `types`: separated by spaces; "view_coupon:ID" names a coupon.
  void events(std::int64_t session, const std::string& types) {
    int seq = 0;
    std::string_view rest = types;
    while (!rest.empty()) {
      const std::string_view word = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(word.size() + 1, rest.size()));
      const auto colon = word.find(':');
      execute("INSERT INTO shopping_session_events (session_id, seq, run_id, type, occurred_sim_us, "
              "user_coupon_id, schema_version) VALUES ({}, {}, {}, '{}', 1, {}, 1)",
              session, seq++, run_, word.substr(0, colon),
              colon == word.npos ? "NULL" : word.substr(colon + 1));
    }
  }

  void order(std::int64_t id, std::int64_t user, std::int64_t hour, const std::vector<Line>& lines) {
    std::int64_t subtotal = 0, discount = 0;
    for (const Line& line : lines) {
      subtotal += line.qty * line.price;
      discount += line.discount;
    }
    execute("INSERT INTO orders (id, run_id, cart_id, user_id, status, currency, subtotal_minor, "
            "discount_minor, total_minor, placed_sim_us, placed_wall_us, simulated_at) VALUES "
            "({0}, {1}, {0}, {2}, 'placed', 'EUR', {3}, {4}, {5}, {6}, 1, 1)",
            id, run_, user, subtotal, discount, subtotal - discount, kStart + hour * kHour.us);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const Line& line = lines[i];
      execute("INSERT INTO order_items VALUES ({}, {}, {}, {}, {}, {}, {})", id, i + 1, line.product,
              line.qty, line.price, line.discount, line.qty * line.price - line.discount);
    }
  }

  template <typename... Arguments>
  void execute(fmt::format_string<Arguments...> sql, Arguments&&... arguments) {
    database_.execute(fmt::format(sql, std::forward<Arguments>(arguments)...));
  }

 private:
  std::int64_t cycle_id(std::int64_t seq) const {
    return retail::offer_cycle_id(RunId{run_}, seq).value;
  }

  Database& database_;
  std::int64_t run_;
};

void write_shop(Database& database) {
  for (int i = 1; i <= 5; ++i) {
    database.execute(fmt::format(
        "INSERT INTO users (id, kind, email, created_wall_us) VALUES ({0}, 'simulated', 'u{0}', 0);"
        "INSERT INTO agents (id, user_id, persona_code, age, shopping_frequency, traits) VALUES "
        "({0}, {0}, 'P{0}', 40, 1.0, '{{}}')", i));
  }
  database.execute(
      "INSERT INTO products (id, sku, name, category, brand, list_price_minor, currency, popularity) "
      "VALUES (1, 'a', 'Milk', 'Dairy', 'Alpha', 100, 'EUR', 1.0), "
      "(2, 'b', 'Cheese', 'Dairy', 'Beta', 500, 'EUR', 1.0), "
      "(3, 'c', 'Bread', 'Bakery', 'Alpha', 200, 'EUR', 1.0);"
      "INSERT INTO coupons (id, code, title, kind, discount_type, percent_bps, currency) "
      "VALUES (1, 'c', 'c', 'frontstore', 'percent', 1000, 'EUR')");
}

// Run 1: one of each. Its ids end where run 2's begin.
void write_run_before(Database& database) {
  Writer writer(database, 1);
  writer.run(14);
  writer.cycle(0, "closed");
  const auto last = writer.session(3, 99'999, "shopping", "purchased");
  writer.order(last, 3, 99'999, {{1, 9, 100, 0}});
  writer.events(last, fmt::format("session_start view_coupon:{}", writer.coupon(0, 1, "active")));
}

// Run 2, whose figures the tests expect.
void write_run(Database& database) {
  Writer writer(database, 2);
  writer.run(10);
  writer.cycle(0, "closed");
  writer.cycle(1, "active");
  const auto bought = writer.session(1, 8, "shopping", "purchased");  // Monday 08:59
  writer.order(bought, 1, 8, {{1, 2, 100, 0}});
  writer.events(bought, "session_start browse_products cart_add_item checkout_start "
                        "checkout_complete session_end");
  const auto with_coupon = writer.session(1, 56, "shopping", "purchased");  // Wednesday 08:59
  const auto first = writer.coupon(0, 1, "redeemed", with_coupon);
  const auto second = writer.coupon(0, 2, "expired");
  writer.coupon(0, 3, "superseded");
  writer.coupon(0, 4, "revoked");
  writer.coupon(1, 5, "active");
  writer.order(with_coupon, 1, 56, {{1, 1, 100, 100}, {2, 1, 500, 0}, {3, 1, 200, 0},
                                    {1, 1, 100, 0}, {2, 1, 500, 0}, {3, 1, 200, 0}});
  writer.events(with_coupon,
                fmt::format("session_start browse_products browse_products cart_add_item "
                            "view_coupons view_coupon:{0} view_coupon:{1} view_coupon:{0} "
                            "apply_coupon:{0} apply_coupon:{1} checkout_start checkout_complete",
                            first, second));
  const auto left = writer.session(2, 20, "shopping", "abandoned");  // Monday 20:59
  writer.events(left, fmt::format("browse_products cart_add_item view_coupons view_coupon:{} "
                                  "abandon", first));
  const auto large = writer.session(3, 177, "shopping", "purchased");  // second Monday 09:59
  writer.order(large, 3, 177, std::vector<Line>(22, {3, 1, 200, 0}));
  writer.events(large, "browse_products cart_add_item checkout_start checkout_complete");
  const auto third = writer.session(1, 200, "shopping", "purchased");  // second Tuesday 08:59
  writer.order(third, 1, 200, {{2, 1, 500, 0}, {3, 3, 200, 0}});
  writer.events(third, "browse_products cart_add_item checkout_start checkout_complete");
  writer.events(writer.session(4, 30, "idle", "browsed"), "browse_products view_coupons");
  writer.events(writer.session(2, 210, "shopping", "error"),  // second Tuesday 18:59
                "browse_products cart_add_item checkout_start checkout_failed");
  writer.events(writer.session(5, 211, "shopping", "open"), "session_start");
  const std::int64_t base = 2 * retail::kRunSpan;
  writer.execute("INSERT INTO listings VALUES ({0}, 1, 2, {1}, 'Dairy', 1, 100), "
                 "({0}, 2, 2, {1}, 'Dairy', 2, 500)", base + 1, base);
  writer.execute("INSERT INTO user_offer_cycles (cycle_id, user_id, status) VALUES ({}, 1, 'done')",
                 base);
  writer.execute("INSERT INTO carts VALUES ({}, 2, 1, NULL, NULL, 'EUR', 'open', 1, NULL)", bought);
  writer.execute("INSERT INTO cart_items VALUES ({0}, 1, 2, 100), ({0}, 2, 1, 500), "
                 "({0}, 3, 1, 200)", bought);
  writer.execute("INSERT INTO order_discounts VALUES ({}, 1, {}, 1, 100)", with_coupon, first);
  for (int step = 0; step < 4; ++step) {
    writer.execute("INSERT INTO simulation_decisions VALUES ({}, {}, 2, 1, 'decide_shop', 1, NULL, "
                   "0.5, 0.5, NULL, 'rule', 1)", bought, step);
  }
}

class RunReportTest : public testing::Test {
 protected:
  void SetUp() override {
    path_ = fresh_path();
    make_footfall_database(path_);
  }

  void write_everything() {
    Database database = Database::open(path_, Access::read_write).value();
    write_shop(database);
    write_run_before(database);
    write_run(database);
    Writer(database, 3).run(0);
  }

  Result<RunReport> report(std::int64_t run) {
    return make_report(*open_reader(url_of(path_)).value(), RunId{run});
  }

  std::filesystem::path path_;
};

TEST_F(RunReportTest, TellsWhichRunItWas) {
  write_everything();
  const RunReport r = report(2).value();
  EXPECT_EQ(r.run.id.value, 2);
  EXPECT_EQ(r.run.status, "stopped");
  EXPECT_EQ(r.run.seed, 42U);
  EXPECT_EQ(to_date_string(r.run.start), "2026-01-05");
  EXPECT_EQ(to_date_string(r.run.until), "2026-01-19");
  EXPECT_EQ(to_date_string(r.run.now), "2026-01-15");
  EXPECT_EQ(r.run.agents, 5);
  EXPECT_EQ(r.run.activity_factor, 1.25);
  EXPECT_EQ(r.run.settings, R"({"deals":"0.26"})");
  EXPECT_EQ(r.run.config_hash, "cafe");
  EXPECT_EQ(r.run.engine_version, "0.2.0");
  EXPECT_EQ(r.mode, "fast");
  EXPECT_EQ(r.currency, "EUR");
}

TEST_F(RunReportTest, AddsUpTheTotals) {
  write_everything();
  const RunTotals t = report(2).value().totals;
  EXPECT_EQ(t.sessions, 8);
  EXPECT_EQ(t.shopping_sessions, 7);
  EXPECT_EQ(t.idle_sessions, 1);
  EXPECT_EQ(t.orders, 4);
  EXPECT_EQ(t.abandoned, 1);
  EXPECT_EQ(t.failed, 1);
  EXPECT_EQ(t.open, 1);
  EXPECT_EQ(t.order_lines, 31);
  EXPECT_EQ(t.units, 34);
  EXPECT_EQ(t.gross.minor, 7300);
  EXPECT_EQ(t.discount.minor, 100);
  EXPECT_EQ(t.revenue.minor, 7200);
  EXPECT_DOUBLE_EQ(t.lines_an_order(), 7.75);
  EXPECT_DOUBLE_EQ(t.revenue_an_order_minor(), 1800);
  EXPECT_DOUBLE_EQ(t.purchase_share(), 4.0 / 7);
  EXPECT_DOUBLE_EQ(t.completion_share(), 0.8);
}

TEST_F(RunReportTest, CountsVisitsByHourAndWeekday) {
  write_everything();
  const RunReport r = report(2).value();
  std::array<std::int64_t, 24> hours{};
  hours[8] = 3, hours[9] = 1, hours[18] = 1, hours[19] = 1, hours[20] = 1;
  EXPECT_EQ(r.visits_by_hour, hours);
  EXPECT_EQ(r.visits_by_weekday, (std::array<std::int64_t, 7>{3, 3, 1, 0, 0, 0, 0}));
}

TEST_F(RunReportTest, FollowsShoppingSessionsToPayment) {
  write_everything();
  const RunReport r = report(2).value();
  std::vector<std::int64_t> sessions;
  for (const FunnelStep& step : r.funnel) sessions.push_back(step.sessions);
  EXPECT_EQ(sessions, (std::vector<std::int64_t>{7, 6, 6, 2, 1, 5, 4}));
  std::map<std::string, std::int64_t> events;
  for (const EventCount& count : r.events) events[count.type] = count.events;
  EXPECT_EQ(events, (std::map<std::string, std::int64_t>{
                        {"abandon", 1}, {"apply_coupon", 2}, {"browse_products", 8},
                        {"cart_add_item", 6}, {"checkout_complete", 4}, {"checkout_failed", 1},
                        {"checkout_start", 5}, {"session_end", 1}, {"session_start", 3},
                        {"view_coupon", 4}, {"view_coupons", 3}}));
}

TEST_F(RunReportTest, SortsBasketsIntoClasses) {
  write_everything();
  std::vector<std::int64_t> orders;
  for (const BasketClass& basket : report(2).value().baskets) orders.push_back(basket.orders);
  EXPECT_EQ(orders, (std::vector<std::int64_t>{1, 1, 1, 0, 1}));
}

// Of the first cycle's coupons one was looked at three times in two sessions: it counts once.
TEST_F(RunReportTest, FollowsTheCouponsOfEachCycle) {
  write_everything();
  const RunReport r = report(2).value();
  ASSERT_EQ(r.cycles.size(), 2U);
  const CycleCoupons& first = r.cycles[0];
  EXPECT_EQ(first.cycle, 0);
  EXPECT_EQ(to_date_string(first.starts), "2026-01-05");
  EXPECT_EQ(to_date_string(first.ends), "2026-01-12");
  EXPECT_EQ(first.status, "closed");
  EXPECT_EQ(first.assigned, 4);
  EXPECT_EQ(first.viewed, 2);
  EXPECT_EQ(first.redeemed, 1);
  EXPECT_EQ(first.expired, 1);
  EXPECT_EQ(first.superseded, 1);
  EXPECT_EQ(first.other, 1);
  EXPECT_EQ(first.active, 0);
  EXPECT_DOUBLE_EQ(first.redemption_rate(), 0.25);
  const CycleCoupons& second = r.cycles[1];
  EXPECT_EQ(second.cycle, 1);
  EXPECT_EQ(second.assigned, 1);
  EXPECT_EQ(second.viewed, 0);
  EXPECT_EQ(second.active, 1);
  EXPECT_DOUBLE_EQ(second.redemption_rate(), 0);
}

TEST_F(RunReportTest, NamesWhatSoldBest) {
  write_everything();
  const RunReport r = report(2).value();
  const auto figures = [](const std::vector<SalesLine>& lines) {
    std::vector<std::string> out;
    for (const SalesLine& l : lines) {
      out.push_back(fmt::format("{}/{}/{}/{} {} {} {}", l.product.value, l.name, l.brand, l.category,
                                l.lines, l.units, l.revenue.minor));
    }
    return out;
  };
  EXPECT_EQ(figures(r.top_categories),
            (std::vector<std::string>{"0/Bakery// 25 27 5400", "0/Dairy// 6 7 1800"}));
  EXPECT_EQ(figures(r.top_products),
            (std::vector<std::string>{"3/Bread/Alpha/Bakery 25 27 5400",
                                      "2/Cheese/Beta/Dairy 3 3 1500",
                                      "1/Milk/Alpha/Dairy 3 4 300"}));
}

TEST_F(RunReportTest, KeepsTenProductsAndCountsAll) {
  write_everything();
  Database database = Database::open(path_, Access::read_write).value();
  std::vector<Line> lines;
  for (int id = 11; id <= 25; ++id) {
    database.execute(fmt::format("INSERT INTO products (id, sku, name, category, brand, "
        "list_price_minor, currency, popularity) VALUES ({0}, 's{0}', 'p{0}', 'c{0}', 'b', 1, 'EUR', "
        "1.0)", id));
    lines.push_back({id, 1, 10'000 + id, 0});
  }
  Writer writer(database, 3);
  writer.order(writer.session(1, 0, "shopping", "purchased"), 1, 0, lines);
  const RunReport r = report(3).value();
  ASSERT_EQ(r.top_products.size(), 10U);
  ASSERT_EQ(r.top_categories.size(), 10U);
  EXPECT_EQ(r.top_products.front().name, "p25");
  EXPECT_EQ(r.top_products.back().name, "p16");
  EXPECT_EQ(r.totals.order_lines, 15);
  EXPECT_EQ(r.totals.units, 15);
}

TEST_F(RunReportTest, CountsShoppersByTheirOrders) {
  write_everything();
  const RunReport r = report(2).value();
  std::vector<std::int64_t> shoppers;
  for (const OrderFrequency& f : r.shoppers_by_orders) shoppers.push_back(f.shoppers);
  EXPECT_EQ(shoppers, (std::vector<std::int64_t>{3, 1, 0, 1, 0, 0}));
  EXPECT_DOUBLE_EQ(r.mean_days_between_orders, 4);  // 192 hours in two steps
}

TEST_F(RunReportTest, CountsShoppersWeekByWeek) {
  write_everything();
  const RunReport r = report(2).value();
  ASSERT_EQ(r.weeks.size(), 2U);
  EXPECT_EQ(r.weeks[0].week, 0);
  EXPECT_EQ(r.weeks[0].active, 2);
  EXPECT_EQ(r.weeks[0].buyers, 1);
  EXPECT_EQ(r.weeks[1].week, 1);
  EXPECT_EQ(r.weeks[1].active, 4);
  EXPECT_EQ(r.weeks[1].buyers, 2);
}

TEST_F(RunReportTest, CountsTheRunsRowsInEachTable) {
  write_everything();
  std::map<std::string, std::int64_t> rows;
  for (const TableRows& table : report(2).value().tables) rows[table.table] = table.rows;
  EXPECT_EQ(rows, (std::map<std::string, std::int64_t>{
                      {"offer_cycles", 2}, {"user_offer_cycles", 1}, {"user_coupons", 5},
                      {"listings", 2}, {"shopping_sessions", 8}, {"shopping_session_events", 38},
                      {"simulation_decisions", 4}, {"carts", 1}, {"cart_items", 3}, {"orders", 4},
                      {"order_items", 31}, {"order_discounts", 1}}));
}

TEST_F(RunReportTest, AnEmptyRunIsTheNewestAndAllZero) {
  write_everything();
  const RunReport r = report(0).value();
  EXPECT_EQ(r.run.id.value, 3);
  EXPECT_EQ(r.totals.sessions, 0);
  EXPECT_EQ(r.totals.revenue.minor, 0);
  EXPECT_EQ(r.totals.purchase_share(), 0);
  EXPECT_EQ(r.totals.lines_an_order(), 0);
  EXPECT_EQ(r.currency, "EUR");  // of the products
  EXPECT_EQ(r.funnel.size(), 7U);
  EXPECT_EQ(r.shoppers_by_orders[0].shoppers, 5);
  EXPECT_EQ(r.mean_days_between_orders, 0);
  EXPECT_TRUE(r.cycles.empty());
  EXPECT_TRUE(r.weeks.empty());
  EXPECT_TRUE(r.top_products.empty());
  for (const TableRows& table : r.tables) EXPECT_EQ(table.rows, 0) << table.table;
}

TEST_F(RunReportTest, SaysSoWhenThereIsNoRun) {
  const auto none = report(0);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), Errc::not_found);
  EXPECT_NE(none.error().message().find("footfall simulate"), std::string::npos);
  const auto unknown = report(7);
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message().find("no run 7"), std::string::npos);
}

}  // namespace
}  // namespace footfall::store::sqlite
