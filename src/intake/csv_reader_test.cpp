// Goal: CSV comes in as RFC 4180 says or is refused with the line named. Method: small texts, each
// with one property; then random bytes and random quoting.
#include "intake/csv_reader.hpp"

#include <gtest/gtest.h>

#include <random>

#include "intake/cell_text.hpp"

namespace footfall::intake {
namespace {

std::vector<Row> rows_of(std::string_view content) {
  Result<RawSheet> sheet = read_csv(content, "t.csv", {});
  EXPECT_TRUE(sheet) << sheet.error().message();
  return sheet ? std::move(sheet->rows) : std::vector<Row>();
}

void expect_refused(std::string_view content, Errc code, const std::string& part,
                    const TableLimits& limits = {}) {
  const Result<RawSheet> sheet = read_csv(content, "t.csv", limits);
  ASSERT_FALSE(sheet) << content;
  EXPECT_EQ(sheet.error().code(), code);
  EXPECT_NE(sheet.error().message().find(part), std::string::npos) << sheet.error().message();
}

TEST(CsvReader, ReadsFieldsAndTheirKinds) {
  const std::vector<Row> rows = rows_of("a, b ,c,d\n 007 ,-1.5e3,tRuE,x y\n");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].cells[1].text, "b");
  EXPECT_EQ(rows[1].cells[0].kind, CellKind::number);
  EXPECT_EQ(rows[1].cells[0].text, "007");
  EXPECT_EQ(rows[1].cells[0].number, 7);
  EXPECT_EQ(rows[1].cells[1].number, -1500);
  EXPECT_EQ(rows[1].cells[2].kind, CellKind::boolean);
  EXPECT_EQ(rows[1].cells[2].text, "TRUE");
  EXPECT_EQ(rows[1].cells[3].kind, CellKind::text);
}

TEST(CsvReader, ReadsQuotesCommasAndLineEndsInFields) {
  const std::vector<Row> rows = rows_of("a,b\r\n\"x,\"\"y\"\"\",\"one\r\ntwo\"\r\nlast,\"\"");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1].cells[0].text, "x,\"y\"");
  EXPECT_EQ(rows[1].cells[1].text, "one\ntwo");
  EXPECT_EQ(rows[2].cells[0].text, "last");
  EXPECT_EQ(rows[2].cells.size(), 1U);
}

TEST(CsvReader, NumbersRowsByTheLineTheyStartOn) {
  const std::vector<Row> rows = rows_of("\n , \na\r\n\"1\n2\n3\"\r\n\r\nb\rc");
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0].number, 3);
  EXPECT_EQ(rows[1].number, 4);
  EXPECT_EQ(rows[2].number, 8);
  EXPECT_EQ(rows[3].number, 9);
}

TEST(CsvReader, SkipsTheByteOrderMark) {
  EXPECT_EQ(rows_of("\xEF\xBB\xBF\"a\",b\n1,2\n")[0].cells[0].text, "a");
}

TEST(CsvReader, RefusesQuotationMarksOutOfPlace) {
  expect_refused("a\nb\n\"c\nd\n", Errc::invalid_input, "Line 3 ");
  expect_refused("a\nb\"c\n", Errc::invalid_input, "Line 2 ");
  expect_refused("a\n\"b\"c\n", Errc::invalid_input, "Line 2 ");
  expect_refused("a\n\"", Errc::invalid_input, "never closed");
}

TEST(CsvReader, RefusesBytesThatAreNotUtf8Text) {
  expect_refused("a\r\nb\r\n\xE9t\xE9\n", Errc::invalid_input, "Line 3 ");
  expect_refused("a\rb\nc\xED\xA0\x80", Errc::invalid_input, "0xED");
  expect_refused(std::string_view("a\nb\0c", 5), Errc::invalid_input, "Line 2 ");
}

TEST(CsvReader, RefusesOtherSeparators) {
  expect_refused("name;price\nx;1\n", Errc::invalid_input, "semicolons");
  expect_refused("\nname\tprice", Errc::invalid_input, "Line 2 ");
}

