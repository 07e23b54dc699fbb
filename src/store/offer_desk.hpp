// The port to the offer engine's rows: offer cycles, and wallets that are refilled by workers who
// claim them in chunks (R8–R11). What a wallet gets is decided outside, by a pure function; each
// call is one transaction, and after a crash the next call goes on where the last commit was.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/ids.hpp"
#include "base/sim_time.hpp"
#include "base/task.hpp"
#include "retail/records.hpp"
#include "store/journal.hpp"

namespace footfall::store {

// Whose refresh falls into an offer cycle, and when.
struct DueRefresh {
  UserId user;
  SimTime due;
};

struct HeldCoupon {
  UserCouponId id;
  CouponId coupon;
  int slot = 0;  // over both lanes: frontstore slots first
  SimTime assigned;
};

struct AllottedCoupon {
  CouponId coupon;
  double probability = 1;
};

// A wallet that is to be refreshed: what is active in it, whether or not its life is over.
struct ClaimedWallet {
  UserId user;
  std::vector<HeldCoupon> held;          // by id
  std::vector<AllottedCoupon> allotted;  // capped coupons it was given, by coupon id
};

struct EndedCoupon {
  UserCouponId id;
  retail::CouponEnd how = retail::CouponEnd::expired;
  SimTime at;
};

struct NewCoupon {
  UserCouponId id;
  CouponId coupon;
  int slot = 0;
  double probability = 1;
};

struct RefilledWallet {
  UserId user;
  std::vector<EndedCoupon> ended;
  std::vector<NewCoupon> assigned;
  int n_frontstore = 0, n_category_brand = 0, n_skipped = 0, n_expired = 0, n_superseded = 0;
};

// Refreshes each wallet at the moment of the call. Deterministic: it may be asked again for the
// same wallet after a failure.
using Refill = std::function<std::vector<RefilledWallet>(std::span<const ClaimedWallet>)>;

// Capped coupons for the wallets, in their order; `issued` holds how many of each are out, by
// coupon id ascending, and is what the run's counters say.
struct IssuedCount {
  CouponId coupon;
  std::int64_t issued = 0;
};
struct Allotted {
  UserId user;
  AllottedCoupon coupon;
};
using Allot = std::function<std::vector<Allotted>(std::span<const ClaimedWallet>,
                                                  std::span<const IssuedCount>)>;

class OfferDesk {
 public:
  static constexpr std::int64_t kExpireAtOnce = 1'000;
  static constexpr std::int64_t kKeysAtOnce = 10'000;

  virtual ~OfferDesk() = default;

  // Closes the offer cycle before, opens this one with its listings and the refreshes to come.
  // Answers false if it is open already.
  virtual Task<bool> open_cycle(const OfferCycleOpening& opening,
                                std::span<const DueRefresh> due) = 0;
  // Hands out capped coupons to all who are due by `at` and have not been asked yet, in user order,
  // in one step (only where the run has capped coupons). Answers how many were handed out.
  virtual Task<std::int64_t> allot(std::int64_t offer_cycle, SimTime at, const Allot& decide) = 0;
  // Claims at most `at_most` wallets that are due by `at`, of `user` alone if there is one, and
  // refills them at `at`. Answers how many were done: 0 when nothing is left that others have not
  // claimed. `allotted_only`:
  // leave those that allot() has not seen.
  virtual Task<int> refresh(std::int64_t offer_cycle, SimTime at, int at_most, UserId user,
                            bool allotted_only, const Refill& refill) = 0;
  // Marks coupons of the run whose time is over, each at the moment it ended, in a transaction for
  // every kExpireAtOnce user numbers (where nobody holds an active coupon, for none). Answers how
  // many. Also drops idempotency keys whose real time is over, of all runs, at most kKeysAtOnce.
  virtual Task<std::int64_t> expire(SimTime at) = 0;
  // The run's simulated time; it never goes back. Answers false if it is later already.
  virtual Task<bool> advance(SimTime now) = 0;
};

}  // namespace footfall::store
