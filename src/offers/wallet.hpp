// A shopper's coupons: numbered slots, each empty or holding one active coupon. 512 bytes, a value;
// not thread-safe (one shopper belongs to one thread). Slots are what keeps invariants 1 and 2 of
// reference/offers-and-data.md section 8: a full wallet has no place for one more.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/assert.hpp"
#include "offers/rules.hpp"
#include "retail/records.hpp"

namespace footfall::offers {

inline constexpr std::uint16_t kNoCoupon = 0xffff;

struct Slot {
  std::uint16_t coupon = kNoCoupon;  // index into Catalogue::coupons
  std::uint16_t offer_cycle = 0;     // in which it was assigned
  std::uint32_t assigned_hour = 0;   // hours since 1970; refreshes fall on whole hours

  bool empty() const { return coupon == kNoCoupon; }
  SimTime assigned_at() const { return SimTime{} + kHour * assigned_hour; }
};

using retail::CouponEnd;

struct Assigned {
  std::uint16_t coupon;
  std::uint16_t slot;
  double probability;  // of this coupon's being among those that this refresh gave
};

struct Ended {
  Slot was;
  std::uint16_t slot;
  CouponEnd how;
  SimTime at;
};

// What happened to a wallet; rows of the journal. Reused between calls.
struct Changes {
  std::vector<Assigned> assigned;
  std::vector<Ended> ended;
  int n_frontstore = 0;
  int n_category_brand = 0;
  int n_expired = 0;
  int n_superseded = 0;

  void clear() {
    *this = Changes{std::move(assigned), std::move(ended)}, assigned.clear(), ended.clear();
  }
};

class Wallet {
 public:
  static Wallet of(const std::array<Slot, kSlotsMax>& slots) {
    Wallet wallet;
    wallet.slots_ = slots;
    return wallet;
  }

  const Slot& slot(int i) const { return slots_[static_cast<std::size_t>(i)]; }

  // A coupon is good for assigned <= t < assigned + life, whether or not a sweep has run.
  bool is_good(int i, SimTime t, const Rules& rules) const {
    return !slot(i).empty() && slot(i).assigned_at() <= t && t < slot(i).assigned_at() + rules.life;
  }

  // Ends every coupon whose life is over at `now`, each at the moment its life ended.
  void expire(SimTime now, const Rules& rules, Changes& changes);

  // Ends every coupon that is left: the `replace` rule.
  void supersede(SimTime now, const Rules& rules, Changes& changes);

  // Ends the coupon in slot `i`. The caller has checked is_good().
  void redeem(int i, SimTime now, Changes& changes);

  // Puts a coupon into an empty slot (asserted). It must not be active in the wallet already: the
  // Refresher, which knows without a search, asserts that.
  void assign(int i, std::uint16_t coupon, std::int64_t offer_cycle, SimTime now,
              double probability, Changes& changes);

  int active(int from, int to) const;  // coupons in slots [from, to)

 private:
  void end(int i, CouponEnd how, SimTime at, Changes& changes);

  std::array<Slot, kSlotsMax> slots_;
};

}  // namespace footfall::offers
