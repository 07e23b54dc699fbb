#include "commerce/memory/memory_commerce.hpp"

#include "commerce/wallet_page.hpp"

namespace footfall::commerce {

using retail::CouponKind;
using shopper::Action;
using shopper::ActionKind;
using shopper::Outcome;

MemoryCommerce::MemoryCommerce(const retail::Catalogue& catalogue, const offers::Rules& rules,
                               RunId run)
    : catalogue_(catalogue), rules_(rules), run_(run) {
  for (const retail::Coupon& coupon : catalogue.coupons) {
    coupon_scopes_.push_back({coupon.min_spend, coupon.scope, coupon.kind});
  }
}

void MemoryCommerce::enter(AgentId agent, const retail::Shelf& shelf, offers::Wallet& wallet) {
  agent_ = agent;
  shelf_ = &shelf;
  wallet_ = &wallet;
  checkout_refusal_ = retail::Refusal::none;
  lines_.clear();
  coupons_.clear();
  changes_.clear();
  priced_.clear();
}

Outcome MemoryCommerce::perform(const Action& action) {
  switch (action.kind) {
    case ActionKind::browse_products:
      return browse(action);
    case ActionKind::add_to_cart:
      return add(action);
    case ActionKind::view_coupons:
      return view_wallet(action);
    case ActionKind::apply_coupons:
      return apply(action);
    case ActionKind::complete_checkout:
      return check_out(action);
    case ActionKind::create_session:
    case ActionKind::abandon_session:
    case ActionKind::finished:
      break;
  }
  return {};
}

Outcome MemoryCommerce::browse(const Action& action) {
  listings_.clear();
  for (const std::uint16_t category : action.categories) {
    listings_.push_back(&shelf_->listings[shelf_->listing_of_category[category]]);
  }
  Outcome outcome;
  outcome.listings = listings_;
  return outcome;
}

Outcome MemoryCommerce::add(const Action& action) {
  lines_.insert(lines_.end(), action.lines.begin(), action.lines.end());
  if (coupons_.empty()) {
    // Without coupons the price is a sum, and only what is new is added to it.
    for (const retail::CartLine& line : action.lines) priced_.subtotal += line.subtotal();
    priced_.total = priced_.subtotal;
    priced_.line_discounts.resize(lines_.size());
  } else {
    retail::price_cart(catalogue_, lines_, coupons_, priced_);
  }
  Outcome outcome;
  outcome.total = priced_.total;
  return outcome;
}

UserCouponId MemoryCommerce::wallet_id(int slot) const {
  return retail::user_coupon_id(run_, wallet_->slot(slot).offer_cycle, agent_, slot);
}

// Cheap test before pricing: most of a wallet has nothing to do with the cart. Sets of scopes are
// kept as one bit each, modulo 64.
MemoryCommerce::CartScopes MemoryCommerce::scopes() const {
  CartScopes scopes;
  for (const retail::CartLine& line : lines_) {
    scopes.categories |= std::uint64_t{1} << (line.category & 63);
    scopes.brands |= std::uint64_t{1} << (line.brand & 63);
  }
  return scopes;
}

bool MemoryCommerce::may_fit(const CouponScope& coupon, const CartScopes& scopes) const {
  switch (coupon.kind) {
    case CouponKind::category:
      return (scopes.categories >> (coupon.scope & 63) & 1) != 0;
    case CouponKind::brand:
      return (scopes.brands >> (coupon.scope & 63) & 1) != 0;
    case CouponKind::frontstore:
      break;
  }
  return coupon.min_spend <= priced_.subtotal;
}

Outcome MemoryCommerce::view_wallet(const Action& action) {
  shown_.clear();
  const CartScopes in_cart = scopes();
  for (int i = 0; i < rules_.capacity; ++i) {
    const offers::Slot& slot = wallet_->slot(i);
    if (slot.empty() || !may_fit(coupon_scopes_[slot.coupon], in_cart) ||
        !wallet_->is_good(i, action.at, rules_)) {
      continue;
    }
    const auto entry = page_entry(catalogue_.coupons[slot.coupon], wallet_id(i), slot.assigned_at(),
                                  slot.assigned_at() + rules_.life, action.at, lines_);
    if (entry) shown_.push_back(*entry);
  }
  sort_page(shown_);
  Outcome outcome;
  outcome.wallet = shown_;
  return outcome;
}

// Coupons that take nothing off are refused and do not stay in the cart.
Outcome MemoryCommerce::apply(const Action& action) {
  coupons_.clear();
  refusals_.clear();
  for (const UserCouponId id : action.coupons) {
    const int slot = retail::slot_of(id);
    const bool owned =
        slot < rules_.capacity && !wallet_->slot(slot).empty() && wallet_id(slot) == id;
    refusals_.push_back(!owned                                       ? retail::Refusal::not_owned
                        : !wallet_->is_good(slot, action.at, rules_) ? retail::Refusal::expired
                                                                     : retail::Refusal::none);
    if (refusals_.back() == retail::Refusal::none) {
      coupons_.push_back({id, wallet_->slot(slot).coupon});
    }
  }
  keep_what_applies(catalogue_, lines_, coupons_, refusals_, priced_);
  Outcome outcome;
  outcome.refusals = refusals_;
  outcome.total = priced_.total;
  return outcome;
}

Outcome MemoryCommerce::check_out(const Action& action) {
  Outcome outcome;
  if (checkout_refusal_ != retail::Refusal::none) {
    outcome.ok = false;
    outcome.refusal = checkout_refusal_;
    return outcome;
  }
  for (const retail::CartCoupon& coupon : coupons_) {
    if (wallet_->is_good(retail::slot_of(coupon.wallet_id), action.at, rules_)) continue;
    outcome.ok = false;
    outcome.refusal = retail::Refusal::expired;
    return outcome;
  }
  for (std::size_t c = 0; c < coupons_.size(); ++c) {
    // An impulse item can make a coupon lose its line to a better one: then it is kept, not used.
    if (priced_.refusals[c] != retail::Refusal::none) continue;
    wallet_->redeem(retail::slot_of(coupons_[c].wallet_id), action.at, changes_);
  }
  checked_out_at_ = action.at;
  outcome.total = priced_.total;
  return outcome;
}

}  // namespace footfall::commerce
