// What a shopper wants done, and what the world answers. The only language between mind and world:
// a trip emits actions and is given outcomes, and cannot tell one world from another (DESIGN
// section 2).
#pragma once

#include <cstdint>
#include <span>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "retail/events.hpp"
#include "retail/pricing.hpp"
#include "retail/shelf.hpp"

namespace footfall::shopper {

enum class ActionKind : std::uint8_t {
  finished,  // nothing more; the trip is over
  create_session,
  browse_products,  // categories: answer with one listing each
  add_to_cart,      // lines, all of one category
  view_coupons,     // answer with the active coupons that fit the cart
  apply_coupons,    // coupons, by position in the wallet answer
  complete_checkout,
  abandon_session,
};

// Spans point into the trip and hold until its next resume().
struct Action {
  ActionKind kind = ActionKind::finished;
  SimTime at;                                 // when, in simulated time
  std::span<const std::uint16_t> categories;  // browse_products
  std::span<const retail::CartLine> lines;    // add_to_cart
  std::span<const UserCouponId> coupons;      // apply_coupons
};

inline bool finished(const Action& action) { return action.kind == ActionKind::finished; }

// A coupon of the shopper's own that would save something on the cart as it stands.
struct WalletCoupon {
  UserCouponId id;
  Money saving;            // alone, on this cart
  std::int32_t days_left;  // whole days, rounded up; > 0
  std::int32_t age_days;   // whole days since it was assigned
};

// Spans point into the world and hold until its next action.
struct Outcome {
  bool ok = true;  // false: refused, see `refusal`
  retail::Refusal refusal = retail::Refusal::none;
  std::span<const retail::Listing* const> listings;  // browse_products, one per category
  std::span<const WalletCoupon> wallet;              // view_coupons, best saving first
  std::span<const retail::Refusal> refusals;         // apply_coupons, one per coupon
  Money total;                                       // of the cart now, coupons included
};

}  // namespace footfall::shopper
