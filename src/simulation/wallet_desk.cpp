#include "simulation/wallet_desk.hpp"

#include <algorithm>

#include "store/checkout.hpp"

namespace footfall::simulation {

WalletDesk::WalletDesk(const Plan& plan, const retail::Catalogue& catalogue,
                       const personas::Population& population,
                       const std::vector<store::Agent>& agents,
                       const offers::AssignmentPolicy& policy)
    : plan_(plan),
      catalogue_(catalogue),
      population_(population),
      agents_(agents),
      calendar_{plan.start, plan.rules.cycle_length},
      refresher_(catalogue, plan.rules, policy, plan.seed) {
  for (std::size_t who = 0; who < agents.size(); ++who) {
    shoppers_.emplace_back(agents[who].user, who);
  }
  std::sort(shoppers_.begin(), shoppers_.end());
}

void WalletDesk::open(std::int64_t offer_cycle) {
  offers_ = offers::offers_of(catalogue_, plan_.seed, calendar_, offer_cycle);
}

std::vector<store::DueRefresh> WalletDesk::due(
    std::int64_t offer_cycle, std::span<const std::int16_t> first_refresh_day) const {
  std::vector<store::DueRefresh> due;
  for (const auto& [user, who] : shoppers_) {
    for (SimTime day = calendar_.starts(offer_cycle); day < calendar_.ends(offer_cycle);
         day = day + kDay) {
      if (!offers::is_refresh_day(plan_.rules, calendar_, first_refresh_day[who], day)) continue;
      due.push_back({user, day});
    }
  }
  return due;
}

std::size_t WalletDesk::shopper_of(UserId user) const {
  const auto at =
      std::lower_bound(shoppers_.begin(), shoppers_.end(), std::pair(user, std::size_t{0}));
  FF_ASSERT(at != shoppers_.end() && at->first == user, "a wallet of nobody is to be refreshed");
  return at->second;
}

std::uint16_t WalletDesk::coupon_index(CouponId coupon) const {
  const auto index = store::find_coupon(catalogue_, coupon);
  FF_ASSERT(index.has_value(), "a wallet holds a coupon that the catalogue does not know");
  return *index;
}

offers::Wallet WalletDesk::wallet_of(const store::ClaimedWallet& claimed) {
  offers::Wallet wallet;
  for (const store::HeldCoupon& held : claimed.held) {
    wallet.assign(held.slot, coupon_index(held.coupon), retail::offer_cycle_of(held.id),
                  held.assigned, 1, changes_);
  }
  changes_.clear();
  return wallet;
}

// In shopper order, which decides who gets what is left of a cap.
std::vector<store::Allotted> WalletDesk::allot(std::span<const store::ClaimedWallet> wallets,
                                               std::span<const store::IssuedCount> issued,
                                               SimTime at) {
  std::vector<std::pair<std::size_t, offers::Wallet>> due;
  for (const store::ClaimedWallet& claimed : wallets) {
    due.emplace_back(shopper_of(claimed.user), wallet_of(claimed));
  }
  std::sort(due.begin(), due.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::size_t> order;
  for (const auto& [who, wallet] : due) order.push_back(who);
  std::vector<std::int64_t> counts(catalogue_.coupons.size());
  for (const store::IssuedCount& row : issued) counts[coupon_index(row.coupon)] = row.issued;
  const auto find = [&](std::size_t who) -> const offers::Wallet& {
    return std::lower_bound(due.begin(), due.end(), who,
                            [](const auto& row, std::size_t key) { return row.first < key; })
        ->second;
  };
  std::vector<store::Allotted> allotted;
  for (const offers::Allotment& row : offers::allot_capped(
           catalogue_, plan_.rules, offers_, plan_.seed, at, order, population_, find, counts)) {
    allotted.push_back(
        {agents_[row.shopper].user, {catalogue_.coupons[row.coupon].id, row.probability}});
  }
  return allotted;
}

std::vector<store::RefilledWallet> WalletDesk::refill(std::span<const store::ClaimedWallet> wallets,
                                                      SimTime at) {
  std::vector<store::RefilledWallet> out;
  for (const store::ClaimedWallet& claimed : wallets) {
    const std::size_t who = shopper_of(claimed.user);
    offers::Wallet wallet = wallet_of(claimed);
    std::vector<offers::Allotment> allotted;
    for (const store::AllottedCoupon& row : claimed.allotted) {
      allotted.push_back({who, coupon_index(row.coupon), row.probability});
    }
    changes_.clear();
    refresher_.refresh(wallet, population_[who], offers_, at, allotted, changes_);
    store::RefilledWallet& refilled = out.emplace_back();
    refilled.user = claimed.user;
    for (const offers::Ended& ended : changes_.ended) {
      const auto held = std::find_if(claimed.held.begin(), claimed.held.end(),
                                     [&](const auto& row) { return row.slot == ended.slot; });
      refilled.ended.push_back({held->id, ended.how, ended.at});
    }
    for (const offers::Assigned& assigned : changes_.assigned) {
      refilled.assigned.push_back({retail::user_coupon_id(plan_.run, offers_.offer_cycle,
                                                          population_[who].agent, assigned.slot),
                                   catalogue_.coupons[assigned.coupon].id, assigned.slot,
                                   assigned.probability});
    }
    refilled.n_frontstore = changes_.n_frontstore;
    refilled.n_category_brand = changes_.n_category_brand;
    refilled.n_skipped =
        plan_.rules.per_refresh() - changes_.n_frontstore - changes_.n_category_brand;
    refilled.n_expired = changes_.n_expired;
    refilled.n_superseded = changes_.n_superseded;
  }
  return out;
}

}  // namespace footfall::simulation
