// Goal: the report shows its figures where a reader looks for them, fits 80 columns, and is JSON
// where JSON was asked for. Method: a report filled by hand; figures are looked up in the text.
#include "cli/report_text.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace footfall::cli {
namespace {

const TextStyle kUtf8{80, true, false};
const TextStyle kAscii{80, false, false};

store::RunReport sample_report(std::size_t weeks = 2) {
  store::RunReport r;
  r.run = {RunId{3},
           "finished",
           42,
           parse_sim_time("2026-01-05").value(),
           {},
           {},
           372,
           1.5,
           R"({"deals":"0.26","agents":"","behavior":"a = 1\nb = 2\n","weeks":13})",
           "cafe",
           "0.2.0"};
  r.run.now = r.run.until = r.run.start + kWeek * static_cast<std::int64_t>(weeks);
  r.mode = "fast";
  r.currency = "EUR";
  r.totals = {1500,
              1234,
              266,
              1000,
              200,
              3,
              0,
              8630,
              11330,
              Money{2'000'000},
              Money{50'000},
              Money{1'950'000}};
  r.visits_by_hour[17] = 1234;
  r.visits_by_weekday = {600, 634, 0, 0, 0, 0, 0};
  r.funnel = {{"came to shop", 1234}, {"paid", 1000}};
  r.events = {{"browse_products", 5000}};
  r.baskets = {{"1", 1, 1, 250}, {"2-5", 2, 5, 750}};
  for (std::size_t i = 0; i < weeks; ++i) {
    const auto n = static_cast<std::int64_t>(i);
    r.cycles.push_back({n, r.run.start + kWeek * n, r.run.start + kWeek * (n + 1), "closed", 5888,
                        940, 145, 5743, 0, 0, 0});
    r.weeks.push_back({n, 226, 199});
  }
  r.top_categories = {{{}, "Dairy", "", "", 4315, 9000, Money{1'000'000}}};
  r.top_products = {{ProductId{7}, "Milk \x1b[31m", "Alpha", "Dairy", 40, 50, Money{5'000}}};
  r.shoppers_by_orders = {{"0", 0, 0, 72}, {"1", 1, 1, 300}};
  r.mean_days_between_orders = 5.14;
  r.tables = {{"orders", 1000}};
  return r;
}

// The line that begins with `start`, after its indent.
std::string line_of(const std::string& text, const std::string& start) {
  const auto at = text.find("\n  " + start);
  return at == text.npos ? "no such line" : text.substr(at + 3, text.find('\n', at + 1) - at - 3);
}

void expect_narrow(const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    ASSERT_NE(end, text.npos) << "the last line has no end";
    EXPECT_LE(display_width(text.substr(at, end - at)), 80U) << text.substr(at, end - at);
    at = end + 1;
  }
}

TEST(ReportText, ShowsTheFigures) {
  const std::string text = report_text(sample_report(), kUtf8);
  EXPECT_TRUE(text.starts_with("Run 3, finished\n"));
  EXPECT_EQ(line_of(text, "lived"), "lived            2026-01-05 to 2026-01-19, 14 days");
  EXPECT_EQ(line_of(text, "activity factor"), "activity factor  1.500");
  EXPECT_EQ(line_of(text, "settings"), "settings         deals=0.26 behavior=(2 lines) weeks=13");
  EXPECT_EQ(line_of(text, "sessions  "),
            "sessions                     1,500   1,234 shopping, 266 only looking");
  EXPECT_EQ(line_of(text, "orders  "),
            "orders                       1,000   81.0 % of shopping sessions");
  EXPECT_EQ(line_of(text, "carts left"),
            "carts left behind              200   83.3 % of filled carts were paid");
  EXPECT_EQ(line_of(text, "failed"), "failed sessions                  3");
  EXPECT_EQ(line_of(text, "open"), "no such line");
  EXPECT_EQ(line_of(text, "products an"), "products an order             8.63   11.33 units");
  EXPECT_EQ(line_of(text, "revenue EUR"), "revenue EUR              19,500.00   19.50 an order");
  EXPECT_EQ(line_of(text, "discount"),
            "discount EUR                500.00   2.5 % of 20,000.00 before coupons");
  EXPECT_EQ(line_of(text, "paid").substr(0, 33), "paid             1,000   81.0 %  ");
  EXPECT_TRUE(line_of(text, "2-5").starts_with("2-5          750  75.0 %  ██"));
  EXPECT_EQ(line_of(text, "    0  2026-01-05"),
            "    0  2026-01-05     5,888     940       145  2.5 %    5,743       0");
  EXPECT_EQ(line_of(text, "  all"),
            "  all                11,776   1,880       290  2.5 %   11,486       0");
  EXPECT_NE(line_of(text, "Dairy").find("10,000.00  51.3 %  9,000  4,315    50.0 %"),
            std::string::npos);
  EXPECT_NE(text.find("On average 5.1 days pass"), std::string::npos);
  EXPECT_EQ(line_of(text, "   2  2026-01-12").substr(0, 45),
            "   2  2026-01-12   226  60.8 %     199  53.5 ");
  EXPECT_EQ(text.find("not complete"), std::string::npos);
  expect_narrow(text);
}

TEST(ReportText, EscapesNamesAndUsesNoColoursUnlessAsked) {
  store::RunReport report = sample_report();
  report.run.status = "fin\x1b[5mished";
  EXPECT_EQ(report_text(report, kUtf8).find('\x1b'), std::string::npos);
  EXPECT_NE(report_text(report, TextStyle{80, true, true}).find("\x1b[1mTotals"),
            std::string::npos);
}

TEST(ReportText, IsPlainAsciiWhereTheLocaleIs) {
  const std::string text = report_text(sample_report(), kAscii);
  for (const char c : text) ASSERT_LT(static_cast<unsigned char>(c), 0x80);
  expect_narrow(text);
}

TEST(ReportText, ShortensLongLists) {
  const std::string text = report_text(sample_report(60), kUtf8);
  EXPECT_EQ(line_of(text, "    3  ").substr(0, 17), "    3  2026-01-26");
  EXPECT_EQ(line_of(text, "    4  "), "no such line");
  EXPECT_EQ(line_of(text, "   43  "), "no such line");
  EXPECT_EQ(line_of(text, "   44  ").substr(0, 17), "   44  2026-11-09");
  EXPECT_EQ(line_of(text, "   59  ").substr(0, 17), "   59  2027-02-22");
  EXPECT_EQ(line_of(report_text(sample_report(26), kUtf8), "   10  ").substr(0, 7), "   10  ");
}

TEST(ReportText, TellsWhatIsNotOver) {
  store::RunReport report = sample_report();
  report.run.now = report.run.start + kDay * 10;
  report.totals.open = 2;
  report.cycles[1].superseded = 12;
  report.cycles[1].other = 4;
  const std::string text = report_text(report, kUtf8);
  EXPECT_NE(text.find("2026-01-05 to 2026-01-15, 10 of 14 days"), std::string::npos);
  EXPECT_NE(text.find("The last week is not complete."), std::string::npos);
  EXPECT_EQ(line_of(text, "open"), "open sessions                    2");
  EXPECT_NE(text.find("superseded"), std::string::npos);
  EXPECT_NE(text.find("4 more were revoked or given back."), std::string::npos);
}

TEST(ReportText, AnEmptyReportHasNoFiguresButIsWhole) {
  store::RunReport report;
  report.run.id = RunId{1};
  const std::string text = report_text(report, kUtf8);
  EXPECT_NE(text.find("No offer cycle has begun."), std::string::npos);
  EXPECT_EQ(text.find("nan"), std::string::npos);
  EXPECT_EQ(text.find("inf"), std::string::npos);
  expect_narrow(text);
}

TEST(ReportJson, HoldsTheSameFigures) {
  const std::string text = report_json(sample_report(60));
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const boost::json::value json = boost::json::parse(text);
  EXPECT_EQ(json.at("run").as_int64(), 3);
  EXPECT_EQ(json.at("seed").to_number<int>(), 42);
  EXPECT_EQ(json.at("start").as_string(), "2026-01-05T00:00:00Z");
  EXPECT_EQ(json.at("settings").at("deals").as_string(), "0.26");
  EXPECT_EQ(json.at("totals").at("shopping_sessions").as_int64(), 1234);
  EXPECT_EQ(json.at("totals").at("revenue_minor").as_int64(), 1'950'000);
  EXPECT_DOUBLE_EQ(json.at("totals").at("completion_share").as_double(), 1000.0 / 1200);
  EXPECT_EQ(json.at("visits_by_hour").as_array().size(), 24U);
  EXPECT_EQ(json.at("visits_by_hour").as_array()[17].as_int64(), 1234);
  EXPECT_EQ(json.at("visits_by_weekday").as_array()[1].as_int64(), 634);
  EXPECT_EQ(json.at("funnel").as_array()[1].at("sessions").as_int64(), 1000);
  EXPECT_EQ(json.at("events").at("browse_products").as_int64(), 5000);
  EXPECT_DOUBLE_EQ(json.at("baskets").as_array()[1].at("share").as_double(), 0.75);
  EXPECT_EQ(json.at("offer_cycles").as_array().size(), 60U);
  EXPECT_EQ(json.at("offer_cycles").as_array()[1].at("viewed").as_int64(), 940);
  EXPECT_DOUBLE_EQ(json.at("top_categories").as_array()[0].at("share_of_lines").as_double(), 0.5);
  EXPECT_FALSE(json.at("top_categories").as_array()[0].as_object().contains("brand"));
  EXPECT_EQ(json.at("top_products").as_array()[0].at("product_id").as_int64(), 7);
  EXPECT_EQ(json.at("top_products").as_array()[0].at("name").as_string(), "Milk \x1b[31m");
  EXPECT_EQ(json.at("shoppers_by_orders").as_array()[1].at("shoppers").as_int64(), 300);
  EXPECT_EQ(json.at("weeks").as_array().size(), 60U);
  EXPECT_EQ(json.at("rows").at("orders").as_int64(), 1000);
}

TEST(ReportJson, KeepsSettingsThatAreNoJsonAsText) {
  store::RunReport report;
  report.run.settings = "not json";
  EXPECT_EQ(boost::json::parse(report_json(report)).at("settings").as_string(), "not json");
  EXPECT_TRUE(settings_entries("not json").empty());
  EXPECT_TRUE(settings_entries("[1]").empty());
}

}  // namespace
}  // namespace footfall::cli
