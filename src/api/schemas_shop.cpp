// What goes in and out of the shop's routes.
#include "api/schemas.hpp"
#include "retail/pricing.hpp"

namespace footfall::api {
namespace {

constexpr std::int64_t kMany = 1'000'000;  // of an answer's list: no limit of its own

Field cursor() {
  return {"next_cursor", about(nullable(text(1, 200)), "Of the next page; null on the last.")};
}

Schema quantity(std::int64_t least) { return whole(least, retail::kLineQtyMax); }

Schema refusal() {
  return about(nullable(text(1, 40)),
               "Why the coupon takes nothing off; null: it does. One of not_in_scope, min_spend, "
               "min_qty, not_best, expired, not_owned, already_used, cap_reached.");
}

Schema coupon_outcome() {
  return object("CouponOutcome", {{"user_coupon_id", id()}, {"refusal", refusal()}});
}

Field store_id() {
  return optional("store_id",
                  about(id(), "Which store; left out: an agent's home store, or the only one."));
}
Field session_id() {
  return optional("session_id",
                  about(id(),
                        "Simulated shoppers: the session (run, hour, agent) whose number "
                        "cart and order take."));
}
Field step() {
  return optional("step", about(whole(1, 1'000'000'000),
                                "Numbers the shopper's changes to this cart upwards; one that is "
                                "sent again is not done again."));
}

Schema line(std::int64_t least) {
  return object(least == 0 ? "LineChange" : "NewLine",
                {{"product_id", id()}, {"quantity", quantity(least)}});
}

}  // namespace

Schema stores_schema() {
  return object("Stores", {{"stores", array(object("Store", {{"id", id()},
                                                             {"code", text(1, 100)},
                                                             {"name", text(0, 500)},
                                                             {"city", text(0, 500)},
                                                             {"timezone", text(0, 100)},
                                                             {"currency", text(3, 3)}}),
                                            0, kMany)}});
}

Schema categories_schema() {
  return object("Categories",
                {{"categories", array(object("Category", {{"name", text(1, 500)},
                                                          {"listing_id", nullable(id())},
                                                          {"products", count()}}),
                                      0, kMany)}});
}

Schema product_schema() {
  return object("Product",
                {{"id", id()},
                 {"sku", text(1, 200)},
                 {"name", text(0, 500)},
                 {"category", text(1, 500)},
                 {"brand", text(1, 500)},
                 {"list_price_minor", money()},
                 {"price_minor", about(money(), "Of one unit today, in minor units (cents).")},
                 {"on_deal", yes_no()}});
}

Schema products_schema() {
  return object("Products", {{"currency", text(3, 3)},
                             {"listing_id", about(nullable(id()),
                                                  "Of a category: its shelf of this offer "
                                                  "cycle, as events name it.")},
                             {"products", array(product_schema(), 0, 200)},
                             cursor()});
}

Schema cart_schema() {
  return object(
      "Cart",
      {{"cart_id", about(nullable(id()), "Null: there is no open cart.")},
       {"version", about(count(), "Raised by each change.")},
       {"currency", text(3, 3)},
       {"lines",
        array(object("CartLine", {{"product_id", id()},
                                  {"name", text(0, 500)},
                                  {"quantity", quantity(1)},
                                  {"price_seen_minor", about(money(), "When it was put in.")},
                                  {"price_minor", about(money(), "Now; this is what is charged.")},
                                  {"subtotal_minor", money()},
                                  {"discount_minor", money()}}),
              0, retail::kCartLinesMax)},
       {"coupons", array(coupon_outcome(), 0, kMany)},
       {"subtotal_minor", money()},
       {"discount_minor", money()},
       {"total_minor", money()}});
}

Schema cart_change_schema() {
  return object("CartChanged", {{"cart_id", id()}, {"version", count()}, {"line_count", count()}});
}

Schema wallet_schema() {
  return object(
      "Wallet",
      {{"coupons",
        array(object("WalletCoupon",
                     {{"id", id()},
                      {"assigned_at", moment()},
                      {"expires_at", about(moment(), "From this moment on it is not accepted.")},
                      {"coupon_id", id()},
                      {"code", text(1, 200)},
                      {"title", text(0, 500)},
                      {"kind", choice({"frontstore", "category", "brand"})},
                      {"discount_type", choice({"percent", "amount", "fixed_price", "bxgy"})},
                      {"percent_bps", about(nullable(count()), "Hundredths of a percent.")},
                      {"amount_minor", nullable(money())},
                      {"buy_quantity", nullable(count())},
                      {"get_quantity", nullable(count())},
                      {"scope", about(nullable(text(1, 500)), "The category or brand.")},
                      {"min_spend_minor", nullable(money())},
                      {"min_quantity", nullable(count())},
                      {"max_discount_minor", nullable(money())}}),
              0, kMany)}});
}

Schema placed_order_schema() {
  return object("PlacedOrder", {{"order_id", id()},
                                {"status", choice({"placed"})},
                                {"currency", text(3, 3)},
                                {"subtotal_minor", money()},
                                {"discount_minor", money()},
                                {"total_minor", money()},
                                {"coupons", array(coupon_outcome(), 0, kMany)}});
}

namespace {

std::vector<Field> order_head() {
  return {{"id", id()},
          {"store_id", nullable(id())},
          {"session_id", nullable(id())},
          {"status", choice({"placed", "cancelled", "part_refunded", "refunded"})},
          {"currency", text(3, 3)},
          {"subtotal_minor", money()},
          {"discount_minor", money()},
          {"total_minor", money()},
          {"refunded_minor", money()},
          {"placed_at", about(moment(), "By the real clock.")},
          {"is_simulated", yes_no()},
          {"simulated_at", about(nullable(moment()), "By the run's clock.")}};
}

}  // namespace

Schema order_schema() {
  std::vector<Field> fields = order_head();
  fields.push_back({"lines", array(object("OrderLine", {{"line_no", whole(1, 1000)},
                                                        {"product_id", id()},
                                                        {"name", nullable(text(0, 500))},
                                                        {"quantity", quantity(1)},
                                                        {"refunded_quantity", quantity(0)},
                                                        {"price_minor", money()},
                                                        {"discount_minor", money()},
                                                        {"total_minor", money()}}),
                                   0, retail::kCartLinesMax)});
  fields.push_back({"discounts", array(object("OrderDiscount", {{"line_no", whole(1, 1000)},
                                                                {"user_coupon_id", id()},
                                                                {"coupon_id", id()},
                                                                {"amount_minor", money()}}),
                                       0, kMany)});
  return object("Order", std::move(fields));
}

Schema orders_schema() {
  return object("Orders", {{"orders", array(object("OrderHead", order_head()), 0, 200)}, cursor()});
}

Schema return_schema() {
  return object("Returned",
                {{"order_id", id()},
                 {"refunded_minor", about(money(), "By this return.")},
                 {"coupons_back", about(array(id(), 0, kMany), "In the wallet again.")},
                 {"coupons_lost", about(array(id(), 0, kMany), "Too late, or without a place.")}});
}

Schema assigned_schema() {
  return object(
      "WalletRefilled",
      {{"user_id", about(nullable(id()), "Null: all who were due.")},
       {"offer_cycle", about(count(), "The number of the offer cycle at hand.")},
       {"status", nullable(choice({"pending", "done", "skipped", "failed"}))},
       {"assigned_at", nullable(moment())},
       {"dry_run", yes_no()},
       {"users_refreshed", about(count(),
                                 "0: this offer cycle's refresh was done before; the "
                                 "numbers are those of then.")},
       {"frontstore", count()},
       {"category_brand", count()},
       {"skipped_capacity", about(count(), "Places for which there was no room or no coupon.")},
       {"expired", count()},
       {"superseded", count()}});
}

Schema add_body() {
  return object("AddToCart", {{"lines", array(line(1), 1, 50)}, store_id(), session_id(), step()});
}

Schema change_body() {
  return object("ChangeCart",
                {{"lines", about(array(line(0), 1, 50), "Quantity 0 takes a line out.")},
                 store_id(),
                 session_id(),
                 step()});
}

Schema coupons_body() {
  return object(
      "CartCoupons",
      {{"coupons", about(array(id(), 0, retail::kCartCouponsMax), "Ids of the wallet's coupons.")},
       store_id(),
       session_id(),
       step()});
}

Schema checkout_body() {
  return object("Checkout",
                {store_id(), session_id(),
                 optional("coupons", about(array(id(), 0, retail::kCartCouponsMax),
                                           "Ids of the wallet's coupons; left out: those in the "
                                           "cart.")),
                 optional("coupon_policy",
                          about(choice({"all", "partial"}),
                                "all: a coupon that cannot be used refuses the checkout (the "
                                "default). partial: it is left out."))});
}

Schema cancel_body() {
  return object("Cancel", {optional("coupons_back",
                                    about(yes_no(), "Whether coupons come back (the default)."))});
}

Schema refund_body() {
  return object("Refund", {{"lines", array(object("RefundLine", {{"line_no", whole(1, 1000)},
                                                                 {"quantity", quantity(1)}}),
                                           1, retail::kCartLinesMax)}});
}

Schema assign_body() {
  return object("AssignOffers",
                {optional("user_id", about(id(), "Whose wallet; left out: one's own.")),
                 optional("all_due", about(yes_no(), "Admin: everybody whose refresh is due.")),
                 optional("dry_run", about(yes_no(), "Count only; write nothing."))});
}

}  // namespace footfall::api
