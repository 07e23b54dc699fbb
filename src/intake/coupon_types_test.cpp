// Goal: coupons.csv gives each discount type exactly its fields, redemption caps beside them, and
// older files without the newer columns are read as before (R2). Method: files written by the test,
// good ones with single cells spoiled; files_test.cpp has the rest of the catalogue.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/test_folder.hpp"
#include "intake/catalogue_file.hpp"

namespace footfall::intake {
namespace {

using retail::Coupon;
using retail::DiscountType;

constexpr const char* kHeader =
    "code,kind,title,discount_type,percent,amount,buy_qty,get_qty,category,brand,min_spend,min_qty,"
    "max_discount,max_discount_total,max_issuance,max_redemptions,starts,ends,currency\n";

class CouponTypesTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder = test_folder() / (std::string("coupon_types_") + test->name());
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    put("stores.csv", "code,name,city,timezone,currency\nS1,One,Here,UTC,USD\n");
    put("products.csv",
        "sku,name,category,brand,price,currency,popularity\np1,Oats,Breakfast,Own,2.99,USD,\n");
  }

  void put(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name, std::ios::binary) << text;
  }
  // The coupons of a file, or what is wrong with it.
  Result<std::vector<Coupon>> read(const std::string& coupons) const {
    put("coupons.csv", coupons);
    const auto shop = read_catalogue(catalogue_files_in(folder));
    if (!shop) return shop.error();
    return shop->coupons;
  }

  std::filesystem::path folder;
};

