// What a run keeps of its shoppers beside Traits, in columns: a day's sweep over everybody reads
// the first ones from end to end, a trip the rows of one shopper. With Traits at most 1 KB each.
#pragma once

#include <array>
#include <cstdint>
#include <span>
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
  std::vector<std::vector<retail::CartLine>> kept;  // empty unless failed carts are kept

  // What a trip finds in the cart (shopper::Visit::kept).
  std::span<const retail::CartLine> kept_cart(std::size_t who, bool idle) const {
    return kept.empty() || idle ? std::span<const retail::CartLine>() : kept[who];
  }
  // After a trip that has ended, with what lay in its cart. A cart is kept once: what was refused
  // a second time would be refused for ever (sold out), and the shopper never buy again.
  void note_cart(std::size_t who, retail::SessionOutcome outcome,
                 std::span<const retail::CartLine> lines);
  // After a trip that the world failed at its checkout.
  void keep_cart(std::size_t who, std::span<const retail::CartLine> lines);
};

// Asks for rows that are needed soon: a large population does not fit the caches.
inline void prefetch(const void* row, std::size_t bytes) {
  for (std::size_t at = 0; at < bytes; at += 64) {
    __builtin_prefetch(static_cast<const char*>(row) + at);
  }
}

}  // namespace footfall::simulation
