// Goal: wallets that many workers refill, some of whom die, are those that one would have filled,
// and shoppers may pay or be paid back meanwhile (R11). Method: many coroutines on one offer cycle;
// on SQLite from two threads.
#include "base/failure.hpp"
#include "base/random.hpp"
#include "tests/store/crowd.hpp"

namespace footfall::store {
namespace {

class RefreshRaces : public Crowd {};

// What a wallet gets in the tests of refreshes: drawn by offer cycle and shopper.
std::vector<CouponId> drawn(const World& w, std::int64_t cycle, UserId user) {
  RandomStream random(11, static_cast<std::uint32_t>(user.value), static_cast<std::uint32_t>(cycle),
                      Purpose::assignment);
  std::vector<CouponId> coupons;
  for (int i = 0; i < 12; ++i) {
    const auto at = static_cast<std::size_t>(random.uniform() *
                                             static_cast<double>(w.catalogue.coupons.size()));
    if (w.catalogue.coupons[at].code != "C3_ISSUE") coupons.push_back(w.catalogue.coupons[at].id);
  }
  return coupons;
}

struct Refiller {
  World& w;
  int fail_every = 0;  // throws at each so many calls
  std::atomic<int>& calls;

  std::vector<RefilledWallet> operator()(std::span<const ClaimedWallet> wallets) const {
    if (fail_every > 0 && ++calls % fail_every == 0) throw Failure("a worker was killed");
    std::vector<RefilledWallet> out;
    for (const ClaimedWallet& wallet : wallets) {
      out.push_back(w.refilled(w.offer_cycle, w.now, wallet, drawn(w, w.offer_cycle, wallet.user)));
    }
    return out;
  }
};

// Refreshes until nothing is left, as a worker does; dies when its refill does.
Task<void> work(World& w, int at_most, Refill refill, int& done) {
  for (;;) {
    int n = 0;
    try {
      n = co_await w.offers().refresh(w.offer_cycle, w.now, at_most, {}, false, refill);
    } catch (const Failure& failure) {
      EXPECT_STREQ(failure.what(), "a worker was killed");
      co_return;
    }
    if (n == 0) co_return;
    done += n;
  }
}

TEST_P(RefreshRaces, RefreshesOfManyWorkersGiveTheWalletsOfOne) {  // invariants 3, 4, 5
  std::string clean;
  for (const bool crowded : {false, true}) {
    World& w = make();
    std::atomic<int> calls = 0;
    for (int cycle = 0; cycle < 3; ++cycle) {
      w.now = w.start + kWeek * cycle;
      w.open_cycle();
      for (int life = 0, done = 0; done < kPeople && life < 500; ++life) {
        std::vector<int> parts(crowded ? 8 : 1);
        std::vector<Task<void>> tasks;
        for (int& part : parts) {
          tasks.push_back(work(w, crowded ? 3 : 1000, Refiller{w, crowded ? 4 : 0, calls}, part));
        }
        all(std::move(tasks));
        for (const int part : parts) done += part;
      }
      // Once more does nothing.
      int more = 0;
      std::vector<Task<void>> tasks;
      tasks.push_back(work(w, 10, Refiller{w, 0, calls}, more));
      all(std::move(tasks));
      EXPECT_EQ(more, 0);
    }
    EXPECT_EQ(w.number("SELECT CAST(sum(users_done) AS BIGINT) AS n FROM offer_cycles"),
              3 * kPeople);
    EXPECT_EQ(w.violations(), "");
    const std::string rows = w.dump("user_coupons") + w.dump("user_offer_cycles") +
                             w.dump("offer_cycles") + w.dump("listings");
    if (!crowded) clean = rows;
    EXPECT_EQ(rows, clean);
  }
}

Task<void> open_cycle(World& w, OfferCycleOpening opening, std::vector<DueRefresh> due,
                      std::atomic<int>& opened) {
  const bool mine = co_await w.offers().open_cycle(opening, due);
  opened += mine;
}

TEST_P(RefreshRaces, AnOfferCycleIsOpenedByOne) {  // invariant 6
  World& w = make();
  for (int cycle = 0; cycle < 3; ++cycle) {
    std::atomic<int> opened = 0;
    std::vector<Task<void>> tasks;
    for (int i = 0; i < 12; ++i) {
      tasks.push_back(open_cycle(w, w.opening(cycle), {{w.user(0), w.now}}, opened));
    }
    all(std::move(tasks));
    EXPECT_EQ(opened, 1);
  }
}

Task<void> allot(World& w, Allot decide, std::atomic<std::int64_t>& handed_out) {
  handed_out += co_await w.offers().allot(w.offer_cycle, w.now, decide);
}

TEST_P(RefreshRaces, CappedCouponsAreAllottedOnceWhileWalletsAreRefilled) {  // invariants 13, 30
  World& w = make();
  w.open_cycle();
  const CouponId capped = w.catalogue.coupons[w.coupon("C3_ISSUE")].id;
  const Allot decide = [&](std::span<const ClaimedWallet> wallets,
                           std::span<const IssuedCount> issued) {
    std::vector<Allotted> out;
    for (const IssuedCount& row : issued) {
      if (row.coupon != capped) continue;
      for (std::int64_t i = row.issued; i < 4 && i < std::ssize(wallets); ++i) {
        out.push_back({wallets[static_cast<std::size_t>(i)].user, {capped, 0.5}});
      }
    }
    return out;
  };
  std::atomic<std::int64_t> handed_out = 0;
  std::atomic<int> calls = 0;
  std::vector<int> parts(6);
  std::vector<Task<void>> tasks;
  for (int& part : parts) {
    tasks.push_back(work(w, 2, Refiller{w, 0, calls}, part));
    tasks.push_back(allot(w, decide, handed_out));
  }
  all(std::move(tasks));
  EXPECT_LE(handed_out, 4);
  // Workers who found every wallet that was left in the hands of an allotment have gone home.
  int done = 0;
  w.ask(work(w, 2, Refiller{w, 0, calls}, done));
  for (const int part : parts) done += part;
  EXPECT_EQ(done, kPeople);
}

// R11: a shopper may pay, or be paid back, while the wallet is refilled.
TEST_P(RefreshRaces, RefreshesRaceCheckoutsAndReturnsOfTheSameShoppers) {  // invariants 1, 2, 11
  World& w = make();
  Hands hands;
  for (int i = 0; i < kPeople; ++i) hands[i] = {"F_200", "F_10%", "C0_20%"};
  auto dealt = w.deal(hands);
  for (int round = 1; round <= 4; ++round) {
    std::vector<OrderId> orders;
    for (int i = 0; i < kPeople; ++i) {
      w.put(i, {w.line(0, 5)});
      CheckoutRequest request = w.checkout(i);
      request.policy = CouponPolicy::partial;
      const auto wallet = w.ask(w.shop().wallet(w.user(i), w.now));
      std::vector<UserCouponId> ids;
      for (const WalletRow& row : wallet) ids.push_back(row.id);
      request.coupons = ids;
      orders.push_back(w.ask(w.shop().check_out(request)).order);
      w.put(i, {w.line(1, 5)});
    }
    w.now = w.start + kWeek * round;
    w.open_cycle();
    std::vector<CheckoutAnswer> answers(kPeople);
    std::vector<ReturnAnswer> back(kPeople);
    std::vector<int> parts(4);
    std::vector<Task<void>> tasks;
    const Refill same = [&](std::span<const ClaimedWallet> wallets) {
      std::vector<RefilledWallet> out;
      std::vector<CouponId> coupons;
      for (const char* code : {"F_200", "C0_20%", "F_10%"}) {
        coupons.push_back(w.catalogue.coupons[w.coupon(code)].id);
      }
      for (const ClaimedWallet& wallet : wallets) {
        out.push_back(w.refilled(w.offer_cycle, w.now, wallet, coupons));
      }
      return out;
    };
    std::vector<std::vector<UserCouponId>> wanted(kPeople);
    for (int i = 0; i < kPeople; ++i) {
      const auto at = static_cast<std::size_t>(i);
      for (const WalletRow& row : w.ask(w.shop().wallet(w.user(i), w.now))) {
        wanted[at].push_back(row.id);
      }
      CheckoutRequest request = w.checkout(i);
      request.policy = CouponPolicy::partial;
      request.coupons = wanted[at];
      tasks.push_back(check_out(w, request, answers[at]));
      ReturnRequest cancel;
      cancel.user = w.user(i);
      cancel.order = orders[at];
      cancel.at = w.now;
      tasks.push_back(give_back(w, cancel, back[at]));
      if (i % 10 == 0) tasks.push_back(work(w, 3, same, parts[at / 10]));
    }
    all(std::move(tasks));
    EXPECT_EQ(count(answers, CheckoutStatus::placed), kPeople);
    EXPECT_EQ(count(back, ReturnStatus::done), kPeople);
    int done = 0;
    for (const int part : parts) done += part;
    for (int life = 0; done < kPeople && life < 50; ++life) {
      done += w.ask(w.offers().refresh(w.offer_cycle, w.now, 100, {}, false, same));
    }
    EXPECT_EQ(done, kPeople);
    EXPECT_EQ(w.violations(), "");
  }
}

FOOTFALL_ON_EACH(RefreshRaces);

}  // namespace
}  // namespace footfall::store
