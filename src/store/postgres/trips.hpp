// Live trips on PostgreSQL. See store/trip_journal.hpp.
#pragma once

#include "store/journal_rows.hpp"
#include "store/live_store.hpp"
#include "store/postgres/unit.hpp"

namespace footfall::store::postgres {

class PostgresTrips final : public TripJournal {
 public:
  PostgresTrips(Units& units, const LiveSetup& setup);

  Task<OpenStatus> open(const SessionOpening& opening) override;
  Task<CloseStatus> close(const TripEnd& end) override;
  Task<void> note(const retail::RecordBatch& batch) override;

  // The statement that ends a trip, for the transaction of its checkout.
  Query end_query(const TripEnd& end);

 private:
  // The statements that keep what was held elsewhere.
  std::vector<Query> held_queries(const TripEnd& end);
  // The statement that writes the cart and order of a session that shopped elsewhere.
  Query mirror_query(const TripEnd& end);

  Units& units_;
  RunId run_;
  bool simulated_;
  const retail::Catalogue& catalogue_;
  const std::vector<Agent>& agents_;
  JournalRows rows_;
};

}  // namespace footfall::store::postgres
