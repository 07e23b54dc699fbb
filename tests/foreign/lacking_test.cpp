// Goal: a shop that lacks what others have is shopped at all the same (R54): shelves, coupons,
// orders that can be found, carts. Method: as in live_test.cpp, with profiles that leave actions
// out.
#include "tests/foreign/foreign_live.hpp"

namespace footfall::tests {
namespace {

// Where nobody can tell, the order is the shop's alone; the agent comes again all the same.
TEST_F(ForeignLive, CheckoutsThatNobodyCanTellShutNobodyOut) {
  open();
  shop_->lose_answers("POST /v2/basket/{id}/purchase", 5);
  std::string profile = without({"browse", "find_order"});
  const std::string once = "retry = \"always\"\nread = { order";
  profile.replace(profile.find(once), once.size(), "retry = \"unseen\"\nread = { order");
  const simulation::LiveProgress done = live(profile, /*tries=*/1);
  EXPECT_EQ(done.unsettled, 5);
  EXPECT_EQ(done.failures, 5) << told_;
  EXPECT_EQ(our_orders().size() + 5, shop_->orders().size());
  EXPECT_EQ(number("SELECT count(*) AS n FROM shopping_sessions WHERE outcome = 'open'") +
                number("SELECT count(*) AS n FROM shopping_sessions WHERE outcome = 'error'"),
            5);
}

// Its ids are ours, and so are its prices.
TEST_F(ForeignLive, ShopsThatLackActionsAreShoppedAt) {
  const retail::Catalogue ours = simulation::small_shop();
  for (std::size_t i = 0; i < ours.products.size(); ++i) {
    ForeignItem& item = goods_.items[ours.products.size() - 1 - i];
    item.uuid = fmt::format("{}", ours.products[i].id.value);
    item.price = ours.products[i].list_price;
  }
  open();
  const simulation::LiveProgress done =
      live(without({"browse", "list_products", "view_coupons", "find_order", "health"}));
  EXPECT_EQ(done.failures, 0) << told_;
  expect_same_orders();
  EXPECT_EQ(shop_->calls("GET /v2/items") + shop_->calls("GET /v2/vouchers"), 0);
  EXPECT_EQ(number("SELECT count(*) AS n FROM user_coupons"), 0);
}

// A shop that is told of everything with the checkout; this one knows nothing of that, and sells
// empty baskets.
TEST_F(ForeignLive, ShopsWithoutACartAreToldAtTheCheckout) {
  open();
  std::string profile = without({"browse", "add_to_cart"});
  const std::string checkout = "path = \"/v2/basket/{cart}/purchase\"";
  profile.replace(profile.find(checkout), checkout.size(),
                  checkout + "\nbody = '{\"lines\":[{lines}]}'\nline = '\"{sku}\"'");
  const std::string refusal = "action = [\"add_to_cart\", \"checkout\"]";
  profile.replace(profile.find(refusal), refusal.size(), "action = \"checkout\"");
  const simulation::LiveProgress done = live(profile);
  EXPECT_EQ(shop_->calls("POST /v2/basket/{id}/items"), 0);
  EXPECT_EQ(shop_->calls("POST /v2/basket/{id}/purchase"), done.tally.orders + done.failures);
  EXPECT_GT(done.tally.orders + done.failures, 10) << told_;
}

}  // namespace
}  // namespace footfall::tests
