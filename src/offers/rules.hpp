// The numbers of the offer engine (R6, R9, R10) and its calendar. Every one is a setting.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/sim_time.hpp"

namespace footfall::offers {

inline constexpr int kSlotsMax = 64;

// top_up: free places are filled, nothing is taken before its expiry.
// replace: what was not redeemed is superseded at each refresh.
enum class WalletRule : std::uint8_t { top_up, replace };

struct Rules {
  SimDuration cycle_length = kDay * 7;  // OFFER_CYCLE_DAYS, whole days
  SimDuration life = kDay * 14;         // OFFER_EXPIRATION_DAYS, whole days
  int capacity = 32;                    // MAX_WALLET_CAPACITY, 1 … kSlotsMax
  int frontstore_per_cycle = 2;         // FRONTSTORE_PER_CYCLE
  int category_brand_per_cycle = 30;    // CATEGORY_BRAND_PER_CYCLE
  WalletRule wallet_rule = WalletRule::top_up;
  bool stagger = true;  // a shopper's own refresh day is spread over the first two offer cycles

  // Slots 0 … frontstore_slots()-1 hold frontstore coupons, the rest up to capacity the others.
  int frontstore_slots() const { return std::min(frontstore_per_cycle, capacity); }
  int category_brand_slots() const { return capacity - frontstore_slots(); }
  int per_refresh() const { return frontstore_per_cycle + category_brand_per_cycle; }
};

// Offer cycles tile time from `epoch` on: cycle n is [epoch + n L, epoch + (n+1) L), n from 0.
struct Calendar {
  SimTime epoch;  // a day's start
  SimDuration length;

  std::int64_t cycle_at(SimTime t) const { return (t - epoch).us / length.us; }  // t >= epoch
  SimTime starts(std::int64_t cycle) const { return epoch + length * cycle; }
  SimTime ends(std::int64_t cycle) const { return starts(cycle + 1); }
};

// On which day after the epoch a shopper is first refreshed: 0 without stagger, else drawn from
// the days of the first two offer cycles by (seed, shopper). Later refreshes follow one cycle
// length apart, so a shopper has at most one a cycle.
int first_refresh_day(const Rules& rules, std::uint64_t seed, std::uint32_t shopper);

// True if the day that starts at `day` is one of the shopper's refresh days.
inline bool is_refresh_day(const Rules& rules, const Calendar& calendar, int first_day,
                           SimTime day) {
  const SimTime first = calendar.epoch + kDay * first_day;
  return day >= first && (day - first).us % rules.cycle_length.us == 0;
}

}  // namespace footfall::offers
