// Goal: a database's tables, samples and problems can be read on 80 columns, and the verdict stands
// last. Method: a check filled by hand, with values that would spoil a terminal.
#include "cli/check_text.hpp"

#include <gtest/gtest.h>

namespace footfall::cli {
namespace {

const TextStyle kUtf8{80, true, false};

store::DatabaseCheck sample_check(std::size_t rows = 2) {
  store::DatabaseCheck check;
  check.database = "shop.db";
  check.schema_version = check.newest_version = 1;
  store::CheckedTable table{"orders", true, 12'345, {"id", "a_rather_long_name_of_a_column"}, {}};
  for (std::size_t r = 0; r < rows; ++r) table.samples.push_back({"100000000003470", std::nullopt});
  check.tables = {table,
                  {"other", false, 1, {"text"}, {{"two\nlines \x1b[31m" + std::string(90, 'x')}}}};
  check.views = {"overview"};
  return check;
}

TEST(CheckText, ShowsTablesAndSamples) {
  EXPECT_TRUE(check_text(sample_check(), kUtf8)
                  .starts_with("Tables of shop.db\n"
                               "  table   columns    rows\n"
                               "  ──────  ───────  ──────\n"
                               "  orders        2  12,345\n"
                               "  other         1       1  not footfall's\n"
                               "  Views: overview\n"
                               "\n"
                               "orders (12,345 rows)\n"
                               "  column                    row 1            row 2\n"
                               "  ────────────────────────  ───────────────  ───────────────\n"
                               "  id                        100000000003470  100000000003470\n"
                               "  a_rather_long_name_of_a…  NULL             NULL\n"
                               "\n"
                               "other (1 row)\n"));
}

TEST(CheckText, EscapesAndCutsValues) {
  const std::string text = check_text(sample_check(), kUtf8);
  EXPECT_NE(text.find("  text    two\\nlines \\x1b[31mxxx"), std::string::npos);
  EXPECT_NE(text.find("x…\n"), std::string::npos);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(CheckText, PutsAsManyRowsSideBySideAsFit) {
  const std::string text = check_text(sample_check(5), kUtf8);
  EXPECT_NE(text.find("row 1            row 2\n"), text.npos) << text;
  EXPECT_NE(text.find("row 5\n"), text.npos);
  EXPECT_EQ(text.find("row 6"), text.npos);
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    EXPECT_LE(display_width(text.substr(at, text.find('\n', at) - at)), 80U);
  }
}

TEST(CheckText, ShowsAnEmptyTextAsSuch) {
  store::DatabaseCheck check = sample_check();
  check.tables[1].samples = {{""}};
  EXPECT_NE(check_text(check, kUtf8).find("  text    ''\n"), std::string::npos);
}

TEST(CheckText, EndsWithTheVerdict) {
  store::DatabaseCheck check = sample_check();
  EXPECT_TRUE(
      check_text(check, kUtf8)
          .ends_with("\nAll is well: shop.db has schema version 1, as this program expects.\n"));
  check.problems = {"Table carts is missing.", std::string(50, 'a') + " " + std::string(50, 'b')};
  check.notes = {"Nothing else."};
  check.schema_version = 0;
  EXPECT_TRUE(
      check_text(check, kUtf8)
          .ends_with(
              "\nProblems\n  - Table carts is missing.\n  - " + std::string(50, 'a') + "\n    " +
              std::string(50, 'b') +
              "\n\nNotes\n  - Nothing else.\n\n"
              "2 problems in shop.db (schema version unknown; this program makes version 1).\n"));
  check.problems.resize(1);
  EXPECT_TRUE(check_text(check, {80, true, true}).find("\x1b[31m1 problem in") !=
              std::string::npos);
}

}  // namespace
}  // namespace footfall::cli
