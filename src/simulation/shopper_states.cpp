#include "simulation/shopper_states.hpp"

#include <algorithm>

namespace footfall::simulation {

ShopperStates::ShopperStates(const Plan& plan, const personas::Population& population,
                             const shopper::Mind& mind, double activity, bool with_wallets)
    : key(population.size()),
      left(population.size()),
      expired_since_refresh(population.size()),
      first_refresh_day(population.size()),
      next_expiry_day(population.size(), 0xffffffff),
      habits(population.size()),
      wallets(with_wallets ? population.size() : 0),
      kept(plan.keep_failed_carts ? population.size() : 0) {
  for (auto& day : quiet) day.resize(population.size());
  for (std::size_t who = 0; who < population.size(); ++who) {
    key[who] = static_cast<std::uint32_t>(population[who].agent.value);
    habits[who] = mind.habits(population[who], activity);
    first_refresh_day[who] =
        static_cast<std::int16_t>(offers::first_refresh_day(plan.rules, plan.seed, key[who]));
    for (std::size_t day = 0; day < 7; ++day) quiet[day][who] = habits[who].rhythm.quiet[day];
  }
}

void ShopperStates::note_cart(std::size_t who, retail::SessionOutcome outcome,
                              std::span<const retail::CartLine> lines) {
  if (kept.empty()) return;
  const bool was_kept = !kept[who].empty();
  kept[who].clear();
  if (outcome == retail::SessionOutcome::error && !was_kept) keep_cart(who, lines);
}

void ShopperStates::keep_cart(std::size_t who, std::span<const retail::CartLine> lines) {
  if (kept.empty()) return;
  std::vector<retail::CartLine>& cart = kept[who];
  cart.assign(lines.begin(), lines.end());
  std::stable_sort(cart.begin(), cart.end(),
                   [](const auto& a, const auto& b) { return a.category < b.category; });
}

}  // namespace footfall::simulation
