#include "load/echo_bodies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "commerce/http/profile_json.hpp"
#include "telemetry/json_writer.hpp"

namespace footfall::load {
namespace {

using telemetry::JsonWriter;

constexpr std::size_t kPage = 200;        // products: what the profile asks for
constexpr std::size_t kCartProducts = 6;  // of the cart that every cart is
constexpr Money kSubtotal{2499}, kDiscount{250}, kTotal{2249};

void write_product(JsonWriter& json, const retail::Catalogue& catalogue,
                   const retail::Product& product) {
  json.begin_object()
      .member("id", product.id)
      .member("sku", product.sku)
      .member("name", product.name)
      .member("category", catalogue.categories[product.category])
      .member("brand", catalogue.brands[product.brand])
      .member("list_price_minor", product.list_price)
      .member("price_minor", product.list_price)
      .member("on_deal", false)
      .end_object();
}

std::string page_of(const retail::Catalogue& catalogue,
                    const std::vector<const retail::Product*>& products) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("products").begin_array();
  for (const retail::Product* const product : products) write_product(json, catalogue, *product);
  json.end_array().key("next_cursor").null().end_object();
  return out;
}

// The most popular ones first, as they stand on a shelf.
std::vector<const retail::Product*> shelf_of(const retail::Catalogue& catalogue,
                                             std::size_t category) {
  std::vector<const retail::Product*> products;
  for (const retail::Product& product : catalogue.products) {
    if (product.category == category) products.push_back(&product);
  }
  std::stable_sort(products.begin(), products.end(),
                   [](const auto* a, const auto* b) { return a->popularity > b->popularity; });
  if (products.size() > kPage) products.resize(kPage);
  return products;
}

std::string terms_of(const retail::Catalogue& catalogue, const retail::Coupon& coupon) {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .member("coupon_id", coupon.id)
      .member("code", coupon.code)
      .member("title", coupon.title)
      .member("kind", to_string(coupon.kind))
      .member("discount_type", to_string(discount_type(coupon)))
      .member("percent_bps", coupon.percent_bps)
      .member("amount_minor", coupon.amount)
      .key("buy_quantity")
      .null()
      .key("get_quantity")
      .null()
      .key("scope");
  if (coupon.kind == retail::CouponKind::category) {
    json.value(catalogue.categories[coupon.scope]);
  } else if (coupon.kind == retail::CouponKind::brand) {
    json.value(catalogue.brands[coupon.scope]);
  } else {
    json.null();
  }
  json.member("min_spend_minor", coupon.min_spend)
      .member("min_quantity", coupon.min_qty)
      .member("max_discount_minor", coupon.max_discount)
      .end_object();
  return out.substr(1, out.size() - 2);
}

// Spread over the catalogue, so that most carts find one that fits.
std::vector<const retail::Coupon*> wallet_of(const retail::Catalogue& catalogue) {
  std::vector<const retail::Coupon*> front, other, wallet;
  for (const retail::Coupon& coupon : catalogue.coupons) {
    (coupon.kind == retail::CouponKind::frontstore ? front : other).push_back(&coupon);
  }
  const auto take = [&](const std::vector<const retail::Coupon*>& from, std::size_t count) {
    count = std::min(count, from.size());
    for (std::size_t i = 0; i < count; ++i) wallet.push_back(from[i * from.size() / count]);
  };
  take(front, kEchoFrontstore);
  take(other, kEchoCoupons - wallet.size());
  return wallet;
}

std::string cart_body(const retail::Catalogue& catalogue) {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .member("cart_id", CartId{1})
      .member("version", 3)
      .member("currency", catalogue.currency)
      .key("lines")
      .begin_array();
  for (std::size_t i = 0; i < std::min(kCartProducts, catalogue.products.size()); ++i) {
    const retail::Product& product = catalogue.products[i];
    json.begin_object()
        .member("product_id", product.id)
        .member("name", product.name)
        .member("quantity", 1)
        .member("price_seen_minor", product.list_price)
        .member("price_minor", product.list_price)
        .member("subtotal_minor", product.list_price)
        .member("discount_minor", 0)
        .end_object();
  }
  json.end_array().key("coupons").begin_array();
  json.begin_object().member("user_coupon_id", UserCouponId{1}).key("refusal").null().end_object();
  json.end_array()
      .member("subtotal_minor", kSubtotal)
      .member("discount_minor", kDiscount)
      .member("total_minor", kTotal)
      .end_object();
  return out;
}

std::string order_body(const retail::Catalogue& catalogue) {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .member("order_id", OrderId{1})
      .member("status", "placed")
      .member("currency", catalogue.currency)
      .member("subtotal_minor", kSubtotal)
      .member("discount_minor", kDiscount)
      .member("total_minor", kTotal)
      .key("coupons")
      .begin_array();
  json.begin_object().member("user_coupon_id", UserCouponId{1}).key("refusal").null().end_object();
  json.end_array().end_object();
  return out;
}

Body shared(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

}  // namespace

EchoBodies make_bodies(const retail::Catalogue& catalogue) {
  EchoBodies bodies;
  for (std::size_t i = 0; i < catalogue.categories.size(); ++i) {
    bodies.products.emplace(catalogue.categories[i],
                            shared(page_of(catalogue, shelf_of(catalogue, i))));
  }
  bodies.no_products = shared(page_of(catalogue, {}));
  std::string product;
  JsonWriter json(product);
  if (catalogue.products.empty()) {
    product = "{}";
  } else {
    write_product(json, catalogue, catalogue.products.front());
  }
  bodies.product = shared(std::move(product));
  bodies.added = shared(R"({"cart_id":"1","version":2,"line_count":6})");
  bodies.coupons = shared(cart_body(catalogue));
  bodies.checkout = shared(order_body(catalogue));
  bodies.abandoned = shared(R"({"cart_id":"1","version":4,"line_count":0})");
  bodies.orders = shared(R"({"orders":[],"next_cursor":null})");
  bodies.health = shared(R"({"status":"ok"})");
  for (const retail::Coupon* const coupon : wallet_of(catalogue)) {
    bodies.wallet_terms.push_back(terms_of(catalogue, *coupon));
  }
  return bodies;
}

Body make_wallet(const EchoBodies& bodies, SimTime day) {
  constexpr int kAgeDays = 3, kLifeDays = 14;
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("coupons").begin_array();
  std::int64_t id = 0;
  for (const std::string& terms : bodies.wallet_terms) {
    json.begin_object()
        .member("id", UserCouponId{++id})
        .member("assigned_at", day - kDay * kAgeDays)
        .member("expires_at", day + kDay * (kLifeDays - kAgeDays))
        .raw(terms)
        .end_object();
  }
  json.end_array().end_object();
  return shared(std::move(out));
}

std::string run_body(std::string_view asked) {
  commerce::JsonTree tree;
  const bool parsed = tree.parse(asked);
  const auto said = [&](const char* name, std::string_view otherwise) {
    const commerce::JsonNode* const node = parsed ? tree.find(tree.root(), {"", {name}}) : nullptr;
    return node && node->is_scalar() ? node->text : otherwise;
  };
  std::string out;
  JsonWriter(out)
      .begin_object()
      .member("run_id", RunId{1})
      .member("status", "running")
      .member("seed", said("seed", "1"))
      .member("start", said("start", "2026-01-05"))
      .member("until", said("until", "2037-01-05"))
      .member("now", said("start", "2026-01-05"))
      .member("offer_cycle", 0)
      .key("agents")
      .raw(said("agents", "372"))
      .end_object();
  return out;
}

std::string moved_body() {
  return R"({"run_id":"1","now":"2026-01-05T00:00:00Z","dry_run":false,"cycles_opened":0,)"
         R"("wallets_refreshed":0,"coupons_assigned":0})";
}

std::string assigned_body() {
  return R"({"user_id":null,"offer_cycle":0,"status":null,"assigned_at":null,"dry_run":false,)"
         R"("users_refreshed":0,"frontstore":0,"category_brand":0,"skipped_capacity":0,)"
         R"("expired":0,"superseded":0})";
}

}  // namespace footfall::load
