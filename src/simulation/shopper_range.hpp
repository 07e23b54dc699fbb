// One thread's share of the population: lives its shoppers' days, hour by hour, and records what
// happened. Shoppers of different ranges touch nothing in common but read-only models; what they
// compete for (SharedGoods) is settled between the hours, for all ranges at once.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "commerce/memory/memory_commerce.hpp"
#include "offers/refresh.hpp"
#include "personas/population.hpp"
#include "retail/records.hpp"
#include "shopper/trip.hpp"
#include "simulation/arrivals.hpp"
#include "simulation/plan.hpp"
#include "simulation/shared_goods.hpp"
#include "simulation/shopper_states.hpp"
#include "simulation/tally.hpp"

namespace footfall::simulation {

// What is the same for all shoppers on a day.
struct Today {
  SimTime start;
  bool record = false;  // fill the batch; else only live
  const offers::Offers* offers = nullptr;
  const retail::Shelf* shelf = nullptr;
  const shopper::ShelfModel* shelf_model = nullptr;
  std::span<const offers::Allotment> allotted;  // capped coupons, in shopper order
};

class ShopperRange {
 public:
  // Shoppers [first, end) of the population. `states` has one per shopper of the whole population.
  // `shared`: what checkouts compete for; null if for nothing.
  ShopperRange(const Plan& plan, const shopper::Mind& mind, const offers::AssignmentPolicy& policy,
               const personas::Population& population, ShopperStates& states,
               const SharedGoods* shared, std::size_t first, std::size_t end);

  // Lives one day: refreshes that are due at its start, then every hour's trips in shopper order.
  // Appends to `batch` if the day is to be recorded. Not where checkouts compete.
  void live_day(const Today& today, retail::RecordBatch& batch);

  // The same in pieces, for where they do: begin_day(), then for each hour live_hour(), which holds
  // the trips whose checkout wants something shared, SharedGoods::settle() of those of all
  // ranges, and finish_hour() of those trips.
  void begin_day(const Today& today, retail::RecordBatch& batch);
  void live_hour(const Today& today, int hour, retail::RecordBatch& batch);
  void finish_hour(const Today& today, int hour, retail::RecordBatch& batch);
  HeldTrips& held() { return held_; }

  const Tally& tally() const { return tally_; }

 private:
  void find_due_days(SimTime day);
  bool is_due(std::size_t who) const;
  void refresh_wallets(const Today& today, retail::RecordBatch& batch);
  void record_changes(std::size_t who, SimTime now, const Today& today, bool refreshed,
                      retail::RecordBatch& batch);
  struct Hour {
    Hour(SimTime day, int number) : start(day + kHour * number), when(calendar_hour(start)) {}
    SimTime start;
    CalendarHour when;
  };
  void live_trip(const Today& today, const Hour& hour, const Arrival& arrival,
                 const HeldTrip* settled, retail::RecordBatch& batch);
  bool hold(const Today& today, const Arrival& arrival, SimTime at, retail::RecordBatch& batch);
  retail::SessionRecord record_trip(std::uint32_t who, SimTime at, bool idle,
                                    retail::RecordBatch& batch);
  void count_trip(bool idle);

  const Plan& plan_;
  const personas::Population& population_;
  ShopperStates& states_;
  const SharedGoods* shared_;
  std::size_t first_, end_;
  offers::Calendar calendar_;
  shopper::Trip trip_;
  commerce::MemoryCommerce world_;
  offers::Refresher refresher_;
  offers::Changes changes_;
  std::vector<std::uint8_t> due_days_;  // by first refresh day: 1 if due today
  Arrivals arrivals_;
  HeldTrips held_;  // of the hour
  Tally tally_;
};

}  // namespace footfall::simulation
