// Cart and order of a session that shopped elsewhere, in SQLite. See TripEnd::mirror_order.
#pragma once

#include <array>

#include "store/journal_rows.hpp"
#include "store/live_store.hpp"
#include "store/sqlite/database.hpp"

namespace footfall::store::sqlite {

class Mirror final : private RowSink {
 public:
  // Made, and destroyed, on the writer's thread.
  Mirror(Database& database, const LiveSetup& setup);

  // Within a job of the writer. Throws Failure if the order passes a limit of the run, or if the
  // session has a cart or order here.
  void write(const TripEnd& end, const retail::SessionRecord& session);

 private:
  void hold(const TripEnd& end, const retail::SessionRecord& session);
  bool redeem(const retail::OrderDiscountRecord& row, const retail::SessionRecord& session);
  void take_stock(const retail::RecordBatch& batch, const retail::SessionRecord& session);
  void take_budgets(const retail::RecordBatch& known, const retail::SessionRecord& session);
  void expect_taken(Statement& limit, const retail::SessionRecord& session);
  void take(Table table, std::span<const Cell> row) override;

  Database& database_;
  RunId run_;
  const retail::Catalogue& catalogue_;
  const std::vector<Agent>& agents_;
  JournalRows rows_;
  std::array<Statement, kTableCount> inserts_;
  Statement replace_, extend_, hold_, redeem_, sell_, stock_, use_, capped_;
};

}  // namespace footfall::store::sqlite
