// Checkout, orders, returns.
#include <fmt/format.h>

#include <algorithm>

#include "api/body.hpp"
#include "api/handlers.hpp"
#include "api/paging.hpp"
#include "api/shopping.hpp"
#include "base/sha256.hpp"
#include "retail/records.hpp"
#include "store/checkout.hpp"
#include "telemetry/json_writer.hpp"

namespace footfall::api {
namespace {

constexpr std::int64_t kKeyLifeUs = 24LL * 3600 * 1'000'000;  // real time; those of runs live on

std::int64_t key_life(const Call& call) { return call.is_simulated() ? 0 : kKeyLifeUs; }

// Covers what is asked for, not the cart's id or version: after a crash the same purchase may come
// from another cart.
std::string checkout_hash(const Call& call, StoreId store,
                          const std::optional<std::vector<UserCouponId>>& coupons,
                          store::CouponPolicy policy) {
  std::string text =
      fmt::format("{};{};{};", call.route.name, store.value, static_cast<int>(policy));
  if (coupons) {
    std::vector<UserCouponId> sorted = *coupons;
    std::sort(sorted.begin(), sorted.end());
    for (const UserCouponId id : sorted) text += fmt::format("c{};", id.value);
  } else {
    text += "cart";
  }
  return sha256_hex(text);
}

void write_coupons(telemetry::JsonWriter& json, const store::CheckoutAnswer& done) {
  json.begin_array();
  for (const store::CouponOutcome& coupon : done.coupons) {
    write_outcome(json, coupon.coupon, coupon.refusal);
  }
  json.end_array();
}

// The first reason that counts: a coupon that is merely not the best refuses nothing.
const ProblemKind& kind_of_refusal(const Call& call, const store::CheckoutAnswer& done) {
  if (done.status == store::CheckoutStatus::not_open) {
    return kind_in(call, store::CartStatus::not_open);
  }
  if (done.status != store::CheckoutStatus::coupon_refused) return kind_of(done.status);
  for (const store::CouponOutcome& coupon : done.coupons) {
    if (coupon.refusal != retail::Refusal::none && coupon.refusal != retail::Refusal::not_best) {
      return kind_of(coupon.refusal);
    }
  }
  return kCouponNotEligible;
}

http::Response refused_checkout(const Call& call, const store::CheckoutAnswer& done) {
  const ProblemKind& kind = kind_of_refusal(call, done);
  std::string extra;
  if (!done.coupons.empty()) {
    extra += ",\"coupons\":";
    telemetry::JsonWriter json(extra);
    write_coupons(json, done);
  }
  if (!done.short_of.empty()) {
    extra += ",\"short_of\":";
    telemetry::JsonWriter json(extra);
    json.begin_array();
    for (const store::ShortLine& line : done.short_of) {
      json.begin_object()
          .member("product_id", line.product)
          .member("wanted", line.wanted)
          .member("left", line.left)
          .end_object();
    }
    json.end_array();
  }
  return refuse(call, kind, kind.about, {}, extra);
}

void mark_replayed(http::Response& response, bool replayed) {
  if (replayed) response.headers.emplace_back("Idempotency-Replayed", "true");
}

http::Response placed(const Call& call, const store::CheckoutAnswer& done) {
  std::string out;
  telemetry::JsonWriter json(out);
  json.begin_object()
      .member("order_id", done.order)
      .member("status", std::string_view("placed"))
      .member("currency", call.catalogue().currency)
      .member("subtotal_minor", done.subtotal)
      .member("discount_minor", done.discount)
      .member("total_minor", done.total)
      .key("coupons");
  write_coupons(json, done);
  json.end_object();
  http::Response response = answer(std::move(out), 201);
  response.headers.emplace_back("Location", fmt::format("/api/orders/{}", done.order.value));
  return response;
}

void write_order(telemetry::JsonWriter& json, const Call& call, const store::PlacedOrder& order,
                 bool whole) {
  const retail::Catalogue& catalogue = call.catalogue();
  json.begin_object()
      .member("id", order.id)
      .member("store_id", order.store)
      .member("session_id", order.session)
      .member("status", order.status)
      .member("currency", catalogue.currency)
      .member("subtotal_minor", order.subtotal)
      .member("discount_minor", order.discount)
      .member("total_minor", order.total)
      .member("refunded_minor", order.refunded)
      .member("placed_at", SimTime{order.placed_wall_us})
      .member("is_simulated", !call.run->state->is_real())
      .key("simulated_at");
  call.run->state->is_real() ? json.null() : json.value(order.placed);
  if (whole) {
    json.key("lines").begin_array();
    for (const store::PlacedOrder::Line& line : order.lines) {
      const auto product = store::find_product(catalogue, line.product);
      json.begin_object()
          .member("line_no", line.line_no)
          .member("product_id", line.product)
          .key("name");
      product ? json.value(catalogue.products[*product].name) : json.null();
      json.member("quantity", line.qty)
          .member("refunded_quantity", line.refunded_qty)
          .member("price_minor", line.unit_price)
          .member("discount_minor", line.discount)
          .member("total_minor", line.total)
          .end_object();
    }
    json.end_array().key("discounts").begin_array();
    for (const store::PlacedOrder::Discount& row : order.discounts) {
      json.begin_object()
          .member("line_no", row.line_no)
          .member("user_coupon_id", row.coupon)
          .member("coupon_id", row.definition)
          .member("amount_minor", row.amount)
          .end_object();
    }
    json.end_array();
  }
  json.end_object();
}

Task<http::Response> give_back(Call& call, store::ReturnRequest& request) {
  request.user = call.account.user;
  request.order = OrderId{call.number("order_id", 0)};
  request.at = call.at;
  request.key = *call.find("Idempotency-Key");
  request.key_life_us = key_life(call);
  std::string text =
      fmt::format("{};{};{};", call.route.name, request.order.value, request.coupons_back ? 1 : 0);
  for (const auto& line : request.lines) text += fmt::format("{}x{};", line.line_no, line.qty);
  request.hash = sha256_hex(text);
  const store::ReturnAnswer done = co_await call.run->live->shop().give_back(request);
  if (done.status != store::ReturnStatus::done) {
    const ProblemKind& kind = kind_of(done.status);
    co_return refuse(call, kind, kind.about);
  }
  std::string out;
  telemetry::JsonWriter json(out);
  const auto ids = [&](std::string_view name, const std::vector<UserCouponId>& coupons) {
    json.key(name).begin_array();
    for (const UserCouponId id : coupons) json.value(id);
    json.end_array();
  };
  json.begin_object().member("order_id", request.order).member("refunded_minor", done.refunded);
  ids("coupons_back", done.coupons_back);
  ids("coupons_lost", done.coupons_lost);
  json.end_object();
  http::Response response = answer(std::move(out));
  mark_replayed(response, done.replayed);
  co_return response;
}

}  // namespace

Task<http::Response> check_out(Api&, Call& call) {
  Or<store::CartCall> where = cart_call(call);
  if (auto* refused = std::get_if<http::Response>(&where)) co_return std::move(*refused);
  const std::shared_ptr<const Goods> goods = call.run->state->goods_at(call.at);
  std::optional<std::vector<UserCouponId>> coupons;
  if (const boost::json::value* given = member(call.body, "coupons")) coupons = coupon_ids(*given);
  store::CheckoutRequest request;
  request.call = std::get<store::CartCall>(where);
  request.order = OrderId{request.call.session.value};
  request.key = *call.find("Idempotency-Key");
  const boost::json::value* policy = member(call.body, "coupon_policy");
  if (policy && text_of(*policy) == "partial") request.policy = store::CouponPolicy::partial;
  request.hash = checkout_hash(call, request.call.store, coupons, request.policy);
  request.key_life_us = key_life(call);
  if (coupons) request.coupons = *coupons;
  request.prices = goods->prices;
  const store::CheckoutAnswer done = co_await call.run->live->shop().check_out(request);
  http::Response response = done.status == store::CheckoutStatus::placed
                                ? placed(call, done)
                                : refused_checkout(call, done);
  mark_replayed(response, done.replayed);
  co_return response;
}

Task<http::Response> list_orders(Api& api, Call& call) {
  const std::string list = fmt::format("orders:{}:{}:{}", call.run->state->id().value,
                                       call.account.user.value, call.number("session_id", 0));
  Or<std::int64_t> start = page_start(api, call, list, 0);
  if (auto* refused = std::get_if<http::Response>(&start)) co_return std::move(*refused);
  const OrderId before{std::get<std::int64_t>(start)};
  const auto limit = static_cast<int>(page_limit(call));
  const SessionId session{call.number("session_id", 0)};
  const std::vector<store::PlacedOrder> orders =
      co_await call.run->live->orders().orders(call.account.user, before, session, limit + 1);
  const std::size_t shown = std::min(orders.size(), static_cast<std::size_t>(limit));
  std::string out;
  telemetry::JsonWriter json(out);
  json.begin_object().key("orders").begin_array();
  for (std::size_t i = 0; i < shown; ++i) write_order(json, call, orders[i], /*whole=*/false);
  json.end_array();
  std::optional<std::int64_t> next;
  if (orders.size() > shown) next = orders[shown - 1].id.value;
  write_next(json, api, list, next);
  json.end_object();
  co_return answer(std::move(out));
}

Task<http::Response> show_order(Api&, Call& call) {
  const OrderId id{call.number("order_id", 0)};
  const std::optional<store::PlacedOrder> order =
      co_await call.run->live->orders().order(call.account.user, id);
  if (!order) co_return refuse(call, kNoSuchOrder, kNoSuchOrder.about);
  std::string out;
  telemetry::JsonWriter json(out);
  write_order(json, call, *order, /*whole=*/true);
  co_return answer(std::move(out));
}

Task<http::Response> cancel_order(Api&, Call& call) {
  store::ReturnRequest request;
  request.coupons_back = flag_member(call.body, "coupons_back", true);
  co_return co_await give_back(call, request);
}

Task<http::Response> refund_order(Api&, Call& call) {
  store::ReturnRequest request;
  for (const boost::json::value& line : call.body.at("lines").as_array()) {
    request.lines.push_back(
        {static_cast<int>(line.at("line_no").as_int64()), line.at("quantity").as_int64()});
  }
  co_return co_await give_back(call, request);
}

}  // namespace footfall::api
