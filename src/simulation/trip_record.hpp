// What a trip left behind, as rows on their way to a journal.
#pragma once

#include <span>
#include <vector>

#include "personas/population.hpp"
#include "retail/records.hpp"
#include "shopper/trip.hpp"
#include "simulation/plan.hpp"
#include "simulation/tally.hpp"

namespace footfall::simulation {

// Appends `from` to `to` and says where it went.
template <typename Record, typename Source>
retail::Range append(std::vector<Record>& to, const Source& from) {
  const retail::Range range{static_cast<std::uint32_t>(to.size()),
                            static_cast<std::uint32_t>(std::size(from))};
  to.insert(to.end(), std::begin(from), std::end(from));
  return range;
}

// Of the trip that begins at `at`; one an hour and agent.
SessionId session_of(const Plan& plan, const personas::Traits& shopper, SimTime at);

// Decisions, events and coupons shown go to the batch; the record that names them is answered, for
// the caller to add what the cart held.
retail::SessionRecord record_mind(const Plan& plan, const personas::Traits& shopper,
                                  std::uint32_t position, SimTime at, bool idle,
                                  const shopper::Trip& trip, retail::RecordBatch& batch);

// Adds what the cart held, and its order if there is one (`placed`: when) to the record.
void record_cart(std::span<const retail::CartLine> lines,
                 std::span<const retail::CartCoupon> coupons, const retail::PricedCart& priced,
                 SimTime placed, retail::SessionRecord& record, retail::RecordBatch& batch);

// Counts a trip, but for its order.
void count_mind(const shopper::Trip& trip, bool idle, Tally& tally);

// Counts an order.
void count_order(std::size_t lines, std::size_t coupons, const retail::PricedCart& priced,
                 Tally& tally);

}  // namespace footfall::simulation
