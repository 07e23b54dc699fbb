#include "api/offers_flow.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace footfall::api {
namespace {

constexpr int kChunk = 500;
constexpr int kLooks = 200;  // at a wallet that somebody else fills
constexpr auto kLookEvery = std::chrono::milliseconds(5);

void add(RefreshCounts& sum, const RefreshCounts& more) {
  sum.users += more.users;
  sum.frontstore += more.frontstore;
  sum.category_brand += more.category_brand;
  sum.skipped_capacity += more.skipped_capacity;
  sum.expired += more.expired;
  sum.superseded += more.superseded;
}

void add(RefreshCounts& sum, const std::vector<store::RefilledWallet>& wallets) {
  for (const store::RefilledWallet& wallet : wallets) {
    ++sum.users;
    sum.frontstore += wallet.n_frontstore;
    sum.category_brand += wallet.n_category_brand;
    sum.skipped_capacity += wallet.n_skipped;
    sum.expired += wallet.n_expired;
    sum.superseded += wallet.n_superseded;
  }
}

// Capped coupons come first, in shopper order and in one step.
Task<void> allot_due(RunState& run, store::LiveStore& live, std::int64_t cycle, SimTime at) {
  const store::Allot decide = [&](auto wallets, auto issued) {
    return run.allot(cycle, wallets, issued, at);
  };
  co_await live.offers().allot(cycle, at, decide);
}

// At most `at_most` due wallets, of one user if there is one; how many were done.
Task<int> refresh_some(RunState& run, store::LiveStore& live, SimTime at, int at_most, UserId user,
                       RefreshCounts& sum) {
  const std::int64_t cycle = run.calendar().cycle_at(at);
  RefreshCounts counted;
  const store::Refill refill = [&](auto wallets) {
    std::vector<store::RefilledWallet> refilled = run.refill(cycle, wallets, at);
    counted = {};
    add(counted, refilled);
    return refilled;
  };
  const int done =
      co_await live.offers().refresh(cycle, at, at_most, user, run.has_capped(cycle), refill);
  if (done > 0) add(sum, counted);
  co_return done;
}

}  // namespace

Task<bool> open_cycle_at(RunState& run, store::LiveStore& live, SimTime at) {
  const std::int64_t cycle = run.calendar().cycle_at(at);
  if (run.open_cycle() == cycle) co_return false;
  std::int64_t first = cycle;
  if (run.is_real()) {
    // Weeks in which no server ran have their offer cycles too: there are no gaps (invariant 6).
    const std::vector<store::OfferCycleRow> newest = co_await live.book().cycles(-1, 1);
    if (!newest.empty()) first = std::min(cycle, newest.front().seq + 1);
  }
  bool opened = false;
  for (std::int64_t one = first; one <= cycle; ++one) {
    const std::vector<store::DueRefresh> due = run.due(one);
    const std::shared_ptr<const Goods> goods = run.goods_at(run.calendar().starts(one));
    const store::OfferCycleOpening opening{one, run.calendar().starts(one),
                                           run.calendar().ends(one), goods->shelf};
    opened = co_await live.offers().open_cycle(opening, due);
  }
  run.note_open(cycle);
  co_return opened;
}

Task<RefreshCounts> refresh_due(RunState& run, store::LiveStore& live, SimTime at) {
  const std::int64_t cycle = run.calendar().cycle_at(at);
  RefreshCounts sum;
  if (run.has_capped(cycle)) co_await allot_due(run, live, cycle, at);
  for (int done = 1; done > 0;) {
    done = co_await refresh_some(run, live, at, kChunk, UserId{}, sum);
  }
  co_return sum;
}

// Workers pass by wallets that others have claimed, so where somebody else is at this one, it is
// looked at again until that is committed.
Task<UserRefresh> refresh_user(RunState& run, store::LiveStore& live, UserId user, SimTime at) {
  const std::int64_t cycle = run.calendar().cycle_at(at);
  const auto executor = co_await boost::asio::this_coro::executor;
  boost::asio::steady_timer timer(executor);
  UserRefresh answer;
  for (int looks = 0; looks < kLooks; ++looks) {
    const std::optional<store::RefreshRow> known = co_await live.book().refresh_of(cycle, user);
    if (known) answer.row = *known;
    if (known && known->status == "done") break;
    if (looks > 0) {
      timer.expires_after(kLookEvery);
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
    if (!known) {
      const bool enrolled = co_await live.book().enroll(cycle, user, at);
      const std::optional<store::RefreshRow> row = co_await live.book().refresh_of(cycle, user);
      if (!enrolled && !row) co_return answer;  // there is no such offer cycle
    }
    if (known && known->due > at) co_await live.book().bring_forward(cycle, user, at);
    if (run.has_capped(cycle)) co_await allot_due(run, live, cycle, at);
    RefreshCounts sum;
    const int done = co_await refresh_some(run, live, at, 1, user, sum);
    answer.done_now = done > 0;
    if (!answer.done_now) continue;
    const std::optional<store::RefreshRow> row = co_await live.book().refresh_of(cycle, user);
    if (row) answer.row = *row;
    break;
  }
  co_return answer;
}

Task<RefreshCounts> preview_refresh(RunState& run, store::LiveStore& live, UserId user,
                                    SimTime at) {
  const std::vector<store::WalletRow> wallet = co_await live.shop().wallet(user, at);
  store::ClaimedWallet claimed;
  claimed.user = user;
  const int front_slots = run.plan().rules.frontstore_slots();
  int front = 0, other = front_slots;
  for (const store::WalletRow& row : wallet) {
    const retail::Coupon& coupon = run.catalogue().coupons[row.coupon];
    const bool is_front = coupon.kind == retail::CouponKind::frontstore;
    claimed.held.push_back({row.id, coupon.id, is_front ? front++ : other++, row.assigned});
  }
  RefreshCounts sum;
  add(sum, run.refill(run.calendar().cycle_at(at), {&claimed, 1}, at));
  co_return sum;
}

Task<Moved> advance(RunState& run, store::LiveStore& live, SimTime to, bool refresh) {
  Moved moved;
  // The day at hand comes first: after a crash it may be unfinished.
  const SimTime now = run.now();
  SimTime day = now - SimDuration{now.us % kDay.us};
  for (; day <= to; day = day + kDay) {
    // A run's last day has no morning after it.
    if (day >= run.plan().until) break;
    if (!run.is_running()) co_return moved;
    const bool opened = co_await open_cycle_at(run, live, day);
    moved.cycles_opened += opened;
    // The clock first: coupons that end at a day's start are good until then.
    const SimTime reached = std::max(day, now);
    co_await live.offers().advance(reached);
    run.note_now(reached);
    if (!refresh) continue;
    const RefreshCounts done = co_await refresh_due(run, live, day);
    add(moved.refreshed, done);
  }
  co_await live.offers().advance(to);
  run.note_now(to);
  co_return moved;
}

Task<Moved> tend_shop(RunState& shop, store::LiveStore& live, SimTime now) {
  Moved moved;
  const SimTime before = shop.now();
  const std::int64_t cycle = shop.calendar().cycle_at(now);
  const bool opened = co_await open_cycle_at(shop, live, now);
  moved.cycles_opened = opened;
  co_await live.book().enroll_people(cycle, now);
  moved.refreshed = co_await refresh_due(shop, live, now);
  co_await live.offers().advance(now);
  shop.note_now(now);
  // Once an hour: what is over is marked, and old idempotency keys go.
  if (hour_number(now) != hour_number(before)) co_await live.offers().expire(now);
  co_return moved;
}

}  // namespace footfall::api
