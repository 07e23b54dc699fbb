// Goal: the echo answers what a shopper asks, in a form that the built-in profile reads, and nobody
// beyond this machine. Method: a real echo on loopback, asked by the client.
#include "load/echo.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "commerce/http/profile.hpp"
#include "load/echo_fixture.hpp"
#include "simulation/test_world.hpp"

namespace footfall::load {
namespace {

using commerce::ApiAction;
using commerce::ApiOutcome;
using commerce::Place;
using commerce::Places;
using commerce::Profile;

class EchoTest : public ::testing::Test {
 protected:
  http::ClientAnswer ask(const commerce::ApiRequest& request) {
    std::vector<http::HeaderView> headers;
    for (const auto& [name, value] : request.headers) headers.emplace_back(name, value);
    http::ClientCall call;
    call.method = request.method;
    call.target = request.target;
    call.headers = headers;
    call.content_type = "application/json";
    call.body = request.body;
    boost::asio::io_context io;
    http::Client client(io.get_executor(), echo_.url(), {});
    http::ClientAnswer answer;
    boost::asio::co_spawn(io, client.call(call),
                          [&](const std::exception_ptr&, http::ClientAnswer got) {
                            answer = std::move(got);
                            client.close();
                            io.stop();
                          });
    io.run();
    return answer;
  }

  // An action of the built-in profile, with a place filled for each that it names.
  ApiOutcome act(ApiAction action, std::vector<commerce::PlaceLine> lines = {}) {
    Places places;
    for (auto& value : places.values) value = "1";
    places[Place::at] = "2026-03-01T10:00:00Z";
    places[Place::category] = "category 3";
    places[Place::cursor] = "";
    commerce::ApiRequest request;
    Profile::footfall().render(action, places, lines, request);
    const http::ClientAnswer answer = ask(request);
    status_ = answer.status;
    return Profile::footfall().read(action, answer.status, answer.body);
  }

  const retail::Catalogue shop_ = simulation::small_shop();
  RunningEcho echo_{shop_};
  int status_ = 0;
};

TEST_F(EchoTest, EveryActionOfTheBuiltInProfileIsAnsweredWell) {
  std::int64_t asked = 0;
  for (int i = 0; i < commerce::kApiActionCount; ++i) {
    const auto action = static_cast<ApiAction>(i);
    if (!Profile::footfall().has(action)) continue;
    const ApiOutcome outcome = act(action);
    EXPECT_TRUE(outcome.ok) << to_string(action) << ": " << outcome.problem;
    EXPECT_EQ(echo_->answered(), ++asked);
  }
  EXPECT_EQ(echo_->answered(EchoRoute::unknown), 0);
}

TEST_F(EchoTest, ACategorysPageHoldsItsProductsWithTheirPrices) {
  const ApiOutcome page = act(ApiAction::list_products);
  ASSERT_EQ(page.products.size(), 20u);
  EXPECT_EQ(page.next, "");
  for (const commerce::SeenProduct& seen : page.products) {
    const auto known =
        std::find_if(shop_.products.begin(), shop_.products.end(),
                     [&](const retail::Product& product) { return product.sku == seen.sku; });
    ASSERT_NE(known, shop_.products.end());
    EXPECT_EQ(shop_.categories[known->category], "category 3");
    EXPECT_EQ(seen.price, known->list_price);
    EXPECT_EQ(seen.id, std::to_string(known->id.value));
  }
}

TEST_F(EchoTest, AWalletHoldsThirtyTwoCouponsOfTheCatalogueThatAreGoodOnTheDayAsked) {
  const ApiOutcome wallet = act(ApiAction::view_coupons);
  ASSERT_EQ(wallet.coupons.size(), 32u);
  const SimTime now = parse_sim_time("2026-03-01T10:00:00Z").value();
  for (const commerce::SeenCoupon& seen : wallet.coupons) {
    EXPECT_TRUE(std::any_of(shop_.coupons.begin(), shop_.coupons.end(),
                            [&](const retail::Coupon& known) { return known.code == seen.code; }))
        << seen.code;
    ASSERT_TRUE(seen.assigned && seen.expires);
    EXPECT_LT(seen.assigned->us, now.us);
    EXPECT_GT(seen.expires->us, now.us);
  }
}

TEST_F(EchoTest, ACheckoutIsCreatedWithAnOrderAndATotal) {
  const ApiOutcome done = act(ApiAction::checkout);
  EXPECT_EQ(status_, 201);
  EXPECT_EQ(done.order, "1");
  EXPECT_TRUE(done.total);
}

TEST_F(EchoTest, WhatNoShopperAsksForIsNotFound) {
  commerce::ApiRequest request;
  request.target = "/api/secrets";
  const http::ClientAnswer answer = ask(request);
  EXPECT_EQ(answer.status, 404);
  EXPECT_NE(answer.body.find("no_such_route"), std::string::npos);
  EXPECT_EQ(echo_->answered(EchoRoute::unknown), 1);
}

TEST(Echo, ListensOnThisMachineOnly) {
  const auto log = telemetry::Log::open("off").value();
  http::ServerOptions options;
  options.address = "0.0.0.0";
  const auto echo = Echo::create(simulation::small_shop(), options, *log);
  ASSERT_FALSE(echo);
  EXPECT_EQ(echo.error().code(), Errc::invalid_input);
  EXPECT_NE(echo.error().message().find("0.0.0.0"), std::string::npos);
}

}  // namespace
}  // namespace footfall::load
