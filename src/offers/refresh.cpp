#include "offers/refresh.hpp"

#include <algorithm>

namespace footfall::offers {
namespace {

using retail::CouponKind;

bool is_frontstore(const retail::Coupon& coupon) { return coupon.kind == CouponKind::frontstore; }

void shuffle(std::vector<std::uint16_t>& coupons, RandomStream& random) {
  for (std::size_t i = coupons.size(); i > 1; --i)
    std::swap(coupons[i - 1], coupons[random.below(i)]);
}

struct Lane {
  int from, to;
};

Lane lane_of(const Rules& rules, const retail::Coupon& coupon) {
  return is_frontstore(coupon) ? Lane{0, rules.frontstore_slots()}
                               : Lane{rules.frontstore_slots(), rules.capacity};
}

// Places that will be free in a lane after this refresh's expiry or supersession.
int free_places(const Wallet& wallet, const Rules& rules, Lane lane, SimTime now) {
  if (rules.wallet_rule == WalletRule::replace) return lane.to - lane.from;
  int n = 0;
  for (int i = lane.from; i < lane.to; ++i) n += !wallet.is_good(i, now, rules);
  return n;
}

bool holds(const Wallet& wallet, const Rules& rules, std::uint16_t coupon, SimTime now) {
  if (rules.wallet_rule == WalletRule::replace) return false;
  for (int i = 0; i < rules.capacity; ++i) {
    if (wallet.slot(i).coupon == coupon && wallet.is_good(i, now, rules)) return true;
  }
  return false;
}

}  // namespace

Offers offers_of(const retail::Catalogue& catalogue, std::uint64_t seed, const Calendar& calendar,
                 std::int64_t cycle) {
  Offers offers;
  offers.offer_cycle = cycle;
  offers.all_cycle.resize(catalogue.coupons.size());
  const SimTime start = calendar.starts(cycle), end = calendar.ends(cycle);
  for (std::size_t i = 0; i < catalogue.coupons.size(); ++i) {
    const retail::Coupon& coupon = catalogue.coupons[i];
    if (coupon.retired) continue;
    if ((coupon.ends && *coupon.ends <= start) || (coupon.starts && *coupon.starts >= end))
      continue;
    offers.all_cycle[i] =
        (!coupon.starts || *coupon.starts <= start) && (!coupon.ends || end <= *coupon.ends);
    auto& lane = coupon.is_capped()      ? offers.capped
                 : is_frontstore(coupon) ? offers.frontstore
                                         : offers.category_brand;
    lane.push_back(static_cast<std::uint16_t>(i));
  }
  RandomStream random(seed, 0, static_cast<std::uint32_t>(cycle), Purpose::coupon_order);
  shuffle(offers.frontstore, random);
  shuffle(offers.category_brand, random);
  return offers;
}

std::vector<Allotment> allot_capped(const retail::Catalogue& catalogue, const Rules& rules,
                                    const Offers& offers, std::uint64_t seed, SimTime now,
                                    std::span<const std::size_t> due,
                                    const personas::Population& population,
                                    const WalletOf& wallet_of, std::vector<std::int64_t>& issued) {
  std::vector<Allotment> allotted;
  if (offers.capped.empty()) return allotted;
  double lane_size[2] = {0, 0};
  for (const auto* lane : {&offers.category_brand, &offers.frontstore, &offers.capped}) {
    for (const std::uint16_t coupon : *lane) {
      if (!catalogue.coupons[coupon].is_offered_at(now)) continue;
      ++lane_size[is_frontstore(catalogue.coupons[coupon])];
    }
  }
  for (const std::size_t who : due) {
    const Wallet& wallet = wallet_of(who);
    // Systematic sampling with one start a lane (as in AffinityPolicy): each coupon's chance is
    // exactly the stated one, no lane gets more than it has places for, and a cap that is reached
    // moves nothing else.
    RandomStream random(seed, static_cast<std::uint32_t>(population[who].agent.value),
                        static_cast<std::uint32_t>(offers.offer_cycle), Purpose::allotment);
    double chance[2], sum[2] = {0, 0}, passed[2];
    for (const int lane : {0, 1}) {
      const Lane slots =
          lane ? Lane{0, rules.frontstore_slots()} : Lane{rules.frontstore_slots(), rules.capacity};
      const int most = lane ? rules.frontstore_per_cycle : rules.category_brand_per_cycle;
      const int places = std::min(free_places(wallet, rules, slots, now), most);
      chance[lane] = lane_size[lane] > 0 ? std::min(1.0, places / lane_size[lane]) : 0;
      passed[lane] = random.uniform();
    }
    for (const std::uint16_t index : offers.capped) {
      if (!catalogue.coupons[index].is_offered_at(now)) continue;
      const int lane = is_frontstore(catalogue.coupons[index]);
      sum[lane] += chance[lane];
      if (sum[lane] <= passed[lane]) continue;
      passed[lane] += 1;
      if (issued[index] >= catalogue.coupons[index].issuance_cap() ||
          holds(wallet, rules, index, now)) {
        continue;
      }
      ++issued[index];
      allotted.push_back({who, index, chance[lane]});
    }
  }
  return allotted;
}

Refresher::Refresher(const retail::Catalogue& catalogue, const Rules& rules,
                     const AssignmentPolicy& policy, std::uint64_t seed)
    : catalogue_(catalogue),
      rules_(rules),
      policy_(policy),
      seed_(seed),
      held_(catalogue.coupons.size()) {}

void Refresher::refresh(Wallet& wallet, const personas::Traits& shopper, const Offers& offers,
                        SimTime now, std::span<const Allotment> allotted, Changes& changes) {
  wallet.expire(now, rules_, changes);
  if (rules_.wallet_rule == WalletRule::replace) wallet.supersede(now, rules_, changes);
  int given[2] = {0, 0};
  for (const Allotment& allotment : allotted) {
    const retail::Coupon& coupon = catalogue_.coupons[allotment.coupon];
    const Lane lane = lane_of(rules_, coupon);
    int slot = lane.from;
    while (slot < lane.to && !wallet.slot(slot).empty()) ++slot;
    FF_ASSERT(slot < lane.to, "a capped coupon was allotted to a full wallet");
    wallet.assign(slot, allotment.coupon, offers.offer_cycle, now, allotment.probability, changes);
    ++given[is_frontstore(coupon)];
  }
  for (int i = 0; i < rules_.capacity; ++i) {
    if (!wallet.slot(i).empty()) held_[wallet.slot(i).coupon] = 1;
  }
  const std::size_t before = changes.assigned.size();
  RandomStream random(seed_, static_cast<std::uint32_t>(shopper.agent.value),
                      static_cast<std::uint32_t>(offers.offer_cycle), Purpose::assignment);
  fill_lane(wallet, shopper, offers, true, now, rules_.frontstore_per_cycle - given[1], random,
            changes);
  changes.n_frontstore = given[1] + static_cast<int>(changes.assigned.size() - before);
  const std::size_t middle = changes.assigned.size();
  fill_lane(wallet, shopper, offers, false, now, rules_.category_brand_per_cycle - given[0], random,
            changes);
  changes.n_category_brand = given[0] + static_cast<int>(changes.assigned.size() - middle);
  for (int i = 0; i < rules_.capacity; ++i) {
    if (!wallet.slot(i).empty()) held_[wallet.slot(i).coupon] = 0;
  }
}

void Refresher::fill_lane(Wallet& wallet, const personas::Traits& shopper, const Offers& offers,
                          bool frontstore, SimTime now, int give_max, RandomStream& random,
                          Changes& changes) {
  const int from = frontstore ? 0 : rules_.frontstore_slots();
  const int to = frontstore ? rules_.frontstore_slots() : rules_.capacity;
  const int count = std::min(to - from - wallet.active(from, to), give_max);
  if (count <= 0) return;
  const std::vector<std::uint16_t>& offered =
      frontstore ? offers.frontstore : offers.category_brand;
  candidates_.resize(offered.size());
  std::size_t n = 0;
  for (const std::uint16_t coupon : offered) {
    candidates_[n] = coupon;
    n += !held_[coupon] &&
         (offers.all_cycle[coupon] || catalogue_.coupons[coupon].is_offered_at(now));
  }
  candidates_.resize(n);
  policy_.choose(catalogue_, shopper, candidates_, count, random, picks_);
  int slot = from;
  for (const Pick& pick : picks_) {
    FF_ASSERT(!held_[pick.coupon], "a policy picked a coupon twice, or one that is active");
    held_[pick.coupon] = 1;
    while (!wallet.slot(slot).empty()) ++slot;
    wallet.assign(slot, pick.coupon, offers.offer_cycle, now, pick.probability, changes);
  }
}

}  // namespace footfall::offers
