// Goal: tables line up and fit, whatever stands in them, and nothing in a database can steer the
// terminal. Method: small tables against their expected text.
#include "cli/text_table.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace footfall::cli {
namespace {

const TextStyle kUtf8{80, true, false};
const TextStyle kAscii{80, false, false};

TEST(TextTable, AlignsTextAndFigures) {
  TextTable table({{"name"}, {"n", Align::right}, {""}});
  table.add({"Müsli", "1,234", "███"});
  table.add({"日本", "5", ""});
  EXPECT_EQ(table.text(kUtf8),
            "  name       n\n"
            "  ─────  ─────\n"
            "  Müsli  1,234  ███\n"
            "  日本       5\n");
  EXPECT_NE(table.text(kAscii).find("  -----  -----\n"), std::string::npos);
}

TEST(TextTable, CutsTheWidestTextAndNeverAFigure) {
  TextTable table({{"a"}, {"b"}, {"n", Align::right}});
  table.add({std::string(60, 'x'), std::string(40, 'y'), "123456789"});
  const std::string text = table.text(kUtf8);
  const std::string row = text.substr(text.rfind("  x"));
  EXPECT_EQ(display_width(row) - 1, 80U);  // without the newline
  EXPECT_NE(row.find("x…  y"), std::string::npos);
  EXPECT_NE(row.find("y…  123456789\n"), std::string::npos);
}

TEST(TextTable, GivesUpFittingRatherThanCuttingFigures) {
  TextTable table({{"a"}, {"n", Align::right}});
  table.add({"text", std::string(100, '7')});
  EXPECT_NE(table.text(kUtf8).find(std::string(100, '7')), std::string::npos);
}

TEST(TextTable, ShowsCellsOnOneLine) {
  TextTable table({{"a"}});
  table.add({"x\ny\x1b[31m"});
  EXPECT_EQ(table.text(kAscii), "  a\n  ------------\n  x\\ny\\x1b[31m\n");
}

TEST(Text, WidthCountsColumns) {
  EXPECT_EQ(display_width(""), 0U);
  EXPECT_EQ(display_width("Käse"), 4U);
  EXPECT_EQ(display_width("e\u0301"), 1U);
  EXPECT_EQ(display_width("日本"), 4U);
  EXPECT_EQ(display_width("🛒"), 2U);
  EXPECT_EQ(display_width("\xff\xfe"), 2U);
}

TEST(Text, PrintableEscapesWhatSteersATerminal) {
  EXPECT_EQ(printable("plain Käse 日本"), "plain Käse 日本");
  EXPECT_EQ(printable("a\nb\tc\r\x01\x7f"), "a\\nb\\tc\\r\\x01\\x7f");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(printable("\x1b]0;title\x07"), "\\x1b]0;title\\x07");
  EXPECT_EQ(printable("\u009b31m"), "\\x9b31m");            // CSI in one character
  EXPECT_EQ(printable("\u202eabc"), "\\u202eabc");          // turns the direction of writing
  EXPECT_EQ(printable("\xc3"), "\\xc3");                    // cut off
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
}

TEST(Text, CutsBetweenCharacters) {
  EXPECT_EQ(cut_to_width("Käse", 4, kUtf8), "Käse");
  EXPECT_EQ(cut_to_width("Käsekuchen", 4, kUtf8), "Käs…");
  EXPECT_EQ(cut_to_width("Käsekuchen", 5, kAscii), "Kä...");
  EXPECT_EQ(cut_to_width("日本語", 4, kUtf8), "日…");
}

TEST(Text, WrapsAtSpaces) {
  EXPECT_EQ(wrapped("one two  three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrapped("a muchlongerword b", 5),
            (std::vector<std::string>{"a", "muchlongerword", "b"}));
  EXPECT_TRUE(wrapped("", 10).empty());
}

TEST(Text, BarsFollowTheShare) {
  EXPECT_EQ(bar(0, 10, kUtf8), "");
  EXPECT_EQ(bar(0.5, 10, kUtf8), "█████");
  EXPECT_EQ(bar(0.25, 10, kUtf8), "██▌");
  EXPECT_EQ(bar(1e-9, 10, kUtf8), "▌");
  EXPECT_EQ(bar(1e-9, 10, kAscii), "#");
  EXPECT_EQ(bar(7, 4, kUtf8), "████");
  EXPECT_EQ(bar(0.5, 10, kAscii), "#####");
}

TEST(Text, WritesFigures) {
  EXPECT_EQ(grouped(Money{123'456'789}), "1,234,567.89");
  EXPECT_EQ(grouped(Money{-5}), "-0.05");
  EXPECT_EQ(grouped(Money{-123'456}), "-1,234.56");
  EXPECT_EQ(grouped(Money{0}), "0.00");
  EXPECT_EQ(percent(0.1234), "12.3 %");
  EXPECT_EQ(percent(1, 3), "33.3 %");
  EXPECT_EQ(percent(0, 0), "-");
  EXPECT_EQ(heading("Totals", kUtf8), "\nTotals\n");
  EXPECT_EQ(heading("Totals", TextStyle{80, true, true}), "\n\x1b[1mTotals\x1b[0m\n");
}

// The first of LC_ALL, LC_CTYPE and LANG that is set decides.
TEST(Text, TheLocaleDecidesAboutUtf8) {
  const auto with = [](const char* all, const char* type, const char* lang) {
    setenv("LC_ALL", all, 1), setenv("LC_CTYPE", type, 1), setenv("LANG", lang, 1);
    return terminal_style(false).utf8;
  };
  EXPECT_TRUE(with("", "", "C.UTF-8"));
  EXPECT_TRUE(with("en_US.utf8", "C", "C"));
  EXPECT_FALSE(with("C", "C.UTF-8", "C.UTF-8"));
  EXPECT_FALSE(with("", "", ""));
  EXPECT_GE(terminal_style(true).width, kWidthMin);
  EXPECT_TRUE(terminal_style(true).colour);
}

}  // namespace
}  // namespace footfall::cli
