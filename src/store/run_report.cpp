#include "store/run_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/assert.hpp"
#include "retail/records.hpp"

namespace footfall::store {
namespace {

constexpr std::size_t kTopMax = 10;

std::int64_t whole(const Value& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  return number ? *number : 0;  // sums over no rows are NULL
}

double real(const Value& value) {
  const auto* number = std::get_if<double>(&value);
  return number ? *number : static_cast<double>(whole(value));
}

std::string text(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text ? *text : std::string();
}

// Fills the report with a handful of queries. Those about the run's rows name a range of ids, which
// begin with the run's number, so that each walks along a primary key.
class ReportMaker {
 public:
  ReportMaker(Reader& reader, RunReport& report) : reader_(reader), report_(report) {}

  bool read_run(RunId run);
  void read_sessions();
  void read_orders();
  void read_baskets();
  void read_coupons();
  void read_events();  // after read_coupons, whose `viewed` it adds
  void read_sales();   // after read_orders
  void read_shoppers();
  void read_weeks();
  void read_table_sizes();  // after read_events

 private:
  // $1 and $2: the run's ids, as a half-open range; further parameters from $3 on.
  std::vector<std::vector<Value>> rows_of_run(std::string_view sql,
                                              std::vector<std::int64_t> more = {}) {
    const std::int64_t first = report_.run.id.value * retail::kRunSpan;
    more.insert(more.begin(), {first, first + retail::kRunSpan});
    return reader_.query(sql, more).rows;
  }

