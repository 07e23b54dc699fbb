#include "simulation/trip_record.hpp"

namespace footfall::simulation {

SessionId session_of(const Plan& plan, const personas::Traits& shopper, SimTime at) {
  return retail::session_id(plan.run, hour_number(at) - hour_number(plan.start), shopper.agent);
}

retail::SessionRecord record_mind(const Plan& plan, const personas::Traits& shopper,
                                  std::uint32_t position, SimTime at, bool idle,
                                  const shopper::Trip& trip, retail::RecordBatch& batch) {
  retail::SessionRecord record;
  record.id = session_of(plan, shopper, at);
  record.shopper = position;
  record.started = record.ended = at;
  record.idle = idle;
  record.has_session = trip.has_session();
  record.decisions = append(batch.decisions, trip.decisions());
  if (!record.has_session) return record;
  record.outcome = trip.outcome();
  record.ended = trip.events().back().at;
  record.events = append(batch.events, trip.events());
  record.shown = append(batch.shown, trip.shown_coupons());
  return record;
}

void record_cart(std::span<const retail::CartLine> lines,
                 std::span<const retail::CartCoupon> coupons, const retail::PricedCart& priced,
                 SimTime placed, retail::SessionRecord& record, retail::RecordBatch& batch) {
  record.lines = append(batch.lines, lines);
  append(batch.line_discounts, priced.line_discounts);
  record.subtotal = priced.subtotal;
  record.discount = priced.discount;
  record.total = priced.total;
  if (record.outcome != retail::SessionOutcome::purchased) return;
  record.placed = placed;
  record.discounts.first = static_cast<std::uint32_t>(batch.discounts.size());
  for (const retail::LineDiscount& discount : priced.discounts) {
    const retail::CartCoupon& coupon = coupons[discount.coupon];
    batch.discounts.push_back({coupon.wallet_id, discount.amount, coupon.coupon, discount.line});
    ++record.discounts.count;
  }
}

void count_mind(const shopper::Trip& trip, bool idle, Tally& tally) {
  using retail::SessionOutcome;
  ++tally.thoughts;
  tally.decisions += static_cast<std::int64_t>(trip.decisions().size());
  if (!trip.has_session()) return;
  ++tally.sessions;
  tally.idle_sessions += idle;
  tally.trips += !idle;
  tally.events += static_cast<std::int64_t>(trip.events().size());
  tally.abandoned += trip.outcome() == SessionOutcome::abandoned;
  tally.failed += trip.outcome() == SessionOutcome::error;
  tally.dropped_out += trip.dropped_out();
}

void count_order(std::size_t lines, std::size_t coupons, const retail::PricedCart& priced,
                 Tally& tally) {
  ++tally.orders;
  tally.order_lines += static_cast<std::int64_t>(lines);
  tally.coupons_redeemed += static_cast<std::int64_t>(coupons);
  tally.gross += priced.subtotal;
  tally.discount += priced.discount;
  tally.revenue += priced.total;
}

}  // namespace footfall::simulation
