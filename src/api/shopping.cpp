#include "api/shopping.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/body.hpp"
#include "commerce/wallet_page.hpp"
#include "retail/records.hpp"
#include "store/checkout.hpp"
#include "telemetry/json_writer.hpp"

namespace footfall::api {
namespace {

// Query or body: whichever the route has.
std::optional<std::int64_t> given_id(const Call& call, std::string_view name) {
  if (call.find(name)) return call.number(name, 0);
  const boost::json::value* value = member(call.body, name);
  return value ? std::optional(id_of(*value)) : std::nullopt;
}

Or<StoreId> store_of(const Call& call) {
  const auto& stores = call.catalogue().stores;
  if (const auto given = given_id(call, "store_id")) {
    if (is_open_store(call.catalogue(), StoreId{*given})) return StoreId{*given};
    return refuse(call, kNoSuchStore, fmt::format("no open store has the id {}", *given));
  }
  if (call.is_simulated()) {
    const RunState& run = *call.run->state;
    return stores[run.home_store(*run.find_agent(call.principal.agent))].id;
  }
  if (stores.size() == 1) return stores.front().id;
  return refuse_at(call, "store_id", "is missing: GET /api/stores lists the stores");
}

std::int64_t hour_of(const Call& call) {
  return hour_number(call.at) - hour_number(call.run->state->plan().start);
}

// One session an hour and agent; its last digit counts attempts.
Or<SessionId> session_of(const Call& call) {
  if (!call.is_simulated()) {
    if (!given_id(call, "session_id")) return SessionId{};
    return refuse_at(call, "session_id", "is for simulated shoppers alone");
  }
  const SessionId first =
      retail::session_id(call.run->state->id(), hour_of(call), call.principal.agent);
  const auto given = given_id(call, "session_id");
  if (!given) return SessionId{};
  if (*given / 10 * 10 == first.value) return SessionId{*given};
  return refuse_at(call, "session_id",
                   fmt::format("is none of agent {} in this simulated hour: that is {}",
                               call.principal.agent.value, first.value));
}

struct SeenCart {
  CartId cart;
  std::int64_t version = 0;
};

// What cart_etag() made, with or without its quotes.
std::optional<SeenCart> parse_etag(std::string_view tag) {
  if (tag.size() > 2 && tag.front() == '"' && tag.back() == '"') {
    tag = tag.substr(1, tag.size() - 2);
  }
  const std::size_t dash = std::min(tag.find('-'), tag.size());
  const auto cart = parse_id(tag.substr(0, dash));
  const auto version = parse_id(tag.substr(std::min(dash + 1, tag.size())));
  if (!cart || !version) return std::nullopt;
  return SeenCart{CartId{*cart}, *version};
}

}  // namespace

bool is_open_store(const retail::Catalogue& catalogue, StoreId store) {
  const auto same = [&](const retail::Store& one) { return one.id == store; };
  return std::any_of(catalogue.stores.begin(), catalogue.stores.end(), same);
}

std::string cart_etag(CartId cart, std::int64_t version) {
  return fmt::format("\"{}-{}\"", cart.value, version);
}

const ProblemKind& kind_in(const Call& call, store::CartStatus status) {
  const bool matched = !call.request.header("if-match").empty();
  const bool gone = status == store::CartStatus::not_open;
  return matched && gone ? kCartVersionConflict : kind_of(status);
}

Or<store::CartCall> cart_call(const Call& call) {
  Or<StoreId> store = store_of(call);
  if (auto* refused = std::get_if<http::Response>(&store)) return std::move(*refused);
  Or<SessionId> session = session_of(call);
  if (auto* refused = std::get_if<http::Response>(&session)) return std::move(*refused);
  store::CartCall out;
  out.user = call.account.user;
  out.store = std::get<StoreId>(store);
  out.at = call.at;
  out.session = std::get<SessionId>(session);
  out.cart = CartId{out.session.value};
  out.step = whole_member(call.body, "step").value_or(0);
  const std::string_view match = call.request.header("if-match");
  if (match.empty() || match == "*") return out;
  const auto seen = parse_etag(match);
  if (!seen) return refuse_at(call, "If-Match", "must be a cart's ETag, as \"17-3\"");
  if (out.cart && out.cart != seen->cart) {
    return refuse(call, kCartVersionConflict, "the session's cart is another");
  }
  out.cart = seen->cart;
  out.version = seen->version;
  return out;
}

Or<std::vector<retail::CartLine>> cart_lines(const Call& call, const Goods& goods) {
  std::vector<retail::CartLine> lines;
  std::vector<http::FieldError> errors;
  for (const boost::json::value& row : call.body.at("lines").as_array()) {
    const std::int64_t id = id_of(row.at("product_id"));
    const auto product = store::find_product(call.catalogue(), ProductId{id});
    if (!product) {
      errors.push_back({fmt::format("/lines/{}/product_id", lines.size() + errors.size()),
                        fmt::format("no product has the id {}", id)});
      continue;
    }
    const retail::Product& known = call.catalogue().products[*product];
    lines.push_back({*product, known.category, known.brand,
                     static_cast<std::int32_t>(row.at("quantity").as_int64()),
                     goods.prices[*product]});
  }
  if (errors.empty()) return lines;
  return refuse(call, kNoSuchProduct, errors.front().detail, errors);
}

std::vector<UserCouponId> coupon_ids(const boost::json::value& coupons) {
  std::vector<UserCouponId> ids;
  for (const boost::json::value& id : coupons.as_array()) {
    const UserCouponId one{id_of(id)};
    if (std::find(ids.begin(), ids.end(), one) == ids.end()) ids.push_back(one);
  }
  return ids;
}

PricedView price_view(const Call& call, const Goods& goods, store::CartView cart,
                      std::span<const UserCouponId> coupons,
                      std::span<const store::WalletRow> wallet) {
  PricedView view;
  view.lines = cart.lines;
  for (retail::CartLine& line : view.lines) line.unit_price = goods.prices[line.product];
  std::vector<retail::CartCoupon> usable;
  for (const UserCouponId id : coupons) {
    const auto row = std::find_if(wallet.begin(), wallet.end(),
                                  [&](const store::WalletRow& one) { return one.id == id; });
    view.coupons.push_back(id);
    view.refusals.push_back(row == wallet.end() ? retail::Refusal::not_owned
                                                : retail::Refusal::none);
    if (row != wallet.end()) usable.push_back({id, row->coupon});
  }
  commerce::keep_what_applies(call.catalogue(), view.lines, usable, view.refusals, view.priced);
  for (const retail::CartCoupon& coupon : usable) view.kept.push_back(coupon.wallet_id);
  view.cart = std::move(cart);
  return view;
}

void write_outcome(telemetry::JsonWriter& json, UserCouponId coupon, retail::Refusal refusal) {
  json.begin_object().member("user_coupon_id", coupon).key("refusal");
  refusal == retail::Refusal::none ? json.null() : json.value(to_string(refusal));
  json.end_object();
}

void write_cart(telemetry::JsonWriter& json, const Call& call, const PricedView& view) {
  const retail::Catalogue& catalogue = call.catalogue();
  json.begin_object()
      .member("cart_id", view.cart.cart)
      .member("version", view.cart.version)
      .member("currency", catalogue.currency)
      .key("lines")
      .begin_array();
  for (std::size_t i = 0; i < view.lines.size(); ++i) {
    const retail::CartLine& line = view.lines[i];
    const retail::Product& product = catalogue.products[line.product];
    json.begin_object()
        .member("product_id", product.id)
        .member("name", product.name)
        .member("quantity", std::int64_t{line.qty})
        .member("price_seen_minor", view.cart.lines[i].unit_price)
        .member("price_minor", line.unit_price)
        .member("subtotal_minor", line.subtotal())
        .member("discount_minor", view.priced.line_discounts[i])
        .end_object();
  }
  json.end_array().key("coupons").begin_array();
  for (std::size_t i = 0; i < view.coupons.size(); ++i) {
    write_outcome(json, view.coupons[i], view.refusals[i]);
  }
  json.end_array()
      .member("subtotal_minor", view.priced.subtotal)
      .member("discount_minor", view.priced.discount)
      .member("total_minor", view.priced.total)
      .end_object();
}

http::Response cart_answer(const store::CartAnswer& answered) {
  std::string out;
  telemetry::JsonWriter(out)
      .begin_object()
      .member("cart_id", answered.cart)
      .member("version", answered.version)
      .member("line_count", answered.lines)
      .end_object();
  http::Response response = answer(std::move(out));
  response.headers.emplace_back("ETag", cart_etag(answered.cart, answered.version));
  return response;
}

http::Response cart_refusal(const Call& call, const store::CartAnswer& answered) {
  const ProblemKind& kind = kind_in(call, answered.status);
  return refuse(call, kind, kind.about);
}

}  // namespace footfall::api
