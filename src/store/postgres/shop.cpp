// Carts and wallets; shop_checkout.cpp and shop_return.cpp have the rest.
#include "store/postgres/shop.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "store/postgres/arrays.hpp"

namespace footfall::store::postgres {
namespace {

void add_lines(Query& query, const retail::Catalogue& catalogue,
               std::span<const retail::CartLine> lines) {
  query
      .add(column(lines,
                  [&](const auto& line) { return catalogue.products[line.product].id.value; }))
      .add(column(lines, [](const auto& line) { return std::int64_t{line.qty}; }))
      .add(column(lines, [](const auto& line) { return line.unit_price.minor; }));
}

// Each product once: what comes last counts, as it does where changes are made one by one.
std::vector<retail::CartLine> last_of_each(std::span<const retail::CartLine> lines) {
  std::vector<retail::CartLine> out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto same = [&](const auto& later) { return later.product == lines[i].product; };
    const auto rest = lines.subspan(i + 1);
    if (std::none_of(rest.begin(), rest.end(), same)) out.push_back(lines[i]);
  }
  return out;
}

// Status numbers of cart_add and cart_change.
CartStatus status_of(std::int64_t number) {
  constexpr CartStatus kStatus[] = {CartStatus::done, CartStatus::done_before,
                                    CartStatus::version_conflict, CartStatus::not_open,
                                    CartStatus::other_cart_open};
  FF_ASSERT(number >= 0 && number < 5, "a function answers a status that is not known");
  return kStatus[number];
}

}  // namespace

Task<CartAnswer> PostgresShop::add(const CartCall& call, std::span<const retail::CartLine> lines) {
  if (const CartStatus refusal = check_limits(lines, 1); refusal != CartStatus::done) {
    co_return CartAnswer{refusal};
  }
  const std::vector<retail::CartLine> once = merged(catalogue_, lines);
  Query query("SELECT footfall.cart_add($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
  query.add(run_.value).add(call.user.value);
  add_id(query, call.store);
  add_id(query, call.cart);
  add_id(query, call.session);
  query.add(std::string_view(catalogue_.currency)).add(call.step);
  query.add_or_null(call.version);
  query.add(call.at.us).add(std::int64_t{retail::kCartLinesMax});
  add_lines(query, catalogue_, once);
  CartAnswer answer = co_await change_cart(query, call.user, call.step > 0);
  co_return answer;
}

Task<CartAnswer> PostgresShop::change(const CartCall& call, const CartChange& change) {
  if (const CartStatus refusal = check_limits(change); refusal != CartStatus::done) {
    co_return CartAnswer{refusal};
  }
  const std::vector<retail::CartLine> once = last_of_each(change.set);
  Query query(
      "SELECT footfall.cart_change($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
  query.add(run_.value).add(call.user.value);
  add_id(query, call.store);
  add_id(query, call.cart);
  query.add(call.step);
  query.add_or_null(call.version);
  query.add(call.at.us);
  add_lines(query, catalogue_, once);
  if (change.coupons) {
    query.add(column(*change.coupons, [](UserCouponId id) { return id.value; }));
  } else {
    query.add_null();
  }
  add_bool(query, change.abandon).add(std::int64_t{retail::kCartLinesMax});
  CartAnswer answer = co_await change_cart(query, call.user, call.step > 0);
  co_return answer;
}

Task<CartAnswer> PostgresShop::change_cart(const Query& query, UserId user, bool repeatable) {
  CartAnswer answer;
  try {
    const Answer row = co_await units_.call_short(query, user, repeatable);
    const std::vector<std::int64_t> values = row.integers(0, 0);
    FF_ASSERT(values.size() == 4, "a function answers other columns than it should");
    answer = {status_of(values[0]), CartId{values[1]}, values[2], static_cast<int>(values[3])};
  } catch (const DatabaseError& error) {
    if (error.sqlstate() == "23514") {  // a CHECK: of cart_items.qty
      answer.status = CartStatus::bad_quantity;
    } else if (error.sqlstate() == "FF003") {
      answer.status = CartStatus::too_many_lines;
    } else {
      throw;
    }
  }
  co_return answer;
}

Task<CartView> PostgresShop::cart(const CartCall& call) {
  Query query("SELECT * FROM footfall.cart_view($1, $2, $3, $4)");
  query.add(run_.value).add(call.user.value);
  add_id(query, call.store);
  add_id(query, call.cart);
  const Answer answer = co_await units_.call_short(query, call.user, /*repeatable=*/true);
  CartView view;
  if (answer.is_null(0, 0)) co_return view;
  view.cart = CartId{answer.integer(0, 0)};
  view.version = answer.integer(0, 1);
  const auto products = answer.integers(0, 2), qtys = answer.integers(0, 3),
             prices = answer.integers(0, 4);
  for (std::size_t i = 0; i < products.size(); ++i) {
    const auto product = find_product(catalogue_, ProductId{products[i]});
    if (!product) continue;
    const retail::Product& known = catalogue_.products[*product];
    view.lines.push_back({*product, known.category, known.brand, static_cast<std::int32_t>(qtys[i]),
                          Money{prices[i]}});
  }
  for (const std::int64_t id : answer.integers(0, 5)) view.coupons.push_back(UserCouponId{id});
  co_return view;
}

Task<std::vector<WalletRow>> PostgresShop::wallet(UserId user, SimTime at) {
  Query query("SELECT * FROM footfall.wallet($1, $2, $3)");
  query.add(run_.value).add(user.value).add(at.us);
  const Answer answer = co_await units_.call_short(query, user, /*repeatable=*/true);
  const auto ids = answer.integers(0, 0), coupons = answer.integers(0, 1),
             assigned = answer.integers(0, 2), expires = answer.integers(0, 3);
  std::vector<WalletRow> rows;
  rows.reserve(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto coupon = find_coupon(catalogue_, CouponId{coupons[i]});
    if (coupon) {
      rows.push_back({UserCouponId{ids[i]}, *coupon, SimTime{assigned[i]}, SimTime{expires[i]}});
    }
  }
  co_return rows;
}

}  // namespace footfall::store::postgres
