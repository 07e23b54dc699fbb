// Goal: whatever values are filled in, a request stays what its template says: a JSON body stays
// one document with the value in it, a path keeps its segments, a header its line.
#include <boost/json.hpp>

#include "commerce/http/profile_fixture.hpp"

namespace footfall::commerce {
namespace {

using enum ApiAction;

ApiRequest rendered(const Profile& profile, ApiAction action, const Places& places,
                    std::span<const PlaceLine> lines = {}) {
  ApiRequest request;
  profile.render(action, places, lines, request);
  return request;
}

std::string header(const ApiRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return "(none)";
}

Places with(Place place, std::string_view value) {
  Places places;
  places[place] = value;
  return places;
}

// A profile whose `enter` has this body.
Profile with_body(std::string_view body) {
  return profile_of(changed("'{\"reference\":\"{session}\"}'", body));
}

TEST(ProfileRender, EscapesWhatStandsInJson) {
  const Profile profile = profile_of(kSampleProfile);
  for (const std::string_view hostile : {R"(a"b\c)", "line\nend\ttab\x01", "Käse 🧀",
                                         R"(","admin":true,"x":")", "{session}", "\x7f"}) {
    const ApiRequest request = rendered(profile, enter, with(Place::session, hostile));
    const boost::json::value read = boost::json::parse(request.body);
    EXPECT_EQ(read.as_object().size(), 1U);
    EXPECT_EQ(read.at("reference").as_string(), hostile) << request.body;
  }
  const ApiRequest broken = rendered(profile, enter, with(Place::session, "a\xff\xc3"));
  EXPECT_EQ(boost::json::parse(broken.body).at("reference").as_string(), "a\uFFFD\uFFFD");
}

TEST(ProfileRender, GivesWhatStandsOutsideOfQuotesTheFormItNeeds) {
  const Profile profile = with_body(R"('{"a\"{hour}":{session},"b":[{at},{step}]}')");
  Places places;
  const auto body = [&](std::string_view session) {
    places[Place::session] = session;
    return rendered(profile, enter, places).body;
  };
  EXPECT_EQ(body("17"), R"({"a\"":17,"b":[null,null]})");
  EXPECT_EQ(body("-0.50"), R"({"a\"":-0.50,"b":[null,null]})");
  for (const std::string_view text : {"1e5", "017", "1.", ".5", "-", "0x1", "true", "1,2", "a-b"}) {
    EXPECT_EQ(body(text), R"({"a\"":")" + std::string(text) + R"(","b":[null,null]})");
  }
  places[Place::hour] = "7";
  places[Place::at] = "2026-01-05T10:00:00Z";
  EXPECT_EQ(body("x\"}"), R"({"a\"7":"x\"}","b":["2026-01-05T10:00:00Z",null]})");
}

TEST(ProfileRender, TakesBracketsAroundAnythingButANameForText) {
  const Profile profile = with_body(R"('{"a":{},"b":{"c":"{ session } {1}"},"d":[{"e":{}}]}')");
  EXPECT_EQ(rendered(profile, enter, with(Place::session, "5")).body,
            R"({"a":{},"b":{"c":"{ session } {1}"},"d":[{"e":{}}]})");
}

TEST(ProfileRender, EncodesWhatStandsInAPath) {
  const Profile profile = profile_of(kSampleProfile);
  EXPECT_EQ(rendered(profile, view_product, with(Place::sku, "a/b?c#d e%ü&\r\n-._~")).target,
            "/items/a%2Fb%3Fc%23d%20e%25%C3%BC%26%0D%0A-._~");
  EXPECT_EQ(rendered(profile, find_order, with(Place::session, "a&b=c+d")).target,
            "/orders?of=a%26b%3Dc%2Bd");
}

TEST(ProfileRender, LeavesOutOfTheQueryWhatIsNotKnown) {
  const Profile profile = profile_of(kSampleProfile);
  EXPECT_EQ(rendered(profile, list_products, {}).target, "/items?all=1");
  EXPECT_EQ(rendered(profile, list_products, with(Place::cursor, "2")).target,
            "/items?page=2&all=1");
  EXPECT_EQ(rendered(profile, find_order, {}).target, "/orders");
}

TEST(ProfileRender, LeavesNoControlCharacterInAHeader) {
  const Profile profile = profile_of(kSampleProfile);
  Places places = with(Place::token, "abc\r\nX-Evil: 1\x01é");
  places[Place::at] = "now\n";
  const ApiRequest request = rendered(profile, view_coupons, places);
  EXPECT_EQ(header(request, "Authorization"), "Bearer abcX-Evil: 1é");
  EXPECT_EQ(header(request, "X-At"), "now");
}

