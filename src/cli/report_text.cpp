#include "cli/report_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace footfall::cli {
namespace {

using store::RunReport;
using store::share;

constexpr std::size_t kListMax = 26;  // half a year of weeks is shown whole
constexpr std::size_t kHeadRows = 4, kTailRows = 16;

// "  name           text", the text broken where it is too long.
std::string entry(std::string_view name, const std::string& text, const TextStyle& style) {
  constexpr std::size_t kNameWidth = 19;
  std::string out;
  for (const std::string& line : wrapped(printable(text), style.width - kNameWidth)) {
    out += fmt::format("  {:<{}}{}\n", out.empty() ? name : "", kNameWidth - 2, line);
  }
  return out;
}

std::string decimal(double value, std::int64_t of) {
  return of == 0 ? "-" : fmt::format("{:.2f}", value);
}

Money rounded(double minor) { return Money{static_cast<std::int64_t>(minor + 0.5)}; }

// Adds rows 0 … n-1, or the first and last few with a line of dots between.
template <typename Add>
void add_rows(TextTable& table, std::size_t columns, std::size_t n, Add add) {
  for (std::size_t i = 0; i < n; ++i) {
    const bool dots = n > kListMax && i == kHeadRows;
    if (dots) {
      table.add(std::vector<std::string>(columns, "..."));
      i = n - kTailRows;
    }
    add(i);
  }
}

// "name=value name=value"; a value that is a whole file is told by its length.
std::string settings_text(const std::string& json) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : settings_entries(json)) {
    const auto lines = std::count(value.begin(), value.end(), '\n');
    parts.push_back(lines > 0 ? fmt::format("{}=({} lines)", name, lines)
                              : fmt::format("{}={}", name, value));
  }
  return join(parts, " ");
}

std::string header_text(const RunReport& report, const TextStyle& style) {
  const store::Run& run = report.run;
  const auto days = [&run](SimTime end) {
    return static_cast<double>((end - run.start).us) / static_cast<double>(kDay.us);
  };
  std::string out = heading(fmt::format("Run {}, {}", run.id.value, printable(run.status)), style);
  out.erase(0, 1);  // no empty line above the first
  out += entry("lived",
               fmt::format("{} to {}, {:.0f} {}days", to_date_string(run.start),
                           to_date_string(run.now), days(run.now),
                           run.now < run.until ? fmt::format("of {:.0f} ", days(run.until)) : ""),
               style);
  out += entry("agents", with_commas(run.agents), style);
  out += entry("seed", fmt::format("{}", run.seed), style);
  out += entry("activity factor", fmt::format("{:.3f}", run.activity_factor), style);
  out += entry("made by",
               fmt::format("footfall {} ({}), configuration {}", run.engine_version, report.mode,
                           run.config_hash),
               style);
  const std::string settings = settings_text(run.settings);
  return settings.empty() ? out : out + entry("settings", settings, style);
}

std::string totals_text(const RunReport& report, const TextStyle& style) {
  const store::RunTotals& t = report.totals;
  std::string out = heading("Totals", style);
  const auto line = [&](std::string_view what, const std::string& figure, const std::string& note) {
    out += fmt::format("  {:<20}{:>14}{}{}\n", what, figure, note.empty() ? "" : "   ", note);
  };
  line("sessions", with_commas(t.sessions),
       fmt::format("{} shopping, {} only looking", with_commas(t.shopping_sessions),
                   with_commas(t.idle_sessions)));
  line("orders", with_commas(t.orders),
       fmt::format("{} of shopping sessions", percent(t.orders, t.shopping_sessions)));
  line("carts left behind", with_commas(t.abandoned),
       fmt::format("{} of filled carts were paid", percent(t.orders, t.orders + t.abandoned)));
  if (t.failed > 0) line("failed sessions", with_commas(t.failed), "");
  if (t.open > 0) line("open sessions", with_commas(t.open), "");
  line("products an order", decimal(t.lines_an_order(), t.orders),
       fmt::format("{} units", decimal(share(t.units, t.orders), t.orders)));
  const std::string unit = report.currency.empty() ? "" : " " + printable(report.currency);
  line("revenue" + unit, grouped(t.revenue),
       t.orders == 0 ? ""
                     : fmt::format("{} an order", grouped(rounded(t.revenue_an_order_minor()))));
  line("discount" + unit, grouped(t.discount),
       fmt::format("{} of {} before coupons", percent(t.discount.minor, t.gross.minor),
                   grouped(t.gross)));
  return out;
}

