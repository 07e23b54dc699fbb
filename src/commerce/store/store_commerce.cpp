#include "commerce/store/store_commerce.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"
#include "base/failure.hpp"
#include "base/sha256.hpp"
#include "commerce/wallet_page.hpp"
#include "store/checkout.hpp"

namespace footfall::commerce {

using shopper::Action;
using shopper::ActionKind;
using shopper::Outcome;

std::vector<Money> prices_on(const retail::Catalogue& catalogue, const retail::Shelf& shelf) {
  std::vector<Money> prices;
  for (const retail::Product& product : catalogue.products) prices.push_back(product.list_price);
  for (const retail::Listing& listing : shelf.listings) {
    for (const retail::ListedProduct& listed : listing.products) {
      prices[listed.product] = listed.price;
    }
  }
  return prices;
}

void StoreCommerce::enter(const StoreVisit& visit) {
  visit_ = visit;
  step_ = 0;
  cart_open_ = false;
  lines_.clear();
  coupons_.clear();
  priced_.clear();
  wallet_.clear();
}

Task<Outcome> StoreCommerce::perform(const Action& action) {
  Outcome outcome;
  switch (action.kind) {
    case ActionKind::browse_products:
      outcome = browse(action);
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

// Everybody in the run sees the same shelf, so nobody has to ask for it.
Outcome StoreCommerce::browse(const Action& action) {
  listings_.clear();
  for (const std::uint16_t category : action.categories) {
    listings_.push_back(&visit_.shelf->listings[visit_.shelf->listing_of_category[category]]);
  }
  Outcome outcome;
  outcome.listings = listings_;
  return outcome;
}

store::CartCall StoreCommerce::call(SimTime at) {
  return {visit_.user,    visit_.store, at,          CartId{visit_.session.value},
          visit_.session, ++step_,      std::nullopt};
}

std::size_t StoreCommerce::used_coupons() const {
  return static_cast<std::size_t>(
      std::count(priced_.refusals.begin(), priced_.refusals.end(), retail::Refusal::none));
}

Task<Outcome> StoreCommerce::add(const Action& action) {
  const store::CartCall now = call(action.at);
  const store::CartAnswer answer = co_await shop_.add(now, action.lines);
  Outcome outcome;
  if (!answer.ok()) {
    // A simulated cart holds at most kCartLinesMax lines and belongs to this trip alone.
    throw Failure(fmt::format("session {}: the shop refuses to add to its cart: {}",
                              visit_.session.value, to_string(answer.status)));
  }
  cart_open_ = true;
  lines_.insert(lines_.end(), action.lines.begin(), action.lines.end());
  retail::price_cart(catalogue_, lines_, coupons_, priced_);
  outcome.total = priced_.total;
  co_return outcome;
}

Task<Outcome> StoreCommerce::view_wallet(const Action& action) {
  wallet_ = co_await shop_.wallet(visit_.user, action.at);
  page_.clear();
  for (const store::WalletRow& row : wallet_) {
    const auto entry = page_entry(catalogue_.coupons[row.coupon], row.id, row.assigned, row.expires,
                                  action.at, lines_);
    if (entry) page_.push_back(*entry);
  }
  sort_page(page_);
  Outcome outcome;
  outcome.wallet = page_;
  co_return outcome;
}

// Coupons that take nothing off are refused and do not stay in the cart.
Task<Outcome> StoreCommerce::apply(const Action& action) {
  coupons_.clear();
  refusals_.clear();
  for (const UserCouponId id : action.coupons) {
    const auto row = std::find_if(wallet_.begin(), wallet_.end(),
                                  [&](const store::WalletRow& other) { return other.id == id; });
    refusals_.push_back(row == wallet_.end()        ? retail::Refusal::not_owned
                        : action.at >= row->expires ? retail::Refusal::expired
                                                    : retail::Refusal::none);
    if (refusals_.back() == retail::Refusal::none) coupons_.push_back({id, row->coupon});
  }
  keep_what_applies(catalogue_, lines_, coupons_, refusals_, priced_);
  std::vector<UserCouponId> ids;
  for (const retail::CartCoupon& coupon : coupons_) ids.push_back(coupon.wallet_id);
  store::CartChange change;
  change.coupons = ids;
  const store::CartCall now = call(action.at);
  const store::CartAnswer answer = co_await shop_.change(now, change);
  if (!answer.ok()) {
    throw Failure(fmt::format("session {}: the shop refuses to change its cart: {}",
                              visit_.session.value, to_string(answer.status)));
  }
  Outcome outcome;
  outcome.refusals = refusals_;
  outcome.total = priced_.total;
  co_return outcome;
}

// Covers what is bought, not the cart in which it lies: after a crash the same purchase may come
// from another cart.
std::string StoreCommerce::request_hash() const {
  std::string text;
  for (const retail::CartLine& line : store::merged(catalogue_, lines_)) {
    text += fmt::format("{}x{};", catalogue_.products[line.product].id.value, line.qty);
  }
  for (const retail::CartCoupon& coupon : coupons_) {
    text += fmt::format("c{};", coupon.wallet_id.value);
  }
  return sha256_hex(text);
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
  request.order = OrderId{visit_.session.value};
  request.key = fmt::format("hour:{}", visit_.sim_hour);
  request.hash = request_hash();
  request.prices = visit_.prices;
  request.journal = [&](const store::CheckoutAnswer& answer) -> std::optional<store::TripEnd> {
    if (!end) {
      told = answer;
      result.outcome = outcome_of(answer);
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
    throw Failure(fmt::format("session {}: the shop refuses its checkout: {}", visit_.session.value,
                              to_string(answer.status)));
  }
  result.outcome = outcome_of(answer);
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
                  visit_.session.value, to_string(answer.status), to_string(told.status)));
}

}  // namespace footfall::commerce
