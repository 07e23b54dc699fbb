#include "store/sqlite/offer_book.hpp"

#include <limits>

#include "retail/records.hpp"

namespace footfall::store::sqlite {

SqliteOfferBook::SqliteOfferBook(GroupWriter& writer, Database& database, RunId run)
    : writer_(writer), run_(run) {
  const auto prepare = [&](const char* sql) { return database.prepare(sql); };
  cycles_ = prepare(
      "SELECT id, seq, starts_sim_us, ends_sim_us, status, policy, policy_version, users_total, "
      "users_done, assigned, skipped_capacity, expired, superseded FROM offer_cycles WHERE run_id "
      "= ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3");
  refresh_ = prepare(
      "SELECT status, coalesce(due_sim_us, assigned_sim_us), assigned_sim_us, n_frontstore, "
      "n_category_brand, n_skipped_capacity, n_expired, n_superseded FROM user_offer_cycles WHERE "
      "cycle_id = ?1 AND user_id = ?2");
  enroll_ = prepare(
      "INSERT INTO user_offer_cycles (cycle_id, user_id, status, due_sim_us) SELECT id, ?2, "
      "'pending', ?3 FROM offer_cycles WHERE id = ?1 ON CONFLICT DO NOTHING");
  forward_ = prepare(
      "UPDATE user_offer_cycles SET due_sim_us = ?3 WHERE cycle_id = ?1 AND user_id = ?2 AND "
      "status = 'pending' AND due_sim_us > ?3");
  enroll_people_ = prepare(
      "INSERT INTO user_offer_cycles (cycle_id, user_id, status, due_sim_us) SELECT c.id, u.id, "
      "'pending', ?2 FROM offer_cycles c, users u WHERE c.id = ?1 AND u.kind = 'human' AND "
      "u.status = 'active' AND NOT EXISTS (SELECT 1 FROM user_offer_cycles e WHERE e.cycle_id = "
      "?1 AND e.user_id = u.id)");
  count_ = prepare("UPDATE offer_cycles SET users_total = users_total + ?2 WHERE id = ?1");
  clock_ = prepare("SELECT sim_now_us, status FROM simulation_state WHERE run_id = ?1");
}

Task<std::vector<OfferCycleRow>> SqliteOfferBook::cycles(std::int64_t before, int at_most) {
  std::vector<OfferCycleRow> rows;
  std::function<void(Database&)> job = [&](Database&) {
    rows.clear();
    cycles_.bind(1, run_.value)
        .bind(2, before < 0 ? std::numeric_limits<std::int64_t>::max() : before)
        .bind(3, std::int64_t{at_most});
    while (cycles_.step()) {
      const auto number = [&](int column) { return cycles_.integer(column); };
      rows.push_back({OfferCycleId{number(0)}, number(1), SimTime{number(2)}, SimTime{number(3)},
                      cycles_.text(4), cycles_.text(5), number(6), number(7), number(8), number(9),
                      number(10), number(11), number(12)});
    }
  };
  co_await writer_.read(std::move(job));
  co_return rows;
}

Task<std::optional<OfferCycleRow>> SqliteOfferBook::cycle(std::int64_t seq) {
  if (!can_be_offer_cycle(seq)) co_return std::nullopt;
  std::vector<OfferCycleRow> rows = co_await cycles(seq + 1, 1);
  if (rows.empty() || rows.front().seq != seq) co_return std::nullopt;
  co_return std::move(rows.front());
}

Task<std::optional<RefreshRow>> SqliteOfferBook::refresh_of(std::int64_t seq, UserId user) {
  std::optional<RefreshRow> row;
  if (!can_be_offer_cycle(seq)) co_return row;
  std::function<void(Database&)> job = [&](Database&) {
    row.reset();
    refresh_.bind(1, retail::offer_cycle_id(run_, seq).value).bind(2, user.value);
    if (!refresh_.step()) return;
    const auto number = [&](int column) { return refresh_.integer(column); };
    row = {refresh_.text(0), SimTime{number(1)}, SimTime{number(2)}, number(3),
           number(4),        number(5),          number(6),          number(7)};
    refresh_.reset();
  };
  co_await writer_.read(std::move(job));
  co_return row;
}

std::int64_t SqliteOfferBook::count(Database& database, OfferCycleId cycle) {
  const std::int64_t added = database.changes();
  if (added > 0) count_.bind(1, cycle.value).bind(2, added).run();
  return added;
}

Task<bool> SqliteOfferBook::enroll(std::int64_t seq, UserId user, SimTime due) {
  if (!can_be_offer_cycle(seq)) co_return false;
  const OfferCycleId cycle = retail::offer_cycle_id(run_, seq);
  bool enrolled = false;
  std::function<void(Database&)> job = [&](Database& database) {
    enroll_.bind(1, cycle.value).bind(2, user.value).bind(3, due.us).run();
    enrolled = count(database, cycle) == 1;
  };
  co_await writer_.write(std::move(job));
  co_return enrolled;
}

Task<bool> SqliteOfferBook::bring_forward(std::int64_t seq, UserId user, SimTime due) {
  if (!can_be_offer_cycle(seq)) co_return false;
  bool brought = false;
  std::function<void(Database&)> job = [&](Database& database) {
    forward_.bind(1, retail::offer_cycle_id(run_, seq).value).bind(2, user.value);
    forward_.bind(3, due.us).run();
    brought = database.changes() == 1;
  };
  co_await writer_.write(std::move(job));
  co_return brought;
}

Task<std::int64_t> SqliteOfferBook::enroll_people(std::int64_t seq, SimTime due) {
  if (!can_be_offer_cycle(seq)) co_return 0;
  const OfferCycleId cycle = retail::offer_cycle_id(run_, seq);
  std::int64_t enrolled = 0;
  std::function<void(Database&)> job = [&](Database& database) {
    enroll_people_.bind(1, cycle.value).bind(2, due.us).run();
    enrolled = count(database, cycle);
  };
  co_await writer_.write(std::move(job));
  co_return enrolled;
}

Task<RunClock> SqliteOfferBook::clock() {
  RunClock now;
  std::function<void(Database&)> job = [&](Database&) {
    clock_.bind(1, run_.value);
    if (!clock_.step()) throw no_such_run(run_);
    now = {SimTime{clock_.integer(0)}, clock_.text(1)};
    clock_.reset();
  };
  co_await writer_.read(std::move(job));
  co_return now;
}

}  // namespace footfall::store::sqlite
