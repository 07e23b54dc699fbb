// The table of the shop's routes (R13).
#include "api/handlers.hpp"
#include "api/paging.hpp"
#include "api/route_tables.hpp"
#include "api/schemas.hpp"

namespace footfall::api {
namespace {

using http::Method;
using In = Parameter::In;

constexpr std::string_view kCatalogue = "Catalogue", kCart = "Cart", kOrders = "Orders",
                           kWallet = "Wallet";

Parameter in_path(std::string_view name) { return {In::path, name, id(), true}; }
Parameter query(std::string_view name, Schema schema) {
  return {In::query, name, std::move(schema), false};
}
Parameter store_query() {
  return query("store_id", about(id(),
                                 "Which store; left out: an agent's home store, or the only "
                                 "one."));
}
Parameter session_query() {
  return query("session_id", about(id(), "Simulated shoppers: the session whose cart it is."));
}
Parameter if_match() {
  return {In::header, "If-Match",
          about(text(1, 60), "The cart's ETag: refuse if somebody has changed it since."), false};
}
Parameter if_none_match() {
  return {In::header, "If-None-Match",
          about(text(1, 1000), "An ETag of before: 304 if nothing has changed."), false};
}

Answer ok(std::string_view about, Schema schema) { return {200, about, std::move(schema)}; }
Answer not_modified() { return {304, "Nothing has changed.", std::nullopt}; }

void add_catalogue(std::vector<Route>& table) {
  table.push_back({Method::get, "/api/stores", "listStores", kCatalogue, "The stores", "",
                   Access::open, list_stores});
  table.back().parameters = {if_none_match()};
  table.back().answers = {ok("All open stores.", stores_schema()), not_modified()};

  table.push_back({Method::get, "/api/categories", "listCategories", kCatalogue, "The categories",
                   "", Access::optional, list_categories});
  table.back().in_run = true;
  table.back().parameters = {if_none_match()};
  table.back().answers = {ok("Categories that have products.", categories_schema()),
                          not_modified()};

  table.push_back({Method::get, "/api/products", "listProducts", kCatalogue, "Products and prices",
                   "A category comes in the order in which its shelf shows it, deals first; "
                   "otherwise products come by id. Prices are those of the run whose shopper asks, "
                   "or of the real shop.",
                   Access::optional, list_products});
  table.back().in_run = true;
  table.back().parameters = {query("category", about(text(1, 500), "The name of a category.")),
                             query("search", about(text(1, 100), "Words in name, brand or SKU.")),
                             limit_parameter(), cursor_parameter(), if_none_match()};
  table.back().answers = {ok("A page of products.", products_schema()), not_modified()};

  table.push_back({Method::get, "/api/products/{product_id}", "showProduct", kCatalogue,
                   "One product", "", Access::optional, show_product});
  table.back().in_run = true;
  table.back().parameters = {in_path("product_id"), if_none_match()};
  table.back().answers = {ok("The product.", product_schema()), not_modified()};
  table.back().problems = {&kNoSuchProduct};
}

// All of them act on the open cart of the shopper who calls.
void add_cart_route(std::vector<Route>& table, Method method, std::string_view path,
                    std::string_view name, std::string_view title, std::string_view about,
                    RouteFunction run) {
  table.push_back({method, path, name, kCart, title, about, Access::shopper, run});
  Route& route = table.back();
  route.in_run = true;
  route.problems = {&kNoSuchStore, &kCartNotOpen, &kCartVersionConflict, &kOtherCartOpen};
  if (method != Method::get) route.parameters = {if_match()};
}

void add_cart(std::vector<Route>& table) {
  add_cart_route(table, Method::get, "/api/cart", "showCart", "The open cart",
                 "With today's prices, and what its coupons take off.", show_cart);
  table.back().parameters = {store_query(), session_query()};
  table.back().answers = {ok("The cart; `cart_id` null if none is open.", cart_schema())};
  table.back().problems = {&kNoSuchStore};

  add_cart_route(table, Method::post, "/api/cart/add", "addToCart", "Put products into the cart",
                 "Opens a cart if there is none. Quantities add up; all lines or none.",
                 add_to_cart);
  table.back().body = add_body();
  table.back().answers = {ok("Done.", cart_change_schema())};
  for (const ProblemKind* kind : {&kNoSuchProduct, &kTooManyLines, &kBadQuantity}) {
    table.back().problems.push_back(kind);
  }

  add_cart_route(table, Method::patch, "/api/cart", "changeCart", "Set quantities", "",
                 change_cart);
  table.back().body = change_body();
  table.back().answers = {ok("Done.", cart_change_schema())};
  for (const ProblemKind* kind : {&kNoSuchProduct, &kTooManyLines, &kBadQuantity}) {
    table.back().problems.push_back(kind);
  }

  add_cart_route(table, Method::del, "/api/cart", "abandonCart", "Leave the cart behind", "",
                 abandon_cart);
  table.back().parameters = {store_query(), session_query(), if_match()};
  table.back().answers = {ok("Done.", cart_change_schema())};

  add_cart_route(table, Method::del, "/api/cart/items/{product_id}", "removeFromCart",
                 "Take a product out", "", remove_from_cart);
  table.back().parameters = {in_path("product_id"), store_query(), session_query(), if_match()};
  table.back().answers = {ok("Done.", cart_change_schema())};
  table.back().problems.push_back(&kNoSuchProduct);

  const std::string_view kept =
      "Answers the priced cart. A coupon that takes nothing off is refused and does not stay in "
      "the cart; nothing is reserved before the checkout.";
  add_cart_route(table, Method::post, "/api/cart/coupons", "applyCoupons", "Apply coupons", kept,
                 apply_coupons);
  table.back().body = coupons_body();
  table.back().answers = {ok("The cart with its coupons.", cart_schema())};
  table.back().problems.push_back(&kTooManyCoupons);

  add_cart_route(table, Method::put, "/api/cart/coupons", "setCoupons", "Use exactly these coupons",
                 kept, set_coupons);
  table.back().body = coupons_body();
  table.back().answers = {ok("The cart with its coupons.", cart_schema())};
  table.back().problems.push_back(&kTooManyCoupons);

  add_cart_route(table, Method::del, "/api/cart/coupons/{user_coupon_id}", "removeCoupon",
                 "Remove a coupon from the cart", "", remove_coupon);
  table.back().parameters = {in_path("user_coupon_id"), store_query(), session_query(), if_match()};
  table.back().answers = {ok("The cart without it.", cart_schema())};
  table.back().problems.push_back(&kCouponNotInCart);
}

void add_orders(std::vector<Route>& table) {
  table.push_back(
      {Method::post, "/api/orders/checkout", "checkOut", kOrders, "Pay for the cart",
       "One transaction: order, stock, coupons. Sent again with the same "
       "Idempotency-Key it answers what it answered before, byte for byte, and does "
       "nothing; a refusal is kept under the key as well (with the new request's trace_id).",
       Access::shopper, check_out});
  Route& checkout = table.back();
  checkout.in_run = checkout.with_key = true;
  checkout.body = checkout_body();
  checkout.body_required = false;
  checkout.parameters = {if_match()};
  checkout.answers = {{201, "The order.", placed_order_schema()}};
  checkout.problems = {&kNoSuchStore,       &kCartNotOpen,       &kCartVersionConflict,
                       &kEmptyCart,         &kCouponExpired,     &kCouponAlreadyRedeemed,
                       &kCouponNotOwned,    &kCouponNotEligible, &kCouponCapReached,
                       &kInsufficientStock, &kPriceTooLarge,     &kHourTaken,
                       &kSessionOver,       &kTooManyCoupons};

  table.push_back({Method::get, "/api/orders", "listOrders", kOrders, "The shopper's orders",
                   "The newest first.", Access::shopper, list_orders});
  table.back().in_run = true;
  table.back().parameters = {limit_parameter(), cursor_parameter(),
                             query("session_id", about(id(), "Only the order of this session."))};
  table.back().answers = {ok("A page of orders.", orders_schema())};

  table.push_back({Method::get, "/api/orders/{order_id}", "showOrder", kOrders, "One order", "",
                   Access::shopper, show_order});
  table.back().in_run = true;
  table.back().parameters = {in_path("order_id")};
  table.back().answers = {ok("The order with its lines.", order_schema())};
  table.back().problems = {&kNoSuchOrder};

  table.push_back({Method::post, "/api/orders/{order_id}/cancel", "cancelOrder", kOrders,
                   "Cancel an order",
                   "Coupons come back where they are still good and a place is free.",
                   Access::shopper, cancel_order});
  Route& cancel = table.back();
  cancel.in_run = cancel.with_key = true;
  cancel.parameters = {in_path("order_id")};
  cancel.body = cancel_body();
  cancel.body_required = false;
  cancel.answers = {ok("Cancelled.", return_schema())};
  cancel.problems = {&kNoSuchOrder, &kOrderAlreadyReturned};

  table.push_back({Method::post, "/api/orders/{order_id}/refund", "refundOrder", kOrders,
                   "Refund some units",
                   "Each unit at what was paid for it; coupons do not come back.", Access::shopper,
                   refund_order});
  Route& refund = table.back();
  refund.in_run = refund.with_key = true;
  refund.parameters = {in_path("order_id")};
  refund.body = refund_body();
  refund.answers = {ok("Refunded.", return_schema())};
  refund.problems = {&kNoSuchOrder, &kOrderAlreadyReturned, &kNoSuchLine, &kTooManyUnits};
}

void add_wallet(std::vector<Route>& table) {
  table.push_back({Method::get, "/api/wallet", "showWallet", kWallet, "The shopper's coupons",
                   "Those that are good now, by id.", Access::shopper, show_wallet});
  table.back().in_run = true;
  table.back().answers = {ok("The coupons.", wallet_schema())};

  table.push_back({Method::post, "/api/offers/assign", "assignOffers", kWallet, "Fill a wallet",
                   "This offer cycle's refresh, early if its day has not come. Once an offer "
                   "cycle: asked again it answers what was given.",
                   Access::either, assign_offers});
  table.back().in_run = true;
  table.back().body = assign_body();
  table.back().body_required = false;
  table.back().answers = {ok("How many coupons of each kind.", assigned_schema())};
  table.back().problems = {&kNoSuchUser, &kCycleNotBegun};
}

}  // namespace

std::vector<Route> shop_routes() {
  std::vector<Route> table;
  add_catalogue(table);
  add_cart(table);
  add_orders(table);
  add_wallet(table);
  return table;
}

}  // namespace footfall::api