  Reader& reader_;
  RunReport& report_;
};

bool ReportMaker::read_run(RunId run) {
  const std::int64_t parameters[] = {run.value};
  const Rows found = reader_.query(
      "SELECT run_id, status, seed, epoch_sim_us, until_sim_us, sim_now_us, agents, "
      "activity_factor, settings, config_hash, engine_version, mode, "
      "coalesce((SELECT min(currency) FROM products), '') AS currency FROM simulation_state "
      "WHERE run_id = $1 OR $1 = 0 ORDER BY run_id DESC LIMIT 1",
      parameters);
  if (found.rows.empty()) return false;
  const std::vector<Value>& row = found.rows[0];
  report_.run = {
      RunId{whole(row[0])},   text(row[1]),           static_cast<std::uint64_t>(whole(row[2])),
      SimTime{whole(row[3])}, SimTime{whole(row[4])}, SimTime{whole(row[5])},
      whole(row[6]),          real(row[7]),           text(row[8]),
      text(row[9]),           text(row[10])};
  report_.mode = text(row[11]);
  report_.currency = text(row[12]);
  return true;
}

void ReportMaker::read_sessions() {
  RunTotals& totals = report_.totals;
  // Weekdays from Monday: 1970-01-01 was a Thursday.
  for (const auto& row :
       rows_of_run("SELECT kind, outcome, started_sim_us / 3600000000 % 24 AS day_hour, "
                   "(started_sim_us / 86400000000 + 3) % 7 AS weekday, count(*) AS n "
                   "FROM shopping_sessions WHERE id >= $1 AND id < $2 GROUP BY 1, 2, 3, 4")) {
    const std::string outcome = text(row[1]);
    const std::int64_t n = whole(row[4]);
    totals.sessions += n;
    if (outcome == "error") totals.failed += n;
    if (outcome == "open") totals.open += n;
    if (text(row[0]) == "idle") {
      totals.idle_sessions += n;
      continue;
    }
    totals.shopping_sessions += n;
    if (outcome == "abandoned") totals.abandoned += n;
    report_.visits_by_hour.at(static_cast<std::size_t>(whole(row[2]))) += n;
    report_.visits_by_weekday.at(static_cast<std::size_t>(whole(row[3]))) += n;
  }
}

void ReportMaker::read_orders() {
  const auto rows = rows_of_run(
      "SELECT count(*) AS orders, CAST(sum(subtotal_minor) AS BIGINT) AS gross, "
      "CAST(sum(discount_minor) AS BIGINT) AS discount, "
      "CAST(sum(total_minor) AS BIGINT) AS revenue, min(currency) AS currency "
      "FROM orders WHERE id >= $1 AND id < $2");
  const std::vector<Value>& row = rows.at(0);
  RunTotals& totals = report_.totals;
  totals.orders = whole(row[0]);
  totals.gross = Money{whole(row[1])};
  totals.discount = Money{whole(row[2])};
  totals.revenue = Money{whole(row[3])};
  if (const std::string currency = text(row[4]); !currency.empty()) report_.currency = currency;
}

void ReportMaker::read_baskets() {
  report_.baskets = {
      {"1", 1, 1}, {"2-5", 2, 5}, {"6-10", 6, 10}, {"11-20", 11, 20}, {"21+", 21, INT64_MAX}};
  for (const auto& row : rows_of_run(
           "SELECT b.lines AS lines, count(*) AS orders FROM (SELECT count(*) AS lines "
           "FROM order_items WHERE order_id >= $1 AND order_id < $2 GROUP BY order_id) AS b "
           "GROUP BY b.lines")) {
    for (BasketClass& basket : report_.baskets) {
      if (whole(row[0]) >= basket.lines_from && whole(row[0]) <= basket.lines_to) {
        basket.orders += whole(row[1]);
      }
    }
  }
}

void ReportMaker::read_coupons() {
  std::map<std::int64_t, std::size_t> position;
  for (const auto& row : rows_of_run("SELECT id, seq, starts_sim_us, ends_sim_us, status "
                                     "FROM offer_cycles WHERE id >= $1 AND id < $2 ORDER BY seq")) {
    position[whole(row[0])] = report_.cycles.size();
    report_.cycles.push_back(
        {whole(row[1]), SimTime{whole(row[2])}, SimTime{whole(row[3])}, text(row[4])});
  }
  for (const auto& row : rows_of_run("SELECT cycle_id, status, count(*) AS n FROM user_coupons "
                                     "WHERE id >= $1 AND id < $2 GROUP BY cycle_id, status")) {
    const auto found = position.find(whole(row[0]));
    if (found == position.end()) continue;  // a broken file: `footfall check-db` tells
    CycleCoupons& cycle = report_.cycles[found->second];
    const std::string status = text(row[1]);
    const std::int64_t n = whole(row[2]);
    cycle.assigned += n;
    (status == "redeemed"     ? cycle.redeemed
     : status == "expired"    ? cycle.expired
     : status == "superseded" ? cycle.superseded
     : status == "active"     ? cycle.active
                              : cycle.other) += n;
  }
}

// All that is asked of the events, in one walk along them: `steps` is a quarter of their size, and
// is grouped in the order of their key.
void ReportMaker::read_events() {
  const auto rows = rows_of_run(
      "WITH steps AS MATERIALIZED (SELECT session_id, type, "
      "CASE WHEN type = 'view_coupon' THEN user_coupon_id END AS coupon, count(*) AS n "
      "FROM shopping_session_events WHERE session_id >= $1 AND session_id < $2 "
      "GROUP BY 1, 2, 3) "
      "SELECT 'events' AS what, type AS name, 0 AS cycle, CAST(sum(n) AS BIGINT) AS n "
      "FROM steps GROUP BY type "
      "UNION ALL SELECT 'sessions', t.type, 0, count(DISTINCT t.session_id) FROM steps t "
      "JOIN shopping_sessions s ON s.id = t.session_id WHERE s.kind = 'shopping' GROUP BY t.type "
      "UNION ALL SELECT 'viewed', '', c.seq, count(DISTINCT t.coupon) FROM steps t "
      "JOIN user_coupons u ON u.id = t.coupon JOIN offer_cycles c ON c.id = u.cycle_id "
      "GROUP BY c.seq");
  std::map<std::string, std::int64_t> sessions;
  for (const auto& row : rows) {
    const std::string what = text(row[0]);
    if (what == "events") report_.events.push_back({text(row[1]), whole(row[3])});
    if (what == "sessions") sessions[text(row[1])] = whole(row[3]);
    for (CycleCoupons& cycle : report_.cycles) {
      if (what == "viewed" && cycle.cycle == whole(row[2])) cycle.viewed = whole(row[3]);
    }
  }
  // PostgreSQL orders texts as its locale says.
  std::sort(report_.events.begin(), report_.events.end(),
            [](const EventCount& a, const EventCount& b) { return a.type < b.type; });
  report_.funnel = {{"came to shop", report_.totals.shopping_sessions},
                    {"browsed products", sessions["browse_products"]},
                    {"filled a cart", sessions["cart_add_item"]},
                    {"viewed coupons", sessions["view_coupons"]},
                    {"applied a coupon", sessions["apply_coupon"]},
                    {"started checkout", sessions["checkout_start"]},
                    {"paid", sessions["checkout_complete"]}};
}

void ReportMaker::read_sales() {
  std::map<std::string, SalesLine> categories;
  const auto by_revenue = [](const SalesLine& a, const SalesLine& b) {
    return a.revenue != b.revenue ? a.revenue > b.revenue : a.name < b.name;
  };
  const auto keep_top = [&](std::vector<SalesLine>& lines) {
    std::stable_sort(lines.begin(), lines.end(), by_revenue);
    lines.resize(std::min(lines.size(), kTopMax));
  };
  for (const auto& row : rows_of_run(
           "SELECT i.product_id AS id, p.name AS name, p.brand AS brand, p.category AS category, "
           "i.n AS n, i.units AS units, i.revenue AS revenue FROM (SELECT product_id, count(*) AS "
           "n, "
           "CAST(sum(qty) AS BIGINT) AS units, CAST(sum(line_total_minor) AS BIGINT) AS revenue "
           "FROM order_items WHERE order_id >= $1 AND order_id < $2 GROUP BY product_id) AS i "
           "LEFT JOIN products p ON p.id = i.product_id ORDER BY i.product_id")) {
    const SalesLine product{ProductId{whole(row[0])},
                            text(row[1]),
                            text(row[2]),
                            text(row[3]),
                            whole(row[4]),
                            whole(row[5]),
                            Money{whole(row[6])}};
    SalesLine& category = categories[product.category];
    category.name = product.category;
    category.lines += product.lines;
    category.units += product.units;
    category.revenue += product.revenue;
    report_.totals.order_lines += product.lines;
    report_.totals.units += product.units;
    report_.top_products.push_back(product);
  }
  for (auto& [name, category] : categories) report_.top_categories.push_back(std::move(category));
  keep_top(report_.top_categories);
  keep_top(report_.top_products);
}

void ReportMaker::read_shoppers() {
  report_.shoppers_by_orders = {{"0", 0, 0},   {"1", 1, 1},   {"2", 2, 2},
                                {"3-4", 3, 4}, {"5-9", 5, 9}, {"10+", 10, INT64_MAX}};
  std::int64_t buyers = 0, gaps = 0;
  double days = 0;
  for (const auto& row :
       rows_of_run("SELECT b.orders AS orders, count(*) AS shoppers, "
                   "CAST(sum(b.span_s) AS BIGINT) AS span_s FROM (SELECT user_id, "
                   "count(*) AS orders, (max(placed_sim_us) - min(placed_sim_us)) / 1000000 "
                   "AS span_s FROM orders WHERE id >= $1 AND id < $2 GROUP BY user_id) AS b "
                   "GROUP BY b.orders")) {
    const std::int64_t orders = whole(row[0]), shoppers = whole(row[1]);
    buyers += shoppers;
    gaps += (orders - 1) * shoppers;
    days += static_cast<double>(whole(row[2])) / (24 * 3600);
    for (OrderFrequency& frequency : report_.shoppers_by_orders) {
      if (orders >= frequency.orders_from && orders <= frequency.orders_to) {
        frequency.shoppers += shoppers;
      }
    }
  }
  report_.shoppers_by_orders[0].shoppers = std::max<std::int64_t>(0, report_.run.agents - buyers);
  if (gaps > 0) report_.mean_days_between_orders = days / static_cast<double>(gaps);
}

void ReportMaker::read_weeks() {
  const Run& run = report_.run;
  const std::int64_t lived_us = std::max<std::int64_t>(0, (run.now - run.start).us);
  report_.weeks.resize(static_cast<std::size_t>((lived_us + kWeek.us - 1) / kWeek.us));
  for (std::size_t week = 0; week < report_.weeks.size(); ++week) {
    report_.weeks[week].week = static_cast<std::int64_t>(week);
  }
  for (const auto& row : rows_of_run(
           "SELECT (started_sim_us - $3) / 604800000000 AS week, count(DISTINCT user_id) AS "
           "active, "
           "count(DISTINCT CASE WHEN outcome = 'purchased' THEN user_id END) AS buyers "
           "FROM shopping_sessions WHERE id >= $1 AND id < $2 AND kind = 'shopping' GROUP BY 1",
           {run.start.us})) {
    const auto week = static_cast<std::size_t>(whole(row[0]));
    if (week >= report_.weeks.size()) continue;  // a live run's last minutes, past its `now`
    report_.weeks[week].active = whole(row[1]);
    report_.weeks[week].buyers = whole(row[2]);
  }
}

void ReportMaker::read_table_sizes() {
  constexpr std::pair<std::string_view, std::string_view> kTables[] = {
      {"offer_cycles", "id"},
      {"user_offer_cycles", "cycle_id"},
      {"user_coupons", "id"},
      {"listings", "listing_id"},
      {"shopping_sessions", "id"},
      {"simulation_decisions", "visit_id"},
      {"carts", "id"},
      {"cart_items", "cart_id"},
      {"orders", "id"},
      {"order_items", "order_id"},
      {"order_discounts", "order_id"}};
  std::string sql;
  for (const auto& [table, id] : kTables) {
    sql += fmt::format("{}SELECT '{}' AS name, count(*) AS n FROM {} WHERE {} >= $1 AND {} < $2",
                       sql.empty() ? "" : " UNION ALL ", table, table, id, id);
  }
  std::map<std::string, std::int64_t> found;
  for (const auto& row : rows_of_run(sql)) found[text(row[0])] = whole(row[1]);
  for (const auto& [table, id] : kTables) {
    report_.tables.push_back({std::string(table), found[std::string(table)]});
    if (table != "shopping_sessions") continue;
    std::int64_t events = 0;  // already counted
    for (const EventCount& count : report_.events) events += count.events;
    report_.tables.push_back({"shopping_session_events", events});
  }
}

}  // namespace

double share(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

double RunTotals::lines_an_order() const { return share(order_lines, orders); }

double RunTotals::revenue_an_order_minor() const { return share(revenue.minor, orders); }

Result<RunReport> make_report(Reader& reader, RunId run) {
  RunReport report;
  ReportMaker maker(reader, report);
  if (!maker.read_run(run)) {
    return Error(Errc::not_found,
                 run ? fmt::format("there is no run {} in this database; `footfall runs` lists "
                                   "those there are",
                                   run.value)
                     : std::string("there are no runs in this database yet; "
                                   "`footfall simulate --fast` makes one"));
  }
  maker.read_sessions();
  maker.read_orders();
  maker.read_baskets();
  maker.read_coupons();
  maker.read_events();
  maker.read_sales();
  maker.read_shoppers();
  maker.read_weeks();
  maker.read_table_sizes();
  return report;
}

}  // namespace footfall::store
