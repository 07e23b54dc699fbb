// The offer engine at work in a run: offer cycles begin, wallets are refilled, time moves on. Every
// step may be done twice or broken off: what is done stays done, and the next call goes on
// (R8–R11).
#pragma once

#include <cstdint>
#include <optional>

#include "api/run_state.hpp"
#include "base/task.hpp"
#include "store/live_store.hpp"

namespace footfall::api {

struct RefreshCounts {
  std::int64_t users = 0, frontstore = 0, category_brand = 0, skipped_capacity = 0, expired = 0,
               superseded = 0;
};

// Opens the offer cycle of this moment unless it is open; answers whether it did.
Task<bool> open_cycle_at(RunState& run, store::LiveStore& live, SimTime at);

// Refills every wallet that is due by `at` in its offer cycle, as of `at`.
Task<RefreshCounts> refresh_due(RunState& run, store::LiveStore& live, SimTime at);

// Refills one wallet now: this offer cycle's refresh, at most once, early if its day has not come.
// Answers how the refresh stands; `done_now` false if it was done before. A row that is still
// pending: somebody else is at this wallet, and was so for about a second. No status: no such offer
// cycle has begun.
struct UserRefresh {
  bool done_now = false;
  store::RefreshRow row;
};
Task<UserRefresh> refresh_user(RunState& run, store::LiveStore& live, UserId user, SimTime at);

// What refresh_user would give, counted without writing anything. Capped coupons, which are handed
// out to all who are due at once, are left out.
Task<RefreshCounts> preview_refresh(RunState& run, store::LiveStore& live, UserId user, SimTime at);

// Moves a run's time to `to`, day by day: each day's offer cycle is opened and its due wallets are
// refilled as of that day's start (unless `refresh` is false: then the caller asks for them), so
// that one step or many end in the same database. The caller holds begin_moving().
struct Moved {
  RefreshCounts refreshed;
  std::int64_t cycles_opened = 0;
};
Task<Moved> advance(RunState& run, store::LiveStore& live, SimTime to, bool refresh);

// Keeps the real shop's offer cycles going: to be called now and then.
Task<Moved> tend_shop(RunState& shop, store::LiveStore& live, SimTime now);

}  // namespace footfall::api
