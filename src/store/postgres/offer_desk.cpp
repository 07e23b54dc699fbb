#include "store/postgres/offer_desk.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "store/postgres/arrays.hpp"
#include "store/wall_clock.hpp"

namespace footfall::store::postgres {
namespace {

// Columns of refresh_claim; allot_claim begins with the same.
enum Claim { kUsers, kOwners, kIds, kCoupons, kSlots, kFronts, kAssigned };
enum RefreshClaim { kAllottedUsers = 7, kAllottedCoupons, kProbabilities };
enum AllotClaim { kCapped = 7, kIssued };

ClaimedWallet& wallet_of(std::vector<ClaimedWallet>& wallets, std::int64_t user) {
  const auto at = std::lower_bound(wallets.begin(), wallets.end(), UserId{user},
                                   [](const ClaimedWallet& w, UserId id) { return w.user < id; });
  FF_ASSERT(at != wallets.end() && at->user.value == user,
            "a wallet was read that was not asked for");
  return *at;
}

}  // namespace

PostgresOfferDesk::PostgresOfferDesk(Units& units, const LiveSetup& setup)
    : units_(units), context_(setup.context), catalogue_(*setup.catalogue) {}

Task<bool> PostgresOfferDesk::open_cycle(const OfferCycleOpening& opening,
                                         std::span<const DueRefresh> due) {
  std::vector<std::int64_t> listings, positions, products, prices;
  std::vector<std::string_view> categories;
  for (const retail::Listing& listing : opening.shelf.listings) {
    std::int64_t position = 0;
    for (const retail::ListedProduct& listed : listing.products) {
      listings.push_back(listing.id.value);
      positions.push_back(++position);
      categories.push_back(catalogue_.categories[listing.category]);
      products.push_back(catalogue_.products[listed.product].id.value);
      prices.push_back(listed.price.minor);
    }
  }
  Query query(
      "SELECT footfall.cycle_open($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)");
  query.add(retail::offer_cycle_id(context_.run, opening.offer_cycle).value)
      .add(context_.run.value)
      .add(opening.offer_cycle)
      .add(opening.starts.us)
      .add(opening.ends.us)
      .add(std::string_view(context_.policy))
      .add(std::int64_t{context_.policy_version})
      .add(listings)
      .add(positions)
      .add(categories)
      .add(products)
      .add(prices)
      .add(column(due, [](const DueRefresh& row) { return row.user.value; }))
      .add(column(due, [](const DueRefresh& row) { return row.due.us; }));
  const Answer answer = co_await units_.call(query, /*repeatable=*/true);
  co_return answer.text(0, 0) == "t";
}

Task<std::int64_t> PostgresOfferDesk::allot(std::int64_t offer_cycle, SimTime at,
                                            const Allot& decide) {
  const OfferCycleId cycle = retail::offer_cycle_id(context_.run, offer_cycle);
  auto work = [&] { return try_allot(cycle, at, decide); };
  const std::int64_t handed_out = co_await repeat(units_, /*repeatable=*/true, work);
  co_return handed_out;
}

Task<std::int64_t> PostgresOfferDesk::try_allot(OfferCycleId cycle, SimTime at,
                                                const Allot& decide) {
  Unit unit = co_await units_.open();
  std::vector<Query> queries;
  queries.emplace_back("SELECT * FROM footfall.allot_claim($1, $2, $3)")
      .add(context_.run.value)
      .add(cycle.value)
      .add(at.us);
  const std::vector<Answer> read = co_await unit.begin(std::move(queries));
  const std::vector<ClaimedWallet> wallets = wallets_of(read[0]);
  const auto capped = read[0].integers(0, kCapped), issued = read[0].integers(0, kIssued);
  std::vector<IssuedCount> counts;
  for (std::size_t i = 0; i < capped.size(); ++i) {
    counts.push_back({CouponId{capped[i]}, issued[i]});
  }
  const std::vector<Allotted> allotted = decide(wallets, counts);
  std::vector<double> probabilities;
  for (const Allotted& row : allotted) probabilities.push_back(row.coupon.probability);
  std::vector<Query> writes;
  writes.emplace_back("SELECT footfall.allot_write($1, $2, $3, $4, $5, $6)")
      .add(context_.run.value)
      .add(cycle.value)
      .add(column(wallets, [](const ClaimedWallet& wallet) { return wallet.user.value; }))
      .add(column(allotted, [](const Allotted& row) { return row.user.value; }))
      .add(column(allotted, [](const Allotted& row) { return row.coupon.coupon.value; }))
      .add(std::string_view(doubles(probabilities)));
  co_await unit.commit(std::move(writes));
  co_return static_cast<std::int64_t>(allotted.size());
}

Task<int> PostgresOfferDesk::refresh(std::int64_t offer_cycle, SimTime at, int at_most, UserId user,
                                     bool allotted_only, const Refill& refill) {
  const OfferCycleId cycle = retail::offer_cycle_id(context_.run, offer_cycle);
  auto work = [&] { return try_refresh(cycle, at, at_most, user, allotted_only, refill); };
  const int done = co_await repeat(units_, /*repeatable=*/true, work);
  co_return done;
}

Task<int> PostgresOfferDesk::try_refresh(OfferCycleId cycle, SimTime at, int at_most, UserId user,
                                         bool allotted_only, const Refill& refill) {
  Unit unit = co_await units_.open();
  std::vector<Query> queries;
  Query& claim =
      queries.emplace_back("SELECT * FROM footfall.refresh_claim($1, $2, $3, $4, $5, $6)");
  claim.add(context_.run.value).add(cycle.value).add(at.us).add(std::int64_t{at_most});
  add_id(claim, user);
  add_bool(claim, allotted_only);
  const std::vector<Answer> read = co_await unit.begin(std::move(queries));
  std::vector<ClaimedWallet> wallets = wallets_of(read[0]);
  if (wallets.empty()) {
    co_await unit.rollback();
    co_return 0;
  }
  const auto owners = read[0].integers(0, kAllottedUsers),
             coupons = read[0].integers(0, kAllottedCoupons);
  const auto probabilities = words(read[0].text(0, kProbabilities));
  for (std::size_t i = 0; i < owners.size(); ++i) {
    wallet_of(wallets, owners[i])
        .allotted.push_back({CouponId{coupons[i]}, parse_double(probabilities[i]).value()});
  }
  const std::vector<RefilledWallet> refilled = refill(wallets);
  FF_ASSERT(refilled.size() == wallets.size(), "a refill forgot a wallet");
  std::vector<Query> writes;
  writes.push_back(write_query(cycle, at, refilled));
  co_await unit.commit(std::move(writes));
  co_return static_cast<int>(refilled.size());
}

// In user order, whatever the order in which they were claimed.
std::vector<ClaimedWallet> PostgresOfferDesk::wallets_of(const Answer& row) const {
  std::vector<ClaimedWallet> wallets;
  for (const std::int64_t user : row.integers(0, kUsers)) wallets.push_back({UserId{user}, {}, {}});
  std::sort(wallets.begin(), wallets.end(),
            [](const ClaimedWallet& a, const ClaimedWallet& b) { return a.user < b.user; });
  const auto owners = row.integers(0, kOwners), ids = row.integers(0, kIds),
             coupons = row.integers(0, kCoupons), slots = row.integers(0, kSlots),
             fronts = row.integers(0, kFronts), assigned = row.integers(0, kAssigned);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const int offset = fronts[i] ? 0 : context_.slots.frontstore;
    wallet_of(wallets, owners[i])
        .held.push_back({UserCouponId{ids[i]}, CouponId{coupons[i]},
                         static_cast<int>(slots[i]) + offset, SimTime{assigned[i]}});
  }
  for (ClaimedWallet& wallet : wallets) {
    std::sort(wallet.held.begin(), wallet.held.end(),
              [](const HeldCoupon& a, const HeldCoupon& b) { return a.id < b.id; });
  }
  return wallets;
}

