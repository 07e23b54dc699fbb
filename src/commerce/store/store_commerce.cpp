#include "commerce/store/store_commerce.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/assert.hpp"
#include "base/failure.hpp"
#include "store/checkout.hpp"

namespace footfall::commerce {

using shopper::Action;
using shopper::ActionKind;
using shopper::Outcome;

void StoreCommerce::enter(const ShopVisit& visit) {
  cart_.enter(visit);
  step_ = 0;
}

Task<Outcome> StoreCommerce::perform(const Action& action) {
  Outcome outcome;
  switch (action.kind) {
    case ActionKind::browse_products:
      outcome = cart_.browse(action.categories);
      break;
    case ActionKind::add_to_cart:
      outcome = co_await add(action);
      break;
    case ActionKind::view_coupons:
      outcome = co_await view_wallet(action);
      break;
    case ActionKind::apply_coupons:
      outcome = co_await apply(action);
      break;
    case ActionKind::complete_checkout:
      FF_ASSERT(false, "a checkout is carried out by check_out()");
      break;
    case ActionKind::create_session:
    case ActionKind::abandon_session:
    case ActionKind::finished:
      break;
  }
  co_return outcome;
}

store::CartCall StoreCommerce::call(SimTime at) {
  const ShopVisit& visit = cart_.visit();
  return {visit.user,    visit.store, at,          CartId{visit.session.value},
          visit.session, ++step_,     std::nullopt};
}

Task<Outcome> StoreCommerce::add(const Action& action) {
  const store::CartCall now = call(action.at);
  const store::CartAnswer answer = co_await shop_.add(now, action.lines);
  if (!answer.ok()) {
    // A simulated cart holds at most kCartLinesMax lines and belongs to this trip alone.
    throw Failure(fmt::format("session {}: the shop refuses to add to its cart: {}",
                              cart_.visit().session.value, to_string(answer.status)));
  }
  co_return cart_.add(action.lines);
}

Task<Outcome> StoreCommerce::view_wallet(const Action& action) {
  std::vector<store::WalletRow> rows = co_await shop_.wallet(cart_.visit().user, action.at);
  co_return cart_.show_wallet(std::move(rows), action.at);
}

Task<Outcome> StoreCommerce::apply(const Action& action) {
  const Outcome outcome = cart_.apply(action.coupons, action.at);
  store::CartChange change;
  change.coupons = cart_.coupons_in_cart();
  const store::CartCall now = call(action.at);
  const store::CartAnswer answer = co_await shop_.change(now, change);
  if (!answer.ok()) {
    throw Failure(fmt::format("session {}: the shop refuses to change its cart: {}",
                              cart_.visit().session.value, to_string(answer.status)));
  }
  co_return outcome;
}

shopper::Outcome StoreCommerce::outcome_of(const store::CheckoutAnswer& answer) const {
  Outcome outcome;
  outcome.ok = answer.status == store::CheckoutStatus::placed;
  outcome.total = answer.total;
  if (outcome.ok) return outcome;
  outcome.refusal = retail::Refusal::out_of_stock;
  for (const store::CouponOutcome& coupon : answer.coupons) {
    const bool lost =
        coupon.refusal != retail::Refusal::none && coupon.refusal != retail::Refusal::not_best;
    if (answer.status == store::CheckoutStatus::coupon_refused && lost) {
      outcome.refusal = coupon.refusal;
      break;
    }
  }
  return outcome;
}

// The shop may repeat the transaction, but a trip goes on only once: its end is kept for that. What
// is written is what the shopper was told, or nothing.
Task<CheckedOut> StoreCommerce::check_out(const Action& action, const AtCheckout& at_checkout) {
  CheckedOut result;
  std::optional<store::TripEnd> end;
  store::CheckoutAnswer told;
  store::CheckoutRequest request;
  request.call = call(action.at);
  request.call.step = 0;
  request.order = OrderId{cart_.visit().session.value};
  request.key = fmt::format("hour:{}", cart_.visit().sim_hour);
  request.hash = cart_.request_hash();
  request.prices = cart_.visit().prices;
  request.journal = [&](const store::CheckoutAnswer& answer) -> std::optional<store::TripEnd> {
    if (!end) {
      told = answer;
      result.outcome = outcome_of(answer);
      if (result.outcome.ok) cart_.note_placed(action.at);
      end = at_checkout(result.outcome);
    }
    expect_same(told, answer);
    return end;
  };
  const store::CheckoutAnswer answer = co_await shop_.check_out(request);
  if (end) {
    expect_same(told, answer);
    result.journaled = true;
    co_return result;
  }
  // Answered before: this trip's order exists (or was refused), its journal may not.
  if (!answer.replayed) {
    throw Failure(fmt::format("session {}: the shop refuses its checkout: {}",
                              cart_.visit().session.value, to_string(answer.status)));
  }
  result.outcome = outcome_of(answer);
  if (result.outcome.ok) cart_.note_placed(action.at);
  end = at_checkout(result.outcome);
  co_return result;
}

// Between two tries of one checkout others may have bought the last piece.
void StoreCommerce::expect_same(const store::CheckoutAnswer& told,
                                const store::CheckoutAnswer& answer) const {
  if (answer.status == told.status && answer.total == told.total) return;
  throw Failure(
      fmt::format("session {}: its checkout was interrupted, and tried again it came out "
                  "otherwise ({}, before {})",
                  cart_.visit().session.value, to_string(answer.status), to_string(told.status)));
}

}  // namespace footfall::commerce
