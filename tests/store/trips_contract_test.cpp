// Goal: trips, their checkouts and the offer desk answer as store/trip_journal.hpp and
// store/offer_desk.hpp say, on every database alike. Method: each call with what it takes and
// refuses, and what it leaves behind.
#include "base/failure.hpp"
#include "tests/store/trips.hpp"

namespace footfall::store {
namespace {

class TripContract : public Trips {};

TEST_P(TripContract, OpenedTwiceIsOpenOnce) {
  World& w = make();
  EXPECT_EQ(open(opening(0)), OpenStatus::opened);
  const std::string before = w.dump();
  EXPECT_EQ(open(opening(0)), OpenStatus::opened_before);
  // An agent is in the shop once.
  EXPECT_EQ(open(opening(0, 1)), OpenStatus::other_open);
  EXPECT_EQ(w.dump(), before);
  EXPECT_EQ(open(opening(1)), OpenStatus::opened);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM shopping_sessions WHERE outcome = 'open'"), 2);
}

TEST_P(TripContract, ClosedTwiceIsClosedOnce) {  // invariant 33
  World& w = make();
  const SessionOpening trip = opening(0);
  open(trip);
  const retail::RecordBatch left = batch(0, trip);
  TripEnd end;
  end.batch = &left;
  EXPECT_EQ(close(end), CloseStatus::closed);
  const std::string before = w.dump();
  EXPECT_EQ(close(end), CloseStatus::closed_before);
  EXPECT_EQ(open(trip), OpenStatus::opened_before);
  SessionOpening another = trip;  // of the same hour
  another.session.value += 1;
  EXPECT_EQ(open(another), OpenStatus::other_open);
  EXPECT_EQ(w.dump(), before);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM shopping_session_events"), 3);
  EXPECT_EQ(w.number("SELECT n_events AS n FROM shopping_sessions"), 3);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM simulation_decisions"), 1);
  EXPECT_EQ(open(opening(0, 1)), OpenStatus::opened);  // the next trip
}

TEST_P(TripContract, ATripThatWasNeverOpenedIsNotClosed) {
  World& w = make();
  const retail::RecordBatch left = batch(0, opening(0));
  TripEnd end;
  end.batch = &left;
  const std::string before = w.dump();
  EXPECT_EQ(close(end), CloseStatus::not_open);
  EXPECT_EQ(w.dump(), before);
}

TEST_P(TripContract, WhatTheDatabaseRefusesIsAFailure) {
  World& w = make();
  const SessionOpening trip = opening(0);
  EXPECT_EQ(open(trip), OpenStatus::opened);
  const std::string before = w.dump();
  const retail::RecordBatch left = batch(0, trip, retail::SessionOutcome::purchased);  // no order
  TripEnd end;
  end.batch = &left;
  EXPECT_THROW(close(end), Failure);
  EXPECT_EQ(w.dump(), before);
}

TEST_P(TripContract, ItsEndClosesTheCart) {  // invariant 34
  World& w = make();
  const SessionOpening trip = opening(0);
  open(trip);
  const CartId cart = w.put(0, {w.line(0, 1)}).cart;
  const retail::RecordBatch left = batch(0, trip, retail::SessionOutcome::abandoned);
  TripEnd end;
  end.batch = &left;
  end.abandon = cart;
  close(end);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM carts WHERE status = 'abandoned'"), 1);
  EXPECT_EQ(w.number("SELECT closed_sim_us AS n FROM carts"), left.sessions[0].ended.us);
}

TEST_P(TripContract, ACheckoutAndTheEndOfItsTripAreOneCommit) {  // invariant 34
  WorldOptions options;
  options.simulated = true;
  World& w = make(options);
  const SessionOpening trip = opening(0);
  open(trip);
  fill_cart(0, trip.session);
  const retail::RecordBatch left = batch(0, trip, retail::SessionOutcome::purchased);
  CheckoutRequest request = w.checkout(0, "key");
  request.order = OrderId{trip.session.value};
  int asked = 0;
  request.journal = [&](const CheckoutAnswer& answer) {
    ++asked;
    EXPECT_EQ(answer.status, CheckoutStatus::placed);
    TripEnd end;
    end.batch = &left;
    end.order = answer.order;
    return std::optional(end);
  };
  EXPECT_EQ(w.ask(w.shop().check_out(request)).status, CheckoutStatus::placed);
  EXPECT_EQ(w.number("SELECT order_id AS n FROM shopping_sessions WHERE outcome = 'purchased'"),
            trip.session.value);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM shopping_session_events"), 3);
  EXPECT_EQ(asked, 1);
  EXPECT_TRUE(w.ask(w.shop().check_out(request)).replayed);
  EXPECT_EQ(asked, 1);  // not for an answer that was given before
  // A trip's end that fails takes its checkout along.
  fill_cart(1, opening(1).session);
  const retail::RecordBatch never = batch(1, opening(1), retail::SessionOutcome::purchased);
  CheckoutRequest lost = w.checkout(1, "key");
  lost.journal = [&](const CheckoutAnswer& answer) {
    TripEnd end;
    end.batch = &never;
    end.order = answer.order;
    return std::optional(end);
  };
  const std::string before = w.dump();
  EXPECT_THROW(w.ask(w.shop().check_out(lost)), Failure);
  EXPECT_EQ(w.dump(), before);
  // A journal may have nothing to say, and a refused checkout may end its trip.
  lost.journal = [](const CheckoutAnswer&) { return std::optional<TripEnd>(); };
  EXPECT_EQ(w.ask(w.shop().check_out(lost)).status, CheckoutStatus::placed);
}

TEST_P(TripContract, ARefusedCheckoutMayEndItsTripAndCart) {
  World& w = make();
  const SessionOpening trip = opening(0);
  open(trip);
  const CartId cart = w.put(0, {w.line(0, 1)}).cart;
  const retail::RecordBatch left = batch(0, trip, retail::SessionOutcome::abandoned);
  CheckoutRequest request = w.checkout(0, "key");
  const std::vector<UserCouponId> foreign = {UserCouponId{99}};
  request.coupons = foreign;
  request.journal = [&](const CheckoutAnswer& answer) {
    EXPECT_EQ(answer.status, CheckoutStatus::coupon_refused);
    TripEnd end;
    end.batch = &left;
    end.abandon = cart;
    return std::optional(end);
  };
  EXPECT_EQ(w.ask(w.shop().check_out(request)).status, CheckoutStatus::coupon_refused);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM carts WHERE status = 'abandoned'"), 1);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM shopping_sessions WHERE outcome = 'abandoned'"), 1);
}

