// Goal: a session and its order agree, whoever tells what, in whatever order and at once (invariant
// 34). Method: checkouts and ends of one session, one after the other and many at the same time;
// the fixture asks every rule as SQL in the end.
#include <fmt/format.h>

#include "base/failure.hpp"
#include "tests/store/trips.hpp"

namespace footfall::store {
namespace {

using retail::SessionOutcome;

class Sessions : public Trips {
 protected:
  Sessions() { options_.simulated = true; }

  TripEnd ended(const retail::RecordBatch& batch, OrderId order = {}, CartId abandon = {}) {
    TripEnd end;
    end.batch = &batch;
    end.order = order;
    end.abandon = abandon;
    return end;
  }
  CloseStatus close(int who, const SessionOpening& trip, SessionOutcome outcome,
                    OrderId order = {}) {
    const retail::RecordBatch left = batch(who, trip, outcome);
    return Trips::close(ended(left, order));
  }
  CheckoutAnswer check_out(const CheckoutRequest& request) {
    return world().ask(world().shop().check_out(request));
  }
  // Shopper 0 in another hour.
  SessionOpening next_trip(std::int64_t hour) {
    world().now = world().start + kHour * hour;
    return opening(0, hour);
  }

  // Ends what was bought and leaves the other carts behind, so that everybody may come again.
  void end_all(std::int64_t hour, const std::vector<CheckoutAnswer>& answers) {
    World& w = world();
    for (int who = 0; who < kPeople; ++who) {
      const CheckoutAnswer& answer = answers[static_cast<std::size_t>(who)];
      if (answer.status == CheckoutStatus::placed) {
        const CloseStatus status =
            close(who, opening(who, hour), SessionOutcome::purchased, answer.order);
        EXPECT_EQ(status, CloseStatus::closed);
      } else {
        CartChange leave;
        leave.abandon = true;
        const CartCall call = w.call(who);
        w.ask(w.shop().change(call, leave));
      }
    }
  }

