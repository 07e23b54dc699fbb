// The journal's class, shared by the two sources that write its rows: journal.cpp (transaction,
// offer cycles, wallets) and journal_sessions.cpp (sessions and what hangs on them).
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "store/sqlite/database.hpp"
#include "store/store.hpp"

namespace footfall::store::sqlite {

class SqliteJournal final : public Journal {
 public:
  SqliteJournal(Database& database, const JournalContext& context,
                const retail::Catalogue& catalogue, const std::vector<Agent>& agents);

  void commit(std::span<const JournalEntry> entries) override;

 private:
  void write_entry(const JournalEntry& entry);
  void write_opening(const OfferCycleOpening& opening);
  void write_assigned(const retail::RecordBatch& batch);
  void write_ended(const retail::RecordBatch& batch);
  void write_refreshes(const retail::RecordBatch& batch);
  void write_session(const retail::RecordBatch& batch, const retail::SessionRecord& session);
  void write_decisions(const retail::RecordBatch& batch, const retail::SessionRecord& session);
  void write_events(const retail::RecordBatch& batch, const retail::SessionRecord& session);
  void write_cart(const retail::RecordBatch& batch, const retail::SessionRecord& session);
  void write_order(const retail::RecordBatch& batch, const retail::SessionRecord& session);
  StoreId store_of(const retail::SessionRecord& session) const;

  Database& database_;
  JournalContext context_;
  const retail::Catalogue& catalogue_;
  const std::vector<Agent>& agents_;
  std::vector<StoreId> home_stores_;        // per shopper; 0: none
  std::vector<std::string> category_json_;  // per category: {"category":"Dairy"
  std::int64_t wall_us_ = 0;
  fmt::memory_buffer text_;
  Statement open_cycle_, close_cycle_, count_cycle_, listing_, assign_, end_, refresh_, session_,
      event_, decision_, cart_, cart_item_, order_, order_item_, discount_, state_;
};

}  // namespace footfall::store::sqlite
