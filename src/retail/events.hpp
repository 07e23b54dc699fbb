// What a trip leaves behind: events (the training data, R17) and decisions (with the chance each
// had, so that the data can be used for off-policy evaluation). The list is versioned and described
// in docs/EVENTS.md; a test compares.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/sim_time.hpp"
#include "retail/pricing.hpp"

namespace footfall::retail {

inline constexpr int kEventSchemaVersion = 1;

enum class EventType : std::uint8_t {
  session_start,
  browse_products,    // listing: what was shown, in order, with prices
  view_product,       // product, amount = its price
  cart_add_item,      // product, qty, amount = unit price
  cart_remove_item,   // product, qty
  view_coupons,       // shown: wallet coupons in order, each with its saving on this cart
  view_coupon,        // coupon, amount = its saving on this cart
  apply_coupon,       // coupon
  coupon_refused,     // coupon, refusal
  checkout_start,     // amount = total to pay
  checkout_complete,  // amount = total paid
  checkout_failed,    // refusal
  abandon,            // amount = subtotal of what was left
  session_end,
};
inline constexpr int kEventTypeCount = 14;
std::string_view to_string(EventType type);

struct Event {
  SimTime at;
  UserCouponId coupon;
  ListingId listing;
  Money amount;
  std::uint16_t product = 0xffff;  // index; 0xffff: none
  std::uint16_t shown_from = 0;    // view_coupons: range in the trip's shown coupons
  std::uint16_t shown_count = 0;
  std::int16_t qty = 0;
  EventType type = EventType::session_start;
  Refusal refusal = Refusal::none;
};

// A coupon as the wallet page showed it.
struct ShownCoupon {
  UserCouponId coupon;
  Money saving;  // on the cart of that moment
};

enum class DecisionKind : std::uint8_t {
  decide_shop,      // yes / no: thinning of the moment's thought
  basket_size,      // how many products are wanted
  choose_category,  // which category is visited next
  choose_product,   // which product of a listing goes into the cart
  view_product,     // which product is looked at and left
  choose_quantity,  // how many units of it
  view_coupons,     // yes / no: opens the wallet
  apply_coupon,     // yes / no: uses the coupon
  buy_on_impulse,   // yes / no: adds something unplanned
  decide_checkout,  // yes / no: pays
  drop_out,         // yes / no: leaves for good after this purchase
  browse_idly,      // yes: opened the shop just to look
};
inline constexpr int kDecisionKindCount = 12;
std::string_view to_string(DecisionKind kind);

// Names of a kind's features, in order; empty names end the list.
inline constexpr int kFeaturesMax = 4;
std::array<std::string_view, kFeaturesMax> feature_names(DecisionKind kind);

// One choice. `probability` is that of what was chosen, `draw` the uniform number that chose it:
// for yes / no, chosen is 1 exactly when draw < the probability of yes.
struct Decision {
  double probability = 1;
  double draw = 0;
  std::array<float, kFeaturesMax> features{};
  std::int32_t chosen = 0;  // 1 / 0, a count, or the index of a category or product
  UserCouponId coupon;      // apply_coupon
  DecisionKind kind = DecisionKind::decide_shop;
};

enum class SessionOutcome : std::uint8_t { browsed, abandoned, purchased, error };
std::string_view to_string(SessionOutcome outcome);

}  // namespace footfall::retail
