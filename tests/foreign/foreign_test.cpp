// Goal: with a profile and nothing else, somebody else's shop can be shopped at (R54): a whole
// trip, refusals, answers that are lost, another's basket. Method: requests that the profile
// writes, sent by a plain client to the foreign shop; what the shop counted is looked at
// afterwards.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "commerce/http/profile.hpp"
#include "tests/api/http_client.hpp"
#include "tests/foreign/foreign_shop.hpp"

namespace footfall::tests {
namespace {

using commerce::ApiAction;
using commerce::ApiOutcome;
using commerce::Place;
using commerce::PlaceLine;
using enum commerce::ApiAction;

commerce::Profile foreign_profile() {
  std::ifstream file(FOOTFALL_SOURCE_DIR "/tests/foreign/foreign.toml");
  std::ostringstream text;
  text << file.rdbuf();
  Result<commerce::Profile> profile = commerce::Profile::parse(text.str(), "foreign.toml");
  EXPECT_TRUE(profile) << profile.error().message();
  return profile.value();
}

ForeignGoods some_goods() {
  ForeignGoods goods;
  goods.items = {{"0d1f-bread", "BR-1", "Bread \"rye\"", "Bakery", "Müller", Money{249}, -1},
                 {"0d1f-milk", "DA-1", "Milk", "Dairy", "Alp", Money{199}, -1},
                 {"0d1f-rare", "RA-1", "Truffle", "Dairy", "Alp", Money{4999}, 1}};
  for (int i = 0; i < 120; ++i) {
    goods.items.push_back({fmt::format("0d1f-{}", i), fmt::format("XX-{}", i), "Thing", "Things",
                           "Maker", Money{100 + i}, -1});
  }
  goods.vouchers = {
      {"BAKE20", 20, "Bakery", false}, {"FISH50", 50, "Fish", false}, {"OLD", 10, "", true}};
  goods.customers = {{"token-anna", "anna"}, {"token-ben", "ben"}};
  return goods;
}

// A shopper as the live run will have one: what it captures goes into its next requests.
class Shopper {
 public:
  Shopper(const commerce::Profile& profile, std::uint16_t port, std::string token,
          std::string session)
      : profile_(profile), client_(port), token_(std::move(token)), session_(std::move(session)) {
    places_[Place::token] = token_;
    places_[Place::session] = session_;
    places_[Place::key] = "hour:7";
  }

  ApiOutcome act(ApiAction action, std::initializer_list<PlaceLine> lines = {}) {
    profile_.render(action, places_, {lines.begin(), lines.size()}, request_);
    const HttpAnswer answer = client_.send(http::to_string(request_.method), request_.target,
                                           request_.body, request_.headers);
    status = answer.status;
    ApiOutcome outcome = profile_.read(action, answer.status, answer.body);
    if (!outcome.cart.empty()) cart_ = outcome.cart;
    places_[Place::cart] = cart_;
    return outcome;
  }
  ApiOutcome add(std::string_view product, std::string_view quantity) {
    PlaceLine line;
    line.product = product;
    line.quantity = quantity;
    return act(add_to_cart, {line});
  }
  void set(Place place, std::string_view value) { places_[place] = value; }

  int status = 0;  // of the last answer

 private:
  const commerce::Profile& profile_;
  HttpClient client_;
  std::string token_, session_, cart_;
  commerce::Places places_;
  commerce::ApiRequest request_;
};

PlaceLine coupon(std::string_view code) {
  PlaceLine line;
  line.code = code;
  return line;
}

class Foreign : public testing::Test {
 protected:
  Shopper shopper(const std::string& name, const std::string& session) {
    return Shopper(profile_, shop_.port(), "token-" + name, session);
  }

