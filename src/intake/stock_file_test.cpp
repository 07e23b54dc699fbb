// Goal: stock.csv is optional, is read into positions of stores and products, and everything that
// is wrong with it is said at once, beside what is wrong with the other files (R2). Method: files
// written by the test; files_test.cpp and coupon_types_test.cpp have the rest of the catalogue.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/test_folder.hpp"
#include "intake/catalogue_file.hpp"

namespace footfall::intake {
namespace {

class StockFileTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder = test_folder() / (std::string("stock_") + test->name());
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    put("stores.csv",
        "code,name,city,timezone,currency\nS1,One,Here,UTC,USD\nS2,Two,There,UTC,USD\n");
    put("products.csv",
        "sku,name,category,brand,price,currency,popularity\np-oats,Oats,Breakfast,Own,2.99,USD,\n"
        "p-rye,Rye,Breakfast,Own,1.99,USD,\n");
    put("coupons.csv",
        "code,kind,title,percent,amount,category,brand,min_spend,min_qty,max_discount,max_issuance,"
        "starts,ends,currency\nC1,frontstore,T,10,,,,,,,,,,USD\n");
  }

  void put(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name, std::ios::binary) << text;
  }
  Result<retail::Catalogue> read() const { return read_catalogue(catalogue_files_in(folder)); }

  std::filesystem::path folder;
};

TEST_F(StockFileTest, WithoutTheFileNothingIsLimited) {
  const auto shop = read().value();
  EXPECT_TRUE(shop.stock.empty());
  EXPECT_FALSE(shop.has_limits());
  CatalogueFiles files = catalogue_files_in(folder);
  files.stock.clear();
  EXPECT_TRUE(read_catalogue(files).value().stock.empty());
}

TEST_F(StockFileTest, EachRowLimitsOneProductInOneStore) {
  put("stock.csv", "SKU,store,on_hand\np-rye,S1,12\np-oats,S2,0\np-rye,S2,1000000000000\n");
  const auto shop = read().value();
  const std::vector<retail::StockLimit> expected{{0, 1, 12}, {1, 0, 0}, {1, 1, 1'000'000'000'000}};
  EXPECT_EQ(shop.stock, expected);
  EXPECT_TRUE(shop.has_limits());
}

TEST_F(StockFileTest, ABudgetIsALimitToo) {
  retail::Catalogue shop = read().value();
  shop.coupons[0].max_redemptions = 5;  // held when copies are given out
  EXPECT_FALSE(shop.has_limits());
  shop.coupons[0].max_discount_total = Money{1};
  EXPECT_TRUE(shop.has_limits());
  shop.coupons[0].retired = true;
  EXPECT_FALSE(shop.has_limits());
}

TEST_F(StockFileTest, EachWrongCellIsNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"S3,p-rye,1", "column store: there is no store 'S3'"},
      {"S1,p-ray,1", "column sku: there is no product 'p-ray'; did you mean 'p-rye'?"},
      {"S1,P-RYE,1", "column sku: there is no product 'P-RYE'"},
      {",p-rye,1", "column store: '' is not allowed: a text of 1 to 40 bytes"},
      {"S1,,1", "column sku: '' is not allowed"},
      {"S1,p-rye,", "column on_hand: it is empty: a whole number is needed"},
      {"S1,p-rye,-1",
       "column on_hand: '-1' is not allowed: a whole number from 0 to 1000000000000"},
      {"S1,p-rye,1.5", "column on_hand: '1.5' is not allowed"},
      {"S1,p-rye,1000000000001", "column on_hand: '1000000000001' is not allowed"},
      {"S1,p-rye,99999999999999999999", "column on_hand"},
      {"S1,p-rye,many", "column on_hand: 'many' is not allowed"},
      {"S2,p-oats,5", "column sku: 'p-oats' in store 'S2' stands in row 2 already"}};
  for (const auto& [cells, words] : cases) {
    put("stock.csv", std::string("store,sku,on_hand\nS2,p-oats,1\n") + cells + "\n");
    const auto refused = read();
    ASSERT_FALSE(refused) << cells;
    const std::string message = refused.error().message();
    EXPECT_NE(message.find(words), std::string::npos) << cells << "\n" << message;
    EXPECT_NE(message.find("stock.csv, row 3"), std::string::npos) << message;
    EXPECT_NE(message.find("1 problem in"), std::string::npos) << message;
  }
}

TEST_F(StockFileTest, ItsProblemsStandBesideThoseOfOtherFiles) {
  put("stores.csv", "code,name,city,timezone,currency\nS1,One,Here,UTC,usd\n");
  put("stock.csv", "store,sku,on_hand,shelf\nS1,p-rye,1,top\n");
  std::string message = read().error().message();
  EXPECT_NE(message.find("stores.csv, row 2, column currency"), std::string::npos) << message;
  EXPECT_NE(message.find("stock.csv: there is no column 'shelf'"), std::string::npos) << message;
  // A file that could not be read is not blamed on the rows that name it.
  put("products.csv", "sku,name\np-rye,Rye\n");
  put("stock.csv", "store,sku,on_hand\nS1,p-rye,1\n");
  message = read().error().message();
  EXPECT_EQ(message.find("stock.csv"), std::string::npos) << message;
}

TEST_F(StockFileTest, AFileThatIsNoTableStopsTheReading) {
  put("stock.csv", "store,sku,on_hand\n");
  EXPECT_FALSE(read());
  put("stock.csv", "");
  EXPECT_FALSE(read());
}

TEST_F(StockFileTest, ManyUnknownNamesAreCountedAndCut) {
  std::string rows = "store,sku,on_hand\n";
  for (int i = 0; i < 500; ++i) rows += "S1,p-rya,1\n";
  put("stock.csv", rows);
  const std::string message = read().error().message();
  EXPECT_NE(message.find("… and 450 more"), std::string::npos) << message;
}

}  // namespace
}  // namespace footfall::intake
