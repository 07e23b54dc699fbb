// Tests only: one shopper's trips through a scripted world that refuses on demand.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <regex>
#include <set>

#include "commerce/commerce.hpp"
#include "shopper/trip.hpp"

namespace footfall::shopper {

using retail::DecisionKind;
using retail::EventType;
using retail::Refusal;
using retail::SessionOutcome;

inline constexpr SimTime kMonday{kDay.us * 20'458};  // 2026-01-05

// Six categories of 40 products, no two alike in price or popularity.
inline retail::Catalogue make_shop() {
  retail::Catalogue shop;
  shop.brands = {"alder", "birch", "cedar"};
  for (std::uint16_t c = 0; c < 6; ++c) {
    shop.category_index("category" + std::to_string(c));
    for (int j = 0; j < 40; ++j) {
      const auto brand = static_cast<std::uint16_t>(j % 3);
      shop.products.push_back({ProductId{c * 40 + j + 1}, "", "", c, brand, Money{100 + 17 * j},
                               1.0 / ((j + 3.0) * (c + 2))});
    }
  }
  return shop;
}

inline const retail::Catalogue& shop() {
  static const retail::Catalogue catalogue = make_shop();
  return catalogue;
}

// One letter an event: S start, B browse, V view, A add, W wallet, C coupon, P applied, R refused,
// K checkout, O paid, F failed, X abandoned, E end.
inline std::string letters(const Trip& trip) {
  constexpr std::string_view kLetters = "SBVA-WCPRKOFXE";
  std::string text;
  for (const auto& event : trip.events()) text += kLetters[static_cast<std::size_t>(event.type)];
  return text;
}

// Two coupons that save 0.50 and 0.20; refuses what it is told to.
class ScriptedWorld final : public commerce::Commerce {
 public:
  std::set<int> refused_adds;  // by number, from 0
  bool refuse_view = false, refuse_apply = false, refuse_coupons = false, refuse_checkout = false;
  std::vector<WalletCoupon> wallet = {{UserCouponId{11}, Money{50}, 3, 11},
                                      {UserCouponId{12}, Money{20}, 9, 5}};

  explicit ScriptedWorld(const retail::Shelf& shelf) : shelf_(&shelf) {}

  Outcome perform(const Action& action) override {
    asked.push_back(action.kind);
    EXPECT_GE(action.at, last_);
    last_ = action.at;
    Outcome outcome;
    switch (action.kind) {
      case ActionKind::browse_products:
        for (const auto c : action.categories) {
          listings_.push_back(&shelf_->listings[shelf_->listing_of_category[c]]);
        }
        outcome.listings = listings_;
        break;
      case ActionKind::add_to_cart:
        EXPECT_FALSE(action.lines.empty());
        for (const auto& line : action.lines) EXPECT_EQ(line.category, action.lines[0].category);
        outcome.ok = !refused_adds.contains(adds_++);
        if (outcome.ok) lines.insert(lines.end(), action.lines.begin(), action.lines.end());
        break;
      case ActionKind::view_coupons:
        outcome.ok = !refuse_view;
        outcome.wallet = wallet;
        break;
      case ActionKind::apply_coupons:
        outcome.ok = !refuse_apply;
        outcome.refusal = outcome.ok ? Refusal::none : Refusal::already_used;
        refusals_.assign(action.coupons.size(), refuse_coupons ? Refusal::not_best : Refusal::none);
        outcome.refusals = refusals_;
        if (!refuse_apply && !refuse_coupons) off_ = Money{70};
        break;
      case ActionKind::complete_checkout:
        outcome.ok = !refuse_checkout;
        outcome.refusal = outcome.ok ? Refusal::none : Refusal::expired;
        break;
      default:
        break;
    }
    outcome.total = subtotal() - off_;
    return outcome;
  }

  Money subtotal() const {
    Money sum;
    for (const auto& line : lines) sum += line.subtotal();
    return sum;
  }

  std::vector<ActionKind> asked;
  std::vector<retail::CartLine> lines;

 private:
  const retail::Shelf* shelf_;
  std::vector<const retail::Listing*> listings_;
  std::vector<Refusal> refusals_;
  Money off_;
  int adds_ = 0;
  SimTime last_;
};

// A shopper who comes at every hour, takes every coupon offered, buys on impulse and pays; each
// test changes one of these.
class TripTest : public testing::Test {
 protected:
  TripTest() {
    traits_.agent = AgentId{7};
    traits_.shopping_frequency = 21;
    traits_.basket_size = 12;
    traits_.trip_budget_minor = 1e6F;
    traits_.impulsivity = 1;
    traits_.browsing_depth = 1.5F;
    traits_.cart_completion = 0.8F;
    traits_.weekend_affinity = 1;
    traits_.price_consciousness = traits_.discount_sensitivity = traits_.variety_seeking = 0.5F;
    Coefficients c;
    c.impulse = 1;
    c.apply_base = 20;
    mind_ = std::make_unique<Mind>(shop(), c);
    habits_ = mind_->habits(traits_, 10'000);
    habits_.wallet_open = 1;
    habits_.checkout_logit = 60;
    trip_ = std::make_unique<Trip>(*mind_);
  }

  // A trip on Wednesday at 10:30, in a world that has its own copy of the script's refusals.
  std::string run(std::uint64_t seed = 42, bool idle = false) {
    const SimTime at = kMonday + kDay * 2 + kHour * 10 + kMinute * 30;
    const Visit visit{&traits_, &habits_, &shelf_model_, at, calendar_hour(at), seed, idle, kept_};
    for (Action a = trip_->start(visit); !finished(a); a = trip_->resume(world_.perform(a))) {
    }
    SimTime last = at;
    for (const retail::Event& event : trip_->events()) {
      EXPECT_GE(event.at, last);
      last = event.at;
    }
    EXPECT_LT(last, at + kMinute * 15);
    return letters(*trip_);
  }
  std::vector<Node> path() const { return {trip_->path().begin(), trip_->path().end()}; }
  const retail::Event& event(EventType type) const {
    static const retail::Event none;
    const auto events = trip_->events();
    const auto at =
        std::find_if(events.begin(), events.end(), [&](auto& e) { return e.type == type; });
    EXPECT_NE(at, events.end()) << to_string(type);
    return at == events.end() ? none : *at;
  }

  personas::Traits traits_;
  Habits habits_;
  std::vector<retail::CartLine> kept_;
  std::unique_ptr<Mind> mind_;
  std::unique_ptr<Trip> trip_;
  retail::Shelf shelf_ = retail::make_shelf(shop(), 5, 0, {}, ListingId{1});
  ShelfModel shelf_model_{shop(), shelf_, Coefficients{}};
  ScriptedWorld world_{shelf_};
};

#define EXPECT_LIKE(text, pattern) EXPECT_TRUE(std::regex_match(text, std::regex(pattern))) << text

}  // namespace footfall::shopper