std::string funnel_text(const RunReport& report, const TextStyle& style) {
  std::string out = heading("From visit to payment (shopping sessions)", style);
  TextTable table({{"step"}, {"sessions", Align::right}, {"share", Align::right}, {""}});
  const std::int64_t all = report.totals.shopping_sessions;
  for (const store::FunnelStep& step : report.funnel) {
    table.add({step.name, with_commas(step.sessions), percent(step.sessions, all),
               bar(share(step.sessions, all), 36, style)});
  }
  return out + table.text(style);
}

// Counts as bars; the longest belongs to the largest.
template <std::size_t n, typename Name>
std::string histogram(std::string_view title, std::string_view unit,
                      const std::array<std::int64_t, n>& counts, Name name,
                      const TextStyle& style) {
  std::int64_t sum = 0;
  for (const std::int64_t count : counts) sum += count;
  const std::int64_t largest = *std::max_element(counts.begin(), counts.end());
  TextTable table({{std::string(unit)}, {"visits", Align::right}, {"share", Align::right}, {""}});
  for (std::size_t i = 0; i < n; ++i) {
    table.add({name(i), with_commas(counts[i]), percent(counts[i], sum),
               bar(share(counts[i], largest), 40, style)});
  }
  return heading(title, style) + table.text(style);
}

std::string visits_text(const RunReport& report, const TextStyle& style) {
  constexpr const char* kDays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                   "Friday", "Saturday", "Sunday"};
  return histogram(
             "Visits by weekday (shopping sessions)", "day", report.visits_by_weekday,
             [&](std::size_t i) { return std::string(kDays[i]); }, style) +
         histogram(
             "Visits by hour (shopping sessions)", "hour", report.visits_by_hour,
             [](std::size_t i) { return fmt::format("{:02}:00", i); }, style);
}

std::string baskets_text(const RunReport& report, const TextStyle& style) {
  TextTable table({{"products"}, {"orders", Align::right}, {"share", Align::right}, {""}});
  for (const store::BasketClass& basket : report.baskets) {
    table.add({basket.name, with_commas(basket.orders),
               percent(basket.orders, report.totals.orders),
               bar(share(basket.orders, report.totals.orders), 40, style)});
  }
  return heading("Basket sizes (different products an order)", style) + table.text(style);
}

store::CycleCoupons sum_of(const std::vector<store::CycleCoupons>& cycles) {
  store::CycleCoupons sum;
  for (const store::CycleCoupons& cycle : cycles) {
    for (const auto field : {&store::CycleCoupons::assigned, &store::CycleCoupons::viewed,
                             &store::CycleCoupons::redeemed, &store::CycleCoupons::expired,
                             &store::CycleCoupons::superseded, &store::CycleCoupons::active,
                             &store::CycleCoupons::other}) {
      sum.*field += cycle.*field;
    }
  }
  return sum;
}

// The column of superseded coupons appears only where a wallet rule makes some.
std::string coupons_text(const RunReport& report, const TextStyle& style) {
  std::string out = heading("Coupons by offer cycle", style);
  if (report.cycles.empty()) return out + "  No offer cycle has begun.\n";
  const store::CycleCoupons sum = sum_of(report.cycles);
  const bool superseded = sum.superseded > 0;
  std::vector<Column> columns;
  for (const char* title : {"cycle", "from", "assigned", "viewed", "redeemed", "rate", "expired"}) {
    columns.push_back({title, Align::right});
  }
  if (superseded) columns.push_back({"superseded", Align::right});
  columns.push_back({"active", Align::right});
  TextTable table(columns);
  const auto add = [&](const std::string& name, const std::string& from,
                       const store::CycleCoupons& cycle) {
    std::vector<std::string> cells = {name,
                                      from,
                                      with_commas(cycle.assigned),
                                      with_commas(cycle.viewed),
                                      with_commas(cycle.redeemed),
                                      percent(cycle.redeemed, cycle.assigned),
                                      with_commas(cycle.expired)};
    if (superseded) cells.push_back(with_commas(cycle.superseded));
    cells.push_back(with_commas(cycle.active));
    table.add(std::move(cells));
  };
  add_rows(table, columns.size(), report.cycles.size(), [&](std::size_t i) {
    const store::CycleCoupons& cycle = report.cycles[i];
    add(fmt::format("{}", cycle.cycle), to_date_string(cycle.starts), cycle);
  });
  add("all", "", sum);
  out += table.text(style);
  if (sum.other > 0) {
    out += fmt::format("  {} more were revoked or given back.\n", with_commas(sum.other));
  }
  return out;
}

