// The shopper's cart.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "api/body.hpp"
#include "api/handlers.hpp"
#include "api/shopping.hpp"
#include "store/checkout.hpp"
#include "telemetry/json_writer.hpp"

namespace footfall::api {
namespace {

constexpr int kTries = 3;  // where others change the cart meanwhile

// The coupons that a cart shall have, given those it has; nothing: the one to be removed is not
// among them.
using Coupons = std::vector<UserCouponId>;
using Choose = std::function<std::optional<Coupons>(const Coupons&)>;

http::Response shown(const Call& call, const PricedView& view) {
  std::string out;
  telemetry::JsonWriter json(out);
  write_cart(json, call, view);
  http::Response response = answer(std::move(out));
  if (view.cart.cart) {
    response.headers.emplace_back("ETag", cart_etag(view.cart.cart, view.cart.version));
  }
  return response;
}

// The cart as it is.
Task<http::Response> show(Call& call, const store::CartCall now) {
  store::Shop& shop = call.run->live->shop();
  store::CartView cart = co_await shop.cart(now);
  std::vector<store::WalletRow> wallet;
  if (!cart.coupons.empty()) wallet = co_await shop.wallet(now.user, now.at);
  const std::shared_ptr<const Goods> goods = call.run->state->goods_at(call.at);
  const Coupons coupons = cart.coupons;
  co_return shown(call, price_view(call, *goods, std::move(cart), coupons, wallet));
}

// Reads the cart, prices it with the coupons chosen, and keeps those that take something off:
// what is refused does not stay in the cart.
Task<http::Response> keep_coupons(Call& call, const Choose& choose) {
  Or<store::CartCall> where = cart_call(call);
  if (auto* refused = std::get_if<http::Response>(&where)) co_return std::move(*refused);
  const store::CartCall base = std::get<store::CartCall>(where);
  store::Shop& shop = call.run->live->shop();
  const std::shared_ptr<const Goods> goods = call.run->state->goods_at(call.at);
  store::CartAnswer done;
  for (int i = 0; i < kTries; ++i) {
    store::CartView cart = co_await shop.cart(base);
    if (!cart.cart) {
      const ProblemKind& kind = kind_in(call, store::CartStatus::not_open);
      co_return refuse(call, kind, kind.about);
    }
    if (base.version && *base.version != cart.version && base.step == 0) {
      co_return refuse(call, kCartVersionConflict,
                       fmt::format("the cart has version {}", cart.version));
    }
    const std::optional<Coupons> chosen = choose(cart.coupons);
    if (!chosen) co_return refuse(call, kCouponNotInCart, kCouponNotInCart.about);
    if (chosen->size() > retail::kCartCouponsMax) {
      co_return refuse(call, kTooManyCoupons, kTooManyCoupons.about);
    }
    const std::vector<store::WalletRow> wallet = co_await shop.wallet(base.user, base.at);
    PricedView view = price_view(call, *goods, std::move(cart), *chosen, wallet);
    store::CartChange change;
    change.coupons = view.kept;
    store::CartCall now = base;
    now.cart = view.cart.cart;
    // A step that was taken already is told before a version that was the cart's then.
    now.version = base.version.value_or(view.cart.version);
    done = co_await shop.change(now, change);
    if (done.status == store::CartStatus::done) {
      view.cart.version = done.version;
      co_return shown(call, view);
    }
    if (done.status == store::CartStatus::done_before) {
      // What its first answer showed is not kept; others may have changed the cart since.
      co_return co_await show(call, now);
    }
    if (done.status != store::CartStatus::version_conflict || base.version) break;
  }
  const bool outrun = done.status == store::CartStatus::version_conflict && !base.version;
  if (outrun) co_return refuse(call, kBusy, "others change this cart at the same moment");
  co_return cart_refusal(call, done);
}

Task<http::Response> change(Call& call, const store::CartChange& wanted) {
  Or<store::CartCall> where = cart_call(call);
  if (auto* refused = std::get_if<http::Response>(&where)) co_return std::move(*refused);
  const store::CartCall now = std::get<store::CartCall>(where);
  const store::CartAnswer done = co_await call.run->live->shop().change(now, wanted);
  co_return done.ok() ? cart_answer(done) : cart_refusal(call, done);
}

}  // namespace

Task<http::Response> show_cart(Api&, Call& call) {
  Or<store::CartCall> where = cart_call(call);
  if (auto* refused = std::get_if<http::Response>(&where)) co_return std::move(*refused);
  const store::CartCall now = std::get<store::CartCall>(where);
  co_return co_await show(call, now);
}

Task<http::Response> add_to_cart(Api&, Call& call) {
  Or<store::CartCall> where = cart_call(call);
  if (auto* refused = std::get_if<http::Response>(&where)) co_return std::move(*refused);
  const std::shared_ptr<const Goods> goods = call.run->state->goods_at(call.at);
  Or<std::vector<retail::CartLine>> lines = cart_lines(call, *goods);
  if (auto* refused = std::get_if<http::Response>(&lines)) co_return std::move(*refused);
  const store::CartCall now = std::get<store::CartCall>(where);
  const auto& wanted = std::get<std::vector<retail::CartLine>>(lines);
  const store::CartAnswer done = co_await call.run->live->shop().add(now, wanted);
  co_return done.ok() ? cart_answer(done) : cart_refusal(call, done);
}

Task<http::Response> change_cart(Api&, Call& call) {
  const std::shared_ptr<const Goods> goods = call.run->state->goods_at(call.at);
  Or<std::vector<retail::CartLine>> lines = cart_lines(call, *goods);
  if (auto* refused = std::get_if<http::Response>(&lines)) co_return std::move(*refused);
  store::CartChange wanted;
  wanted.set = std::get<std::vector<retail::CartLine>>(lines);
  co_return co_await change(call, wanted);
}

Task<http::Response> remove_from_cart(Api&, Call& call) {
  const ProductId id{call.number("product_id", 0)};
  const auto product = store::find_product(call.catalogue(), id);
  if (!product) {
    co_return refuse(call, kNoSuchProduct, fmt::format("no product has the id {}", id.value));
  }
  const retail::Product& known = call.catalogue().products[*product];
  const retail::CartLine none{*product, known.category, known.brand, 0, known.list_price};
  store::CartChange wanted;
  wanted.set = {&none, 1};
  co_return co_await change(call, wanted);
}

Task<http::Response> abandon_cart(Api&, Call& call) {
  store::CartChange wanted;
  wanted.abandon = true;
  co_return co_await change(call, wanted);
}

Task<http::Response> set_coupons(Api&, Call& call) {
  const Coupons given = coupon_ids(call.body.at("coupons"));
  const Choose choose = [given](const Coupons&) { return given; };
  co_return co_await keep_coupons(call, choose);
}

Task<http::Response> apply_coupons(Api&, Call& call) {
  const Coupons given = coupon_ids(call.body.at("coupons"));
  const Choose choose = [given](const Coupons& held) {
    Coupons all = held;
    for (const UserCouponId id : given) {
      if (std::find(all.begin(), all.end(), id) == all.end()) all.push_back(id);
    }
    return all;
  };
  co_return co_await keep_coupons(call, choose);
}

Task<http::Response> remove_coupon(Api&, Call& call) {
  const UserCouponId gone{call.number("user_coupon_id", 0)};
  const Choose choose = [gone](const Coupons& held) {
    Coupons rest = held;
    const bool found = std::erase(rest, gone) > 0;
    return found ? std::optional(std::move(rest)) : std::nullopt;
  };
  co_return co_await keep_coupons(call, choose);
}

}  // namespace footfall::api
