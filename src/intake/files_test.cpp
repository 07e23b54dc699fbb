// Goal: personas and catalogues are read whole or not at all, and everything that is wrong is said
// at once, with file, row, column and what is allowed (R1, R2). Method: files written by the test,
// good ones with single cells spoiled.
#include <gtest/gtest.h>
#include <xlsxwriter.h>

#include <filesystem>
#include <fstream>

#include "base/test_folder.hpp"
#include "intake/catalogue_file.hpp"
#include "intake/persona_file.hpp"
#include "personas/attributes.hpp"
#include "personas/maker.hpp"

namespace footfall::intake {
namespace {

class FilesTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder = test_folder() / (std::string("files_test_") + test->name());
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    for (std::uint32_t i = 1; i <= 4; ++i) {
      people.push_back(
          personas::make_persona(3, i, {{{"Snacks, sweet", 1}}, {{"A \"B\"", 1}}, {"S1"}}));
    }
    put("stores.csv", "code,name,city,timezone,currency\nS1,One,Here,UTC,USD\n");
    put("products.csv",
        "sku,name,category,brand,price,currency,popularity\n"
        "p1,Oats,Breakfast,Own,2.99,USD,2.5\np2,Crisps,Snacks,Other,1.50,USD,\n");
    put("coupons.csv", kCoupons);
  }

  void put(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name, std::ios::binary) << text;
  }
  std::string catalogue_error() const {
    const auto read = read_catalogue(catalogue_files_in(folder));
    return read ? "" : read.error().message();
  }

  static constexpr const char* kCoupons =
      "code,kind,title,discount_type,percent,amount,category,brand,min_spend,min_qty,max_discount,"
      "max_issuance,starts,ends,currency\n"
      "C1,frontstore,Five off,amount,,5.00,,,30.00,,,,,,USD\n"
      "C2,category,Tenth off,percent,12.5,,Snacks,,,2,1.00,100,2026-02-01,2026-03-01,USD\n"
      "C3,brand,Own,percent,100,,,Own,,,,,,,USD\n";

  std::filesystem::path folder;
  std::vector<personas::Persona> people;
};

TEST_F(FilesTest, PersonasComeBackFromWorkbookAndCsvAsTheyWere) {  // R1
  for (const char* name : {"people.xlsx", "people.csv"}) {
    ASSERT_TRUE(write_personas(folder / name, people));
    const auto back = read_personas(folder / name);
    ASSERT_TRUE(back) << back.error().message();
    ASSERT_EQ(back->size(), people.size());
    for (std::size_t i = 0; i < people.size(); ++i) {
      EXPECT_EQ((*back)[i].persona_id, people[i].persona_id);
      for (const personas::Attribute& attribute : personas::attributes()) {
        EXPECT_EQ(value_text((*back)[i], attribute), value_text(people[i], attribute)) << name;
      }
    }
    EXPECT_FALSE(std::filesystem::exists(folder / (std::string(name) + ".part.xlsx")));
  }
}

TEST_F(FilesTest, WritingSaysWhatItCannotDo) {
  EXPECT_FALSE(write_personas(folder / "people.txt", people));
  EXPECT_FALSE(write_personas(folder / "no" / "such" / "people.csv", people));
  EXPECT_FALSE(write_personas(folder / "no" / "such" / "people.xlsx", people));
}

// A workbook in which a formula, a date's words and a missing id stand where values should.
TEST_F(FilesTest, EveryBadCellOfAWorkbookIsNamedAtOnce) {  // R1
  const std::string path = (folder / "bad.xlsx").string();
  lxw_workbook* book = workbook_new(path.c_str());
  lxw_worksheet* sheet = workbook_add_worksheet(book, "People");
  worksheet_write_string(sheet, 0, 0, "persona_id", nullptr);
  for (int row = 1; row <= 2; ++row) worksheet_write_string(sheet, row, 0, "same", nullptr);
  lxw_col_t column = 0;
  for (const personas::Attribute& attribute : personas::attributes()) {
    worksheet_write_string(sheet, 0, ++column, std::string(attribute.name).c_str(), nullptr);
    for (int row = 1; row <= 2; ++row) {
      worksheet_write_string(sheet, row, column, value_text(people[0], attribute).c_str(), nullptr);
    }
  }
  worksheet_write_formula(sheet, 1, 1, "=20+20", nullptr);
  worksheet_write_string(sheet, 2, 3, "plenty", nullptr);
  worksheet_write_number(sheet, 2, 4, 0, nullptr);
  workbook_close(book);
  const auto read = read_personas(path);
  ASSERT_FALSE(read);
  const std::string message = read.error().message();
  for (const char* words :
       {"sheet People, row 2, column age: the formula", "row 3, column income: 'plenty'",
        "row 3, column household_size: '0' is not allowed", "a whole number from 1 to 20",
        "row 3, column persona_id: 'same' stands in row 2 already", "4 problems",
        "nothing was loaded"}) {
    EXPECT_NE(message.find(words), std::string::npos) << words << "\n" << message;
  }
}