  WorldOptions options_;
};

TEST_P(Sessions, NothingIsBoughtInASessionThatIsOver) {
  World& w = make(options_);
  for (const SessionOutcome outcome :
       {SessionOutcome::browsed, SessionOutcome::abandoned, SessionOutcome::error}) {
    const SessionOpening trip = next_trip(static_cast<std::int64_t>(outcome));
    EXPECT_EQ(open(trip), OpenStatus::opened);
    fill_cart(0, trip.session);
    EXPECT_EQ(close(0, trip, outcome), CloseStatus::closed);
    const std::string before = w.dump();
    for (int i = 0; i < 2; ++i) {  // not kept under the key
      EXPECT_EQ(check_out(w.checkout(0, "key")).status, CheckoutStatus::session_over);
      EXPECT_EQ(w.dump(), before);
    }
    CartChange leave;
    leave.abandon = true;
    const CartCall call = w.call(0);
    EXPECT_TRUE(w.ask(w.shop().change(call, leave)).ok());
  }
}

TEST_P(Sessions, AnAnswerGivenBeforeIsGivenAfterTheEndToo) {
  World& w = make(options_);
  const SessionOpening trip = opening(0);
  open(trip);
  fill_cart(0, trip.session);
  const CheckoutAnswer placed = check_out(w.checkout(0, "key"));
  ASSERT_EQ(placed.status, CheckoutStatus::placed);
  EXPECT_EQ(close(0, trip, SessionOutcome::purchased, placed.order), CloseStatus::closed);
  const CheckoutAnswer again = check_out(w.checkout(0, "key"));
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.order, placed.order);
}

TEST_P(Sessions, ASessionThatNobodyOpenedIsNoObstacle) {
  World& w = make(options_);
  fill_cart(0, opening(0).session);
  EXPECT_EQ(check_out(w.checkout(0)).status, CheckoutStatus::placed);
  w.put(1, {w.line(0, 1)});  // without any
  EXPECT_EQ(check_out(w.checkout(1)).status, CheckoutStatus::placed);
}

// Whether the order has the session's number, as in runs, or one of its own.
TEST_P(Sessions, HaveOneOrder) {
  World& w = make(options_);
  for (const bool numbered : {false, true}) {
    const SessionOpening trip = next_trip(numbered ? 10 : 0);
    open(trip);
    fill_cart(0, trip.session);
    CheckoutRequest first = w.checkout(0);
    if (!numbered) first.order = OrderId{trip.session.value};
    const OrderId order = check_out(first).order;
    // In the next hour, from another cart of the session, which is not told to have ended yet.
    w.now = w.now + kHour;
    fill_cart(0, trip.session, World::kOtherStore);
    CheckoutRequest second = w.checkout(0, "key");
    second.call.store = World::kOtherStore;
    EXPECT_EQ(check_out(second).status, CheckoutStatus::session_over);
    EXPECT_EQ(close(0, trip, SessionOutcome::purchased, order), CloseStatus::closed);
    EXPECT_EQ(check_out(second).status, CheckoutStatus::session_over);
    CartChange leave;
    leave.abandon = true;
    EXPECT_TRUE(w.ask(w.shop().change(second.call, leave)).ok());
  }
}

TEST_P(Sessions, WithAnOrderEndAsItsPurchase) {
  World& w = make(options_);
  const SessionOpening other = opening(1);
  open(other);
  fill_cart(1, other.session);
  const OrderId foreign = check_out(w.checkout(1)).order;
  for (const bool numbered : {false, true}) {
    const SessionOpening trip = next_trip(numbered);
    open(trip);
    fill_cart(0, trip.session);
    CheckoutRequest request = w.checkout(0);
    if (!numbered) request.order = OrderId{trip.session.value};
    EXPECT_EQ(close(0, trip, SessionOutcome::purchased, OrderId{trip.session.value}),
              CloseStatus::no_such_order);  // not yet
    const OrderId order = check_out(request).order;
    for (int again = 0; again < 2; ++again) {
      const std::string before = w.dump();
      for (const SessionOutcome outcome :
           {SessionOutcome::browsed, SessionOutcome::abandoned, SessionOutcome::error}) {
        EXPECT_EQ(close(0, trip, outcome), CloseStatus::has_order);
      }
      EXPECT_EQ(close(0, trip, SessionOutcome::purchased, foreign), CloseStatus::no_such_order);
      EXPECT_EQ(w.dump(), before);
      EXPECT_EQ(close(0, trip, SessionOutcome::purchased, order),
                again ? CloseStatus::closed_before : CloseStatus::closed);
    }
  }
}

TEST_P(Sessions, ACheckoutIsUndoneWithTheEndThatContradictsIt) {
  World& w = make(options_);
  const SessionOpening trip = opening(0), other = opening(1);
  open(trip);
  open(other);
  fill_cart(0, trip.session);
  const retail::RecordBatch left = batch(0, trip, SessionOutcome::abandoned);
  const retail::RecordBatch foreign = batch(1, other, SessionOutcome::purchased);
  const std::string before = w.dump();
  CheckoutRequest request = w.checkout(0, "key");
  request.journal = [&](const CheckoutAnswer&) { return std::optional(ended(left)); };
  EXPECT_THROW(check_out(request), Failure);
  EXPECT_EQ(w.dump(), before);
  request.journal = [&](const CheckoutAnswer& answer) {
    return std::optional(ended(foreign, answer.order));  // another session's
  };
  EXPECT_THROW(check_out(request), Failure);
  EXPECT_EQ(w.dump(), before);
}

Task<void> close_trip(World& w, TripEnd end, CloseStatus& status) {
  status = co_await w.trips().close(end);
}

// Each trip is paid for and left behind at the same moment: one of the two is refused.
TEST_P(Sessions, ArePaidForOrLeftBehindNotBoth) {
  World& w = make(options_);
  int bought = 0, left_behind = 0;
  const int hours = GetParam() == Backend::sqlite ? 3 : 12;
  for (int hour = 0; hour < hours; ++hour) {
    w.now = w.start + kHour * hour;
    std::vector<retail::RecordBatch> batches;
    std::vector<CartId> carts;
    for (int who = 0; who < kPeople; ++who) {
      const SessionOpening trip = opening(who, hour);
      ASSERT_EQ(open(trip), OpenStatus::opened);
      carts.push_back(fill_cart(who, trip.session));
      batches.push_back(batch(who, trip, SessionOutcome::abandoned));
    }
    std::vector<CheckoutAnswer> answers(kPeople);
    std::vector<CloseStatus> statuses(kPeople);
    std::vector<Task<void>> tasks;
    for (std::size_t i = 0; i < kPeople; ++i) {
      const auto pay = [&] {
        const CheckoutRequest request = w.checkout(static_cast<int>(i), fmt::format("{}", hour));
        tasks.push_back(store::check_out(w, request, answers[i]));
      };
      if (i % 2) pay();
      // With its cart, or without: then the session's row alone keeps them apart.
      const CartId cart = (i / 2) % 2 ? carts[i] : CartId{};
      tasks.push_back(close_trip(w, ended(batches[i], {}, cart), statuses[i]));
      if (i % 2 == 0) pay();
    }
    all(std::move(tasks));
    for (std::size_t i = 0; i < kPeople; ++i) {
      const bool paid = answers[i].status == CheckoutStatus::placed;
      EXPECT_EQ(statuses[i], paid ? CloseStatus::has_order : CloseStatus::closed);
      if (!paid && answers[i].status != CheckoutStatus::session_over) {
        EXPECT_EQ(answers[i].status, CheckoutStatus::not_open);
      }
      (paid ? bought : left_behind) += 1;
    }
    end_all(hour, answers);
  }
  EXPECT_GT(bought, 0);
  EXPECT_GT(left_behind, 0);
}

FOOTFALL_ON_EACH(Sessions);

}  // namespace
}  // namespace footfall::store
