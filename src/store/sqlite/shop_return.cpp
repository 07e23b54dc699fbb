#include "base/failure.hpp"
#include "store/sqlite/shop.hpp"
#include "store/wall_clock.hpp"

namespace footfall::store::sqlite {
namespace {

const char* name_of(CouponState state) {
  return state == CouponState::active ? "active" : "reversed";
}

}  // namespace

void SqliteShop::prepare_return() {
  const auto prepare = [&](const char* sql) { return database_.prepare(sql); };
  find_order_ = prepare(
      "SELECT status, store_id, total_minor, refunded_minor FROM orders WHERE id = ?1 AND user_id "
      "= ?2 AND run_id = ?3");
  find_items_ = prepare(
      "SELECT line_no, product_id, qty, refunded_qty, line_total_minor FROM order_items WHERE "
      "order_id = ?1 ORDER BY line_no");
  find_redeemed_ = prepare(
      "SELECT c.id, c.coupon_id, c.lane = 'frontstore', c.slot, c.expires_sim_us, d.amount FROM "
      "(SELECT user_coupon_id, sum(amount_minor) AS amount FROM order_discounts WHERE order_id = "
      "?1 GROUP BY user_coupon_id) d JOIN user_coupons c ON c.id = d.user_coupon_id WHERE "
      "c.order_id = ?1 AND c.status = 'redeemed' ORDER BY c.id");
  set_order_ = prepare("UPDATE orders SET status = ?2, refunded_minor = ?3 WHERE id = ?1");
  set_item_refund_ =
      prepare("UPDATE order_items SET refunded_qty = ?3 WHERE order_id = ?1 AND line_no = ?2");
  restock_ = prepare(
      "UPDATE run_stock SET on_hand = on_hand + ?4 WHERE run_id = ?1 AND store_id = ?2 AND "
      "product_id = ?3");
  reverse_ = prepare(
      "UPDATE user_coupons SET status = ?2, slot = ?3, order_id = CASE ?2 WHEN 'active' THEN NULL "
      "ELSE order_id END, ended_sim_us = CASE ?2 WHEN 'active' THEN NULL ELSE ?4 END WHERE id = ?1 "
      "AND status = 'redeemed'");
  unuse_capped_ = prepare(
      "UPDATE run_coupons SET redeemed_count = redeemed_count - 1, discount_total_minor = "
      "discount_total_minor - ?3 WHERE run_id = ?1 AND coupon_id = ?2 AND (max_redemptions IS NOT "
      "NULL OR max_discount_total_minor IS NOT NULL)");
}

Task<ReturnAnswer> SqliteShop::give_back(const ReturnRequest& request) {
  ReturnAnswer answer;
  std::function<void(Database&)> job = [&](Database&) { answer = give_back_now(request); };
  co_await writer_.write(std::move(job));
  co_return answer;
}

ReturnAnswer SqliteShop::give_back_now(const ReturnRequest& request) {
  const KnownKey known = find_key(request.user, request.key);
  if (known.known) return replayed_return(known.hash == request.hash, known.answer);
  const ReturnBasis basis = read_return(request);
  const ReturnPlan plan = plan_return(request, basis, slots_);
  if (plan.answer.status != ReturnStatus::done) return plan.answer;
  write_return(request, basis, plan);
  keep_key(request.user, request.key, request.hash, answer_json(plan.answer), request.key_life_us);
  return plan.answer;
}

ReturnBasis SqliteShop::read_return(const ReturnRequest& request) {
  ReturnBasis basis;
  find_order_.bind(1, request.order.value).bind(2, request.user.value).bind(3, run_.value);
  if (find_order_.step()) {
    basis.status = find_order_.text(0);
    basis.store = StoreId{find_order_.integer(1)};
    basis.total = Money{find_order_.integer(2)};
    basis.refunded = Money{find_order_.integer(3)};
  }
  find_order_.reset();
  find_items_.bind(1, request.order.value);
  while (find_items_.step()) {
    basis.lines.push_back({static_cast<int>(find_items_.integer(0)),
                           ProductId{find_items_.integer(1)}, find_items_.integer(2),
                           find_items_.integer(3), Money{find_items_.integer(4)}});
  }
  find_redeemed_.bind(1, request.order.value);
  while (find_redeemed_.step()) {
    basis.coupons.push_back({UserCouponId{find_redeemed_.integer(0)},
                             CouponId{find_redeemed_.integer(1)}, find_redeemed_.integer(2) != 0,
                             static_cast<int>(find_redeemed_.integer(3)),
                             SimTime{find_redeemed_.integer(4)}, Money{find_redeemed_.integer(5)}});
  }
  wallet_all_.bind(1, run_.value).bind(2, request.user.value);
  while (wallet_all_.step()) {
    basis.wallet.push_back({CouponId{wallet_all_.integer(0)}, wallet_all_.integer(1) != 0,
                            static_cast<int>(wallet_all_.integer(2))});
  }
  return basis;
}

void SqliteShop::write_return(const ReturnRequest& request, const ReturnBasis& basis,
                              const ReturnPlan& plan) {
  const std::int64_t order = request.order.value;
  set_order_.bind(1, order).bind_static(2, plan.status).bind(3, plan.refunded.minor).run();
  for (const auto& line : plan.lines) {
    if (line.restocked == 0) continue;
    set_item_refund_.bind(1, order)
        .bind(2, std::int64_t{line.line_no})
        .bind(3, line.refunded_qty)
        .run();
    restock_.bind(1, run_.value)
        .bind(2, basis.store.value)
        .bind(3, line.product.value)
        .bind(4, line.restocked)
        .run();
  }
  for (const auto& coupon : plan.coupons) {
    reverse_.bind(1, coupon.id.value)
        .bind_static(2, name_of(coupon.state))
        .bind(3, std::int64_t{coupon.slot})
        .bind(4, request.at.us)
        .run();
    if (database_.changes() != 1) throw Failure("a coupon changed within a return");
    coupon_event_.bind(1, coupon.id.value)
        .bind(2, order)
        .bind_static(3, "reversed")
        .bind(4, run_.value)
        .bind(5, request.user.value)
        .bind(6, coupon.amount.minor)
        .bind(7, request.at.us)
        .bind(8, wall_clock_us())
        .run();
    unuse_capped_.bind(1, run_.value)
        .bind(2, coupon.definition.value)
        .bind(3, coupon.amount.minor)
        .run();
  }
}

}  // namespace footfall::store::sqlite
