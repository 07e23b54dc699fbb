#include "store/run_past.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "retail/records.hpp"
#include "store/sql.hpp"
#include "store/wall_clock.hpp"

namespace footfall::store {
namespace {

constexpr std::int64_t kHourIds = 1'000'000'000;  // ids of one hour (retail/records.hpp)

// Sums over no rows are NULL.
std::int64_t sum(const Value& value) { return is_null(value) ? 0 : whole(value); }

retail::SessionOutcome outcome_of(const std::string& name) {
  using retail::SessionOutcome;
  for (const auto outcome :
       {SessionOutcome::abandoned, SessionOutcome::purchased, SessionOutcome::error}) {
    if (to_string(outcome) == name) return outcome;
  }
  return SessionOutcome::browsed;
}

// Sessions that say something: not those that were set aside.
constexpr std::string_view kTold =
    "s.ended_sim_us IS NOT NULL AND NOT (s.outcome = 'abandoned' AND s.n_events = 0)";

std::string with_told(std::string_view sql) {
  std::string out(sql);
  const auto at = out.find("{told}");
  return out.replace(at, 6, kTold);
}

// Rows of hours, by their ids: [first, end).
struct Span {
  Sql& sql;
  std::int64_t first, end;

  std::vector<Value> row(std::string_view text) const {
    const Cell ids[] = {first, end};
    return sql.query(text, ids).rows.at(0);
  }
};

void count_sessions(const Span& rows, PastCounts& counts) {
  const std::vector<Value> row = rows.row(
      with_told("SELECT count(*) AS sessions, "
                "CAST(sum(CASE WHEN s.kind = 'idle' THEN 1 ELSE 0 END) AS BIGINT) AS idle, "
                "CAST(sum(CASE WHEN s.outcome = 'abandoned' THEN 1 ELSE 0 END) AS BIGINT) AS gone, "
                "CAST(sum(CASE WHEN s.outcome = 'error' AND s.n_events > 0 THEN 1 ELSE 0 END) AS "
                "BIGINT) AS failed, "
                "CAST(sum(CASE WHEN s.outcome = 'error' AND s.n_events = 0 THEN 1 ELSE 0 END) AS "
                "BIGINT) AS failures, CAST(sum(s.n_events) AS BIGINT) AS events "
                "FROM shopping_sessions s WHERE s.id >= $1 AND s.id < $2 AND {told}"));
  counts.sessions = whole(row[0]);
  counts.idle_sessions = sum(row[1]);
  counts.trips = counts.sessions - counts.idle_sessions;
  counts.abandoned = sum(row[2]);
  counts.failed = sum(row[3]);
  counts.failures = sum(row[4]);
  counts.events = sum(row[5]);
  counts.wallet_views =
      whole(rows.row("SELECT count(*) AS n FROM shopping_session_events WHERE session_id >= $1 AND "
                     "session_id < $2 AND type = 'view_coupons'")[0]);
}

// Those of sessions, and those of thoughts that came to none.
void count_decisions(const Span& rows, const Span& thought, PastCounts& counts) {
  const std::vector<Value> decided = rows.row(
      "SELECT count(*) AS n, CAST(sum(CASE WHEN d.kind = 'drop_out' AND d.chosen = 1 THEN 1 ELSE 0 "
      "END) AS BIGINT) AS dropped FROM simulation_decisions d JOIN shopping_sessions s ON s.id = "
      "d.visit_id WHERE d.visit_id >= $1 AND d.visit_id < $2");
  const std::vector<Value> thoughts = thought.row(
      "SELECT count(DISTINCT d.visit_id) AS thoughts, count(*) AS n FROM simulation_decisions d "
      "WHERE d.visit_id >= $1 AND d.visit_id < $2 AND NOT EXISTS (SELECT 1 FROM shopping_sessions "
      "s WHERE s.id = d.visit_id)");
  counts.dropped_out = sum(decided[1]);
  counts.decisions = whole(decided[0]) + whole(thoughts[1]);
  counts.thoughts = counts.sessions - counts.failures + whole(thoughts[0]);
}

void count_orders(const Span& rows, PastCounts& counts) {
  const std::vector<Value> orders = rows.row(
      "SELECT count(*) AS n, CAST(sum(o.subtotal_minor) AS BIGINT) AS gross, "
      "CAST(sum(o.discount_minor) AS BIGINT) AS discount, CAST(sum(o.total_minor) AS BIGINT) AS "
      "total FROM orders o JOIN shopping_sessions s ON s.order_id = o.id WHERE o.id >= $1 AND "
      "o.id < $2");
  counts.orders = whole(orders[0]);
  counts.gross = Money{sum(orders[1])};
  counts.discount = Money{sum(orders[2])};
  counts.revenue = Money{sum(orders[3])};
  counts.order_lines = whole(rows.row(
      "SELECT count(*) AS n FROM order_items i JOIN shopping_sessions s ON s.order_id = i.order_id "
      "WHERE i.order_id >= $1 AND i.order_id < $2")[0]);
  counts.coupons_redeemed = whole(rows.row(
      "SELECT count(*) AS n FROM (SELECT DISTINCT d.order_id, d.user_coupon_id FROM "
      "order_discounts d JOIN shopping_sessions s ON s.order_id = d.order_id WHERE d.order_id >= "
      "$1 AND d.order_id < $2) u")[0]);
}

}  // namespace

std::int64_t RunPast::first_id(std::int64_t hour) const {
  return run_.value * retail::kRunSpan + hour * kHourIds;
}

std::vector<PastVisit> RunPast::visits(std::int64_t hour) {
  const Cell ids[] = {first_id(hour), first_id(hour + 1)};
  std::map<std::int64_t, PastVisit> by_agent;
  const auto visit = [&](SessionId id) -> PastVisit& {
    PastVisit& one = by_agent[retail::agent_of(id).value];
    one.agent = retail::agent_of(id);
    one.attempts = std::max(one.attempts, retail::attempt_of(id) + 1);
    return one;
  };
  const Rows carts = sql_.query("SELECT id FROM carts WHERE id >= $1 AND id < $2", ids);
  for (const auto& row : carts.rows) visit(SessionId{whole(row[0])});
  const Rows orders = sql_.query(
      "SELECT o.id AS id FROM orders o WHERE o.id >= $1 AND o.id < $2 AND NOT EXISTS (SELECT 1 "
      "FROM shopping_sessions s WHERE s.id = o.id AND s.ended_sim_us IS NOT NULL)",
      ids);
  for (const auto& row : orders.rows) {
    visit(SessionId{whole(row[0])}).order = OrderId{whole(row[0])};
  }
  const Rows sessions = sql_.query(
      "SELECT id, outcome, n_events, ended_sim_us FROM shopping_sessions WHERE id >= $1 AND id < "
      "$2 ORDER BY id",
      ids);
  for (const auto& row : sessions.rows) {
    const SessionId id{whole(row[0])};
    PastVisit& one = visit(id);
    if (is_null(row[3]))
      one.open = id;
    else
      one.done = one.done || text(row[1]) != "abandoned" || whole(row[2]) > 0;
  }
  std::vector<PastVisit> visits;
  for (const auto& [agent, one] : by_agent) visits.push_back(one);
  return visits;
}

std::vector<OpenSession> RunPast::open_sessions() {
  const Cell run[] = {run_};
  const Rows found = sql_.query(
      "SELECT id, agent_id, user_id, store_id, kind, started_sim_us FROM shopping_sessions "
      "WHERE run_id = $1 AND ended_sim_us IS NULL ORDER BY id",
      run);
  std::vector<OpenSession> sessions;
  for (const auto& row : found.rows) {
    sessions.push_back({SessionId{whole(row[0])}, AgentId{whole(row[1])}, UserId{whole(row[2])},
                        StoreId{sum(row[3])}, text(row[4]) == "idle", SimTime{whole(row[5])}});
  }
  return sessions;
}

PastCounts RunPast::counts(std::int64_t first, std::int64_t last) {
  PastCounts counts;
  const Span rows{sql_, first_id(first), first_id(last + 1)};
  count_sessions(rows, counts);
  count_decisions(rows, {sql_, first_id(first), first_id(last)}, counts);
  count_orders(rows, counts);
  const Cell refreshes[] = {run_, run_.value * retail::kRunSpan,
                            (run_.value + 1) * retail::kRunSpan, first * kHour.us};
  const Rows given = sql_.query(
      "SELECT CAST(sum(u.n_frontstore + u.n_category_brand) AS BIGINT) AS given, "
      "CAST(sum(u.n_expired) AS BIGINT) AS expired, CAST(sum(u.n_superseded) AS BIGINT) AS "
      "superseded FROM user_offer_cycles u JOIN simulation_state r ON r.run_id = $1 WHERE "
      "u.cycle_id >= $2 AND u.cycle_id < $3 AND u.assigned_sim_us >= r.epoch_sim_us + $4",
      refreshes);
  counts.coupons_assigned = sum(given.rows[0][0]);
  counts.coupons_expired = sum(given.rows[0][1]);
  counts.coupons_superseded = sum(given.rows[0][2]);
  return counts;
}

std::vector<AgentId> RunPast::dropped_out(std::int64_t first, std::int64_t last) {
  const Cell ids[] = {first_id(first), first_id(last + 1)};
  const Rows found = sql_.query(
      "SELECT DISTINCT d.agent_id AS agent FROM simulation_decisions d WHERE d.visit_id >= $1 AND "
      "d.visit_id < $2 AND d.kind = 'drop_out' AND d.chosen = 1 ORDER BY 1",
      ids);
  std::vector<AgentId> agents;
  for (const auto& row : found.rows) agents.push_back(AgentId{whole(row[0])});
  return agents;
}

std::vector<PastEnd> RunPast::ends(std::int64_t first, std::int64_t last) {
  const Cell ids[] = {first_id(first), first_id(last + 1)};
  const Rows sessions = sql_.query(
      with_told(
          "SELECT s.id AS id, s.outcome AS outcome FROM shopping_sessions s WHERE s.id >= $1 "
          "AND s.id < $2 AND s.kind = 'shopping' AND s.n_events > 0 AND {told} ORDER BY s.id"),
      ids);
  const Rows lines = sql_.query(
      "SELECT i.cart_id AS cart, i.product_id AS product, i.qty AS qty, i.price_seen_minor AS "
      "price "
      "FROM cart_items i JOIN shopping_sessions s ON s.id = i.cart_id LEFT JOIN (SELECT "
      "session_id, product_id, min(seq) AS seq FROM shopping_session_events WHERE session_id >= $1 "
      "AND session_id < $2 AND type = 'cart_add_item' GROUP BY session_id, product_id) a ON "
      "a.session_id = i.cart_id AND a.product_id = i.product_id WHERE i.cart_id >= $1 AND "
      "i.cart_id < $2 AND s.outcome = 'error' ORDER BY i.cart_id, a.seq",
      ids);
  std::vector<PastEnd> ends;
  auto line = lines.rows.begin();
  for (const auto& row : sessions.rows) {
    const SessionId id{whole(row[0])};
    PastEnd& end = ends.emplace_back();
    end.agent = retail::agent_of(id);
    end.outcome = outcome_of(text(row[1]));
    while (line != lines.rows.end() && whole((*line)[0]) < id.value) ++line;
    for (; line != lines.rows.end() && whole((*line)[0]) == id.value; ++line) {
      end.cart.push_back(
          {ProductId{whole((*line)[1])}, whole((*line)[2]), Money{whole((*line)[3])}});
    }
  }
  return ends;
}

std::optional<std::int64_t> RunPast::latest_hour() {
  const Cell ids[] = {first_id(0), first_id(0) + retail::kRunSpan};
  const Rows found = sql_.query(
      "SELECT (SELECT max(id) FROM shopping_sessions WHERE id >= $1 AND id < $2) AS session, "
      "(SELECT max(id) FROM orders WHERE id >= $1 AND id < $2) AS placed",
      ids);
  const std::int64_t latest = std::max(sum(found.rows[0][0]), sum(found.rows[0][1]));
  if (latest == 0) return std::nullopt;
  return retail::hour_of(SessionId{latest});
}

std::vector<PastCoupon> RunPast::wallet(UserId user, SimTime from, SimTime to) {
  const Cell cells[] = {run_, user, from, to};
  const Rows found = sql_.query(
      "SELECT id, coupon_id, assigned_sim_us, expires_sim_us, ended_sim_us FROM user_coupons "
      "WHERE run_id = $1 AND user_id = $2 AND expires_sim_us > $3 AND assigned_sim_us < $4 AND "
      "(ended_sim_us IS NULL OR ended_sim_us > $3) ORDER BY id",
      cells);
  std::vector<PastCoupon> coupons;
  for (const auto& row : found.rows) {
    coupons.push_back({UserCouponId{whole(row[0])}, CouponId{whole(row[1])}, SimTime{whole(row[2])},
                       SimTime{whole(row[3])},
                       is_null(row[4]) ? std::nullopt : std::optional(SimTime{whole(row[4])})});
  }
  return coupons;
}

std::optional<PastOrder> RunPast::order_of(SessionId session) {
  const Cell cells[] = {session};
  const Rows found = sql_.query(
      "SELECT id, total_minor, placed_sim_us FROM orders WHERE id = $1 AND session_id = $1", cells);
  if (found.rows.empty()) return std::nullopt;
  const std::vector<Value>& row = found.rows[0];
  return PastOrder{OrderId{whole(row[0])}, Money{whole(row[1])}, SimTime{whole(row[2])}};
}

// A checkout of the process that was killed may still be under way: it holds the cart, so it is
// over when the cart can be written.
std::optional<PastOrder> RunPast::set_aside(SessionId session) {
  SqlTransaction transaction(sql_);
  const Cell id[] = {session};
  sql_.change(
      "UPDATE carts SET status = 'abandoned', version = version + 1, closed_sim_us = "
      "created_sim_us WHERE id = $1 AND status = 'open'",
      id);
  sql_.change("UPDATE shopping_sessions SET n_events = n_events WHERE id = $1", id);
  std::optional<PastOrder> order = order_of(session);
  if (!order) {
    const Cell ended[] = {session, wall_clock_us()};
    sql_.change(
        "UPDATE shopping_sessions SET outcome = 'abandoned', ended_sim_us = coalesce((SELECT "
        "c.closed_sim_us FROM carts c WHERE c.id = $1), started_sim_us), recorded_wall_us = $2, "
        "n_events = 0 WHERE id = $1 AND ended_sim_us IS NULL",
        ended);
  }
  transaction.commit();
  return order;
}

std::int64_t RunPast::replay(std::int64_t first, std::int64_t last) {
  const std::string these = with_told(
      "FROM shopping_sessions s {from} WHERE s.id >= $1 AND s.id < $2 AND {told} AND NOT EXISTS "
      "(SELECT 1 FROM shopping_sessions r WHERE r.id = -s.id)");
  const auto from = [&](std::string_view more) {
    std::string out = these;
    return out.replace(out.find("{from}"), 6, more);
  };
  const Cell ids[] = {first_id(first), first_id(last + 1)};
  const Cell ids_and_now[] = {first_id(first), first_id(last + 1), wall_clock_us()};
  SqlTransaction transaction(sql_);
  sql_.change(
      "INSERT INTO shopping_session_events (session_id, seq, run_id, type, occurred_sim_us, "
      "product_id, qty, user_coupon_id, listing_id, amount_minor, payload, schema_version) SELECT "
      "-s.id, e.seq, e.run_id, e.type, e.occurred_sim_us, e.product_id, e.qty, e.user_coupon_id, "
      "e.listing_id, e.amount_minor, e.payload, e.schema_version " +
          from("JOIN shopping_session_events e ON e.session_id = s.id"),
      ids);
  sql_.change(
      "INSERT INTO simulation_decisions (visit_id, step, run_id, agent_id, kind, chosen, "
      "user_coupon_id, probability, draw, features, source, decided_sim_us) SELECT -s.id, d.step, "
      "d.run_id, d.agent_id, d.kind, d.chosen, d.user_coupon_id, d.probability, d.draw, "
      "d.features, d.source, d.decided_sim_us " +
          from("JOIN simulation_decisions d ON d.visit_id = s.id"),
      ids);
  const std::int64_t told = sql_.change(
      "INSERT INTO shopping_sessions (id, run_id, agent_id, user_id, store_id, sim_hour, attempt, "
      "is_replay, kind, outcome, order_id, started_sim_us, ended_sim_us, recorded_wall_us, "
      "n_events, is_simulated, replays_session_id) SELECT -s.id, s.run_id, s.agent_id, s.user_id, "
      "s.store_id, s.sim_hour, s.attempt, 1, s.kind, s.outcome, NULL, s.started_sim_us, "
      "s.ended_sim_us, CAST($3 AS BIGINT), s.n_events, s.is_simulated, s.id " +
          from(""),
      ids_and_now);
  transaction.commit();
  return told;
}

RunPast::Hold RunPast::hold(const std::string& holder, const std::string& instead_of,
                            const std::string& shop) {
  const Cell cells[] = {run_, std::string_view(holder), wall_clock_us(),
                        std::string_view(instead_of),
                        cell_if(!shop.empty(), std::string_view(shop))};
  const std::int64_t taken = sql_.change(
      "UPDATE simulation_state SET holder = $2, held_wall_us = $3, shop = coalesce(shop, $5) WHERE "
      "run_id = $1 AND (holder IS NULL OR holder = $2 OR holder = $4)",
      cells);
  if (taken == 1) return {true, holder, 0};
  const Cell run[] = {run_};
  const Rows found = sql_.query(
      "SELECT coalesce(holder, '') AS holder, coalesce(held_wall_us, 0) AS held, updated_wall_us "
      "FROM simulation_state WHERE run_id = $1",
      run);
  if (found.rows.empty()) return {};
  const std::vector<Value>& row = found.rows[0];
  return {false, text(row[0]), whole(row[1]) + whole(row[2])};
}

void RunPast::release(const std::string& holder) {
  const Cell cells[] = {run_, std::string_view(holder)};
  sql_.change("UPDATE simulation_state SET holder = NULL WHERE run_id = $1 AND holder = $2", cells);
}

}  // namespace footfall::store