TEST_P(TripContract, ThoughtsAreNotedOnce) {
  World& w = make();
  retail::RecordBatch thoughts = batch(0, opening(0));
  thoughts.sessions[0].has_session = false;
  thoughts.sessions[0].events = {};
  w.ask(w.trips().note(thoughts));
  w.ask(w.trips().note(thoughts));
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM simulation_decisions"), 1);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM shopping_sessions"), 0);
  w.ask(w.trips().note({}));
}

FOOTFALL_ON_EACH(TripContract);

class OfferDeskContract : public OnEach {
 protected:
  // Gives everybody the same few coupons, and counts the wallets.
  Refill refill(const std::vector<std::string>& codes, int* asked = nullptr) {
    return [this, codes, asked](std::span<const ClaimedWallet> wallets) {
      World& w = world();
      std::vector<CouponId> coupons;
      for (const auto& code : codes) coupons.push_back(w.catalogue.coupons[w.coupon(code)].id);
      std::vector<RefilledWallet> out;
      for (const ClaimedWallet& wallet : wallets) {
        out.push_back(w.refilled(w.offer_cycle, w.now, wallet, coupons));
      }
      if (asked) *asked += static_cast<int>(wallets.size());
      return out;
    };
  }
  int refresh(int at_most, const Refill& what, UserId user = {}, bool allotted_only = false) {
    World& w = world();
    return w.ask(w.offers().refresh(w.offer_cycle, w.now, at_most, user, allotted_only, what));
  }
};

TEST_P(OfferDeskContract, ACycleIsOpenedOnceAndClosesTheOneBefore) {  // invariant 6
  World& w = make();
  w.open_cycle();
  const std::vector<DueRefresh> nobody;
  const OfferCycleOpening same = w.opening(0);
  EXPECT_FALSE(w.ask(w.offers().open_cycle(same, nobody)));
  EXPECT_EQ(w.number("SELECT users_total AS n FROM offer_cycles"), kPeople);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM listings"), 160);
  w.open_cycle({0, 1});
  EXPECT_EQ(w.number("SELECT seq AS n FROM offer_cycles WHERE status = 'active'"), 1);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM offer_cycles WHERE status = 'closed'"), 1);
  EXPECT_FALSE(w.ask(w.offers().open_cycle(same, nobody)));  // nor opened again
  EXPECT_EQ(w.number("SELECT seq AS n FROM offer_cycles WHERE status = 'active'"), 1);
}

