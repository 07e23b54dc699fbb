#include "base/failure.hpp"
#include "store/postgres/arrays.hpp"
#include "store/postgres/shop.hpp"
#include "store/wall_clock.hpp"

namespace footfall::store::postgres {
namespace {

// Columns of order_lock.
enum Locked {
  kStatus,
  kStore,
  kTotal,
  kRefunded,
  kLines,
  kProducts,
  kQtys,
  kTotals,
  kRefundedQtys,
  kCoupons,
  kDefinitions,
  kStates,
  kFronts,
  kSlots,
  kExpires,
  kAmounts,
  kWalletCoupons,
  kWalletFronts,
  kWalletSlots,
  kKeyHash,
  kKeyAnswer
};

ReturnBasis read_basis(const Answer& row) {
  ReturnBasis basis;
  if (row.is_null(0, kStatus)) return basis;
  basis.status = row.text(0, kStatus);
  basis.store = StoreId{row.integer(0, kStore)};
  basis.total = Money{row.integer(0, kTotal)};
  basis.refunded = Money{row.integer(0, kRefunded)};
  const auto lines = row.integers(0, kLines), products = row.integers(0, kProducts),
             qtys = row.integers(0, kQtys), totals = row.integers(0, kTotals),
             refunded = row.integers(0, kRefundedQtys);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    basis.lines.push_back({static_cast<int>(lines[i]), ProductId{products[i]}, qtys[i], refunded[i],
                           Money{totals[i]}});
  }
  const auto coupons = row.integers(0, kCoupons), definitions = row.integers(0, kDefinitions),
             fronts = row.integers(0, kFronts), slots = row.integers(0, kSlots),
             expires = row.integers(0, kExpires), amounts = row.integers(0, kAmounts);
  for (std::size_t i = 0; i < coupons.size(); ++i) {
    basis.coupons.push_back({UserCouponId{coupons[i]}, CouponId{definitions[i]}, fronts[i] != 0,
                             static_cast<int>(slots[i]), SimTime{expires[i]}, Money{amounts[i]}});
  }
  const auto held = row.integers(0, kWalletCoupons), held_fronts = row.integers(0, kWalletFronts),
             held_slots = row.integers(0, kWalletSlots);
  for (std::size_t i = 0; i < held.size(); ++i) {
    basis.wallet.push_back(
        {CouponId{held[i]}, held_fronts[i] != 0, static_cast<int>(held_slots[i])});
  }
  return basis;
}

}  // namespace

Task<ReturnAnswer> PostgresShop::give_back(const ReturnRequest& request) {
  auto work = [&] { return try_give_back(request); };
  ReturnAnswer answer = co_await repeat(units_, !request.key.empty(), work);
  co_return answer;
}

// The order's lock comes first, so that of two calls with one key the second finds the answer.
Task<ReturnAnswer> PostgresShop::try_give_back(const ReturnRequest& request) {
  Unit unit = co_await units_.open();
  std::vector<Query> queries;
  Query& lock = queries.emplace_back("SELECT * FROM footfall.order_lock($1, $2, $3, $4)");
  lock.add(run_.value).add(request.user.value).add(request.order.value);
  add_key(lock, request.key);
  const std::vector<Answer> read = co_await unit.begin(std::move(queries));
  if (!read[0].is_null(0, kKeyHash)) {
    ReturnAnswer answer =
        replayed_return(read[0].text(0, kKeyHash) == request.hash, read[0].text(0, kKeyAnswer));
    co_await unit.rollback();
    co_return answer;
  }
  const ReturnBasis basis = read_basis(read[0]);
  ReturnPlan plan = plan_return(request, basis, slots_);
  if (plan.answer.status != ReturnStatus::done) {
    co_await unit.rollback();
    co_return std::move(plan.answer);
  }
  std::vector<Query> writes;
  writes.push_back(return_query(request, basis, plan));
  co_await unit.commit(std::move(writes));
  co_return std::move(plan.answer);
}

Query PostgresShop::return_query(const ReturnRequest& request, const ReturnBasis& basis,
                                 const ReturnPlan& plan) const {
  Query query(
      "SELECT footfall.order_return($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, "
      "$15, $16, $17, $18, $19, $20, $21)");
  query.add(run_.value).add(request.user.value).add(request.order.value);
  add_id(query, basis.store)
      .add(std::string_view(plan.status))
      .add(plan.refunded.minor)
      .add(request.at.us)
      .add(wall_clock_us());
  query.add(column(plan.lines, [](const auto& line) { return std::int64_t{line.line_no}; }))
      .add(column(plan.lines, [](const auto& line) { return line.refunded_qty; }))
      .add(column(plan.lines, [](const auto& line) { return line.product.value; }))
      .add(column(plan.lines, [](const auto& line) { return line.restocked; }));
  std::vector<std::string_view> states;
  for (const auto& coupon : plan.coupons) {
    states.push_back(coupon.state == CouponState::active ? "active" : "reversed");
  }
  query.add(column(plan.coupons, [](const auto& coupon) { return coupon.id.value; }))
      .add(states)
      .add(column(plan.coupons, [](const auto& coupon) { return std::int64_t{coupon.slot}; }))
      .add(column(plan.coupons, [](const auto& coupon) { return coupon.definition.value; }))
      .add(column(plan.coupons, [](const auto& coupon) { return coupon.amount.minor; }));
  add_key(query, request.key)
      .add(std::string_view(request.hash))
      .add(std::string_view(answer_json(plan.answer)))
      .add_or_null(request.key_life_us ? std::optional(request.key_life_us) : std::nullopt);
  return query;
}

}  // namespace footfall::store::postgres
