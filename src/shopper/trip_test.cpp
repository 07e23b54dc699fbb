// Goal: whatever the world answers, a trip walks the graph, writes the events of R17 in order, and
// is the same each time. Method: a scripted world that refuses on demand. Crowds of trips of made
// personas through MemoryCommerce are in behavior/coefficients_test.cpp.
#include "shopper/trip_fixture.hpp"

namespace footfall::shopper {
namespace {

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
