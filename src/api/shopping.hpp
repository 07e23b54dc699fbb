// What the routes of cart, wallet and checkout share: whose cart, in which store, and its price.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/api.hpp"
#include "retail/pricing.hpp"
#include "store/shop.hpp"

namespace footfall::telemetry {
class JsonWriter;
}

namespace footfall::api {

bool is_open_store(const retail::Catalogue& catalogue, StoreId store);

// The cart that a call means: store_id and session_id from query or body, step from the body,
// version from If-Match. A simulated shopper's cart and order have their session's number.
Or<store::CartCall> cart_call(const Call& call);

// Lines of a body's `lines`, each at today's price. A quantity is at least `least`.
Or<std::vector<retail::CartLine>> cart_lines(const Call& call, const Goods& goods);

// Ids of a body's `coupons`.
std::vector<UserCouponId> coupon_ids(const boost::json::value& coupons);

// A cart as it costs now.
struct PricedView {
  store::CartView cart;
  std::vector<retail::CartLine> lines;    // at today's prices
  std::vector<UserCouponId> coupons;      // asked about
  std::vector<retail::Refusal> refusals;  // one each
  std::vector<UserCouponId> kept;         // those that take something off
  retail::PricedCart priced;              // with those
};
// Prices the lines with these coupons, as far as they are in the wallet and good.
PricedView price_view(const Call& call, const Goods& goods, store::CartView cart,
                      std::span<const UserCouponId> coupons,
                      std::span<const store::WalletRow> wallet);
// A coupon and why it takes nothing off; null if it does.
void write_outcome(telemetry::JsonWriter& json, UserCouponId coupon, retail::Refusal refusal);
void write_cart(telemetry::JsonWriter& json, const Call& call, const PricedView& view);

// {"cart_id":…,"version":…,"line_count":…}, with its ETag.
http::Response cart_answer(const store::CartAnswer& answer);
http::Response cart_refusal(const Call& call, const store::CartAnswer& answer);
// Names cart and version: the next cart's first version is not this one's.
std::string cart_etag(CartId cart, std::int64_t version);
// A cart that If-Match names and that is not open any more was changed meanwhile.
const ProblemKind& kind_in(const Call& call, store::CartStatus status);

}  // namespace footfall::api
