#include "commerce/live_commerce.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/enum_names.hpp"

namespace footfall::commerce {

void Basket::clear() {
  open = false;
  lines.clear();
  coupons.clear();
  priced.clear();
  placed = {};
}

std::size_t Basket::used_coupons() const {
  return static_cast<std::size_t>(
      std::count(priced.refusals.begin(), priced.refusals.end(), retail::Refusal::none));
}

std::string_view to_string(TripFailure::Kind kind) {
  static constexpr std::array<std::string_view, kTripFailureKinds> kNames = {
      "database", "api_5xx", "api_refused", "throttled", "timeout", "connection"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace footfall::commerce
