#include <fmt/format.h>

#include "base/assert.hpp"
#include "base/failure.hpp"
#include "store/sqlite/shop.hpp"
#include "store/wall_clock.hpp"

namespace footfall::store::sqlite {
namespace {

// What a trip's end is refused for undoes its checkout.
void expect_ended(CloseStatus status) {
  switch (status) {
    case CloseStatus::closed:
    case CloseStatus::closed_before:
      return;
    case CloseStatus::not_open:
      throw Failure("the trip of a checkout was never opened");
    case CloseStatus::has_order:
      throw Failure("the trip of a checkout has an order, and is told to have ended otherwise");
    case CloseStatus::no_such_order:
      throw Failure("the trip of a checkout is told to have ended with another order");
  }
}

}  // namespace

void SqliteShop::prepare_checkout() {
  const auto prepare = [&](const char* sql) { return database_.prepare(sql); };
  key_ = prepare(
      "SELECT request_hash, answer FROM idempotency_keys WHERE run_id = ?1 AND user_id = ?2 AND "
      "call_key = ?3");
  put_key_ = prepare(
      "INSERT INTO idempotency_keys (run_id, user_id, call_key, request_hash, answer, "
      "created_wall_us, expires_wall_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  wallet_row_ = prepare(
      "SELECT id, coupon_id, status, assigned_sim_us, expires_sim_us FROM user_coupons WHERE "
      "id = ?1 AND user_id = ?2 AND run_id = ?3");
  hour_taken_ = prepare(
      "SELECT 1 FROM orders WHERE run_id = ?1 AND user_id = ?2 AND is_simulated = 1 AND "
      "(placed_sim_us / 3600000000) = ?3 / 3600000000");
  stock_ = prepare(
      "SELECT on_hand FROM run_stock WHERE run_id = ?1 AND store_id = ?2 AND product_id = ?3");
  take_stock_ = prepare(
      "UPDATE run_stock SET on_hand = on_hand - ?4 WHERE run_id = ?1 AND store_id = ?2 AND "
      "product_id = ?3 AND on_hand >= ?4");
  capped_ = prepare(
      "SELECT max_redemptions - redeemed_count, max_discount_total_minor - discount_total_minor "
      "FROM run_coupons WHERE run_id = ?1 AND coupon_id = ?2 AND (max_redemptions IS NOT NULL OR "
      "max_discount_total_minor IS NOT NULL)");
  use_capped_ = prepare(
      "UPDATE run_coupons SET redeemed_count = redeemed_count + 1, discount_total_minor = "
      "discount_total_minor + ?3 WHERE run_id = ?1 AND coupon_id = ?2 AND (max_redemptions IS NULL "
      "OR redeemed_count < max_redemptions) AND (max_discount_total_minor IS NULL OR "
      "discount_total_minor + ?3 <= max_discount_total_minor)");
  order_ = prepare(
      "INSERT INTO orders (id, run_id, cart_id, user_id, store_id, session_id, status, currency, "
      "subtotal_minor, discount_minor, total_minor, placed_sim_us, placed_wall_us, is_simulated, "
      "simulated_at) SELECT ?1, run_id, id, user_id, store_id, session_id, 'placed', currency, ?3, "
      "?4, ?5, ?6, ?7, ?8, ?9 FROM carts WHERE id = ?2");
  order_item_ = prepare(
      "INSERT INTO order_items (order_id, line_no, product_id, qty, unit_price_minor, "
      "line_discount_minor, line_total_minor) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  discount_ = prepare("INSERT INTO order_discounts VALUES (?1, ?2, ?3, ?4, ?5)");
  redeem_ = prepare(
      "UPDATE user_coupons SET status = 'redeemed', order_id = ?2, ended_sim_us = ?3 WHERE id = ?1 "
      "AND user_id = ?4 AND run_id = ?5 AND status = 'active' AND assigned_sim_us <= ?3 AND "
      "?3 < expires_sim_us");
  coupon_event_ = prepare("INSERT INTO coupon_events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
}

Task<CheckoutAnswer> SqliteShop::check_out(const CheckoutRequest& request) {
  CheckoutAnswer answer;
  if (has_too_many_coupons(request)) {
    answer.status = CheckoutStatus::too_many_coupons;
    co_return answer;
  }
  std::function<void(Database&)> job = [&](Database&) { answer = check_out_now(request); };
  co_await writer_.write(std::move(job));
  co_return answer;
}

// Nobody else writes meanwhile, so all is read and decided before the first row is written.
CheckoutAnswer SqliteShop::check_out_now(const CheckoutRequest& request) {
  const CartCall& call = request.call;
  const KnownKey known = find_key(call.user, request.key);
  if (known.known) return replayed_checkout(known.hash == request.hash, known.answer);
  CheckoutAnswer answer;
  const CartRow row = find_cart(call);
  if (!row.id || !row.open) {
    answer.status = CheckoutStatus::not_open;
    return answer;
  }
  if (call.version && *call.version != row.version) {
    answer.status = CheckoutStatus::version_conflict;
    return answer;
  }
  if (simulated_ && is_hour_taken(call)) {
    answer.status = CheckoutStatus::hour_taken;
    return answer;
  }
  if (row.session && trips_.is_over(row.session)) {
    answer.status = CheckoutStatus::session_over;
    return answer;
  }
  const CheckoutBasis basis = read_basis(request, row);
  const CheckoutPlan plan = plan_checkout(catalogue_, request, basis);
  if (plan.placed()) write_order(request, row, plan);
  keep_key(call.user, request.key, request.hash, answer_json(plan.answer), request.key_life_us);
  if (request.journal) {
    if (const auto end = request.journal(plan.answer)) {
      FF_ASSERT(!end->mirror_order, "a checkout has its order here");
      expect_ended(trips_.close_now(*end));
    }
  }
  return plan.answer;
}

bool SqliteShop::is_hour_taken(const CartCall& call) {
  hour_taken_.bind(1, run_.value).bind(2, call.user.value).bind(3, call.at.us);
  const bool taken = hour_taken_.step();
  hour_taken_.reset();
  return taken;
}

SqliteShop::KnownKey SqliteShop::find_key(UserId user, const std::string& key) {
  KnownKey known;
  if (key.empty()) return known;
  key_.bind(1, run_.value).bind(2, user.value).bind(3, key);
  if (key_.step()) known = {true, key_.text(0), key_.text(1)};
  key_.reset();
  return known;
}

void SqliteShop::keep_key(UserId user, const std::string& key, const std::string& hash,
                          const std::string& answer, std::int64_t life_us) {
  if (key.empty()) return;
  const std::int64_t now = wall_clock_us();
  put_key_.bind(1, run_.value)
      .bind(2, user.value)
      .bind_static(3, key)
      .bind_static(4, hash)
      .bind_static(5, answer)
      .bind(6, now);
  life_us > 0 ? put_key_.bind(7, now + life_us) : put_key_.bind_null(7);
  put_key_.run();
}

CheckoutBasis SqliteShop::read_basis(const CheckoutRequest& request, const CartRow& cart) {
  CheckoutBasis basis;
  basis.cart = cart.id;
  basis.number = request.order ? request.order : OrderId{next_number("orders")};
  items_.bind(1, cart.id.value);
  while (items_.step()) {
    basis.lines.push_back({ProductId{items_.integer(0)}, items_.integer(1)});
  }
  if (request.coupons) {
    basis.wanted.assign(request.coupons->begin(), request.coupons->end());
  } else {
    basis.wanted = cart_coupons(cart.id);
  }
  for (const UserCouponId id : basis.wanted) {
    wallet_row_.bind(1, id.value).bind(2, request.call.user.value).bind(3, run_.value);
    if (wallet_row_.step()) {
      basis.coupons.push_back({id, CouponId{wallet_row_.integer(1)},
                               coupon_state(wallet_row_.text(2)), SimTime{wallet_row_.integer(3)},
                               SimTime{wallet_row_.integer(4)}});
    }
    wallet_row_.reset();
  }
  if (limited_) read_limits(cart.store, basis);
  return basis;
}

void SqliteShop::read_limits(StoreId store, CheckoutBasis& basis) {
  for (const auto& line : basis.lines) {
    stock_.bind(1, run_.value).bind(2, store.value).bind(3, line.product.value);
    if (stock_.step()) basis.stock.push_back({line.product, stock_.integer(0)});
    stock_.reset();
  }
  for (const auto& coupon : basis.coupons) {
    capped_.bind(1, run_.value).bind(2, coupon.definition.value);
    if (capped_.step()) {
      const auto left = [&](int column) {
        return capped_.is_null(column) ? std::nullopt
                                       : std::optional<std::int64_t>(capped_.integer(column));
      };
      basis.capped.push_back({coupon.definition, left(0), left(1)});
    }
    capped_.reset();
  }
}

void SqliteShop::write_order(const CheckoutRequest& request, const CartRow& cart,
                             const CheckoutPlan& plan) {
  const CartCall& call = request.call;
  const std::int64_t order = plan.answer.order.value, now = wall_clock_us();
  close_cart_.bind(1, cart.id.value)
      .bind(2, std::int64_t{0})  // a checkout has a key, not a step
      .bind_static(3, "converted")
      .bind(4, call.at.us)
      .run();
  for (const auto& taken : plan.stock) {
    take_stock_.bind(1, run_.value)
        .bind(2, cart.store.value)
        .bind(3, taken.product.value)
        .bind(4, taken.qty)
        .run();
    if (database_.changes() != 1) throw Failure("stock changed within a checkout");
  }
  order_.bind(1, order)
      .bind(2, cart.id.value)
      .bind(3, plan.priced.subtotal.minor)
      .bind(4, plan.priced.discount.minor)
      .bind(5, plan.priced.total.minor)
      .bind(6, call.at.us)
      .bind(7, now)
      .bind(8, std::int64_t{simulated_});
  simulated_ ? order_.bind(9, call.at.us) : order_.bind_null(9);
  order_.run();
  for (std::size_t i = 0; i < plan.lines.size(); ++i) {
    const retail::CartLine& line = plan.lines[i];
    const Money discount = plan.priced.line_discounts[i];
    order_item_.bind(1, order)
        .bind(2, static_cast<std::int64_t>(i) + 1)
        .bind(3, catalogue_.products[line.product].id.value)
        .bind(4, std::int64_t{line.qty})
        .bind(5, line.unit_price.minor)
        .bind(6, discount.minor)
        .bind(7, (line.subtotal() - discount).minor)
        .run();
  }
  use_coupons(request, plan);
}

void SqliteShop::use_coupons(const CheckoutRequest& request, const CheckoutPlan& plan) {
  const std::int64_t order = plan.answer.order.value, now = wall_clock_us();
  for (const UserCouponId id : plan.redeemed) {
    redeem_.bind(1, id.value)
        .bind(2, order)
        .bind(3, request.call.at.us)
        .bind(4, request.call.user.value)
        .bind(5, run_.value)
        .run();
    if (database_.changes() != 1) throw Failure("a coupon changed within a checkout");
    Money sum;
    for (const retail::LineDiscount& row : plan.priced.discounts) {
      if (plan.coupons[row.coupon].wallet_id == id) sum += row.amount;
    }
    coupon_event_.bind(1, id.value)
        .bind(2, order)
        .bind_static(3, "redeemed")
        .bind(4, run_.value)
        .bind(5, request.call.user.value)
        .bind(6, sum.minor)
        .bind(7, request.call.at.us)
        .bind(8, now)
        .run();
  }
  for (const retail::LineDiscount& row : plan.priced.discounts) {
    const retail::CartCoupon& coupon = plan.coupons[row.coupon];
    discount_.bind(1, order)
        .bind(2, std::int64_t{row.line} + 1)
        .bind(3, coupon.wallet_id.value)
        .bind(4, catalogue_.coupons[coupon.coupon].id.value)
        .bind(5, row.amount.minor)
        .run();
  }
  for (const auto& use : plan.capped) {
    use_capped_.bind(1, run_.value).bind(2, use.definition.value).bind(3, use.amount.minor).run();
    if (database_.changes() != 1) throw Failure("a capped coupon changed within a checkout");
  }
}

}  // namespace footfall::store::sqlite
