// Live trips in SQLite. See store/trip_journal.hpp.
#pragma once

#include "store/journal_rows.hpp"
#include "store/live_store.hpp"
#include "store/sqlite/group_writer.hpp"
#include "store/sqlite/mirror.hpp"

namespace footfall::store::sqlite {

class SqliteTrips final : public TripJournal, private RowSink {
 public:
  // Made, and destroyed, on the writer's thread.
  SqliteTrips(GroupWriter& writer, Database& database, const LiveSetup& setup);

  Task<OpenStatus> open(const SessionOpening& opening) override;
  Task<CloseStatus> close(const TripEnd& end) override;
  Task<void> note(const retail::RecordBatch& batch) override;

  // Within a job of the writer.
  CloseStatus close_now(const TripEnd& end);
  // Whether a session is known, and has ended or has its order.
  bool is_over(SessionId session);

 private:
  enum class Known : std::uint8_t { no, open, ended };

  OpenStatus open_now(const SessionOpening& opening);
  Known find(SessionId session);
  bool has_order(SessionId session);
  bool is_order_of(OrderId order, SessionId session);
  void note_now(const retail::RecordBatch& batch);
  void take(Table table, std::span<const Cell> row) override;

  GroupWriter& writer_;
  Database& database_;
  RunId run_;
  bool simulated_;
  JournalRows rows_;
  Mirror mirror_;
  Statement open_, close_, find_, has_order_, is_order_of_, abandon_cart_, event_, decision_,
      thought_;
  bool noting_ = false;  // decisions that may be there already
};

}  // namespace footfall::store::sqlite
