#include "offers/wallet.hpp"

namespace footfall::offers {

void Wallet::end(int i, CouponEnd how, SimTime at, Changes& changes) {
  Slot& slot = slots_[static_cast<std::size_t>(i)];
  FF_ASSERT(!slot.empty(), "a coupon ends twice");
  changes.ended.push_back({slot, static_cast<std::uint16_t>(i), how, at});
  slot = {};
}

void Wallet::expire(SimTime now, const Rules& rules, Changes& changes) {
  // Assignments fall on whole hours and lives are whole days, so hours say it all.
  const std::int64_t latest = hour_number(now - rules.life);
  for (int i = 0; i < rules.capacity; ++i) {
    if (slot(i).empty() || slot(i).assigned_hour > latest) continue;
    end(i, CouponEnd::expired, slot(i).assigned_at() + rules.life, changes);
    ++changes.n_expired;
  }
}

void Wallet::supersede(SimTime now, const Rules& rules, Changes& changes) {
  for (int i = 0; i < rules.capacity; ++i) {
    if (slot(i).empty()) continue;
    end(i, CouponEnd::superseded, now, changes);
    ++changes.n_superseded;
  }
}

void Wallet::redeem(int i, SimTime now, Changes& changes) {
  end(i, CouponEnd::redeemed, now, changes);
}

void Wallet::assign(int i, std::uint16_t coupon, std::int64_t offer_cycle, SimTime now,
                    double probability, Changes& changes) {
  FF_ASSERT(slot(i).empty(), "a coupon is assigned to a slot that is taken");
  slots_[static_cast<std::size_t>(i)] = {coupon, static_cast<std::uint16_t>(offer_cycle),
                                         static_cast<std::uint32_t>(hour_number(now))};
  changes.assigned.push_back({coupon, static_cast<std::uint16_t>(i), probability});
}

int Wallet::active(int from, int to) const {
  int n = 0;
  for (int i = from; i < to; ++i) n += !slot(i).empty();
  return n;
}

}  // namespace footfall::offers
