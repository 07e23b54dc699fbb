// What the offer engine has done, on PostgreSQL. See store/offer_book.hpp.
#pragma once

#include "store/offer_book.hpp"
#include "store/postgres/unit.hpp"

namespace footfall::store::postgres {

class PostgresOfferBook final : public OfferBook {
 public:
  PostgresOfferBook(Units& units, RunId run) : units_(units), run_(run) {}

  Task<std::vector<OfferCycleRow>> cycles(std::int64_t before, int at_most) override;
  Task<std::optional<OfferCycleRow>> cycle(std::int64_t seq) override;
  Task<std::optional<RefreshRow>> refresh_of(std::int64_t seq, UserId user) override;
  Task<bool> enroll(std::int64_t seq, UserId user, SimTime due) override;
  Task<bool> bring_forward(std::int64_t seq, UserId user, SimTime due) override;
  Task<std::int64_t> enroll_people(std::int64_t seq, SimTime due) override;
  Task<RunClock> clock() override;

 private:
  // `user` 0: all people.
  Task<std::int64_t> enroll_some(std::int64_t seq, UserId user, SimTime due);

  Units& units_;
  RunId run_;
};

}  // namespace footfall::store::postgres
