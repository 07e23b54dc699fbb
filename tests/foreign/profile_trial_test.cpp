// Goal: `footfall profile check` tells of each action what was sent and what came of it: all well
// at a shop that fits, the pointer or status where it does not, and it buys only when told to.
// Method: the foreign shop in this process; foreign.toml, and the same with one thing wrong.
#include "cli/profile_trial.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <sstream>

#include "simulation/test_world.hpp"
#include "tests/foreign/foreign_shop.hpp"

namespace footfall::tests {
namespace {

using cli::ProfileCheck;
using cli::ProfileStep;
using enum commerce::ApiAction;
using State = cli::ProfileStep::State;

std::string foreign_profile(std::string_view from = "", std::string_view to = "") {
  std::ifstream file(FOOTFALL_SOURCE_DIR "/tests/foreign/foreign.toml");
  std::ostringstream read;
  read << file.rdbuf();
  std::string text = read.str();
  if (!from.empty()) text.replace(text.find(from), from.size(), to);
  return text;
}

class Trying : public testing::Test {
 protected:
  Trying() : catalogue_(simulation::small_shop()) {
    for (const retail::Product& product : catalogue_.products) {
      goods_.items.push_back({fmt::format("0f-{}", product.id.value), product.sku, product.name,
                              "Things", "Maker", Money{250}, -1});
    }
    goods_.vouchers = {{"NOT-OURS", 50, "", false}, {"C11", 16, "", false}};
    goods_.customers = {{"secret-1", "anna"}};
  }

  ProfileCheck check(const std::string& profile_text, bool buy = false,
                     const std::string& token = "secret-1") {
    if (!shop_) shop_ = std::make_unique<ForeignShop>(goods_);
    const auto profile = commerce::Profile::parse(profile_text, "test.toml");
    EXPECT_TRUE(profile) << profile.error().message();
    boost::asio::io_context io(1);
    SteadyTime time(io.get_executor());
    commerce::ApiLimits limits;
    limits.sessions = 1;
    limits.tries_max = 1;
    commerce::ApiSessions sessions(io.get_executor(), time,
                                   http::parse_service_url(shop_->url()).value(), limits);
    const cli::ProfileTrial trial{*profile,   catalogue_, sessions, AgentId{1},
                                  UserId{1},  StoreId{1}, "P-0001", token,
                                  ++session_, SimTime{},  buy};
    ProfileCheck check;
    check.token = token;
    boost::asio::co_spawn(io, cli::try_profile(trial, check),
                          [&](const std::exception_ptr& escaped) {
                            EXPECT_FALSE(escaped);
                            io.stop();
                          });
    io.run();
    EXPECT_EQ(check.steps.size(), std::size_t{commerce::kApiActionCount});
    return check;
  }

  static const ProfileStep& step(const ProfileCheck& check, commerce::ApiAction action) {
    for (const ProfileStep& one : check.steps) {
      if (one.action == action) return one;
    }
    throw std::runtime_error("it was not tried");
  }
  static std::string learned(const ProfileCheck& check, commerce::ApiAction action) {
    std::string out;
    for (const std::string& line : step(check, action).learned) out += line + "\n";
    return out;
  }