TEST(CsvReader, RefusesWhatIsPastTheLimits) {
  TableLimits limits;
  limits.rows_max = 2;
  limits.columns_max = 3;
  limits.cell_bytes_max = 5;
  EXPECT_TRUE(read_csv("a,b,c\n12345,1,1\n\n1,1,1\n", "t.csv", limits));
  expect_refused("a\n1\n2\n3\n", Errc::too_large, "more than 2 rows", limits);
  expect_refused("a,b,c,d\n", Errc::too_large, "column D", limits);
  expect_refused("a\nabcdef\n", Errc::too_large, "row 2, column A", limits);
  limits.memory_bytes_max = 300;
  expect_refused("a,b,c\n1\n2\n", Errc::too_large, "memory", limits);
}

TEST(CsvReader, CountsTheRoomOfTheHeaderForEachRow) {
  TableLimits limits;
  std::string content = "a";
  for (int i = 1; i < 256; ++i) content += ",c" + std::to_string(i);
  for (int i = 0; i < 1000; ++i) content += "\n1";
  limits.memory_bytes_max = 1000LL * 256 * static_cast<std::int64_t>(sizeof(Cell));
  expect_refused(content, Errc::too_large, "memory", limits);
}

TEST(CsvReader, AnswersRandomBytesWithoutHarm) {
  std::mt19937 random(1);
  const std::string alphabet("a1,\"\r\n; \xC3\xA9\xFF\0", 13);
  for (int round = 0; round < 20'000; ++round) {
    std::string content;
    for (int i = 0; i < 12; ++i) content.push_back(alphabet[random() % alphabet.size()]);
    const Result<RawSheet> sheet = read_csv(content, "t.csv", {});
    if (!sheet) {
      EXPECT_FALSE(sheet.error().message().empty());
    }
  }
}

// Whatever stands in the fields, quoting as RFC 4180 says brings it back.
TEST(CsvReader, ReadsBackWhatWasQuoted) {
  std::mt19937 random(2);
  const std::string alphabet = "x\",;\n y";
  for (int round = 0; round < 2'000; ++round) {
    std::string field = "x";
    for (int i = 0; i < 8; ++i) field.push_back(alphabet[random() % alphabet.size()]);
    field.push_back('x');
    std::string quoted;
    for (const char c : field) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    const std::vector<Row> rows = rows_of("h,i\n\"" + quoted + "\",z\n");
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[1].cells[0].text, field);
    EXPECT_EQ(rows[1].cells[1].text, "z");
  }
}

TEST(CellText, TakesOnlyPlainDecimalNumbers) {
  for (const char* text :
       {"0", "-0", "+5", ".5", "5.", "1e5", "1E-5", "00012", "123456789012345678"}) {
    EXPECT_TRUE(parse_number(text)) << text;
  }
  for (const char* text : {"", "+", ".", "e5", "1e", "1e+", "0x10", "inf", "nan", "-inf", "1,5",
                           "1 2", " 1", "1 ", "1e999", "1.2.3", "1f", "--1", "1_0"}) {
    EXPECT_FALSE(parse_number(text)) << text;
  }
}

TEST(CellText, TrimsWhiteSpaceAndNoBreakSpaces) {
  EXPECT_EQ(trimmed(" \t\xC2\xA0 a b\xC2\xA0\r\n"), "a b");
  EXPECT_EQ(trimmed("\xC2\xA0"), "");
  EXPECT_EQ(trimmed("\xC3\xA0"), "\xC3\xA0");
}

TEST(CellText, FindsWhatIsNotUtf8) {
  EXPECT_EQ(first_invalid_utf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), std::string_view::npos);
  for (const char* bad : {"ab\x80", "ab\xC0\xAF", "ab\xE0\x80\x80", "ab\xED\xA0\x80",
                          "ab\xF4\x90\x80\x80", "ab\xF5\x80\x80\x80", "ab\xC3", "ab\xE2\x82"}) {
    EXPECT_EQ(first_invalid_utf8(bad), 2U);
  }
}

TEST(CellText, NamesColumnsAsSpreadsheetsDo) {
  EXPECT_EQ(column_name(0), "A");
  EXPECT_EQ(column_name(25), "Z");
  EXPECT_EQ(column_name(26), "AA");
  EXPECT_EQ(column_name(701), "ZZ");
  EXPECT_EQ(column_name(16'383), "XFD");
}

}  // namespace
}  // namespace footfall::intake