Query PostgresOfferDesk::write_query(OfferCycleId cycle, SimTime at,
                                     const std::vector<RefilledWallet>& wallets) const {
  std::vector<EndedCoupon> ended;
  std::vector<std::string_view> ended_as;
  std::vector<NewCoupon> added;
  std::vector<std::int64_t> owners;
  std::vector<double> probabilities;
  for (const RefilledWallet& wallet : wallets) {
    ended.insert(ended.end(), wallet.ended.begin(), wallet.ended.end());
    added.insert(added.end(), wallet.assigned.begin(), wallet.assigned.end());
    owners.resize(added.size(), wallet.user.value);
  }
  for (const EndedCoupon& row : ended) ended_as.push_back(to_string(row.how));
  for (const NewCoupon& row : added) probabilities.push_back(row.probability);
  Query query(
      "SELECT footfall.refresh_write($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, "
      "$15, $16, $17, $18, $19, $20, $21)");
  query.add(context_.run.value)
      .add(cycle.value)
      .add(at.us)
      .add((at + context_.coupon_life).us)
      .add(std::string_view(context_.policy))
      .add(std::int64_t{context_.policy_version})
      .add(std::int64_t{context_.slots.frontstore});
  query.add(column(ended, [](const EndedCoupon& row) { return row.id.value; }))
      .add(ended_as)
      .add(column(ended, [](const EndedCoupon& row) { return row.at.us; }))
      .add(column(added, [](const NewCoupon& row) { return row.id.value; }))
      .add(owners)
      .add(column(added, [](const NewCoupon& row) { return row.coupon.value; }))
      .add(column(added, [](const NewCoupon& row) { return std::int64_t{row.slot}; }))
      .add(std::string_view(doubles(probabilities)));
  const auto count = [&](int RefilledWallet::*member) {
    return column(wallets,
                  [&](const RefilledWallet& wallet) { return std::int64_t{wallet.*member}; });
  };
  query.add(column(wallets, [](const RefilledWallet& wallet) { return wallet.user.value; }))
      .add(count(&RefilledWallet::n_frontstore))
      .add(count(&RefilledWallet::n_category_brand))
      .add(count(&RefilledWallet::n_skipped))
      .add(count(&RefilledWallet::n_expired))
      .add(count(&RefilledWallet::n_superseded));
  return query;
}