std::string sales_text(const RunReport& report, const TextStyle& style) {
  if (report.top_products.empty()) return "";
  constexpr Align kRight = Align::right;
  const std::string revenue =
      report.currency.empty() ? "revenue" : "revenue " + printable(report.currency);
  TextTable categories({{"category"},
                        {revenue, kRight},
                        {"share", kRight},
                        {"units", kRight},
                        {"lines", kRight},
                        {"of lines", kRight}});
  for (const store::SalesLine& line : report.top_categories) {
    categories.add({line.name.empty() ? "(unknown)" : line.name, grouped(line.revenue),
                    percent(line.revenue.minor, report.totals.revenue.minor),
                    with_commas(line.units), with_commas(line.lines),
                    percent(line.lines, report.totals.order_lines)});
  }
  TextTable products(
      {{"product"}, {"brand"}, {revenue, kRight}, {"units", kRight}, {"lines", kRight}});
  for (const store::SalesLine& line : report.top_products) {
    products.add(
        {line.name.empty() ? fmt::format("(unknown, id {})", line.product.value) : line.name,
         line.brand, grouped(line.revenue), with_commas(line.units), with_commas(line.lines)});
  }
  return heading("Top categories by revenue", style) + categories.text(style) +
         heading("Top products by revenue", style) + products.text(style);
}

std::string shoppers_text(const RunReport& report, const TextStyle& style) {
  TextTable table({{"orders"}, {"shoppers", Align::right}, {"share", Align::right}, {""}});
  const std::int64_t all = report.run.agents;
  for (const store::OrderFrequency& frequency : report.shoppers_by_orders) {
    table.add({frequency.name, with_commas(frequency.shoppers), percent(frequency.shoppers, all),
               bar(share(frequency.shoppers, all), 40, style)});
  }
  std::string out =
      heading("Repeat buying (shoppers by number of orders)", style) + table.text(style);
  if (report.mean_days_between_orders > 0) {
    out += fmt::format("  On average {:.1f} days pass between a shopper's orders.\n",
                       report.mean_days_between_orders);
  }
  return out;
}

std::string weeks_text(const RunReport& report, const TextStyle& style) {
  if (report.weeks.empty()) return "";
  const store::Run& run = report.run;
  TextTable table({{"week", Align::right},
                   {"from", Align::right},
                   {"came", Align::right},
                   {"share", Align::right},
                   {"bought", Align::right},
                   {"share", Align::right},
                   {""}});
  add_rows(table, 7, report.weeks.size(), [&](std::size_t i) {
    const store::WeekActivity& week = report.weeks[i];
    table.add({fmt::format("{}", week.week + 1), to_date_string(run.start + kWeek * week.week),
               with_commas(week.active), percent(week.active, run.agents), with_commas(week.buyers),
               percent(week.buyers, run.agents), bar(share(week.active, run.agents), 24, style)});
  });
  std::string out =
      heading("Shoppers who came and bought, week by week", style) + table.text(style);
  if ((run.now - run.start).us % kWeek.us != 0) out += "  The last week is not complete.\n";
  return out;
}

std::string rows_text(const RunReport& report, const TextStyle& style) {
  TextTable table({{"table"}, {"rows", Align::right}});
  for (const store::TableRows& rows : report.tables)
    table.add({rows.table, with_commas(rows.rows)});
  return heading("Rows of this run", style) + table.text(style);
}

}  // namespace

std::string report_text(const RunReport& report, const TextStyle& style) {
  return header_text(report, style) + totals_text(report, style) + funnel_text(report, style) +
         baskets_text(report, style) + coupons_text(report, style) + sales_text(report, style) +
         shoppers_text(report, style) + weeks_text(report, style) + visits_text(report, style) +
         rows_text(report, style);
}

}  // namespace footfall::cli
