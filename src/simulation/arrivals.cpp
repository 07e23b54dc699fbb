#include "simulation/arrivals.hpp"

#include "simulation/shopper_states.hpp"

namespace footfall::simulation {

// Buckets the day's thoughts by hour; shoppers come in order, so each bucket is in order too.
void Arrivals::draw(SimTime day) {
  for (auto& hour : hours_) hour.clear();
  const auto number = static_cast<std::uint32_t>(day_number(day));
  const std::vector<float>& quiet = states_.quiet[static_cast<std::size_t>(weekday(day))];
  const double idle_quiet = visits_.idle_quiet();
  thinkers_.clear();
  for (std::size_t who = first_; who < end_; ++who) {
    if (states_.left[who]) continue;
    const auto draw = shopper::VisitModel::draw_day(seed_, states_.key[who], number);
    // Most days of most shoppers end here.
    if (draw.shopping <= quiet[who] && draw.idle <= idle_quiet) continue;
    prefetch(&states_.habits[who].rhythm, sizeof(shopper::Rhythm));
    thinkers_.push_back({static_cast<std::uint32_t>(who), draw});
  }
  for (const Thinker& thinker : thinkers_) {
    const std::uint32_t key = states_.key[thinker.shopper];
    std::uint32_t taken = 0;  // hours with a thought of shopping, as bits
    const auto thoughts =
        visits_.thoughts(states_.habits[thinker.shopper].rhythm, thinker.draw, seed_, key, number);
    for (int i = 0; i < thoughts.count; ++i) {
      const auto [hour, minute] = thoughts.at[static_cast<std::size_t>(i)];
      hours_[hour].push_back({thinker.shopper, minute, false});
      taken |= 1U << hour;
    }
    if (thinker.draw.idle <= idle_quiet) continue;
    // At most one session an hour: shopping goes before looking.
    const auto idle = visits_.idle_thoughts(thinker.draw, seed_, key, number);
    for (int i = 0; i < idle.count; ++i) {
      const auto [hour, minute] = idle.at[static_cast<std::size_t>(i)];
      if (taken >> hour & 1U) continue;
      hours_[hour].push_back({thinker.shopper, minute, true});
    }
  }
}

}  // namespace footfall::simulation
