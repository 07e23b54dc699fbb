// Goal: a session and its order agree, whoever tells what, in whatever order and at once (invariant
// 34). Method: checkouts and ends of one session, one after the other and many at the same time;
// the fixture asks every rule as SQL in the end.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <thread>

#include "base/failure.hpp"
#include "store/postgres/connection.hpp"
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

  // Each shopper's session of an hour is paid for and told as left behind, at the same moment. How
  // many paid.
  int race(std::int64_t hour);
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

Task<void> open_trip(World& w, SessionOpening opening, OpenStatus& status) {
  status = co_await w.trips().open(opening);
}

Task<void> open_and_close(World& w, SessionOpening opening, TripEnd end, CloseStatus& status,
                          std::atomic<bool>& over) {
  co_await w.trips().open(opening);
  status = co_await w.trips().close(end);
  over = true;
}

int Sessions::race(std::int64_t hour) {
  World& w = world();
  w.now = w.start + kHour * hour;
  std::vector<retail::RecordBatch> batches;
  std::vector<CartId> carts;
  for (int who = 0; who < kPeople; ++who) {
    const SessionOpening trip = opening(who, hour);
    open(trip);
    carts.push_back(fill_cart(who, trip.session));
    batches.push_back(batch(who, trip, SessionOutcome::abandoned));
  }
  std::vector<CheckoutAnswer> answers(kPeople);
  std::vector<CloseStatus> statuses(kPeople);
  std::vector<Task<void>> tasks;
  for (std::size_t i = 0; i < kPeople; ++i) {
    const auto who = static_cast<int>(i);
    // With its cart, or without: then the session's row alone keeps the two apart.
    const TripEnd end = ended(batches[i], {}, i / 2 % 2 ? carts[i] : CartId{});
    const CheckoutRequest request = w.checkout(who, fmt::format("{}", hour));
    if (i % 2) tasks.push_back(store::check_out(w, request, answers[i]));
    tasks.push_back(close_trip(w, end, statuses[i]));
    if (i % 2 == 0) tasks.push_back(store::check_out(w, request, answers[i]));
  }
  all(std::move(tasks));
  for (std::size_t i = 0; i < kPeople; ++i) {
    const bool paid = answers[i].status == CheckoutStatus::placed;
    EXPECT_EQ(statuses[i], paid ? CloseStatus::has_order : CloseStatus::closed);
    if (!paid && answers[i].status != CheckoutStatus::session_over) {
      EXPECT_EQ(answers[i].status, CheckoutStatus::not_open);
    }
  }
  end_all(hour, answers);
  const auto paid = [](const CheckoutAnswer& one) { return one.status == CheckoutStatus::placed; };
  return static_cast<int>(std::count_if(answers.begin(), answers.end(), paid));
}

TEST_P(Sessions, ArePaidForOrLeftBehindNotBoth) {
  make(options_);
  const int hours = GetParam() == Backend::sqlite ? 3 : 12;
  int paid = 0;
  for (int hour = 0; hour < hours; ++hour) paid += race(hour);
  EXPECT_GT(paid, 0);
  EXPECT_LT(paid, hours * kPeople);
}

Task<void> wait_for(boost::asio::steady_timer& cue, Task<void> then) {
  boost::system::error_code cancelled;
  co_await cue.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
  co_await std::move(then);
}

// The checkout has looked for the session in vain, and cannot write its order before somebody has
// opened and ended the session, or waits for it.
TEST_P(Sessions, ThatAreOpenedDuringTheirCheckoutHaveItsOrder) {
  if (GetParam() == Backend::sqlite) GTEST_SKIP() << "has one writer";
  options_.limits.lock_timeout_ms = options_.limits.statement_timeout_ms = 60'000;
  World& w = make(options_);
  const SessionOpening trip = opening(0);
  fill_cart(0, trip.session);
  postgres::Connection gate = postgres::Connection::open(w.owner_url(), {}).value();
  gate.execute("BEGIN");
  gate.execute("LOCK TABLE footfall.order_items IN SHARE MODE");
  boost::asio::steady_timer cue(w.io());
  cue.expires_at(boost::asio::steady_timer::time_point::max());
  CheckoutRequest request = w.checkout(0);
  request.journal = [&](const CheckoutAnswer&) {  // between the two halves
    cue.cancel();
    return std::optional<TripEnd>();
  };
  const retail::RecordBatch left = batch(0, trip, SessionOutcome::abandoned);
  CheckoutAnswer answer;
  std::atomic<bool> over = false;
  CloseStatus status{};
  std::vector<Task<void>> tasks;
  tasks.push_back(store::check_out(w, request, answer));
  tasks.push_back(wait_for(cue, open_and_close(w, trip, ended(left), status, over)));
  std::thread porter([&] {
    for (int tries = 0; tries < 1000 && !over; ++tries) {
      const postgres::Answer waiting = gate.execute(
          "SELECT count(*) FROM pg_locks, pg_sleep(0.01) WHERE NOT granted AND database = (SELECT "
          "oid FROM pg_database WHERE datname = current_database())");
      if (waiting.integer(0, 0) >= 2) break;
    }
    gate.execute("ROLLBACK");
  });
  all(std::move(tasks));
  porter.join();
  EXPECT_EQ(answer.status, CheckoutStatus::placed);
  EXPECT_EQ(status, CloseStatus::has_order);
  EXPECT_EQ(close(0, trip, SessionOutcome::purchased, answer.order), CloseStatus::closed);
}

TEST_P(Sessions, OpenedByManyAtOnceAreOpenedOnce) {
  World& w = make(options_);
  constexpr int kTimes = 6;
  for (int hour = 0; hour < 4; ++hour) {
    std::vector<OpenStatus> statuses(kPeople * kTimes);
    std::vector<Task<void>> tasks;
    for (std::size_t i = 0; i < statuses.size(); ++i) {
      tasks.push_back(open_trip(w, opening(static_cast<int>(i) / kTimes, hour), statuses[i]));
    }
    all(std::move(tasks));
    EXPECT_EQ(std::count(statuses.begin(), statuses.end(), OpenStatus::opened), kPeople);
    EXPECT_EQ(std::count(statuses.begin(), statuses.end(), OpenStatus::opened_before),
              kPeople * (kTimes - 1));
    for (int who = 0; who < kPeople; ++who) {
      EXPECT_EQ(close(who, opening(who, hour), SessionOutcome::browsed), CloseStatus::closed);
    }
  }
}

TEST_P(Sessions, AnEndThatIsToldAgainLeavesCartsAlone) {
  World& w = make(options_);
  const SessionOpening trip = opening(0);
  open(trip);
  EXPECT_EQ(close(0, trip, SessionOutcome::browsed), CloseStatus::closed);
  const CartId later = w.put(0, {w.line(0, 1)}).cart;
  const retail::RecordBatch left = batch(0, trip);
  const std::string before = w.dump();
  EXPECT_EQ(Trips::close(ended(left, {}, later)), CloseStatus::closed_before);
  EXPECT_EQ(w.dump(), before);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM carts WHERE status = 'open'"), 1);
}

FOOTFALL_ON_EACH(Sessions);

}  // namespace
}  // namespace footfall::store
