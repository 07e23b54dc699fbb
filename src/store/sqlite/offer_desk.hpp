// The offer engine's rows in SQLite. See store/offer_desk.hpp. There is one writer, so a claim is
// done in the job that makes it.
#pragma once

#include <map>

#include "store/journal_rows.hpp"
#include "store/live_store.hpp"
#include "store/sqlite/group_writer.hpp"

namespace footfall::store::sqlite {

class SqliteOfferDesk final : public OfferDesk, private RowSink {
 public:
  // Made, and destroyed, on the writer's thread.
  SqliteOfferDesk(GroupWriter& writer, Database& database, const LiveSetup& setup);

  Task<bool> open_cycle(const OfferCycleOpening& opening, std::span<const DueRefresh> due) override;
  Task<std::int64_t> allot(std::int64_t offer_cycle, SimTime at, const Allot& decide) override;
  Task<int> refresh(std::int64_t offer_cycle, SimTime at, int at_most, UserId user,
                    bool allotted_only, const Refill& refill) override;
  Task<std::int64_t> expire(SimTime at) override;
  Task<bool> advance(SimTime now) override;

 private:
  bool open_now(const OfferCycleOpening& opening, std::span<const DueRefresh> due);
  std::int64_t allot_now(std::int64_t offer_cycle, SimTime at, const Allot& decide);
  std::optional<std::int64_t> expire_now(SimTime at, std::int64_t from, std::int64_t& ended);
  int refresh_now(std::int64_t offer_cycle, SimTime at, int at_most, UserId user,
                  bool allotted_only, const Refill& refill);
  void read_wallet(ClaimedWallet& wallet);
  void read_allotted(OfferCycleId cycle, ClaimedWallet& wallet);
  void write_wallet(OfferCycleId cycle, SimTime at, const RefilledWallet& wallet);
  void take(Table table, std::span<const Cell> row) override;

  GroupWriter& writer_;
  Database& database_;
  JournalContext context_;
  JournalRows rows_;
  Statement known_cycle_, close_cycle_, insert_cycle_, listing_, due_, count_due_;
  Statement unallotted_, wallet_, issued_, allot_, issue_, mark_allotted_;
  Statement claim_, claim_user_, allotted_, end_, assign_, done_, count_cycle_, next_holder_,
      expire_, drop_keys_, advance_;
};

}  // namespace footfall::store::sqlite
