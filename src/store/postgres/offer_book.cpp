#include "store/postgres/offer_book.hpp"

#include <limits>

#include "base/assert.hpp"
#include "retail/records.hpp"
#include "store/postgres/arrays.hpp"

namespace footfall::store::postgres {

Task<std::vector<OfferCycleRow>> PostgresOfferBook::cycles(std::int64_t before, int at_most) {
  Query query(
      "SELECT id, seq, starts_sim_us, ends_sim_us, status, policy, policy_version, users_total, "
      "users_done, assigned, skipped_capacity, expired, superseded FROM footfall.offer_cycles "
      "WHERE run_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3");
  query.add(run_.value)
      .add(before < 0 ? std::numeric_limits<std::int64_t>::max() : before)
      .add(std::int64_t{at_most});
  const Answer answer = co_await units_.call(query, /*repeatable=*/true);
  std::vector<OfferCycleRow> rows;
  for (int row = 0; row < answer.rows(); ++row) {
    const auto number = [&](int column) { return answer.integer(row, column); };
    const auto text = [&](int column) { return std::string(answer.text(row, column)); };
    rows.push_back({OfferCycleId{number(0)}, number(1), SimTime{number(2)}, SimTime{number(3)},
                    text(4), text(5), number(6), number(7), number(8), number(9), number(10),
                    number(11), number(12)});
  }
  co_return rows;
}

Task<std::optional<OfferCycleRow>> PostgresOfferBook::cycle(std::int64_t seq) {
  if (!can_be_offer_cycle(seq)) co_return std::nullopt;
  std::vector<OfferCycleRow> rows = co_await cycles(seq + 1, 1);
  if (rows.empty() || rows.front().seq != seq) co_return std::nullopt;
  co_return std::move(rows.front());
}

Task<std::optional<RefreshRow>> PostgresOfferBook::refresh_of(std::int64_t seq, UserId user) {
  if (!can_be_offer_cycle(seq)) co_return std::nullopt;
  Query query("SELECT * FROM footfall.refresh_of($1, $2)");
  query.add(retail::offer_cycle_id(run_, seq).value).add(user.value);
  const Answer answer = co_await units_.call(query, /*repeatable=*/true);
  if (answer.is_null(0, 0)) co_return std::nullopt;
  const auto number = [&](int column) { return answer.integer(0, column); };
  co_return RefreshRow{std::string(answer.text(0, 0)),
                       SimTime{number(1)},
                       SimTime{number(2)},
                       number(3),
                       number(4),
                       number(5),
                       number(6),
                       number(7)};
}

Task<bool> PostgresOfferBook::enroll(std::int64_t seq, UserId user, SimTime due) {
  FF_ASSERT(user, "nobody is enrolled");
  const std::int64_t enrolled = co_await enroll_some(seq, user, due);
  co_return enrolled == 1;
}

Task<bool> PostgresOfferBook::bring_forward(std::int64_t seq, UserId user, SimTime due) {
  if (!can_be_offer_cycle(seq)) co_return false;
  Query query(
      "UPDATE footfall.user_offer_cycles SET due_sim_us = $3 WHERE cycle_id = $1 AND user_id = $2 "
      "AND status = 'pending' AND due_sim_us > $3");
  query.add(retail::offer_cycle_id(run_, seq).value).add(user.value).add(due.us);
  const Answer answer = co_await units_.call(query, /*repeatable=*/true);
  co_return answer.affected() == 1;
}

Task<std::int64_t> PostgresOfferBook::enroll_people(std::int64_t seq, SimTime due) {
  return enroll_some(seq, {}, due);
}

Task<std::int64_t> PostgresOfferBook::enroll_some(std::int64_t seq, UserId user, SimTime due) {
  if (!can_be_offer_cycle(seq)) co_return 0;
  Query query("SELECT footfall.enroll($1, $2, $3)");
  query.add(retail::offer_cycle_id(run_, seq).value);
  add_id(query, user);
  query.add(due.us);
  const Answer answer = co_await units_.call(query, /*repeatable=*/true);
  co_return answer.integer(0, 0);
}

Task<RunClock> PostgresOfferBook::clock() {
  Query query("SELECT sim_now_us, status FROM footfall.simulation_state WHERE run_id = $1");
  query.add(run_.value);
  const Answer answer = co_await units_.call(query, /*repeatable=*/true);
  if (answer.rows() == 0) throw no_such_run(run_);
  co_return RunClock{SimTime{answer.integer(0, 0)}, std::string(answer.text(0, 1))};
}

}  // namespace footfall::store::postgres
