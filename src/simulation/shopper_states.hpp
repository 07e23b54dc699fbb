// What a run keeps of its shoppers beside Traits, in columns: a day's sweep over everybody reads
// the first ones from end to end, a trip the rows of one shopper. With Traits at most 1 KB each.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "offers/wallet.hpp"
#include "personas/population.hpp"
#include "shopper/mind.hpp"
#include "simulation/plan.hpp"

namespace footfall::simulation {

struct ShopperStates {
  // Compiles every shopper's habits at the run's activity. `with_wallets`: false where the wallets
  // are kept elsewhere.
  ShopperStates(const Plan& plan, const personas::Population& population, const shopper::Mind& mind,
                double activity, bool with_wallets);
  static constexpr std::size_t kBytesEach = 4 + 1 + 1 + 2 + 4 + 7 * 4 + sizeof(shopper::Habits) +
                                            sizeof(offers::Wallet) + sizeof(personas::Traits);

  std::vector<std::uint32_t> key;                   // of the random streams: the agent's number
  std::vector<std::uint8_t> left;                   // 1: dropped out for good
  std::vector<std::uint8_t> expired_since_refresh;  // coupons, for the next refresh's count
  std::vector<std::int16_t> first_refresh_day;
  std::vector<std::uint32_t> next_expiry_day;  // day number; nothing expires before
  std::array<std::vector<float>, 7> quiet;     // by weekday: chance of a day without a thought
  std::vector<shopper::Habits> habits;
  std::vector<offers::Wallet> wallets;
};

// Asks for rows that are needed soon: a large population does not fit the caches.
inline void prefetch(const void* row, std::size_t bytes) {
  for (std::size_t at = 0; at < bytes; at += 64) {
    __builtin_prefetch(static_cast<const char*>(row) + at);
  }
}

}  // namespace footfall::simulation
