#include "commerce/wallet_page.hpp"

#include <algorithm>

namespace footfall::commerce {

std::optional<shopper::WalletCoupon> page_entry(const retail::Coupon& coupon, UserCouponId id,
                                                SimTime assigned, SimTime expires, SimTime now,
                                                std::span<const retail::CartLine> lines) {
  retail::Refusal why;
  const Money saving = retail::saving_alone(coupon, lines, why);
  if (saving == Money{}) return std::nullopt;
  const SimDuration age = now - assigned, left = expires - now;
  return shopper::WalletCoupon{id, saving,
                               static_cast<std::int32_t>((left.us + kDay.us - 1) / kDay.us),
                               static_cast<std::int32_t>(age.us / kDay.us)};
}

void sort_page(std::vector<shopper::WalletCoupon>& page) {
  std::sort(page.begin(), page.end(), [](const auto& a, const auto& b) {
    return a.saving != b.saving ? a.saving > b.saving : a.id < b.id;
  });
}

}  // namespace footfall::commerce
