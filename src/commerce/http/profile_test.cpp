// Goal: the built-in profile says what footfall's API takes and answers (docs/API.md, R54), and a
// profile's getters say what its file does.
#include "commerce/http/profile.hpp"

#include "commerce/http/profile_fixture.hpp"

namespace footfall::commerce {
namespace {

using enum ApiAction;

// Every place with a value of its own.
Places all_places() {
  Places places;
  const auto set = [&](Place place, std::string_view value) { places[place] = value; };
  set(Place::agent, "17");
  set(Place::run, "3");
  set(Place::session, "90071992547409931");
  set(Place::at, "2026-01-05T10:00:00Z");
  set(Place::step, "2");
  set(Place::key, "hour:7");
  set(Place::category, "Fish & Chips");
  set(Place::product, "41");
  return places;
}

std::string rendered(const Profile& profile, ApiAction action, const Places& places,
                     std::span<const PlaceLine> lines = {}) {
  ApiRequest request;
  profile.render(action, places, lines, request);
  std::string out = std::string(http::to_string(request.method)) + " " + request.target + "\n";
  for (const auto& [name, value] : request.headers) out += name + ": " + value + "\n";
  return out + request.body;
}

constexpr std::string_view kHeaders =
    "Authorization: Bearer dev:17\nX-Footfall-Run: 3\nX-Footfall-Sim-Time: 2026-01-05T10:00:00Z\n";

std::string expected(std::string_view line, std::string_view body = "",
                     std::string_view first_headers = "") {
  return std::string(line) + "\n" + std::string(first_headers) + std::string(kHeaders) +
         std::string(body);
}

TEST(FootfallProfile, HasEveryActionButEnter) {
  const Profile& profile = Profile::footfall();
  EXPECT_EQ(profile.name(), "footfall");
  EXPECT_TRUE(profile.is_footfall());
  EXPECT_FALSE(profile.needs_token());
  for (int i = 0; i < kApiActionCount; ++i) {
    const auto action = static_cast<ApiAction>(i);
    EXPECT_EQ(profile.has(action), action != enter) << to_string(action);
    EXPECT_TRUE(!profile.has(action) || profile.retry(action) == Retry::always)
        << to_string(action);
    const Per per = action == list_products ? Per::line : Per::call;
    EXPECT_EQ(profile.per(action), per) << to_string(action);
  }
}

TEST(FootfallProfile, WritesWhatTheApiTakes) {  // R54
  const Profile& profile = Profile::footfall();
  const Places places = all_places();
  EXPECT_EQ(rendered(profile, health, places), "GET /healthz\n");
  EXPECT_EQ(rendered(profile, list_products, places),
            expected("GET /api/products?category=Fish%20%26%20Chips&limit=200"));
  Places second = places;
  second[Place::cursor] = "abc=";
  EXPECT_EQ(rendered(profile, list_products, second),
            expected("GET /api/products?category=Fish%20%26%20Chips&limit=200&cursor=abc%3D"));
  EXPECT_EQ(rendered(profile, browse, places),
            expected("GET /api/products?category=Fish%20%26%20Chips&limit=200"));
  EXPECT_EQ(rendered(profile, view_product, places), expected("GET /api/products/41"));
  PlaceLine bread, milk;
  bread.product = "41", bread.quantity = "2";
  milk.product = "42", milk.quantity = "1";
  EXPECT_EQ(rendered(profile, add_to_cart, places, std::array{bread, milk}),
            expected("POST /api/cart/add",
                     R"({"session_id":"90071992547409931","step":2,"lines":[)"
                     R"({"product_id":"41","quantity":2},{"product_id":"42","quantity":1}]})"));
  EXPECT_EQ(rendered(profile, view_coupons, places), expected("GET /api/wallet"));
  PlaceLine first, second_coupon;
  first.coupon = "501", first.code = "A";
  second_coupon.coupon = "502", second_coupon.code = "B";
  EXPECT_EQ(rendered(profile, apply_coupons, places, std::array{first, second_coupon}),
            expected("PUT /api/cart/coupons",
                     R"({"session_id":"90071992547409931","step":2,"coupons":["501","502"]})"));
  EXPECT_EQ(rendered(profile, checkout, places),
            expected("POST /api/orders/checkout", R"({"session_id":"90071992547409931"})",
                     "Idempotency-Key: hour:7\n"));
  EXPECT_EQ(rendered(profile, abandon, places),
            expected("DELETE /api/cart?session_id=90071992547409931"));
  EXPECT_EQ(rendered(profile, find_order, places),
            expected("GET /api/orders?session_id=90071992547409931"));
}

TEST(FootfallProfile, ReadsWhatTheApiAnswers) {
  const Profile& profile = Profile::footfall();
  const ApiOutcome goods = profile.read(
      list_products, 200,
      R"({"currency":"USD","listing_id":"7","products":[{"id":"41","sku":"DA-1","name":"Milk",)"
      R"("category":"Dairy","brand":"Alp","list_price_minor":249,"price_minor":199,"on_deal":true}],)"
      R"("next_cursor":"eyJ"})");
  ASSERT_TRUE(goods.ok) << goods.problem;
  ASSERT_EQ(goods.products.size(), 1U);
  const SeenProduct& milk = goods.products[0];
  EXPECT_EQ(milk.id + milk.sku + milk.name + milk.category + milk.brand, "41DA-1MilkDairyAlp");
  EXPECT_EQ(milk.price, Money{199});
  EXPECT_EQ(goods.next, "eyJ");

  const ApiOutcome wallet = profile.read(
      view_coupons, 200,
      R"({"coupons":[{"id":"501","assigned_at":"2026-01-05T00:00:00Z","expires_at":)"
      R"("2026-01-19T00:00:00.5Z","coupon_id":"9","code":"TEN","title":"","min_quantity":null}]})");
  ASSERT_TRUE(wallet.ok) << wallet.problem;
  ASSERT_EQ(wallet.coupons.size(), 1U);
  EXPECT_EQ(wallet.coupons[0].id, "501");
  EXPECT_EQ(wallet.coupons[0].code, "TEN");
  EXPECT_EQ(to_string(*wallet.coupons[0].assigned), "2026-01-05T00:00:00Z");
  EXPECT_EQ(to_string(*wallet.coupons[0].expires), "2026-01-19T00:00:00.500000Z");

  const ApiOutcome cart = profile.read(
      apply_coupons, 200,
      R"({"cart_id":"3","total_minor":1234,"coupons":[{"user_coupon_id":"501","refusal":null},)"
      R"({"user_coupon_id":"502","refusal":"min_spend"}]})");
  ASSERT_TRUE(cart.ok) << cart.problem;
  EXPECT_EQ(cart.total, Money{1234});
  ASSERT_EQ(cart.coupons.size(), 2U);
  EXPECT_EQ(cart.coupons[0].refusal, retail::Refusal::none);
  EXPECT_EQ(cart.coupons[1].refusal, retail::Refusal::min_spend);

  const ApiOutcome order =
      profile.read(checkout, 201, R"({"order_id":"90071992547409931","total_minor":5})");
  EXPECT_TRUE(order.ok) << order.problem;
  EXPECT_EQ(order.order, "90071992547409931");
  EXPECT_EQ(order.total, Money{5});

  const ApiOutcome found =
      profile.read(find_order, 200,
                   R"({"orders":[{"id":"12","total_minor":5},{"id":"11"}],"next_cursor":null})");
  EXPECT_TRUE(found.ok) << found.problem;
  EXPECT_EQ(found.order, "12");
  const ApiOutcome none = profile.read(find_order, 200, R"({"orders":[],"next_cursor":null})");
  EXPECT_TRUE(none.ok) << none.problem;
  EXPECT_EQ(none.order, "");
}

TEST(FootfallProfile, KnowsTheRefusalsOfACheckout) {
  const auto means = [](int status, std::string_view code) {
    return Profile::footfall().read(checkout, status,
                                    R"({"code":")" + std::string(code) + R"(","detail":"So."})");
  };
  EXPECT_EQ(means(409, "insufficient_stock").refusal, retail::Refusal::out_of_stock);
  EXPECT_EQ(means(409, "coupon_expired").refusal, retail::Refusal::expired);
  EXPECT_EQ(means(409, "coupon_already_redeemed").refusal, retail::Refusal::already_used);
  EXPECT_EQ(means(404, "coupon_not_owned").refusal, retail::Refusal::not_owned);
  EXPECT_EQ(means(422, "coupon_not_eligible").refusal, retail::Refusal::not_in_scope);
  EXPECT_EQ(means(409, "coupon_cap_reached").refusal, retail::Refusal::cap_reached);
  const ApiOutcome taken = means(409, "hour_taken");
  EXPECT_FALSE(taken.ok);
  EXPECT_FALSE(taken.refusal);
  EXPECT_EQ(taken.problem, "409 hour_taken: So.");
}

TEST(FootfallProfile, TakesACartThatWasLeftBehindAlreadyForDone) {
  const ApiOutcome gone = Profile::footfall().read(abandon, 409, R"({"code":"cart_not_open"})");
  EXPECT_TRUE(gone.ok);
  EXPECT_TRUE(gone.already_done);
}

TEST(Profile, SaysWhatItsFileDoes) {
  const Profile profile = profile_of(kSampleProfile);
  EXPECT_EQ(profile.name(), "sample");
  EXPECT_FALSE(profile.is_footfall());
  EXPECT_TRUE(profile.needs_token());
  EXPECT_FALSE(profile.has(browse));
  EXPECT_TRUE(profile.has(enter));
  EXPECT_EQ(profile.retry(checkout), Retry::always);
  EXPECT_EQ(profile.retry(add_to_cart), Retry::unseen);
  EXPECT_EQ(profile.retry(list_products), Retry::always) << "a GET changes nothing";
  EXPECT_TRUE(profile.names(checkout, Place::cart));
  EXPECT_TRUE(profile.names(checkout, Place::key));
  EXPECT_FALSE(profile.names(find_order, Place::cart));
  EXPECT_EQ(profile.price_text(Money{1205}), "12.05");
  EXPECT_EQ(Profile::footfall().price_text(Money{1205}), "1205");
}

}  // namespace
}  // namespace footfall::commerce
