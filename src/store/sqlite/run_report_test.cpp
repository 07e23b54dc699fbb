// Goal: every figure of a run's report. Method: a small shop written by hand, whose figures were
// worked out on paper (run_fixture.hpp), between two other runs that must not leak in.
// It stands here rather than beside run_report.cpp because it needs an adapter of Reader.
#include "store/run_report.hpp"

#include <fmt/format.h>

#include <map>

#include "store/sqlite/run_fixture.hpp"
#include "store/sqlite/sqlite_sql.hpp"
#include "store/sqlite/test_database.hpp"

namespace footfall::store::sqlite {
namespace {

class RunReportTest : public testing::Test {
 protected:
  void SetUp() override {
    path_ = fresh_path();
    make_footfall_database(path_);
  }

  void write_everything() {
    Database database = Database::open(path_, Access::read_write).value();
    write_shop(database);
    write_neighbours(database);
    write_run(database);
    Writer(database, 4).run(0);
  }

  Result<RunReport> report(std::int64_t run) {
    return make_report(*sqlite::open_reader(path_).value(), RunId{run});
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
  EXPECT_EQ(events, (std::map<std::string, std::int64_t>{{"abandon", 1},
                                                         {"apply_coupon", 2},
                                                         {"browse_products", 8},
                                                         {"cart_add_item", 6},
                                                         {"checkout_complete", 4},
                                                         {"checkout_failed", 1},
                                                         {"checkout_start", 5},
                                                         {"session_end", 1},
                                                         {"session_start", 3},
                                                         {"view_coupon", 4},
                                                         {"view_coupons", 3}}));
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
      out.push_back(fmt::format("{}/{}/{}/{} {} {} {}", l.product.value, l.name, l.brand,
                                l.category, l.lines, l.units, l.revenue.minor));
    }
    return out;
  };
  EXPECT_EQ(figures(r.top_categories),
            (std::vector<std::string>{"0/Bakery// 25 27 5400", "0/Dairy// 6 7 1800"}));
  EXPECT_EQ(figures(r.top_products), (std::vector<std::string>{"3/Bread/Alpha/Bakery 25 27 5400",
                                                               "2/Cheese/Beta/Dairy 3 3 1500",
                                                               "1/Milk/Alpha/Dairy 3 4 300"}));
}

TEST_F(RunReportTest, KeepsTenProductsAndCountsAll) {
  write_everything();
  Database database = Database::open(path_, Access::read_write).value();
  std::vector<Line> lines;
  for (int id = 11; id <= 25; ++id) {
    database.execute(
        fmt::format("INSERT INTO products (id, sku, name, category, brand, "
                    "list_price_minor, currency, popularity) VALUES ({0}, 's{0}', 'p{0}', 'c{0}', "
                    "'b', 1, 'EUR', "
                    "1.0)",
                    id));
    lines.push_back({id, 1, 10'000 + id, 0});
  }
  Writer writer(database, 4);
  writer.order(writer.session(1, 0, "shopping", "purchased"), 1, 0, lines);
  const RunReport r = report(4).value();
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
  EXPECT_EQ(rows, (std::map<std::string, std::int64_t>{{"offer_cycles", 2},
                                                       {"user_offer_cycles", 1},
                                                       {"user_coupons", 5},
                                                       {"listings", 2},
                                                       {"shopping_sessions", 8},
                                                       {"shopping_session_events", 38},
                                                       {"simulation_decisions", 4},
                                                       {"carts", 1},
                                                       {"cart_items", 3},
                                                       {"orders", 4},
                                                       {"order_items", 31},
                                                       {"order_discounts", 1}}));
}

TEST_F(RunReportTest, AnEmptyRunIsTheNewestAndAllZero) {
  write_everything();
  const RunReport r = report(0).value();
  EXPECT_EQ(r.run.id.value, 4);
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
