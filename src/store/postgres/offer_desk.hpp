// The offer engine's rows on PostgreSQL. See store/offer_desk.hpp: chunks are claimed with FOR
// UPDATE SKIP LOCKED, so any number of workers may share an offer cycle.
#pragma once

#include "store/journal_rows.hpp"
#include "store/live_store.hpp"
#include "store/postgres/unit.hpp"

namespace footfall::store::postgres {

class PostgresOfferDesk final : public OfferDesk {
 public:
  PostgresOfferDesk(Units& units, const LiveSetup& setup);

  Task<bool> open_cycle(const OfferCycleOpening& opening, std::span<const DueRefresh> due) override;
  Task<std::int64_t> allot(std::int64_t offer_cycle, SimTime at, const Allot& decide) override;
  Task<int> refresh(std::int64_t offer_cycle, SimTime at, int at_most, UserId user,
                    bool allotted_only, const Refill& refill) override;
  Task<std::int64_t> expire(SimTime at) override;
  Task<bool> advance(SimTime now) override;

 private:
  Task<std::int64_t> try_allot(OfferCycleId cycle, SimTime at, const Allot& decide);
  Task<int> try_refresh(OfferCycleId cycle, SimTime at, int at_most, UserId user,
                        bool allotted_only, const Refill& refill);
  std::vector<ClaimedWallet> wallets_of(const Answer& row) const;
  Query write_query(OfferCycleId cycle, SimTime at,
                    const std::vector<RefilledWallet>& wallets) const;

  Units& units_;
  JournalContext context_;
  const retail::Catalogue& catalogue_;
};

}  // namespace footfall::store::postgres
