#include "base/assert.hpp"
#include "base/failure.hpp"
#include "store/postgres/arrays.hpp"
#include "store/postgres/shop.hpp"
#include "store/wall_clock.hpp"

namespace footfall::store::postgres {
namespace {

// Columns of checkout_begin.
enum Begin {
  kStatus,
  kAnswer,
  kNumber,
  kCart,
  kSession,
  kProducts,
  kQtys,
  kWanted,
  kCoupons,
  kDefinitions,
  kStates,
  kAssigned,
  kExpires,
  kStockProducts,
  kStockLeft,
  kCapped,
  kRedemptionsLeft,
  kDiscountLeft,
  kStore
};
enum BeginStatus {
  kGoOn = 0,
  kReplay = 1,
  kKeyReused = 2,
  kNotOpen = 3,
  kVersionConflict = 4,
  kHourTaken = 5,
  kSessionOver = 6
};

CheckoutStatus refusal_of(std::int64_t status) {
  switch (status) {
    case kKeyReused:
      return CheckoutStatus::key_reused;
    case kNotOpen:
      return CheckoutStatus::not_open;
    case kVersionConflict:
      return CheckoutStatus::version_conflict;
    case kHourTaken:
      return CheckoutStatus::hour_taken;
    case kSessionOver:
      return CheckoutStatus::session_over;
    default:
      FF_ASSERT(status == kReplay, "a function answers a status that is not known");
      return CheckoutStatus::placed;
  }
}

std::optional<std::int64_t> if_limited(std::int64_t left) {
  return left < 0 ? std::nullopt : std::optional(left);
}

CheckoutBasis read_basis(const Answer& row) {
  CheckoutBasis basis;
  basis.cart = CartId{row.integer(0, kCart)};
  basis.number = OrderId{row.integer(0, kNumber)};
  const auto products = row.integers(0, kProducts), qtys = row.integers(0, kQtys);
  for (std::size_t i = 0; i < products.size(); ++i) {
    basis.lines.push_back({ProductId{products[i]}, qtys[i]});
  }
  const auto ids = row.integers(0, kCoupons), definitions = row.integers(0, kDefinitions),
             assigned = row.integers(0, kAssigned), expires = row.integers(0, kExpires);
  const auto states = words(row.text(0, kStates));
  for (std::size_t i = 0; i < definitions.size(); ++i) {
    basis.coupons.push_back({UserCouponId{ids[i]}, CouponId{definitions[i]},
                             coupon_state(states[i]), SimTime{assigned[i]}, SimTime{expires[i]}});
  }
  for (const std::int64_t id : row.integers(0, kWanted)) basis.wanted.push_back(UserCouponId{id});
  const auto stocked = row.integers(0, kStockProducts), left = row.integers(0, kStockLeft);
  for (std::size_t i = 0; i < stocked.size(); ++i) {
    basis.stock.push_back({ProductId{stocked[i]}, left[i]});
  }
  const auto capped = row.integers(0, kCapped), redemptions = row.integers(0, kRedemptionsLeft),
             discount = row.integers(0, kDiscountLeft);
  for (std::size_t i = 0; i < capped.size(); ++i) {
    basis.capped.push_back(
        {CouponId{capped[i]}, if_limited(redemptions[i]), if_limited(discount[i])});
  }
  return basis;
}

}  // namespace

Task<CheckoutAnswer> PostgresShop::check_out(const CheckoutRequest& request) {
  CheckoutAnswer answer;
  if (has_too_many_coupons(request)) {
    answer.status = CheckoutStatus::too_many_coupons;
    co_return answer;
  }
  auto work = [&] { return try_check_out(request); };
  answer = co_await repeat(units_, !request.key.empty(), work);
  co_return answer;
}

Task<CheckoutAnswer> PostgresShop::try_check_out(const CheckoutRequest& request) {
  Unit unit = co_await units_.open();
  std::vector<Query> queries;
  queries.push_back(begin_query(request));
  const std::vector<Answer> begun = co_await unit.begin(std::move(queries));
  const Answer& row = begun.front();
  const std::int64_t status = row.integer(0, kStatus);
  if (status == kVersionConflict && !request.call.version) {
    // Another call paid for the cart meanwhile, and a new one is open: tried again, it is found.
    throw DatabaseError("the cart was paid for while this checkout waited", "40001");
  }
  if (status != kGoOn) {
    CheckoutAnswer answer;
    answer.status = refusal_of(status);
    if (status == kReplay) answer = replayed_checkout(true, row.text(0, kAnswer));
    co_await unit.rollback();
    co_return answer;
  }
  const CheckoutBasis basis = read_basis(row);
  CheckoutPlan plan = plan_checkout(catalogue_, request, basis);
  std::vector<Query> writes;
  const SessionId session{row.integer(0, kSession)};
  const StoreId store{row.integer(0, kStore)};
  writes.push_back(plan.placed() ? finish_query(request, basis, session, store, plan)
                                 : refuse_query(request, basis, plan));
  if (request.journal) {
    if (const auto end = request.journal(plan.answer)) {
      FF_ASSERT(!end->mirror_order, "a checkout has its order here");
      writes.push_back(trips_.end_query(*end));
    }
  }
  try {
    co_await unit.commit(std::move(writes));
  } catch (const DatabaseError& error) {
    // Another order of the shopper in this simulated hour was quicker: tried again, it is seen.
    if (error.sqlstate() == "23505") throw DatabaseError(error.what(), "40001");
    throw;
  }
  co_return std::move(plan.answer);
}

Query PostgresShop::begin_query(const CheckoutRequest& request) const {
  Query query(
      "SELECT * FROM footfall.checkout_begin($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
      "$13, $14)");
  const CartCall& call = request.call;
  query.add(run_.value).add(call.user.value);
  add_id(query, call.store);
  add_id(query, call.cart);
  query.add_or_null(call.version);
  add_id(query, request.order);
  add_key(query, request.key);
  query.add(std::string_view(request.hash)).add(call.at.us).add(wall_clock_us());
  query.add_or_null(request.key_life_us ? std::optional(request.key_life_us) : std::nullopt);
  if (request.coupons) {
    query.add(column(*request.coupons, [](UserCouponId id) { return id.value; }));
  } else {
    query.add_null();
  }
  add_bool(query, limited_);
  add_bool(query, simulated_);
  return query;
}

Query PostgresShop::finish_query(const CheckoutRequest& request, const CheckoutBasis& basis,
                                 SessionId session, StoreId store, const CheckoutPlan& plan) const {
  Query query(
      "SELECT footfall.checkout_finish($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
      "$14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)");
  const CartCall& call = request.call;
  query.add(run_.value).add(call.user.value);
  add_id(query, store);
  query.add(basis.cart.value);
  add_id(query, session);
  query.add(plan.answer.order.value);
  add_key(query, request.key);
  query.add(std::string_view(answer_json(plan.answer)))
      .add(std::string_view(catalogue_.currency))
      .add(plan.priced.subtotal.minor)
      .add(plan.priced.discount.minor)
      .add(plan.priced.total.minor)
      .add(call.at.us)
      .add(wall_clock_us());
  add_bool(query, simulated_);
  query
      .add(column(plan.lines,
                  [&](const auto& line) { return catalogue_.products[line.product].id.value; }))
      .add(column(plan.lines, [](const auto& line) { return std::int64_t{line.qty}; }))
      .add(column(plan.lines, [](const auto& line) { return line.unit_price.minor; }))
      .add(column(plan.priced.line_discounts, [](Money money) { return money.minor; }));
  const auto& off = plan.priced.discounts;
  query.add(column(off, [](const auto& row) { return std::int64_t{row.line} + 1; }))
      .add(column(off, [&](const auto& row) { return plan.coupons[row.coupon].wallet_id.value; }))
      .add(column(off,
                  [&](const auto& row) {
                    return catalogue_.coupons[plan.coupons[row.coupon].coupon].id.value;
                  }))
      .add(column(off, [](const auto& row) { return row.amount.minor; }));
  query.add(column(plan.redeemed, [](UserCouponId id) { return id.value; }))
      .add(column(plan.stock, [](const auto& row) { return row.product.value; }))
      .add(column(plan.stock, [](const auto& row) { return row.qty; }))
      .add(column(plan.capped, [](const auto& row) { return row.definition.value; }))
      .add(column(plan.capped, [](const auto& row) { return row.amount.minor; }));
  return query;
}

Query PostgresShop::refuse_query(const CheckoutRequest& request, const CheckoutBasis& basis,
                                 const CheckoutPlan& plan) const {
  Query query("SELECT footfall.checkout_refuse($1, $2, $3, $4, $5)");
  query.add(run_.value).add(request.call.user.value).add(basis.cart.value);
  add_key(query, request.key);
  query.add(std::string_view(answer_json(plan.answer)));
  return query;
}

}  // namespace footfall::store::postgres