TEST_P(OfferDeskContract, WalletsAreRefilledInChunksWhenTheyAreDue) {  // invariant 4
  World& w = make();
  w.offer_cycle = 0;
  std::vector<DueRefresh> due;
  for (int i = 0; i < 10; ++i) due.push_back({w.user(i), w.start + kHour * (i / 5)});
  const OfferCycleOpening opening = w.opening(0);
  EXPECT_TRUE(w.ask(w.offers().open_cycle(opening, due)));
  int asked = 0;
  const Refill what = refill({"F_200", "G1", "G2"}, &asked);
  w.now = w.start - SimDuration{1};
  EXPECT_EQ(refresh(100, what), 0);
  w.now = w.start;
  EXPECT_EQ(refresh(3, what), 3);
  EXPECT_EQ(refresh(3, what), 2);
  EXPECT_EQ(refresh(3, what), 0);
  w.now = w.start + kHour;
  EXPECT_EQ(refresh(100, what, w.user(7)), 1);
  EXPECT_EQ(refresh(100, what, w.user(7)), 0);
  EXPECT_EQ(refresh(100, what, w.user(20)), 0);  // was never due
  EXPECT_EQ(refresh(100, what), 4);
  EXPECT_EQ(asked, 10);
  EXPECT_EQ(w.number("SELECT users_done AS n FROM offer_cycles"), 10);
  EXPECT_EQ(w.number("SELECT assigned AS n FROM offer_cycles"), 30);
  EXPECT_EQ(w.number("SELECT skipped_capacity AS n FROM offer_cycles"), 290);
}

TEST_P(OfferDeskContract, ARefillSeesWhatIsHeldAndEndsWhatIsOver) {  // invariant 9
  World& w = make();
  w.deal({{0, {"F_200", "G1"}}, {1, {"G1"}}});
  w.now = w.now + kWeek * 2;
  w.open_cycle({0, 1});
  w.ask(w.offers().expire(w.now - kWeek));
  std::vector<ClaimedWallet> seen;
  const Refill look = [&](std::span<const ClaimedWallet> wallets) {
    seen.assign(wallets.begin(), wallets.end());
    return refill({"G1"})(wallets);
  };
  EXPECT_EQ(refresh(100, look, w.user(0)), 1);
  ASSERT_EQ(seen.size(), 1u);
  ASSERT_EQ(seen[0].held.size(), 2u);
  EXPECT_EQ(seen[0].held[0].slot, 0);
  EXPECT_EQ(seen[0].held[1].slot, 2);  // over both lanes
  EXPECT_EQ(seen[0].held[0].assigned, w.start);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM user_coupons WHERE status = 'expired' AND "
                     "ended_sim_us = expires_sim_us"),
            2);
  EXPECT_EQ(w.number("SELECT expired AS n FROM offer_cycles WHERE status = 'active'"), 2);
  // The sweep takes the rest.
  EXPECT_EQ(w.ask(w.offers().expire(w.now)), 1);
}

TEST_P(OfferDeskContract, ReplacingSupersedes) {  // invariant 7
  World& w = make();
  w.deal({{0, {"F_200", "G1"}}});
  w.now = w.now + kWeek;
  w.open_cycle({0});
  const Refill replace = [&](std::span<const ClaimedWallet> wallets) {
    ClaimedWallet empty = wallets[0];
    empty.held.clear();
    RefilledWallet out =
        w.refilled(w.offer_cycle, w.now, empty, {w.catalogue.coupons[w.coupon("F_200")].id});
    for (const HeldCoupon& row : wallets[0].held) {
      out.ended.push_back({row.id, retail::CouponEnd::superseded, w.now});
    }
    out.n_superseded = 2;
    return std::vector{out};
  };
  EXPECT_EQ(refresh(10, replace), 1);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM user_coupons WHERE status = 'superseded'"), 2);
  EXPECT_EQ(w.ask(w.shop().wallet(w.user(0), w.now)).size(), 1u);
}

TEST_P(OfferDeskContract, ARefillThatFailsLeavesNothing) {  // invariant 3
  World& w = make();
  w.open_cycle();
  const std::string before = w.dump();
  const Refill broken = [](std::span<const ClaimedWallet>) -> std::vector<RefilledWallet> {
    throw Failure("the policy is broken");
  };
  EXPECT_THROW(refresh(5, broken), Failure);
  EXPECT_EQ(w.dump(), before);
  EXPECT_EQ(refresh(100, refill({"G1"})), kPeople);
}

