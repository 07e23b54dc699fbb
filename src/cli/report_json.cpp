#include <boost/json.hpp>

#include "cli/report_text.hpp"

namespace footfall::cli {
namespace {

namespace json = boost::json;

// The settings as an object again, or as they are if they are not JSON.
json::value parsed(const std::string& text) {
  json::error_code broken;
  json::value value = json::parse(text, broken);
  return broken ? json::value(text) : value;
}

template <typename Items, typename Make>
json::array list(const Items& items, Make make) {
  json::array out;
  for (const auto& item : items) out.push_back(make(item));
  return out;
}

json::object run_object(const store::RunReport& report) {
  const store::Run& run = report.run;
  return {{"run", run.id.value},
          {"status", run.status},
          {"mode", report.mode},
          {"seed", run.seed},
          {"config_hash", run.config_hash},
          {"engine_version", run.engine_version},
          {"agents", run.agents},
          {"start", to_string(run.start)},
          {"now", to_string(run.now)},
          {"until", to_string(run.until)},
          {"activity_factor", run.activity_factor},
          {"settings", parsed(run.settings)},
          {"currency", report.currency}};
}

json::object totals_object(const store::RunTotals& t) {
  return {{"sessions", t.sessions},
          {"shopping_sessions", t.shopping_sessions},
          {"idle_sessions", t.idle_sessions},
          {"orders", t.orders},
          {"abandoned", t.abandoned},
          {"failed", t.failed},
          {"open", t.open},
          {"order_lines", t.order_lines},
          {"units", t.units},
          {"gross_minor", t.gross.minor},
          {"discount_minor", t.discount.minor},
          {"revenue_minor", t.revenue.minor},
          {"lines_an_order", t.lines_an_order()},
          {"revenue_an_order_minor", t.revenue_an_order_minor()},
          {"purchase_share", t.purchase_share()},
          {"completion_share", t.completion_share()}};
}

json::value cycle_object(const store::CycleCoupons& cycle) {
  return {{"cycle", cycle.cycle},           {"starts", to_string(cycle.starts)},
          {"ends", to_string(cycle.ends)},  {"status", cycle.status},
          {"assigned", cycle.assigned},     {"viewed", cycle.viewed},
          {"redeemed", cycle.redeemed},     {"expired", cycle.expired},
          {"superseded", cycle.superseded}, {"active", cycle.active},
          {"other", cycle.other},           {"redemption_rate", cycle.redemption_rate()}};
}

json::array sales_list(const std::vector<store::SalesLine>& lines, const store::RunTotals& totals) {
  return list(lines, [&](const store::SalesLine& line) -> json::value {
    json::object out = {{"name", line.name}};
    if (line.product) {
      out.emplace("product_id", line.product.value);
      out.emplace("brand", line.brand);
      out.emplace("category", line.category);
    }
    out.emplace("lines", line.lines);
    out.emplace("share_of_lines", store::share(line.lines, totals.order_lines));
    out.emplace("units", line.units);
    out.emplace("revenue_minor", line.revenue.minor);
    return out;
  });
}

}  // namespace

std::string report_json(const store::RunReport& report) {
  json::object out = run_object(report);
  out.emplace("totals", totals_object(report.totals));
  out.emplace("visits_by_hour", json::value_from(report.visits_by_hour));
  out.emplace("visits_by_weekday", json::value_from(report.visits_by_weekday));
  out.emplace("funnel", list(report.funnel, [](const store::FunnelStep& step) -> json::value {
                return {{"step", step.name}, {"sessions", step.sessions}};
              }));
  json::object events;
  for (const store::EventCount& count : report.events) events.emplace(count.type, count.events);
  out.emplace("events", std::move(events));
  out.emplace("baskets", list(report.baskets, [&](const store::BasketClass& basket) -> json::value {
                return {{"lines", basket.name},
                        {"orders", basket.orders},
                        {"share", store::share(basket.orders, report.totals.orders)}};
              }));
  out.emplace("offer_cycles", list(report.cycles, cycle_object));
  out.emplace("top_categories", sales_list(report.top_categories, report.totals));
  out.emplace("top_products", sales_list(report.top_products, report.totals));
  out.emplace("shoppers_by_orders",
              list(report.shoppers_by_orders, [&](const store::OrderFrequency& f) -> json::value {
                return {{"orders", f.name},
                        {"shoppers", f.shoppers},
                        {"share", store::share(f.shoppers, report.run.agents)}};
              }));
  out.emplace("mean_days_between_orders", report.mean_days_between_orders);
  out.emplace("weeks", list(report.weeks, [&](const store::WeekActivity& week) -> json::value {
                return {{"week", week.week},
                        {"active", week.active},
                        {"active_share", store::share(week.active, report.run.agents)},
                        {"buyers", week.buyers},
                        {"buyers_share", store::share(week.buyers, report.run.agents)}};
              }));
  json::object tables;
  for (const store::TableRows& table : report.tables) tables.emplace(table.table, table.rows);
  out.emplace("rows", std::move(tables));
  return json::serialize(out) + "\n";
}

std::vector<std::pair<std::string, std::string>> settings_entries(const std::string& settings) {
  std::vector<std::pair<std::string, std::string>> entries;
  const json::value value = parsed(settings);
  if (!value.is_object()) return entries;
  for (const auto& [name, entry] : value.as_object()) {
    const std::string text =
        entry.is_string() ? std::string(entry.as_string()) : json::serialize(entry);
    if (!text.empty() && text != "null") entries.emplace_back(name, text);
  }
  return entries;
}

}  // namespace footfall::cli
