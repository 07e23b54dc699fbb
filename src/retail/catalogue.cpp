#include "retail/catalogue.hpp"

#include <algorithm>

namespace footfall::retail {
namespace {

std::uint16_t index_in(std::vector<std::string>& names, const std::string& name) {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) {
    names.push_back(name);
    return static_cast<std::uint16_t>(names.size() - 1);
  }
  return static_cast<std::uint16_t>(at - names.begin());
}

}  // namespace

std::string_view to_string(CouponKind kind) {
  constexpr std::string_view kNames[] = {"frontstore", "category", "brand"};
  return kNames[static_cast<int>(kind)];
}

std::string_view to_string(DiscountType type) {
  constexpr std::string_view kNames[] = {"percent", "amount", "fixed_price", "bxgy"};
  return kNames[static_cast<int>(type)];
}

bool Catalogue::has_limits() const {
  return !stock.empty() || std::any_of(coupons.begin(), coupons.end(), [](const Coupon& coupon) {
    return !coupon.retired && coupon.max_discount_total > Money{};
  });
}

std::uint16_t Catalogue::category_index(const std::string& name) {
  return index_in(categories, name);
}

std::uint16_t Catalogue::brand_index(const std::string& name) { return index_in(brands, name); }

}  // namespace footfall::retail
