// What the offer engine has done, in SQLite. See store/offer_book.hpp.
#pragma once

#include "store/offer_book.hpp"
#include "store/sqlite/group_writer.hpp"

namespace footfall::store::sqlite {

class SqliteOfferBook final : public OfferBook {
 public:
  // Made, and destroyed, on the writer's thread.
  SqliteOfferBook(GroupWriter& writer, Database& database, RunId run);

  Task<std::vector<OfferCycleRow>> cycles(std::int64_t before, int at_most) override;
  Task<std::optional<OfferCycleRow>> cycle(std::int64_t seq) override;
  Task<std::optional<RefreshRow>> refresh_of(std::int64_t seq, UserId user) override;
  Task<bool> enroll(std::int64_t seq, UserId user, SimTime due) override;
  Task<bool> bring_forward(std::int64_t seq, UserId user, SimTime due) override;
  Task<std::int64_t> enroll_people(std::int64_t seq, SimTime due) override;
  Task<RunClock> clock() override;

 private:
  // Counts what an INSERT has just added.
  std::int64_t count(Database& database, OfferCycleId cycle);

  GroupWriter& writer_;
  RunId run_;
  Statement cycles_, refresh_, enroll_, forward_, enroll_people_, count_, clock_;
};

}  // namespace footfall::store::sqlite