TEST(ProfileRender, LeavesOutHeadersWithSomethingUnknown) {
  const Profile profile = profile_of(kSampleProfile);
  EXPECT_TRUE(rendered(profile, view_coupons, {}).headers.empty());
  EXPECT_TRUE(rendered(profile, health, with(Place::token, "t")).headers.empty())
      << "nobody in particular asks for health";
}

TEST(ProfileRender, PrefersAnActionsHeaderToTheServices) {
  const Profile profile =
      profile_of(changed("X-At = \"\" }", "x-at = \"later\", Authorization = \"Basic {agent}\" }"));
  Places places;
  places.values.fill("v");
  const ApiRequest request = rendered(profile, checkout, places);
  EXPECT_EQ(header(request, "Once"), "v");
  EXPECT_EQ(header(request, "x-at"), "later");
  EXPECT_EQ(header(request, "Authorization"), "Basic v");
  EXPECT_EQ(request.headers.size(), 3U);
  const ApiRequest without = rendered(profile_of(kSampleProfile), checkout, places);
  EXPECT_EQ(header(without, "X-At"), "(none)") << "an empty text takes it away";
  EXPECT_EQ(header(without, "Authorization"), "Bearer v");
}

TEST(ProfileRender, SeparatesLinesByCommas) {
  const Profile profile = profile_of(kSampleProfile);
  PlaceLine first, second;
  first.product = "a\"", first.quantity = "2";
  second.product = "b", second.quantity = "1";
  Places places = with(Place::step, "3");
  const std::string two = rendered(profile, add_to_cart, places, std::array{first, second}).body;
  EXPECT_EQ(two, R"({"items":[{"id":"a\"","count":2},{"id":"b","count":1}],"step":3})");
  EXPECT_EQ(rendered(profile, add_to_cart, places, std::array{first}).body,
            R"({"items":[{"id":"a\"","count":2}],"step":3})");
  EXPECT_EQ(rendered(profile, apply_coupons, places).body, "[]");
}

TEST(ProfileRender, TellsLinesFromCouponsWhereACheckoutTakesBoth) {
  const Profile profile =
      profile_of(changed("retry = \"always\"\n", R"(body = '{"what":[{lines}],"off":[{coupons}]}'
line = '["{sku}",{price}]'
coupon = '{"{code}":{coupon}}'
)"));
  PlaceLine line, coupon;
  line.sku = "s", line.price = "1.50";
  coupon.code = "c", coupon.coupon = "9";
  EXPECT_EQ(rendered(profile, checkout, {}, std::array{coupon, line, coupon}).body,
            R"({"what":[["s",1.50]],"off":[{"c":9},{"c":9}]})");
}

TEST(ProfileRender, FillsInTheOneLineWhereThereIsACallForEach) {
  std::string text = changed(R"('{"items":[{lines}],"step":{step}}')",
                             R"('{"id":"{product}","n":{quantity},"at":{price}}')");
  const std::string line = R"(line = '{"id":"{product}","count":{quantity}}')";
  text.replace(text.find(line), line.size(), "per = \"line\"");
  const Profile profile = profile_of(text);
  EXPECT_EQ(profile.per(add_to_cart), Per::line);
  PlaceLine one;
  one.product = "p", one.quantity = "4", one.price = "0.99";
  EXPECT_EQ(rendered(profile, add_to_cart, with(Place::product, "other"), std::array{one}).body,
            R"({"id":"p","n":4,"at":0.99})");
  Places places = with(Place::product, "q");
  places[Place::quantity] = "1";
  EXPECT_EQ(rendered(profile, add_to_cart, places).body, R"({"id":"q","n":1,"at":null})")
      << "without a line, the places are the caller's";
}

TEST(ProfileRender, WritesOverWhatTheRequestHeld) {
  const Profile profile = profile_of(kSampleProfile);
  Places places;
  places.values.fill("v");
  ApiRequest request;
  profile.render(checkout, places, {}, request);
  profile.render(enter, places, {}, request);
  EXPECT_EQ(request.method, http::Method::post);
  EXPECT_EQ(request.target, "/baskets");
  EXPECT_EQ(request.body, R"({"reference":"v"})");
  ASSERT_EQ(request.headers.size(), 2U);
  profile.render(health, places, {}, request);
  EXPECT_EQ(request.method, http::Method::get);
  EXPECT_TRUE(request.headers.empty());
  EXPECT_EQ(request.body, "");
}

TEST(ProfileRenderDeathTest, RefusesAnActionThatIsMissing) {
  ApiRequest request;
  EXPECT_DEATH(Profile::footfall().render(enter, {}, {}, request), "the profile lacks");
}

}  // namespace
}  // namespace footfall::commerce