TEST_F(CouponTypesTest, EachTypeIsReadWithItsFields) {  // R2
  const auto coupons = read(std::string(kHeader) +
                            "C1,frontstore,T,percent,12.5,,,,,,,,,,,,,,USD\n"
                            "C2,frontstore,T,amount,,5.00,,,,,,,,,,,,,USD\n"
                            "C3,category,T,Fixed_Price,,0.99,,,Breakfast,,,,,,,,,,USD\n"
                            "C4,brand,T,bxgy,,,2,1,,Own,,,4.00,500.00,100,40,,,USD\n")
                           .value();
  EXPECT_EQ(coupons[0].type, DiscountType::percent);
  EXPECT_EQ(coupons[0].percent_bps, 1250);
  EXPECT_EQ(coupons[1].type, DiscountType::amount);
  EXPECT_EQ(coupons[1].amount, Money{500});
  EXPECT_EQ(coupons[2].type, DiscountType::fixed_price);
  EXPECT_EQ(coupons[2].amount, Money{99});
  EXPECT_EQ(coupons[3].type, DiscountType::bxgy);
  EXPECT_EQ(coupons[3].buy_qty, 2);
  EXPECT_EQ(coupons[3].get_qty, 1);
  EXPECT_EQ(coupons[3].max_discount_total, Money{50'000});
  EXPECT_EQ(coupons[3].max_issuance, 100);
  EXPECT_EQ(coupons[3].max_redemptions, 40);
  EXPECT_EQ(coupons[3].issuance_cap(), 40);
  for (const int c : {0, 1, 2}) {
    EXPECT_TRUE(!coupons[c].is_capped() && coupons[c].max_discount_total == Money{});
    EXPECT_TRUE(coupons[c].buy_qty == 0 && coupons[c].get_qty == 0 && !coupons[c].retired);
  }
}

TEST_F(CouponTypesTest, WithoutATypeTheFilledColumnTellsIt) {
  const auto coupons = read(
                           "code,kind,title,percent,amount,category,brand,min_spend,min_qty,"
                           "max_discount,max_issuance,starts,ends,currency\n"
                           "C1,frontstore,T,10,,,,,,,,,,USD\nC2,frontstore,T,,1.00,,,,,,,,,USD\n")
                           .value();
  EXPECT_EQ(coupons[0].type, DiscountType::percent);
  EXPECT_EQ(coupons[0].percent_bps, 1000);
  EXPECT_EQ(coupons[1].type, DiscountType::amount);
  EXPECT_EQ(coupons[1].amount, Money{100});
  EXPECT_EQ(coupons[1].max_redemptions, retail::kUnlimited);
  const auto empty = read(std::string(kHeader) + "C1,frontstore,T,,10,,,,,,,,,,,,,,USD\n").value();
  EXPECT_EQ(empty[0].type, DiscountType::percent);
}

TEST_F(CouponTypesTest, EachWrongCellIsNamed) {  // R2
  const std::pair<const char*, const char*> cases[] = {
      {"gift,,1.00,,", "'gift' is not allowed: one of percent, amount, fixed_price, bxgy"},
      {",,,,", "column discount_type: it is empty: then one of percent and amount"},
      {",10,1.00,,", "must be filled, not both"},
      {",,,2,1", "other types need their name here"},
      {",10,,2,", "column buy_qty: '2' must be empty: discount_type percent has no buy_qty"},
      {"percent,,,,", "column percent: it is empty: discount_type percent needs it"},
      {"percent,10,1.00,,", "column amount: '1.00' must be empty"},
      {"amount,,1.00,,3", "column get_qty: '3' must be empty: discount_type amount has no get_qty"},
      {"fixed_price,,,,", "column amount: it is empty: discount_type fixed_price needs it"},
      {"fixed_price,5,1.00,,", "discount_type fixed_price has no percent"},
      {"fixed_price,,0.00,,", "column amount: '0.00' is not allowed"},
      {"fixed_price,,1000000000.01,,", "column amount: '1000000000.01' is not allowed"},
      {"bxgy,,,,1", "column buy_qty: it is empty: discount_type bxgy needs it"},
      {"bxgy,,,2,", "column get_qty: it is empty: discount_type bxgy needs it"},
      {"bxgy,,1.00,2,1", "discount_type bxgy has no amount"},
      {"bxgy,,,0,1", "column buy_qty: '0' is not allowed: a whole number from 1 to 999"},
      {"bxgy,,,1,1.5", "column get_qty: '1.5' is not allowed"},
      {"bxgy,,,600,400", "with buy_qty it makes 1000: a cart holds at most 999 of one product"}};
  for (const auto& [cells, words] : cases) {
    const auto refused =
        read(std::string(kHeader) + "C1,frontstore,T," + cells + ",,,,,,,,,,,USD\n");
    ASSERT_FALSE(refused) << cells;
    EXPECT_NE(refused.error().message().find(words), std::string::npos)
        << cells << "\n"
        << refused.error().message();
    EXPECT_NE(refused.error().message().find("row 2"), std::string::npos) << cells;
  }
}

TEST_F(CouponTypesTest, AllProblemsComeAtOnceAndAnUnknownTypeBringsNoOthers) {  // R2
  const auto refused = read(std::string(kHeader) +
                            "C1,frontstore,T,bxgy,10,1.00,,,,,,,,,,,,,USD\n"
                            "C2,frontstore,T,gift,,,,,,,,,,,,,,,USD\n"
                            "C3,frontstore,T,amount,,1.00,,,,,,,,0,,-1,,,USD\n");
  ASSERT_FALSE(refused);
  const std::string message = refused.error().message();
  for (const char* words :
       {"row 2, column percent", "row 2, column amount", "row 2, column buy_qty",
        "row 2, column get_qty", "row 3, column discount_type",
        "row 4, column max_redemptions: '-1' is not allowed",
        "row 4, column max_discount_total: '0' is not allowed", "7 problems"}) {
    EXPECT_NE(message.find(words), std::string::npos) << words << "\n" << message;
  }
}

TEST_F(CouponTypesTest, OnlyTheNewerColumnsMayBeMissing) {
  const auto refused = read(
      "code,kind,title,discount_type,percent,category,brand,min_spend,min_qty,max_discount,"
      "max_issuance,starts,ends,currency,get_quantity\nC1,frontstore,T,percent,10,,,,,,,,,USD,\n");
  ASSERT_FALSE(refused);
  const std::string message = refused.error().message();
  EXPECT_NE(message.find("the column amount is missing"), std::string::npos) << message;
  EXPECT_NE(message.find("no column 'get_quantity'"), std::string::npos) << message;
  EXPECT_NE(message.find("2 problems"), std::string::npos) << message;
}

// Invariant 22: what could make qty × price wrap does not get in.
TEST_F(CouponTypesTest, PricesNearTheEndOfWhatAnIntegerHoldsAreRefused) {
  for (const char* price : {"1000000000.01", "92233720368547758.07", "99999999999999999999"}) {
    put("products.csv",
        std::string("sku,name,category,brand,price,currency,popularity\np1,Oats,Breakfast,Own,") +
            price + ",USD,\n");
    const auto refused = read(std::string(kHeader) + "C1,frontstore,T,,10,,,,,,,,,,,,,,USD\n");
    ASSERT_FALSE(refused) << price;
    EXPECT_NE(refused.error().message().find("column price"), std::string::npos);
  }
}

}  // namespace
}  // namespace footfall::intake