  const retail::Catalogue catalogue_;
  ForeignGoods goods_;
  std::unique_ptr<ForeignShop> shop_;
  std::int64_t session_ = 0;
};

TEST_F(Trying, ShopThatFitsIsUnderstoodAndSellsNothing) {  // R54
  const ProfileCheck done = check(foreign_profile());
  EXPECT_EQ(done.failures(), 0) << cli::profile_check_text(done, {});
  for (const auto action : {health, list_products, enter, view_product, add_to_cart, view_coupons,
                            apply_coupons, find_order, abandon}) {
    EXPECT_EQ(step(done, action).state, State::ok) << to_string(action);
    EXPECT_GE(step(done, action).status, 200);
  }
  EXPECT_EQ(step(done, browse).state, State::missing);
  EXPECT_EQ(step(done, checkout).state, State::not_sent);
  EXPECT_TRUE(step(done, checkout).call.starts_with("POST /v2/basket/"));
  EXPECT_NE(learned(done, list_products).find("160 of them matched by sku"), std::string::npos)
      << learned(done, list_products);
  EXPECT_NE(learned(done, list_products).find("160 products on 4 pages"), std::string::npos);
  EXPECT_NE(learned(done, view_coupons).find("2 coupons, 1 known by code: C11"), std::string::npos)
      << learned(done, view_coupons);
  EXPECT_NE(learned(done, add_to_cart).find("total 2.50, as expected"), std::string::npos)
      << learned(done, add_to_cart);
  EXPECT_NE(learned(done, apply_coupons).find("C11 is taken"), std::string::npos);
  EXPECT_TRUE(shop_->orders().empty());
  EXPECT_EQ(shop_->open_baskets(), 0);
}

TEST_F(Trying, BuyingPlacesOneOrderThatIsFoundAgain) {
  const ProfileCheck done = check(foreign_profile(), /*buy=*/true);
  EXPECT_EQ(done.failures(), 0) << cli::profile_check_text(done, {});
  EXPECT_TRUE(done.bought);
  ASSERT_EQ(shop_->orders().size(), 1U);
  EXPECT_EQ(learned(done, find_order), "order " + shop_->orders()[0].number + "\ntotal 2.10\n");
  EXPECT_EQ(step(done, abandon).state, State::left_out);
  const ProfileCheck again = check(foreign_profile());
  EXPECT_EQ(step(again, find_order).state, State::ok) << "another session has no order yet";
}

TEST_F(Trying, WrongPointersAreNamed) {
  const ProfileCheck done = check(foreign_profile("/data/basket/total", "/data/basket/sum"));
  EXPECT_EQ(step(done, add_to_cart).state, State::failed);
  EXPECT_NE(learned(done, add_to_cart).find("/data/basket/sum"), std::string::npos)
      << learned(done, add_to_cart);
  EXPECT_EQ(done.failures(), 1) << cli::profile_check_text(done, {});
}

TEST_F(Trying, OrderThatIsAnotherTripsIsFound) {
  check(foreign_profile(), /*buy=*/true);
  const std::string careless = foreign_profile("?reference={session}", "?reference=1");
  const ProfileCheck done = check(careless);
  EXPECT_EQ(step(done, find_order).state, State::failed);
  EXPECT_NE(learned(done, find_order).find("has bought nothing"), std::string::npos);
}

TEST_F(Trying, WhatNeedsACartIsLeftOutWithoutOne) {
  const ProfileCheck done = check(foreign_profile(), /*buy=*/false, "nobody");
  EXPECT_EQ(step(done, health).state, State::ok);
  EXPECT_EQ(step(done, enter).state, State::failed);
  EXPECT_EQ(learned(done, enter), "401 who_are_you: No.\n");
  EXPECT_EQ(step(done, add_to_cart).state, State::left_out);
  EXPECT_EQ(shop_->open_baskets(), 0);
}

TEST_F(Trying, CatalogueOfAnotherShopFails) {
  for (ForeignItem& item : goods_.items) item.sku = "other-" + item.sku;
  const ProfileCheck done = check(foreign_profile());
  EXPECT_EQ(step(done, list_products).state, State::failed);
  EXPECT_NE(learned(done, list_products).find("products.csv"), std::string::npos);
}

TEST_F(Trying, ShopThatIsNotThereIsSaidToBe) {
  shop_ = std::make_unique<ForeignShop>(goods_);
  const std::string url = shop_->url();
  const ProfileCheck done = [&] {
    const auto profile = commerce::Profile::parse(foreign_profile(), "test.toml").value();
    boost::asio::io_context io(1);
    SteadyTime time(io.get_executor());
    commerce::ApiSessions sessions(io.get_executor(), time, http::parse_service_url(url).value(),
                                   {});
    shop_.reset();
    const cli::ProfileTrial trial{profile,  catalogue_, sessions, AgentId{1}, UserId{1}, StoreId{1},
                                  "P-0001", "t",        1,        SimTime{},  false};
    ProfileCheck check;
    boost::asio::co_spawn(io, cli::try_profile(trial, check),
                          [&](const std::exception_ptr&) { io.stop(); });
    io.run();
    return check;
  }();
  EXPECT_EQ(step(done, health).state, State::failed);
  EXPECT_TRUE(learned(done, health).starts_with("no answer: ")) << learned(done, health);
  EXPECT_EQ(step(done, list_products).state, State::left_out) << "once is enough";
}

}  // namespace
}  // namespace footfall::tests