  const commerce::Profile profile_ = foreign_profile();
  ForeignShop shop_{some_goods()};
};

TEST_F(Foreign, ShopSellsAWholeTrip) {  // R54
  EXPECT_TRUE(profile_.needs_token());
  EXPECT_FALSE(profile_.is_footfall());
  Shopper anna = shopper("anna", "s-1");
  EXPECT_TRUE(anna.act(health).ok);

  std::vector<commerce::SeenProduct> goods;
  std::string cursor;
  do {
    anna.set(Place::cursor, cursor);
    const ApiOutcome page = anna.act(list_products);
    ASSERT_TRUE(page.ok) << page.problem;
    goods.insert(goods.end(), page.products.begin(), page.products.end());
    cursor = page.next;
  } while (!cursor.empty());
  ASSERT_EQ(goods.size(), 123U);
  EXPECT_EQ(shop_.calls("GET /v2/items"), 3);
  EXPECT_EQ(goods[0].name + "/" + goods[0].category + "/" + goods[0].brand,
            "Bread \"rye\"/Bakery/Müller");
  EXPECT_EQ(goods[0].price, Money{249});
  EXPECT_EQ(goods[122].sku, "XX-119");

  const ApiOutcome entered = anna.act(enter);
  ASSERT_TRUE(entered.ok) << entered.problem;
  EXPECT_NE(entered.cart, "");
  anna.set(Place::product, goods[1].id);
  EXPECT_TRUE(anna.act(view_product).ok);
  EXPECT_EQ(anna.add(goods[0].id, "2").total, Money{498});
  EXPECT_EQ(anna.add(goods[1].id, "1").total, Money{697});

  const ApiOutcome wallet = anna.act(view_coupons);
  ASSERT_TRUE(wallet.ok) << wallet.problem;
  ASSERT_EQ(wallet.coupons.size(), 3U);
  EXPECT_EQ(wallet.coupons[0].code, "BAKE20");
  EXPECT_EQ(to_string(*wallet.coupons[0].assigned), "2020-01-01T00:00:00Z");
  EXPECT_EQ(to_string(*wallet.coupons[0].expires), "2199-12-31T23:59:59.999999Z");

  const ApiOutcome applied =
      anna.act(apply_coupons, {coupon("BAKE20"), coupon("FISH50"), coupon("OLD"), coupon("NONE")});
  ASSERT_TRUE(applied.ok) << applied.problem;
  EXPECT_EQ(applied.total, Money{597});
  std::vector<retail::Refusal> refusals;
  for (const commerce::SeenCoupon& seen : applied.coupons) refusals.push_back(seen.refusal);
  EXPECT_EQ(refusals, (std::vector{retail::Refusal::none, retail::Refusal::not_in_scope,
                                   retail::Refusal::expired, retail::Refusal::not_owned}));

  EXPECT_EQ(anna.act(find_order).order, "");
  const ApiOutcome bought = anna.act(checkout);
  ASSERT_TRUE(bought.ok) << bought.problem;
  EXPECT_EQ(bought.total, Money{597});
  const ApiOutcome found = anna.act(find_order);
  EXPECT_EQ(found.order, bought.order);
  EXPECT_EQ(found.total, Money{597});

  ASSERT_EQ(shop_.orders().size(), 1U);
  const ForeignOrder order = shop_.orders()[0];
  EXPECT_EQ(order.customer, "anna");
  EXPECT_EQ(order.reference, "s-1");
  EXPECT_EQ(order.counts, (std::map<std::string, int>{{"BR-1", 2}, {"DA-1", 1}}));
  Shopper again = shopper("anna", "s-2");
  EXPECT_EQ(again.act(view_coupons).coupons.size(), 2U) << "the voucher is used up";
}

TEST_F(Foreign, ShopOrdersOnceThoughAnswersAreLost) {
  Shopper anna = shopper("anna", "s-1");
  shop_.lose_answers("POST /v2/baskets", 1);
  EXPECT_FALSE(anna.act(enter).ok);
  EXPECT_EQ(anna.status, 502);
  ASSERT_TRUE(anna.act(enter).ok);
  EXPECT_EQ(shop_.open_baskets(), 1) << "the same reference, the same basket";
  ASSERT_TRUE(anna.add("0d1f-bread", "1").ok);
  shop_.lose_answers("POST /v2/basket/{id}/purchase", 2);
  EXPECT_EQ(anna.act(checkout).problem, "502 gateway: No.");
  EXPECT_FALSE(anna.act(checkout).ok);
  EXPECT_EQ(anna.act(find_order).order, shop_.orders().at(0).number);
  const ApiOutcome third = anna.act(checkout);
  EXPECT_TRUE(third.ok) << third.problem;
  EXPECT_EQ(third.order, shop_.orders().at(0).number);
  EXPECT_EQ(shop_.orders().size(), 1U);
  EXPECT_EQ(shop_.calls("POST /v2/basket/{id}/purchase"), 3);
}

TEST_F(Foreign, ShopIsBusyWithoutDoingAnything) {
  Shopper anna = shopper("anna", "s-1");
  shop_.be_busy("POST /v2/baskets", 1);
  EXPECT_EQ(anna.act(enter).problem, "503 busy: No.");
  EXPECT_EQ(shop_.open_baskets(), 0);
  EXPECT_TRUE(anna.act(enter).ok);
}

TEST_F(Foreign, ShopRefusesWhatIsSoldOut) {
  Shopper anna = shopper("anna", "s-1"), ben = shopper("ben", "s-2");
  for (Shopper* shopper : {&anna, &ben}) {
    ASSERT_TRUE(shopper->act(enter).ok);
    ASSERT_TRUE(shopper->add("0d1f-rare", "1").ok);
  }
  EXPECT_TRUE(anna.act(checkout).ok);
  const ApiOutcome late = ben.act(checkout);
  EXPECT_FALSE(late.ok);
  EXPECT_EQ(late.refusal, retail::Refusal::out_of_stock);
  EXPECT_EQ(ben.add("0d1f-rare", "1").refusal, retail::Refusal::out_of_stock);
  EXPECT_EQ(shop_.left("RA-1"), 0);
  EXPECT_EQ(shop_.orders().size(), 1U);
}

TEST_F(Foreign, BasketIsLeftBehindOnceAndTwiceIsDoneBefore) {
  Shopper anna = shopper("anna", "s-1");
  ASSERT_TRUE(anna.act(enter).ok);
  const ApiOutcome first = anna.act(abandon), second = anna.act(abandon);
  EXPECT_TRUE(first.ok && !first.already_done);
  EXPECT_TRUE(second.ok && second.already_done);
  EXPECT_EQ(shop_.open_baskets(), 0);
  const ApiOutcome added = anna.add("0d1f-milk", "1");
  EXPECT_FALSE(added.ok || added.refusal);
  EXPECT_EQ(added.problem, "404 no_basket: No.");
}

TEST_F(Foreign, ShopServesNobodyWithoutAToken) {
  Shopper stranger = shopper("carla", "s-1");
  EXPECT_EQ(stranger.act(enter).problem, "401 who_are_you: No.");
  Shopper nobody(profile_, shop_.port(), "", "s-1");
  EXPECT_EQ(nobody.act(list_products).problem, "401 who_are_you: No.");
  EXPECT_TRUE(nobody.act(health).ok);
}

TEST_F(Foreign, BasketIsItsCustomersAlone) {
  Shopper anna = shopper("anna", "s-1"), ben = shopper("ben", "s-1");
  const ApiOutcome hers = anna.act(enter);
  ASSERT_TRUE(ben.act(enter).ok);
  EXPECT_EQ(shop_.open_baskets(), 2) << "references are each customer's own";
  ben.set(Place::cart, hers.cart);
  EXPECT_EQ(ben.add("0d1f-milk", "1").problem, "404 no_basket: No.");
}

}  // namespace
}  // namespace footfall::tests
