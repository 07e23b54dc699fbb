#include "store/sqlite/trips.hpp"

#include "base/assert.hpp"
#include "store/sqlite/journal.hpp"
#include "store/wall_clock.hpp"

namespace footfall::store::sqlite {

SqliteTrips::SqliteTrips(GroupWriter& writer, Database& database, const LiveSetup& setup)
    : writer_(writer),
      database_(database),
      run_(setup.context.run),
      simulated_(setup.simulated),
      rows_(setup.context, *setup.catalogue, *setup.agents),
      mirror_(database, setup) {
  open_ = database.prepare(
      "INSERT INTO shopping_sessions (id, run_id, agent_id, user_id, store_id, sim_hour, kind, "
      "outcome, started_sim_us, recorded_wall_us, n_events, is_simulated, attempt) SELECT ?1, ?2, "
      "?3, ?4, ?5, ?6, ?7, 'open', ?8, ?9, 0, ?10, ?11 WHERE ?11 = 0 OR NOT EXISTS (SELECT 1 FROM "
      "shopping_sessions s WHERE s.id BETWEEN ?1 - ?11 AND ?1 - ?11 + 9 AND s.id <> ?1 AND NOT "
      "(s.outcome = 'abandoned' AND s.n_events = 0)) ON CONFLICT DO NOTHING");
  close_ = database.prepare(
      "UPDATE shopping_sessions SET outcome = ?2, order_id = ?3, ended_sim_us = ?4, "
      "recorded_wall_us = ?5, n_events = ?6 WHERE id = ?1");
  find_ = database.prepare("SELECT ended_sim_us IS NOT NULL FROM shopping_sessions WHERE id = ?1");
  has_order_ = database.prepare(
      "SELECT 1 FROM orders WHERE id = ?1 AND session_id = ?1 UNION ALL "
      "SELECT 1 FROM orders INDEXED BY orders_of_sessions WHERE session_id = ?1 AND session_id <> "
      "id");
  is_order_of_ = database.prepare("SELECT 1 FROM orders WHERE id = ?1 AND session_id = ?2");
  abandon_cart_ = database.prepare(
      "UPDATE carts SET status = 'abandoned', closed_sim_us = ?2, version = version + 1 "
      "WHERE id = ?1 AND status = 'open'");
  event_ = database.prepare(insert_sql(Table::shopping_session_events));
  decision_ = database.prepare(insert_sql(Table::simulation_decisions));
  thought_ = database.prepare(insert_sql(Table::simulation_decisions) + " ON CONFLICT DO NOTHING");
}

Task<OpenStatus> SqliteTrips::open(const SessionOpening& opening) {
  OpenStatus status{};
  std::function<void(Database&)> job = [&](Database&) { status = open_now(opening); };
  co_await writer_.write(std::move(job));
  co_return status;
}

Task<CloseStatus> SqliteTrips::close(const TripEnd& end) {
  CloseStatus status{};
  std::function<void(Database&)> job = [&](Database&) { status = close_now(end); };
  co_await writer_.write(std::move(job));
  co_return status;
}

Task<void> SqliteTrips::note(const retail::RecordBatch& batch) {
  std::function<void(Database&)> job = [&](Database&) { note_now(batch); };
  co_await writer_.write(std::move(job));
}

OpenStatus SqliteTrips::open_now(const SessionOpening& opening) {
  open_.bind(1, opening.session.value)
      .bind(2, run_.value)
      .bind(3, opening.agent.value)
      .bind(4, opening.user.value)
      .bind(6, opening.sim_hour)
      .bind_static(7, opening.idle ? "idle" : "shopping")
      .bind(8, opening.started.us)
      .bind(9, wall_clock_us())
      .bind(10, std::int64_t{simulated_})
      .bind(11, simulated_ ? retail::attempt_of(opening.session) : 0);
  opening.store ? open_.bind(5, opening.store.value) : open_.bind_null(5);
  open_.run();
  if (database_.changes() == 1) return OpenStatus::opened;
  return find(opening.session) == Known::no ? OpenStatus::other_open : OpenStatus::opened_before;
}

SqliteTrips::Known SqliteTrips::find(SessionId session) {
  find_.bind(1, session.value);
  Known known = Known::no;
  if (find_.step()) known = find_.integer(0) != 0 ? Known::ended : Known::open;
  find_.reset();
  return known;
}

bool SqliteTrips::has_order(SessionId session) {
  has_order_.bind(1, session.value);
  const bool has = has_order_.step();
  has_order_.reset();
  return has;
}

bool SqliteTrips::is_order_of(OrderId order, SessionId session) {
  is_order_of_.bind(1, order.value).bind(2, session.value);
  const bool is = is_order_of_.step();
  is_order_of_.reset();
  return is;
}

bool SqliteTrips::is_over(SessionId session) {
  const Known known = find(session);
  return known == Known::ended || (known == Known::open && has_order(session));
}

CloseStatus SqliteTrips::close_now(const TripEnd& end) {
  FF_ASSERT(end.batch->sessions.size() == 1, "the end of a trip holds one session");
  FF_ASSERT(!end.mirror_order || simulated_, "the real shop has its orders here");
  const retail::SessionRecord& session = end.batch->sessions.front();
  const Known known = find(session.id);
  if (known == Known::no) return CloseStatus::not_open;
  const bool bought = session.outcome == retail::SessionOutcome::purchased;
  const bool mirrors = end.mirror_order && known == Known::open;
  if ((!bought || mirrors) && has_order(session.id)) return CloseStatus::has_order;
  if (mirrors) mirror_.write(end, session);
  if (end.order && !is_order_of(end.order, session.id)) return CloseStatus::no_such_order;
  if (known == Known::ended) return CloseStatus::closed_before;
  close_.bind(1, session.id.value)
      .bind_static(2, to_string(session.outcome))
      .bind(4, session.ended.us)
      .bind(5, wall_clock_us())
      .bind(6, std::int64_t{session.events.count});
  end.order ? close_.bind(3, end.order.value) : close_.bind_null(3);
  close_.run();
  if (end.abandon) abandon_cart_.bind(1, end.abandon.value).bind(2, session.ended.us).run();
  noting_ = false;
  rows_.trail(*end.batch, session, *this);
  return CloseStatus::closed;
}

void SqliteTrips::note_now(const retail::RecordBatch& batch) {
  noting_ = true;
  for (const retail::SessionRecord& session : batch.sessions) rows_.trail(batch, session, *this);
}

void SqliteTrips::take(Table table, std::span<const Cell> row) {
  Statement& insert = table == Table::shopping_session_events ? event_
                      : noting_                               ? thought_
                                                              : decision_;
  FF_ASSERT(&insert == &event_ || table == Table::simulation_decisions, "a trail has other rows");
  bind_row(insert, row);
  insert.run();
}

}  // namespace footfall::store::sqlite
