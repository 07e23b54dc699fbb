// Goal: a change of a cart's coupons that is not made, or was made before, changes nothing, and its
// answer says what is so. Method: the API over each database.
#include <gtest/gtest.h>

#include "tests/api/crowd.hpp"

namespace footfall::tests {
namespace {

class ApiCartCoupons : public ApiCrowd {};
FOOTFALL_API_ON_EACH(ApiCartCoupons);

// A cart with one coupon, whose answer is `cart`.
struct CouponCart {
  UsableCoupon coupon;
  HttpAnswer cart;
};
CouponCart cart_with_coupon(const ApiWorld& w, HttpClient& shopper) {
  CouponCart out;
  out.coupon = usable_coupon(w, shopper);
  EXPECT_EQ(shopper.post("/api/cart/add", add_body(out.coupon.product, 2)).status, 200);
  out.cart = shopper.post("/api/cart/coupons",
                          store_body(1, R"(,"coupons":[")" + out.coupon.id + R"("],"step":5)"));
  EXPECT_EQ(out.cart.status, 200) << out.cart.body;
  return out;
}

TEST_P(ApiCartCoupons, RemovingACouponThatIsNotInTheCartChangesNothing) {
  ApiWorld& w = make();
  HttpClient person = w.person(1);
  const CouponCart with = cart_with_coupon(w, person);
  const HttpAnswer none = person.send("DELETE", "/api/cart/coupons/987654321?store_id=1");
  EXPECT_EQ(none.status, 404);
  EXPECT_EQ(outcome(none), "coupon_not_in_cart");
  const HttpAnswer cart = person.get("/api/cart?store_id=1");
  EXPECT_EQ(cart.body, with.cart.body);
  EXPECT_EQ(cart.header("etag"), with.cart.header("etag"));
  // The version is looked at first.
  const HttpAnswer stale = person.send("DELETE", "/api/cart/coupons/987654321?store_id=1", "",
                                       {{"If-Match", "\"1-1\""}});
  EXPECT_EQ(stale.status, 412) << stale.body;
  const HttpAnswer gone =
      person.send("DELETE", "/api/cart/coupons/" + with.coupon.id + "?store_id=1", "",
                  {{"If-Match", cart.header("etag")}});
  EXPECT_EQ(gone.status, 200) << gone.body;
}

TEST_P(ApiCartCoupons, ACouponStepThatIsSentAgainShowsTheCartAsItIs) {
  ApiWorld& w = make();
  HttpClient person = w.person(1);
  const CouponCart with = cart_with_coupon(w, person);
  const HttpAnswer cleared =
      person.send("PUT", "/api/cart/coupons", store_body(1, R"(,"coupons":[],"step":6)"),
                  {{"Content-Type", "application/json"}, {"If-Match", with.cart.header("etag")}});
  ASSERT_EQ(cleared.status, 200) << cleared.body;
  // With the version that was the cart's when it was sent first, too.
  const std::string again = store_body(1, R"(,"coupons":[")" + with.coupon.id + R"("],"step":5)");
  for (const HttpHeaders& headers :
       {HttpHeaders{}, HttpHeaders{{"If-Match", with.cart.header("etag")}}}) {
    const HttpAnswer repeated = person.post("/api/cart/coupons", again, headers);
    ASSERT_EQ(repeated.status, 200) << repeated.body;
    EXPECT_EQ(repeated.body, cleared.body);
    EXPECT_EQ(repeated.header("etag"), cleared.header("etag"));
  }
}

}  // namespace
}  // namespace footfall::tests
