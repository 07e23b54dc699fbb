// Who thinks of shopping on a day, and when: the keyed draws of every shopper, sorted into hours.
// The same for fast and live runs.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/sim_time.hpp"
#include "shopper/behavior/visits.hpp"
#include "shopper/habits.hpp"

namespace footfall::simulation {

struct ShopperStates;

struct Arrival {
  std::uint32_t shopper;
  std::uint8_t minute;
  bool idle;
};

class Arrivals {
 public:
  // Shoppers [first, end) of the states, which must outlive this.
  Arrivals(const shopper::VisitModel& visits, std::uint64_t seed, const ShopperStates& states,
           std::size_t first, std::size_t end)
      : visits_(visits), seed_(seed), states_(states), first_(first), end_(end) {}

  // Those of shoppers who have not left for good.
  void draw(SimTime day);

  // The arrivals of an hour of the day drawn last, in shopper order.
  std::span<const Arrival> at(int hour) const { return hours_[static_cast<std::size_t>(hour)]; }

 private:
  struct Thinker {  // somebody with a thought today
    std::uint32_t shopper;
    shopper::VisitModel::DayDraw draw;
  };

  const shopper::VisitModel& visits_;
  std::uint64_t seed_;
  const ShopperStates& states_;
  std::size_t first_, end_;
  std::vector<Thinker> thinkers_;
  std::array<std::vector<Arrival>, 24> hours_;
};

}  // namespace footfall::simulation