TEST_F(FilesTest, ColumnsThatAreMissingOrUnknownAreNamed) {
  put("p.csv", "persona_id,age,incme\nx,40,3\n");
  const auto read = read_personas(folder / "p.csv");
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message().find("no attribute 'incme', did you mean 'income'"),
            std::string::npos);
  EXPECT_NE(read.error().message().find("the column gender is missing"), std::string::npos);
}

TEST_F(FilesTest, ManyProblemsAreCountedAndCut) {
  for (int i = 0; i < 200; ++i) people.push_back(people[0]);  // the same id again and again
  ASSERT_TRUE(write_personas(folder / "many.csv", people));
  const auto read = read_personas(folder / "many.csv");
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message().find("… and 150 more"), std::string::npos);
  EXPECT_NE(read.error().message().find("200 problems"), std::string::npos);
}

TEST_F(FilesTest, TheCatalogueIsReadWhole) {  // R2
  const auto shop = read_catalogue(catalogue_files_in(folder)).value();
  EXPECT_EQ(shop.currency, "USD");
  EXPECT_EQ(shop.products[0].popularity, 2.5);
  EXPECT_EQ(shop.products[1].popularity, 1);
  EXPECT_EQ(shop.coupons[0].amount, Money{500});
  EXPECT_EQ(shop.coupons[1].percent_bps, 1250);
  EXPECT_EQ(shop.coupons[1].max_issuance, 100);
  EXPECT_EQ(to_date_string(*shop.coupons[1].ends), "2026-03-01");
  EXPECT_EQ(shop.coupons[2].percent_bps, 10'000);
  EXPECT_FALSE(shop.coupons[2].is_capped());
}

TEST_F(FilesTest, EachWrongCellOfTheCatalogueIsNamed) {  // R2
  const std::pair<const char*, const char*> cases[] = {
      {"C4,category,T,percent,10,,Snaks,,,,,,,,USD", "did you mean 'Snacks'?"},
      {"C4,brand,T,percent,10,,,Nobody,,,,,,,USD", "no product has the brand 'Nobody'"},
      {"C4,brand,T,percent,10,,Snacks,Own,,,,,,,USD", "a brand coupon has no category"},
      {"C4,frontstore,T,percent,101,,,,,,,,,,USD", "column percent: '101'"},
      {"C4,frontstore,T,percent,10,1.00,,,,,,,,,USD", "column amount: '1.00' must be empty"},
      {"C4,frontstore,T,amount,,,,,,,,,,,USD", "column amount: it is empty"},
      {"C4,frontstore,T,gift,,1.00,,,,,,,,,USD", "one of percent, amount"},
      {"C4,frontstore,T,amount,,1.00,,,,,,,2026-03-01,2026-02-01,USD", "later than starts"},
      {"C4,frontstore,T,amount,,1.00,,,,,,,soon,,USD", "'soon' is no date"},
      {"C4,frontstore,T,amount,,1.00,,,-1,,,,,,USD", "column min_spend: '-1'"},
      {"C4,frontstore,T,amount,,1.00,,,,2.5,,,,,USD", "column min_qty: '2.5'"},
      {"C4,frontstore,T,amount,,1.00,,,,,,,,,EUR", "a shop has one currency"},
      {"C1,frontstore,T,amount,,1.00,,,,,,,,,USD", "'C1' stands above already"}};
  for (const auto& [row, words] : cases) {
    put("coupons.csv", std::string(kCoupons) + row + "\n");
    const std::string message = catalogue_error();
    EXPECT_NE(message.find(words), std::string::npos) << row << "\n" << message;
    EXPECT_NE(message.find("row 5"), std::string::npos) << message;
  }
}

TEST_F(FilesTest, ProductsAndStoresAreCheckedToo) {  // R2
  put("products.csv",
      "sku,name,category,brand,price,currency,popularity\n"
      "p1,Oats,Breakfast,Own,-2.99,USD,0\np1,,Snacks,Other,,usd,\n");
  const std::string message = catalogue_error();
  for (const char* words :
       {"row 2, column price: '-2.99'", "row 2, column popularity: '0'", "row 3, column sku: 'p1'",
        "row 3, column name", "row 3, column price", "three capitals like USD"}) {
    EXPECT_NE(message.find(words), std::string::npos) << words << "\n" << message;
  }
  put("stores.csv", "code,name,city,currency\nS1,One,Here,USD\n");
  EXPECT_NE(catalogue_error().find("the column timezone is missing"), std::string::npos);
  std::filesystem::remove(folder / "stores.csv");
  EXPECT_NE(catalogue_error().find("stores.csv"), std::string::npos);
}

}  // namespace
}  // namespace footfall::intake
