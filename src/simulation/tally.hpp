// Counts of a run, for the summary and the progress line. Plain sums: merged in any order.
#pragma once

#include <cstdint>

#include "base/money.hpp"
#include "offers/wallet.hpp"
#include "retail/events.hpp"

namespace footfall::simulation {

struct Tally {
  std::int64_t thoughts = 0;  // decide_shop and browse_idly decisions
  std::int64_t sessions = 0;
  std::int64_t idle_sessions = 0;
  std::int64_t trips = 0;  // sessions that meant to shop
  std::int64_t orders = 0;
  std::int64_t abandoned = 0;
  std::int64_t failed = 0;
  std::int64_t order_lines = 0;
  std::int64_t events = 0;
  std::int64_t decisions = 0;
  std::int64_t dropped_out = 0;
  std::int64_t coupons_assigned = 0;
  std::int64_t coupons_redeemed = 0;
  std::int64_t coupons_expired = 0;
  std::int64_t coupons_superseded = 0;
  std::int64_t wallet_views = 0;
  std::int64_t calls = 0;  // actions that would be API calls
  Money gross;             // of orders, before discounts
  Money discount;
  Money revenue;

  void add(const Tally& other);
};

}  // namespace footfall::simulation