TEST_P(OfferDeskContract, AWalletHasNoPlacesButItsRuns) {  // invariant 1
  WorldOptions options;
  options.slots = {1, 3};
  World& w = make(options);
  w.open_cycle({0});
  const Refill beyond = [&](std::span<const ClaimedWallet> wallets) {
    RefilledWallet out = w.refilled(0, w.now, wallets[0], {});
    out.assigned.push_back({UserCouponId{5}, w.catalogue.coupons[w.coupon("G1")].id, 4});
    return std::vector{out};
  };
  const std::string before = w.dump();
  EXPECT_THROW(refresh(1, beyond), Failure);
  EXPECT_EQ(w.dump(), before);
  EXPECT_EQ(refresh(1, refill({"F_200", "F_10%", "G1", "G2", "G3", "G4"})), 1);
  EXPECT_EQ(w.ask(w.shop().wallet(w.user(0), w.now)).size(), 4u);
}

TEST_P(OfferDeskContract, CappedCouponsAreAllottedInOneStepAndOnce) {  // invariant 13
  World& w = make();
  w.open_cycle({0, 1, 2, 3, 4, 5});
  const CouponId capped = w.catalogue.coupons[w.coupon("C3_ISSUE")].id;
  int asked = 0;
  const Allot allot = [&](std::span<const ClaimedWallet> wallets,
                          std::span<const IssuedCount> issued) {
    ++asked;
    std::int64_t out = -1;
    for (const IssuedCount& row : issued) {
      if (row.coupon == capped) out = row.issued;
    }
    EXPECT_GE(out, 0);
    std::vector<Allotted> allotted;
    for (const ClaimedWallet& wallet : wallets) {
      if (out++ < 4) allotted.push_back({wallet.user, {capped, 0.5}});
    }
    return allotted;
  };
  EXPECT_EQ(refresh(10, refill({"G1"}), {}, /*allotted_only=*/true), 0);
  EXPECT_EQ(w.ask(w.offers().allot(w.offer_cycle, w.now, allot)), 4);
  EXPECT_EQ(w.ask(w.offers().allot(w.offer_cycle, w.now, allot)), 0);
  EXPECT_EQ(w.number("SELECT issued_count AS n FROM run_coupons WHERE max_issuance = 4"), 4);
  EXPECT_EQ(refresh(10, refill({"G1"}), {}, /*allotted_only=*/true), 6);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM user_coupons WHERE coupon_id = " +
                     std::to_string(capped.value)),
            4);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM user_coupons WHERE probability <> 0.5"), 0);
  // The next cycle knows what is out already; one too many is refused whole.
  w.now = w.now + kWeek;
  w.open_cycle({7});
  EXPECT_EQ(w.ask(w.offers().allot(w.offer_cycle, w.now, allot)), 0);
  w.now = w.now + kWeek;
  w.open_cycle({8});
  const Allot greedy = [&](std::span<const ClaimedWallet> wallets, std::span<const IssuedCount>) {
    return std::vector<Allotted>{{wallets[0].user, {capped, 0.5}}};
  };
  EXPECT_THROW(w.ask(w.offers().allot(w.offer_cycle, w.now, greedy)), Failure);
  const Allot unknown = [&](std::span<const ClaimedWallet> wallets, std::span<const IssuedCount>) {
    const CouponId free = w.catalogue.coupons[w.coupon("G1")].id;  // has no counter
    return std::vector<Allotted>{{wallets[0].user, {free, 0.5}}};
  };
  EXPECT_THROW(w.ask(w.offers().allot(w.offer_cycle, w.now, unknown)), Failure);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM allotments"), 4);
}

TEST_P(OfferDeskContract, TimeNeverGoesBack) {  // invariant 31
  World& w = make();
  const auto advance = [&](SimTime to) { return w.ask(w.offers().advance(to)); };
  EXPECT_TRUE(advance(w.start + kHour * 2));
  EXPECT_TRUE(advance(w.start + kHour * 2));
  EXPECT_FALSE(advance(w.start + kHour));
  EXPECT_EQ(w.number("SELECT sim_now_us AS n FROM simulation_state"), (w.start + kHour * 2).us);
}

FOOTFALL_ON_EACH(OfferDeskContract);

}  // namespace
}  // namespace footfall::store
