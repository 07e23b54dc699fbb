// Goal: a live run at somebody else's shop (R54) leaves there and here the same orders, each once,
// whatever answers are lost and whatever the shop lacks; the journal keeps its invariants, also
// where the shop's totals are not ours. Method: the foreign shop in this process, runs of two
// simulated days put together as `footfall simulate --api` does, their rows compared with what the
// shop counted.
#include "tests/foreign/foreign_live.hpp"

namespace footfall::tests {
namespace {

TEST_F(ForeignLive, OrdersOfTheJournalAreThoseOfTheShop) {  // R54
  open();
  const simulation::LiveProgress done = live(with_new_coupons());
  EXPECT_EQ(done.failures, 0) << told_;
  EXPECT_EQ(static_cast<std::size_t>(done.tally.orders), shop_->orders().size());
  expect_same_orders();
  EXPECT_EQ(path_violations(), "");
  EXPECT_EQ(shop_->calls("GET /v2/items"), 4) << "160 products, once an offer cycle";
  EXPECT_EQ(number("SELECT count(*) AS n FROM listings l JOIN products p ON p.id = l.product_id "
                   "WHERE l.price_minor <> (p.list_price_minor / 100 + 2) * 100"),
            0)
      << "prices are the shop's";
  EXPECT_EQ(number("SELECT count(*) AS n FROM listings"), 160);
  EXPECT_EQ(shop_->calls("POST /v2/baskets"),
            number("SELECT count(*) AS n FROM shopping_sessions"));
  // Coupons are those of the shop, by code, and used there and here.
  EXPECT_GT(number("SELECT count(*) AS n FROM coupon_events"), 3);
  EXPECT_EQ(number("SELECT count(*) AS n FROM user_coupons w JOIN coupons c ON c.id = w.coupon_id "
                   "WHERE c.code NOT IN ('C11', 'C13', 'C41', 'C23')"),
            0);
  EXPECT_EQ(number("SELECT count(*) AS n FROM user_coupons WHERE status = 'redeemed'"),
            done.tally.coupons_redeemed);
  EXPECT_GT(number("SELECT count(*) AS n FROM user_coupons w JOIN coupons c ON c.id = w.coupon_id "
                   "WHERE c.code = 'C41'"),
            0);
}

// It did sell: an answer of success is one, also where the profile cannot read it.
TEST_F(ForeignLive, AnswersThatCannotBeReadAreAskedAfter) {
  open();
  std::string profile = foreign_profile();
  const std::string number_there = R"(order = "/data/order/number")";
  profile.replace(profile.find(number_there), number_there.size(), R"(order = "/data/receipt")");
  const simulation::LiveProgress done = live(profile);
  EXPECT_EQ(done.failures, 0) << told_;
  EXPECT_GE(shop_->calls("GET /v2/orders"), 10);
  expect_same_orders();
}

// Each lost checkout is asked for, not sent again: one try a call.
TEST_F(ForeignLive, NothingIsOrderedTwiceThoughAnswersAreLost) {
  open();
  shop_->lose_answers("POST /v2/basket/{id}/purchase", 5);
  const simulation::LiveProgress done = live(foreign_profile(), /*tries=*/1);
  EXPECT_EQ(done.failures, 0) << told_;
  EXPECT_GE(shop_->calls("GET /v2/orders"), 5);
  EXPECT_EQ(done.unsettled, 0);
  expect_same_orders();
}

TEST_F(ForeignLive, CallsThatMayBeRepeatedAre) {
  open();
  shop_->lose_answers("POST /v2/baskets", 3);
  shop_->lose_answers("POST /v2/basket/{id}/purchase", 3);
  shop_->be_busy("GET /v2/vouchers", 3);
  const simulation::LiveProgress done = live(foreign_profile());
  EXPECT_EQ(done.failures, 0) << told_;
  EXPECT_EQ(shop_->calls("GET /v2/orders"), 0);
  expect_same_orders();
}

// A basket's line may not be sent twice; a checkout that the busy shop did not do is not done.
TEST_F(ForeignLive, FailuresAreCountedByTheirKind) {
  open();
  shop_->be_busy("POST /v2/basket/{id}/purchase", 3);
  shop_->lose_answers("POST /v2/basket/{id}/items", 2);
  const simulation::LiveProgress done = live(foreign_profile(), /*tries=*/1);
  using Kind = commerce::TripFailure::Kind;
  EXPECT_EQ(done.failures, 5) << told_;
  EXPECT_EQ(done.failures_of[static_cast<std::size_t>(Kind::api_5xx)], 5) << told_;
  EXPECT_EQ(number("SELECT count(*) AS n FROM shopping_sessions WHERE outcome = 'error'"), 5);
  expect_same_orders();
}

TEST_F(ForeignLive, SomeoneWithoutATokenFailsAlone) {
  goods_.customers.erase("token-of-47");
  open();
  const simulation::LiveProgress done = live(foreign_profile());
  using Kind = commerce::TripFailure::Kind;
  EXPECT_GT(done.failures, 0);
  EXPECT_EQ(done.failures_of[static_cast<std::size_t>(Kind::api_refused)], done.failures) << told_;
  EXPECT_EQ(number("SELECT count(*) AS n FROM shopping_sessions WHERE outcome = 'error' AND "
                   "agent_id <> 47"),
            0);
  expect_same_orders();
}

TEST_F(ForeignLive, SoldOutEndsTripsThatGoOnElsewhere) {
  for (ForeignItem& item : goods_.items) item.left = 3;
  open();
  const simulation::LiveProgress done = live(foreign_profile());
  EXPECT_EQ(done.failures, 0) << told_;
  EXPECT_GT(number("SELECT count(*) AS n FROM shopping_session_events WHERE type = "
                   "'checkout_failed'"),
            0);
  EXPECT_EQ(difference(shops_orders(), our_orders()), "");
  EXPECT_EQ(shop_->open_baskets(), 0);
}

TEST_F(ForeignLive, MockedDatabaseKeepsNothing) {
  open();
  const auto counts = [this] {
    const auto reader = store::open_reader(url_).value();
    return table_counts(number_from(*reader));
  };
  const std::string before = counts();
  cli::SimulateOptions options;
  options.mock_db = true;
  const simulation::LiveProgress done = live(foreign_profile(), 4, options);
  EXPECT_EQ(done.failures, 0) << told_;
  EXPECT_GT(shop_->orders().size(), 10U);
  const std::size_t sold = shop_->orders().size();
  EXPECT_EQ(static_cast<std::size_t>(done.tally.orders), sold);
  EXPECT_EQ(counts(), before);
  // The same people once more, another second: not the same baskets, keys and orders.
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  live(foreign_profile(), 4, options);
  EXPECT_EQ(shop_->orders().size(), 2 * sold);
}

// The shop has the last word: it says that none of them fits.
TEST_F(ForeignLive, CouponsThatTheShopRefusesTakeNothingOff) {
  for (ForeignVoucher& voucher : goods_.vouchers) voucher.department = "nowhere";
  open();
  const simulation::LiveProgress done = live(with_new_coupons());
  EXPECT_EQ(done.failures, 0) << told_;
  expect_same_orders();
  EXPECT_GT(number("SELECT count(*) AS n FROM shopping_session_events WHERE type = "
                   "'coupon_refused'"),
            0);
  EXPECT_EQ(number("SELECT count(*) AS n FROM coupon_events"), 0);
}

// The order here is what its lines come to; what was paid there stands in the event.
TEST_F(ForeignLive, TotalsOfTheShopStandInTheEvents) {
  goods_.shipping = Money{495};
  open();
  const simulation::LiveProgress done = live(foreign_profile());
  EXPECT_EQ(done.failures, 0) << told_;
  expect_same_orders(goods_.shipping);
  EXPECT_EQ(number("SELECT count(*) AS n FROM orders o JOIN shopping_session_events e ON "
                   "e.session_id = o.session_id AND e.type = 'checkout_complete' WHERE "
                   "e.amount_minor = o.total_minor + 495"),
            static_cast<std::int64_t>(shop_->orders().size()));
}

}  // namespace
}  // namespace footfall::tests
