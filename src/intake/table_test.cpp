// Goal: a file gives a whole table with a proper header, or an error that names what is wrong.
// Method: workbooks from libxlsxwriter and text files, each with one flaw.
#include "intake/table.hpp"

#include <gtest/gtest.h>
#include <xlsxwriter.h>

#include <functional>
#include <random>

#include "intake/workbook_fixture.hpp"

namespace footfall::intake {
namespace {

using fixture::temp_path;
using fixture::write_file;

// A workbook with the sheets "Main" (filled by `fill`) and "Other" (one row).
std::string make_xlsx(const std::string& name, const std::function<void(lxw_worksheet*)>& fill,
                      bool constant_memory = false) {
  const std::string path = temp_path(name);
  lxw_workbook_options options{};
  options.constant_memory = constant_memory ? LXW_TRUE : LXW_FALSE;
  lxw_workbook* workbook = workbook_new_opt(path.c_str(), &options);
  fill(workbook_add_worksheet(workbook, "Main"));
  lxw_worksheet* other = workbook_add_worksheet(workbook, "Other");
  worksheet_write_string(other, 0, 0, "other", nullptr);
  worksheet_write_number(other, 1, 0, 5, nullptr);
  EXPECT_EQ(workbook_close(workbook), LXW_NO_ERROR);
  return path;
}

void write_row(lxw_worksheet* sheet, lxw_row_t row, const std::vector<const char*>& texts) {
  lxw_col_t column = 0;
  for (const char* text : texts) worksheet_write_string(sheet, row, column++, text, nullptr);
}

std::string make_csv(const std::string& name, const std::string& content) {
  const std::string path = temp_path(name);
  write_file(path, content);
  return path;
}

void expect_refused(const std::string& path, Errc code, const std::string& part,
                    const std::string& sheet = "", const TableLimits& limits = {}) {
  const Result<Table> table = read_table(path, sheet, limits);
  ASSERT_FALSE(table) << path;
  EXPECT_EQ(table.error().code(), code);
  EXPECT_NE(table.error().message().find(part), std::string::npos) << table.error().message();
  const std::string file = std::filesystem::path(path).filename().string();
  EXPECT_NE(table.error().message().find(file), std::string::npos) << table.error().message();
}

void fill_all_kinds(lxw_worksheet* sheet) {
  write_row(sheet, 1, {" name ", "price", "open", "sum"});
  write_row(sheet, 3, {"  caf\xC3\xA9 <1> "});
  worksheet_write_number(sheet, 3, 1, 0.1, nullptr);
  worksheet_write_boolean(sheet, 3, 2, 1, nullptr);
  worksheet_write_formula_num(sheet, 3, 3, "=B4*2", nullptr, 0.2);
  write_row(sheet, 4, {"last"});
}

TEST(Table, ReadsWorkbooksOfBothWaysOfWritingText) {
  for (const bool inline_strings : {false, true}) {
    const std::string path = make_xlsx("kinds.XLSX", fill_all_kinds, inline_strings);
    const Result<Table> table = read_table(path);
    ASSERT_TRUE(table) << table.error().message();
    EXPECT_EQ(table->file, path);
    EXPECT_EQ(table->sheet, "Main");
    EXPECT_EQ(table->header, (std::vector<std::string>{"name", "price", "open", "sum"}));
    ASSERT_EQ(table->rows.size(), 2U);
    EXPECT_EQ(table->rows[0].number, 4);
    const std::vector<Cell>& cells = table->rows[0].cells;
    EXPECT_EQ(cells[0].text, "caf\xC3\xA9 <1>");
    EXPECT_EQ(cells[1].number, 0.1);
    EXPECT_EQ(cells[2].kind, CellKind::boolean);
    EXPECT_EQ(cells[3].kind, CellKind::formula);
    EXPECT_EQ(cells[3].text, "=B4*2");
    EXPECT_EQ(table->rows[1].cells.size(), 4U);
    EXPECT_EQ(table->rows[1].cells[3].kind, CellKind::empty);
  }
}

TEST(Table, ReadsRichTextAndDates) {
  const std::string path = make_xlsx("rich.xlsx", [](lxw_worksheet* sheet) {
    lxw_rich_string_tuple first{nullptr, const_cast<char*>("two ")};
    lxw_rich_string_tuple second{nullptr, const_cast<char*>("parts")};
    lxw_rich_string_tuple* parts[] = {&first, &second, nullptr};
    write_row(sheet, 0, {"text", "day"});
    worksheet_write_rich_string(sheet, 1, 0, parts, nullptr);
    lxw_datetime day{2024, 1, 1, 0, 0, 0};
    worksheet_write_datetime(sheet, 1, 1, &day, nullptr);
  });
  const Result<Table> table = read_table(path);
  ASSERT_TRUE(table) << table.error().message();
  EXPECT_EQ(table->rows.at(0).cells.at(0).text, "two parts");
  EXPECT_EQ(table->rows.at(0).cells.at(1).number, 45'292);
}

TEST(Table, ReadsTheSheetThatIsNamed) {
  const std::string path = make_xlsx("sheets.xlsx", fill_all_kinds);
  const Result<Table> table = read_table(path, "Other");
  ASSERT_TRUE(table) << table.error().message();
  EXPECT_EQ(table->sheet, "Other");
  EXPECT_EQ(table->rows.at(0).cells.at(0).number, 5);
  expect_refused(path, Errc::invalid_input, "has no sheet 'other'. Its sheets are 'Main', 'Other'.",
                 "other");
}

TEST(Table, ReadsCsvAsItReadsAWorkbook) {
  const Result<Table> table =
      read_table(make_csv("good.csv", "\r\n a ,b,\r\n,,\r\n1,x\r\n2,,\r\n"));
  ASSERT_TRUE(table) << table.error().message();
  EXPECT_EQ(table->header, (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(table->rows.size(), 2U);
  EXPECT_EQ(table->rows[0].number, 4);
  EXPECT_EQ(table->rows[1].cells.size(), 2U);
  EXPECT_TRUE(table->sheet.empty());
}

TEST(Table, RefusesFilesItCannotRead) {
  expect_refused(temp_path("none.csv"), Errc::not_found, "There is no file");
  expect_refused(make_csv("table.ods", "PK"), Errc::invalid_input, "only .xlsx workbooks and .csv");
  expect_refused(make_csv("table", "a\n1\n"), Errc::invalid_input, "only .xlsx workbooks and .csv");
  expect_refused(make_csv("empty.csv", ""), Errc::invalid_input, "is empty");
  expect_refused(make_csv("empty.xlsx", ""), Errc::invalid_input, "is empty");
  expect_refused(make_csv("text.xlsx", "a\n1\n"), Errc::invalid_input, "not a zip file");
  expect_refused(make_csv("old.xlsx", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), Errc::invalid_input,
                 ".xls");
  expect_refused(make_csv("zip.csv", "PK\x03\x04..."), Errc::invalid_input, "ends in .xlsx");
  expect_refused(make_csv("sheet.csv", "a\n1\n"), Errc::invalid_input, "has no sheets", "Main");
  const std::string folder = temp_path("folder.csv");
  std::filesystem::create_directory(folder);
  expect_refused(folder, Errc::invalid_input, "folder");
  TableLimits limits;
  limits.file_bytes_max = 3;
  EXPECT_TRUE(read_table(make_csv("small.csv", "a\n1"), "", limits));
  expect_refused(make_csv("large.csv", "a\n11"), Errc::too_large, "larger than 3 bytes", "",
                 limits);
}

TEST(Table, RefusesHeadersThatAreNotOneNameAColumn) {
  expect_refused(make_csv("twice.csv", "a,b, a\n1,2,3\n"), Errc::invalid_input,
                 "has the name 'a' twice, in columns A and C");
  expect_refused(make_csv("gap.csv", "a,,c\n1,2,3\n"), Errc::invalid_input, "row 1, column B");
  expect_refused(make_csv("first.csv", "\n,b\n1,2\n"), Errc::invalid_input, "row 2, column A");
  expect_refused(make_csv("right.csv", "a,b\n1,2\n1,2,,4\n"), Errc::invalid_input,
                 "Row 3, column D");
  expect_refused(make_xlsx("formula.xlsx",
                           [](lxw_worksheet* sheet) {
                             worksheet_write_formula(sheet, 0, 0, "=\"a\"", nullptr);
                             write_row(sheet, 1, {"x"});
                           }),
                 Errc::invalid_input, "holds the formula '=\"a\"'");
}

TEST(Table, RefusesMergedHeadersButNotMergedRows) {
  const auto merge = [](lxw_row_t row) {
    return [row](lxw_worksheet* sheet) {
      write_row(sheet, 0, {"a", "b"});
      write_row(sheet, 1, {"x", "y"});
      worksheet_merge_range(sheet, row, 0, row, 1, "m", nullptr);
    };
  };
  expect_refused(make_xlsx("merged.xlsx", merge(0)), Errc::invalid_input, "merged cells: A1:B1");
  EXPECT_TRUE(read_table(make_xlsx("merged_row.xlsx", merge(1))));
}

TEST(Table, RefusesSheetsWithoutRows) {
  expect_refused(make_csv("blank.csv", "\n , \n\n"), Errc::invalid_input, "is empty");
  expect_refused(make_csv("header.csv", "\na,b\n,\n"), Errc::invalid_input,
                 "header (row 2) but no rows");
  expect_refused(make_xlsx("blank.xlsx", [](lxw_worksheet*) {}), Errc::invalid_input, "is empty");
  expect_refused(make_xlsx("header.xlsx", [](lxw_worksheet* sheet) { write_row(sheet, 0, {"a"}); }),
                 Errc::invalid_input, "but no rows below");
}

TEST(Table, Reads20000Rows) {
  const std::string path = make_xlsx("rows.xlsx", [](lxw_worksheet* sheet) {
    write_row(sheet, 0, {"name", "value"});
    for (int i = 1; i <= 20'000; ++i) {
      write_row(sheet, static_cast<lxw_row_t>(i), {("row " + std::to_string(i)).c_str()});
      worksheet_write_number(sheet, static_cast<lxw_row_t>(i), 1, i * 0.5, nullptr);
    }
  });
  const Result<Table> table = read_table(path);
  ASSERT_TRUE(table) << table.error().message();
  ASSERT_EQ(table->rows.size(), 20'000U);
  EXPECT_EQ(table->rows.back().number, 20'001);
  EXPECT_EQ(table->rows.back().cells[0].text, "row 20000");
  EXPECT_EQ(table->rows.back().cells[1].number, 10'000);
}

TEST(Table, RefusesMoreThan256Columns) {
  const auto columns = [](lxw_col_t count) {
    return [count](lxw_worksheet* sheet) {
      for (lxw_col_t i = 0; i < count; ++i) {
        worksheet_write_string(sheet, 0, i, ("c" + std::to_string(i)).c_str(), nullptr);
        worksheet_write_number(sheet, 1, i, i, nullptr);
      }
    };
  };
  EXPECT_TRUE(read_table(make_xlsx("wide.xlsx", columns(256))));
  expect_refused(make_xlsx("wider.xlsx", columns(257)), Errc::too_large, "column IW");
}

TEST(Table, RefusesTruncatedWorkbooks) {
  const std::string content = fixture::read_file(make_xlsx("whole.xlsx", fill_all_kinds));
  for (std::size_t i = 1; i < 100; ++i) {
    const std::string path = temp_path("cut.xlsx");
    write_file(path, content.substr(0, content.size() * i / 100));
    expect_refused(path, Errc::invalid_input, "cut short");
  }
}

// Packed parts this time, so that the unpacking meets the damage.
TEST(Table, AnswersRandomChangesWithTheSameTableOrAnError) {
  const std::string good = fixture::read_file(make_xlsx("fuzz.xlsx", fill_all_kinds));
  const std::string path = temp_path("fuzzed.xlsx");
  std::mt19937 random(6);
  for (int round = 0; round < 300; ++round) {
    std::string content = good;
    content[random() % content.size()] = static_cast<char>(random());
    write_file(path, content);
    const Result<Table> table = read_table(path);
    if (!table) {
      EXPECT_EQ(table.error().message().find("crashed"), std::string::npos) << round;
      continue;
    }
    ASSERT_EQ(table->rows.size(), 2U) << round;
    EXPECT_EQ(table->rows[0].cells[0].text, "caf\xC3\xA9 <1>") << round;
    EXPECT_EQ(table->rows[0].cells[1].number, 0.1) << round;
  }
}

}  // namespace
}  // namespace footfall::intake
