// Goal: whatever the world answers, a trip walks the graph, writes the events of R17 in order, and
// is the same each time. Method: a scripted world that refuses on demand. Crowds of trips of made
// personas through MemoryCommerce are in behavior/coefficients_test.cpp.
#include "shopper/trip.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <regex>
#include <set>

#include "commerce/commerce.hpp"

namespace footfall::shopper {
namespace {

using retail::DecisionKind;
using retail::EventType;
using retail::Refusal;
using retail::SessionOutcome;

constexpr SimTime kMonday{kDay.us * 20'458};  // 2026-01-05

// Six categories of 40 products, no two alike in price or popularity.
retail::Catalogue make_shop() {
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

const retail::Catalogue& shop() {
  static const retail::Catalogue catalogue = make_shop();
  return catalogue;
}

// One letter an event: S start, B browse, V view, A add, W wallet, C coupon, P applied, R refused,
// K checkout, O paid, F failed, X abandoned, E end.
std::string letters(const Trip& trip) {
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
    const Visit visit{&traits_, &habits_, &shelf_model_, at, calendar_hour(at), seed, idle};
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
  std::unique_ptr<Mind> mind_;
  std::unique_ptr<Trip> trip_;
  retail::Shelf shelf_ = retail::make_shelf(shop(), 5, 0, {}, ListingId{1});
  ShelfModel shelf_model_{shop(), shelf_, Coefficients{}};
  ScriptedWorld world_{shelf_};
};

#define EXPECT_LIKE(text, pattern) EXPECT_TRUE(std::regex_match(text, std::regex(pattern))) << text

const std::vector<Node> kPaid = {Node::decide_shop,  Node::browse_products, Node::add_to_cart,
                                 Node::view_coupons, Node::decide_checkout, Node::complete_checkout,
                                 Node::end};
const std::vector<Node> kGivenUp = {Node::decide_shop,  Node::browse_products, Node::add_to_cart,
                                    Node::view_coupons, Node::decide_checkout, Node::abandon,
                                    Node::end};

TEST_F(TripTest, AHappyTripDoesEverythingInOrder) {  // R17
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    world_ = ScriptedWorld(shelf_);
    EXPECT_LIKE(run(seed), "S(BV+){1,4}A+WCCPPVAKOE");
    ASSERT_EQ(path(), kPaid);
    const auto adds = std::count(world_.asked.begin(), world_.asked.end(), ActionKind::add_to_cart);
    std::vector<ActionKind> asked = {ActionKind::create_session, ActionKind::browse_products};
    asked.insert(asked.end(), static_cast<std::size_t>(adds - 1), ActionKind::add_to_cart);
    asked.insert(asked.end(), {ActionKind::view_coupons, ActionKind::apply_coupons,
                               ActionKind::add_to_cart, ActionKind::complete_checkout});
    ASSERT_EQ(world_.asked, asked);
    ASSERT_EQ(trip_->outcome(), SessionOutcome::purchased);
    ASSERT_EQ(event(EventType::checkout_complete).amount, world_.subtotal() - Money{70});
    ASSERT_EQ(event(EventType::checkout_start).amount, world_.subtotal() - Money{70});
    ASSERT_EQ(event(EventType::view_coupons).shown_count, 2);
    ASSERT_EQ(event(EventType::view_coupon).amount, Money{50});
    ASSERT_EQ(trip_->shown_coupons().size(), 2U);
    std::set<int> products;  // what tempts is not in the cart already
    for (const auto& line : world_.lines) ASSERT_TRUE(products.insert(line.product).second);
  }
}

TEST_F(TripTest, TheSameVisitIsTheSameTrip) {
  const auto trace = [&] {
    std::vector<std::tuple<int, std::int64_t, int, std::int64_t, std::int64_t>> events;
    std::vector<std::tuple<int, int, double, double>> decisions;
    for (const auto& e : trip_->events()) {
      events.emplace_back(static_cast<int>(e.type), e.at.us, e.product, e.amount.minor,
                          e.coupon.value);
    }
    for (const auto& d : trip_->decisions()) {
      decisions.emplace_back(static_cast<int>(d.kind), d.chosen, d.draw, d.probability);
    }
    return std::pair(events, decisions);
  };
  run(1);
  const auto first = trace();
  world_ = ScriptedWorld(shelf_);
  run(2);
  EXPECT_NE(trace(), first);
  world_ = ScriptedWorld(shelf_);
  run(1);
  EXPECT_EQ(trace(), first);
}

TEST_F(TripTest, WhenNothingCanBeHadTheTripIsAbandoned) {
  for (int i = 0; i < 4; ++i) world_.refused_adds.insert(i);
  EXPECT_LIKE(run(), "S(BV+)+XE");
  EXPECT_EQ(path(), (std::vector<Node>{Node::decide_shop, Node::browse_products, Node::add_to_cart,
                                       Node::abandon, Node::end}));
  EXPECT_EQ(trip_->outcome(), SessionOutcome::abandoned);
  EXPECT_EQ(event(EventType::abandon).amount, Money{});
  EXPECT_EQ(world_.asked.back(), ActionKind::abandon_session);
}

// Each add of the trip refused in turn, the impulse item's too: the rest is bought.
TEST_F(TripTest, WhatTheShopRefusesIsNotInTheCart) {
  for (int refused = 0; refused < 5; ++refused) {
    world_ = ScriptedWorld(shelf_);
    world_.refused_adds = {refused};
    EXPECT_LIKE(run(), "S(BV+)+A+WCCPPVA?KOE");
    std::vector<int> in_cart, added;
    for (const auto& line : world_.lines) in_cart.push_back(line.product);
    for (const auto& e : trip_->events()) {
      if (e.type == EventType::cart_add_item) added.push_back(e.product);
    }
    EXPECT_EQ(added, in_cart) << refused;
    EXPECT_EQ(event(EventType::checkout_complete).amount, world_.subtotal() - Money{70});
  }
}

TEST_F(TripTest, RefusedCouponsAreToldAndTheCartIsPaidInFull) {
  for (const bool one_by_one : {true, false}) {
    world_ = ScriptedWorld(shelf_);
    (one_by_one ? world_.refuse_coupons : world_.refuse_apply) = true;
    EXPECT_LIKE(run(), "S(BV+)+A+WCCRRVAKOE");
    EXPECT_EQ(event(EventType::coupon_refused).refusal,
              one_by_one ? Refusal::not_best : Refusal::already_used);
    EXPECT_EQ(event(EventType::checkout_complete).amount, world_.subtotal());
    EXPECT_EQ(path(), kPaid);
  }
}

TEST_F(TripTest, WithoutImpulseTheTotalIsThatOfTheCoupons) {
  traits_.impulsivity = 0;
  EXPECT_LIKE(run(), "S(BV+)+A+WCCPPKOE");
  EXPECT_EQ(event(EventType::checkout_start).amount, world_.subtotal() - Money{70});
}

TEST_F(TripTest, AnEmptyWalletIsSeenAndAClosedOneIsNot) {
  world_.wallet.clear();
  EXPECT_LIKE(run(), "S(BV+)+A+WVAKOE");
  EXPECT_EQ(event(EventType::view_coupons).shown_count, 0);
  world_ = ScriptedWorld(shelf_);
  world_.refuse_view = true;
  EXPECT_LIKE(run(), "S(BV+)+A+VAKOE");
  world_ = ScriptedWorld(shelf_);
  habits_.wallet_open = 0;
  EXPECT_LIKE(run(), "S(BV+)+A+VAKOE");
  EXPECT_EQ(path(), kPaid);
}

TEST_F(TripTest, ARefusedCheckoutEndsInAnError) {
  world_.refuse_checkout = true;
  EXPECT_LIKE(run(), "S(BV+)+A+WCCPPVAKFE");
  EXPECT_EQ(trip_->outcome(), SessionOutcome::error);
  EXPECT_EQ(event(EventType::checkout_failed).refusal, Refusal::expired);
  EXPECT_EQ(world_.asked.back(), ActionKind::abandon_session);
  EXPECT_EQ(path(), kPaid);  // the node was entered
}

TEST_F(TripTest, GivingUpLeavesTheCartBehind) {
  habits_.checkout_logit = -60;
  EXPECT_LIKE(run(), "S(BV+)+A+WCCPPVAXE");
  EXPECT_EQ(path(), kGivenUp);
  EXPECT_EQ(trip_->outcome(), SessionOutcome::abandoned);
  EXPECT_EQ(event(EventType::abandon).amount, world_.subtotal());
}

// R19. Of 400 thoughts at ten o'clock a share p is followed, off by at most 4.5 sqrt(400 p (1-p)).
TEST_F(TripTest, AnIdleVisitOnlyLooks) {
  const double p = mind_->visits.idle_acceptance({10, 2, 1});
  int looked = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    world_ = ScriptedWorld(shelf_);
    const std::string text = run(seed, true);
    const retail::Decision& decision = trip_->decisions()[0];
    ASSERT_EQ(decision.kind, DecisionKind::browse_idly);
    ASSERT_EQ(decision.probability, text.empty() ? 1 - p : p);
    ASSERT_EQ(trip_->outcome(), SessionOutcome::browsed);
    looked += !text.empty();
    if (text.empty()) continue;
    EXPECT_LIKE(text, "S(BV*){1,2}E");
    ASSERT_EQ(path(), (std::vector<Node>{Node::decide_shop, Node::browse_products, Node::end}));
  }
  EXPECT_NEAR(looked, 400 * p, 4.5 * std::sqrt(400 * p * (1 - p)));
}

TEST_F(TripTest, AThoughtThatIsNotFollowedLeavesOneDecision) {
  habits_ = mind_->habits(traits_, 0.01);
  habits_.rhythm.day_weight[2] = 0;  // Wednesday: acceptance 0
  EXPECT_EQ(run(), "");
  EXPECT_FALSE(trip_->has_session());
  EXPECT_TRUE(world_.asked.empty());
  EXPECT_EQ(path(), (std::vector<Node>{Node::decide_shop, Node::end}));
  ASSERT_EQ(trip_->decisions().size(), 1U);
  EXPECT_EQ(trip_->decisions()[0].chosen, 0);
  EXPECT_EQ(trip_->decisions()[0].probability, 1);
  EXPECT_DEATH(trip_->resume({}), "finished trip");
}

TEST_F(TripTest, DecideShopRecordsTheModelsAcceptance) {
  habits_ = mind_->habits(traits_, 1);
  const CalendarHour when{10, 2, 1};
  const MomentWeights w = mind_->visits.weights(traits_, habits_.rhythm, when);
  const double p = mind_->visits.acceptance(traits_, habits_.rhythm, w, when);
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    world_ = ScriptedWorld(shelf_);
    const bool came = !run(seed).empty();
    const retail::Decision& decision = trip_->decisions()[0];
    EXPECT_EQ(decision.chosen, came);
    EXPECT_EQ(came, decision.draw < p);
    EXPECT_EQ(decision.probability, came ? p : 1 - p);
    EXPECT_EQ(decision.features[0], static_cast<float>(w.hour));
  }
}

TEST_F(TripTest, EndsWithinItsQuarterHourHoweverMuchThereIsToSee) {
  traits_.browsing_depth = 20;
  habits_.basket_level = 63;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    world_ = ScriptedWorld(shelf_);
    run(seed);  // checks the times
  }
}

TEST_F(TripTest, DropOutFollowsTheChurnRisk) {
  for (const float risk : {0.0F, 1.0F}) {
    traits_.churn_risk = risk;
    world_ = ScriptedWorld(shelf_);
    run();
    EXPECT_EQ(trip_->dropped_out(), risk == 1);
    EXPECT_EQ(trip_->decisions().back().kind, DecisionKind::drop_out);
  }
}

}  // namespace
}  // namespace footfall::shopper
