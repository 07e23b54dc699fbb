// Ids are distinct types: an agent's number cannot be passed for a product's.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace footfall {

// A positive 64-bit number; 0 means "none".
template <typename Tag>
struct Id {
  std::int64_t value = 0;

  constexpr explicit operator bool() const { return value != 0; }
  friend constexpr auto operator<=>(Id, Id) = default;
};

using RunId = Id<struct RunTag>;
using AgentId = Id<struct AgentTag>;
using UserId = Id<struct UserTag>;
using StoreId = Id<struct StoreTag>;
using ProductId = Id<struct ProductTag>;
using CouponId = Id<struct CouponTag>;
using SessionId = Id<struct SessionTag>;
using CartId = Id<struct CartTag>;
using OrderId = Id<struct OrderTag>;
using OfferCycleId = Id<struct OfferCycleTag>;
using UserCouponId = Id<struct UserCouponTag>;
using ListingId = Id<struct ListingTag>;

}  // namespace footfall
