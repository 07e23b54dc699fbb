#include "simulation/tally.hpp"

namespace footfall::simulation {

void Tally::add(const Tally& other) {
  for (const auto field :
       {&Tally::thoughts, &Tally::sessions, &Tally::idle_sessions, &Tally::trips, &Tally::orders,
        &Tally::abandoned, &Tally::failed, &Tally::order_lines, &Tally::events, &Tally::decisions,
        &Tally::dropped_out, &Tally::coupons_assigned, &Tally::coupons_redeemed,
        &Tally::coupons_expired, &Tally::coupons_superseded, &Tally::wallet_views, &Tally::calls}) {
    this->*field += other.*field;
  }
  gross += other.gross;
  discount += other.discount;
  revenue += other.revenue;
}

}  // namespace footfall::simulation