Task<std::int64_t> PostgresOfferDesk::expire(SimTime at) {
  std::int64_t expired = 0;
  std::optional<std::int64_t> from = 0;
  while (from) {
    Query query("SELECT ended, go_on FROM footfall.expire_from($1, $2, $3, $4)");
    query.add(context_.run.value).add(at.us).add(*from).add(kExpireAtOnce);
    const Answer answer = co_await units_.call(query, /*repeatable=*/true);
    expired += answer.integer(0, 0);
    from = answer.is_null(0, 1) ? std::nullopt : std::optional(answer.integer(0, 1));
  }
  Query drop("SELECT footfall.drop_keys($1, $2)");
  drop.add(wall_clock_us()).add(kKeysAtOnce);
  co_await units_.call(drop, /*repeatable=*/true);
  co_return expired;
}

Task<bool> PostgresOfferDesk::advance(SimTime now) {
  Query query(
      "UPDATE footfall.simulation_state SET sim_now_us = $2, updated_wall_us = $3, version = "
      "version + 1 WHERE run_id = $1 AND sim_now_us <= $2");
  query.add(context_.run.value).add(now.us).add(wall_clock_us());
  const Answer answer = co_await units_.call(query, /*repeatable=*/true);
  co_return answer.affected() == 1;
}

}  // namespace footfall::store::postgres
