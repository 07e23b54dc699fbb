#include "shopper/trip.hpp"

#include <algorithm>

#include "base/math.hpp"
#include "shopper/behavior/coupon_use.hpp"

namespace footfall::shopper {
namespace {

using retail::DecisionKind;
using retail::EventType;
using retail::SessionOutcome;

// How long things take, in simulated seconds: our judgement, for plausible time stamps only.
constexpr int kAdd = 6, kWallet = 20, kCoupon = 6, kPay = 40;
// A trip ends within this, so that it stays in the simulation cycle in which it began.
constexpr SimDuration kTripMax{15 * kMinute.us - 1'000'000};
constexpr int kIdleCategoriesMax = 2;

}  // namespace

// --- small tools -------------------------------------------------------------------------------

retail::Decision& Trip::note(DecisionKind kind, double probability, double draw,
                             std::int32_t chosen) {
  retail::Decision& decision = decisions_.emplace_back();
  decision.kind = kind;
  decision.probability = probability;
  decision.draw = draw;
  decision.chosen = chosen;
  return decision;
}

bool Trip::decide(DecisionKind kind, double probability_of_yes,
                  std::array<float, retail::kFeaturesMax> features, UserCouponId coupon) {
  const double draw = random_.uniform();
  const bool yes = draw < probability_of_yes;
  retail::Decision& decision =
      note(kind, yes ? probability_of_yes : 1 - probability_of_yes, draw, yes);
  decision.features = features;
  decision.coupon = coupon;
  return yes;
}

retail::Event& Trip::event(EventType type, int seconds) {
  retail::Event& event = events_.emplace_back();
  event.type = type;
  event.at = now_;
  now_ = std::min(now_ + SimDuration{seconds * 1'000'000LL}, latest_);
  return event;
}

Action Trip::action(ActionKind kind) const {
  Action action;
  action.kind = kind;
  action.at = now_;
  return action;
}

Money Trip::subtotal() const {
  Money sum;
  for (const retail::CartLine& line : lines_) sum += line.subtotal();
  return sum;
}

// --- the nodes, in the order of a trip ---------------------------------------------------------

Action Trip::start(const Visit& visit) {
  visit_ = visit;
  random_ = RandomStream(visit.seed, static_cast<std::uint32_t>(visit.shopper->agent.value),
                         static_cast<std::uint32_t>(hour_number(visit.at)), Purpose::trip);
  walk_ = {};
  now_ = visit.at;
  latest_ = visit.at + kTripMax;
  events_.clear();
  decisions_.clear();
  shown_.clear();
  lines_.clear();
  departments_.clear();
  applied_.clear();
  department_ = kept_departments_ = 0;
  total_ = {};
  impulse_done_ = dropped_out_ = false;
  outcome_ = SessionOutcome::browsed;
  walk_.go(Node::decide_shop);
  return decide_shop();
}

Action Trip::resume(const Outcome& outcome) {
  switch (waiting_for_) {
    case ActionKind::create_session:
      return browse_products();
    case ActionKind::browse_products:
      return visit_.idle ? look_around(outcome) : put_into_cart(outcome);
    case ActionKind::add_to_cart:
      return after_add(outcome);
    case ActionKind::view_coupons:
      return consider_coupons(outcome);
    case ActionKind::apply_coupons:
      return after_apply(outcome);
    case ActionKind::complete_checkout:
      return after_checkout(outcome);
    case ActionKind::abandon_session:
      return finish();
    case ActionKind::finished:
      break;
  }
  FF_ASSERT(false, "a finished trip was resumed");
}

Action Trip::decide_shop() {
  const personas::Traits& shopper = *visit_.shopper;
  const MomentWeights w = mind_.visits.weights(shopper, visit_.habits->rhythm, visit_.when);
  const std::array<float, retail::kFeaturesMax> features = {
      static_cast<float>(w.hour), static_cast<float>(w.day), static_cast<float>(w.season)};
  const bool goes =
      visit_.idle ? decide(DecisionKind::browse_idly, mind_.visits.idle_acceptance(visit_.when))
                  : decide(DecisionKind::decide_shop,
                           mind_.visits.acceptance(shopper, visit_.habits->rhythm, w, visit_.when),
                           features);
  if (!goes) {
    walk_.go(Node::end);
    waiting_for_ = ActionKind::finished;
    return action(ActionKind::finished);
  }
  event(EventType::session_start, 5);
  waiting_for_ = ActionKind::create_session;
  return action(ActionKind::create_session);
}

Action Trip::browse_products() {
  walk_.go(Node::browse_products);
  choice_.set_shopper(*visit_.shopper, visit_.habits->loyalty_factor);
  if (visit_.idle) {
    choose_categories(1 + static_cast<int>(random_.below(kIdleCategoriesMax)));
  } else {
    const DiscreteTable& sizes = mind_.baskets.sizes(visit_.habits->basket_level);
    const double draw = random_.uniform();
    const int size = sizes.invert(draw);
    products_wanted_ = size + 1;
    note(DecisionKind::basket_size, sizes.probability(size), draw, products_wanted_).features[0] =
        static_cast<float>(mind_.baskets.level_mean(visit_.habits->basket_level));
    choose_categories(categories_wanted(products_wanted_));
  }
  waiting_for_ = ActionKind::browse_products;
  Action browse = action(ActionKind::browse_products);
  browse.categories = categories_;
  return browse;
}

// Idle: looks at a few products of each listing and goes (R19).
Action Trip::look_around(const Outcome& outcome) {
  for (const retail::Listing* listing : outcome.listings) {
    note_browse(*listing);
    choice_.face(visit_.shelf->of(*listing));
    look_at_others(*listing);
  }
  walk_.go(Node::end);
  return finish();
}

// What the shop does not list any more stays behind.
void Trip::take_kept_along() {
  const retail::Shelf& shelf = visit_.shelf->shelf();
  for (const retail::CartLine& kept : visit_.kept) {
    const std::size_t position = shelf.listing_of_category[kept.category];
    if (position >= shelf.listings.size()) continue;
    const retail::Listing& listing = shelf.listings[position];
    const auto listed =
        std::find_if(listing.products.begin(), listing.products.end(),
                     [&](const auto& other) { return other.product == kept.product; });
    if (listed == listing.products.end()) continue;
    const bool same = !lines_.empty() && lines_.back().category == kept.category;
    if (!same) departments_.push_back({&visit_.shelf->of(listing), lines_.size(), lines_.size()});
    lines_.push_back(kept);
    lines_.back().unit_price = listed->price;
    departments_.back().end_line = lines_.size();
  }
  kept_departments_ = departments_.size();
}

Action Trip::put_into_cart(const Outcome& outcome) {
  take_kept_along();
  share_out(products_wanted_, outcome.listings);
  for (std::size_t i = 0; i < outcome.listings.size(); ++i) {
    const retail::Listing& listing = *outcome.listings[i];
    note_browse(listing);
    const ListingModel& model = visit_.shelf->of(listing);
    choice_.face(model);
    if (kept_departments_ > 0) leave_out_what_is_in_cart(listing);
    const std::size_t first = lines_.size();
    pick_products(listing, counts_[i]);
    if (lines_.size() > first) departments_.push_back({&model, first, lines_.size()});
    look_at_others(listing);
  }
  walk_.go(Node::add_to_cart);
  if (departments_.empty()) return give_up();  // the shop showed nothing
  return add_next_department();
}

Action Trip::add_next_department() {
  const Department& department = departments_[department_];
  waiting_for_ = ActionKind::add_to_cart;
  Action add = action(ActionKind::add_to_cart);
  add.lines =
      std::span(lines_).subspan(department.first_line, department.end_line - department.first_line);
  return add;
}

Action Trip::after_add(const Outcome& outcome) {
  const Department& department = departments_[department_++];
  if (outcome.ok) {
    for (std::size_t i = department.first_line; i < department.end_line; ++i) {
      retail::Event& added = event(EventType::cart_add_item, kAdd);
      added.product = lines_[i].product;
      added.qty = static_cast<std::int16_t>(lines_[i].qty);
      added.amount = lines_[i].unit_price;
      added.listing = department.model->listing->id;
    }
    total_ = outcome.total;
  } else {
    // What the shop would not take is not in the cart.
    const auto first = lines_.begin() + static_cast<std::ptrdiff_t>(department.first_line);
    lines_.erase(first, lines_.begin() + static_cast<std::ptrdiff_t>(department.end_line));
    const std::size_t gone = department.end_line - department.first_line;
    for (std::size_t d = department_; d < departments_.size(); ++d) {
      departments_[d].first_line -= gone;
      departments_[d].end_line -= gone;
    }
  }
  if (impulse_done_) return decide_checkout();
  if (department_ < departments_.size()) return add_next_department();
  if (lines_.empty()) return give_up();
  return enter_view_coupons();
}

Action Trip::enter_view_coupons() {
  walk_.go(Node::view_coupons);
  if (!decide(DecisionKind::view_coupons, visit_.habits->wallet_open,
              {visit_.shopper->coupon_interest})) {
    return consider_impulse();
  }
  waiting_for_ = ActionKind::view_coupons;
  return action(ActionKind::view_coupons);
}

Action Trip::consider_coupons(const Outcome& outcome) {
  if (!outcome.ok) return consider_impulse();
  retail::Event& view = event(EventType::view_coupons, kWallet);
  view.shown_from = static_cast<std::uint16_t>(shown_.size());
  view.shown_count = static_cast<std::uint16_t>(outcome.wallet.size());
  const double cart = static_cast<double>(std::max<std::int64_t>(1, subtotal().minor));
  for (const WalletCoupon& coupon : outcome.wallet) shown_.push_back({coupon.id, coupon.saving});
  for (const WalletCoupon& coupon : outcome.wallet) {
    const CouponView seen{static_cast<float>(static_cast<double>(coupon.saving.minor) / cart),
                          static_cast<float>(coupon.days_left),
                          static_cast<float>(coupon.age_days)};
    const double p = coupon_apply_probability(*visit_.shopper, seen, mind_.coefficients);
    retail::Event& looked = event(EventType::view_coupon, kCoupon);
    looked.coupon = coupon.id;
    looked.amount = coupon.saving;
    if (decide(DecisionKind::apply_coupon, p,
               {seen.saving_share, visit_.shopper->discount_sensitivity, seen.days_left,
                seen.age_days},
               coupon.id)) {
      applied_.push_back(coupon.id);
    }
  }
  if (applied_.empty()) return consider_impulse();
  waiting_for_ = ActionKind::apply_coupons;
  Action apply = action(ActionKind::apply_coupons);
  apply.coupons = applied_;
  return apply;
}

Action Trip::after_apply(const Outcome& outcome) {
  for (std::size_t i = 0; i < applied_.size(); ++i) {
    const retail::Refusal refusal = outcome.ok ? outcome.refusals[i] : outcome.refusal;
    const bool taken = refusal == retail::Refusal::none;
    retail::Event& applied =
        event(taken ? EventType::apply_coupon : EventType::coupon_refused, kCoupon);
    applied.coupon = applied_[i];
    applied.refusal = refusal;
  }
  if (outcome.ok) total_ = outcome.total;
  return consider_impulse();
}

// Something unplanned, from a listing seen on this trip.
Action Trip::consider_impulse() {
  const personas::Traits& shopper = *visit_.shopper;
  impulse_done_ = true;
  const bool tempted =
      decide(DecisionKind::buy_on_impulse, impulse_probability(shopper, mind_.coefficients),
             {shopper.impulsivity});
  const std::size_t seen_departments = departments_.size() - kept_departments_;
  if (!tempted || seen_departments == 0 || lines_.size() >= retail::kCartLinesMax) {
    return decide_checkout();
  }
  const Department seen = departments_[kept_departments_ + random_.below(seen_departments)];
  choice_.face(*seen.model);
  const retail::Listing& listing = *seen.model->listing;
  leave_out_what_is_in_cart(listing);
  if (choice_.left() == 0) return decide_checkout();
  const std::size_t first = lines_.size();
  take_into_cart(listing);
  departments_.push_back({seen.model, first, lines_.size()});
  department_ = departments_.size() - 1;
  return add_next_department();
}

Action Trip::decide_checkout() {
  walk_.go(Node::decide_checkout);
  const personas::Traits& shopper = *visit_.shopper;
  const double budget = shopper.trip_budget_minor * mind_.budgets.at(random_.uniform());
  const double total = static_cast<double>(total_.minor);
  const double full = static_cast<double>(std::max<std::int64_t>(1, subtotal().minor));
  const CheckoutView view{
      visit_.habits->completion,
      static_cast<float>(std::clamp(total / std::max(1.0, budget) - 1, 0.0, 2.0)),
      static_cast<float>(std::clamp((full - total) / full, 0.0, 1.0))};
  if (!decide(
          DecisionKind::decide_checkout,
          checkout_probability(shopper, visit_.habits->checkout_logit, view, mind_.coefficients),
          {view.completion, view.over_budget, view.discount_share, shopper.discount_sensitivity})) {
    return give_up();
  }
  walk_.go(Node::complete_checkout);
  event(EventType::checkout_start, kPay).amount = total_;
  waiting_for_ = ActionKind::complete_checkout;
  return action(ActionKind::complete_checkout);
}

// BG/NBD: after each purchase a shopper leaves for good with their own probability.
Action Trip::after_checkout(const Outcome& outcome) {
  if (!outcome.ok) {
    event(EventType::checkout_failed, 1).refusal = outcome.refusal;
    outcome_ = SessionOutcome::error;
    waiting_for_ = ActionKind::abandon_session;
    return action(ActionKind::abandon_session);
  }
  event(EventType::checkout_complete, 1).amount = outcome.total;
  outcome_ = SessionOutcome::purchased;
  dropped_out_ =
      decide(DecisionKind::drop_out, visit_.shopper->churn_risk, {visit_.shopper->churn_risk});
  return finish();
}

Action Trip::give_up() {
  walk_.go(Node::abandon);
  event(EventType::abandon, 1).amount = subtotal();
  outcome_ = SessionOutcome::abandoned;
  waiting_for_ = ActionKind::abandon_session;
  return action(ActionKind::abandon_session);
}

Action Trip::finish() {
  if (walk_.at() != Node::end) walk_.go(Node::end);
  event(EventType::session_end, 0);
  waiting_for_ = ActionKind::finished;
  return action(ActionKind::finished);
}

}  // namespace footfall::shopper
