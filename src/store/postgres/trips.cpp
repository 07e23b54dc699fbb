#include "store/postgres/trips.hpp"

#include <array>
#include <string>

#include "base/assert.hpp"
#include "store/postgres/arrays.hpp"
#include "store/wall_clock.hpp"

namespace footfall::store::postgres {
namespace {

// Rows as arrays, a column each, in PostgreSQL's text form: what unnest() takes apart again.
class Columns final : public RowSink {
 public:
  explicit Columns(Table table) : table_(table) {
    columns_.resize(static_cast<std::size_t>(info(table).column_count), "{");
  }

  void take(Table table, std::span<const Cell> row) override {
    if (table != table_) return;
    for (std::size_t i = 0; i < row.size(); ++i) append(columns_[i], row[i]);
    ++rows_;
  }

  std::string_view column(std::size_t i) {
    if (columns_[i].back() != '}') columns_[i] += '}';
    return columns_[i];
  }
  int rows() const { return rows_; }

 private:
  static void append(std::string& out, const Cell& cell) {
    if (out.size() > 1) out += ',';
    switch (cell.kind) {
      case Cell::Kind::null:
        out += "NULL";
        break;
      case Cell::Kind::whole:
        fmt::format_to(std::back_inserter(out), "{}", cell.whole);
        break;
      case Cell::Kind::real:
        fmt::format_to(std::back_inserter(out), "{}", cell.real);
        break;
      case Cell::Kind::text:
        out += '"';
        for (const char c : cell.text) {
          if (c == '"' || c == '\\') out += '\\';
          out += c;
        }
        out += '"';
        break;
    }
  }

  Table table_;
  std::vector<std::string> columns_;
  int rows_ = 0;
};

// Several side by side: each takes the rows of its table.
struct Several final : RowSink {
  explicit Several(std::vector<Columns*> all_columns) : all(std::move(all_columns)) {}
  void take(Table table, std::span<const Cell> row) override {
    for (Columns* columns : all) columns->take(table, row);
  }
  std::vector<Columns*> all;
};

// Of trip_end.
constexpr std::string_view kNeverOpened = "FF004", kHasOrder = "FF005", kNoSuchOrder = "FF006";

// Places of columns in the rows of JournalRows.
constexpr std::array<std::size_t, 8> kEventColumns = {3, 4, 5, 6, 7, 8, 9, 10};
constexpr std::array<std::size_t, 6> kDecisionColumns = {4, 5, 6, 7, 8, 9};
constexpr std::array<std::size_t, 3> kCartItemColumns = {1, 2, 3};
constexpr std::size_t kLineDiscountColumn = 5;  // of order_items
constexpr std::array<std::size_t, 4> kDiscountColumns = {1, 2, 3, 4};

}  // namespace

PostgresTrips::PostgresTrips(Units& units, const LiveSetup& setup)
    : units_(units),
      run_(setup.context.run),
      simulated_(setup.simulated),
      catalogue_(*setup.catalogue),
      agents_(*setup.agents),
      rows_(setup.context, *setup.catalogue, *setup.agents) {}

Task<OpenStatus> PostgresTrips::open(const SessionOpening& opening) {
  Query query("SELECT footfall.trip_open($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
  query.add(opening.session.value)
      .add(run_.value)
      .add(opening.agent.value)
      .add(opening.user.value)
      .add_or_null(opening.store ? std::optional(opening.store.value) : std::nullopt)
      .add(opening.sim_hour)
      .add(std::string_view(opening.idle ? "idle" : "shopping"))
      .add(opening.started.us)
      .add(wall_clock_us())
      .add(std::int64_t{simulated_});
  const Answer answer = co_await units_.call_short(query, opening.user, /*repeatable=*/true);
  const std::int64_t status = answer.integer(0, 0);
  if (status == 0) co_return OpenStatus::opened;
  co_return status == 1 ? OpenStatus::opened_before : OpenStatus::other_open;
}

Task<CloseStatus> PostgresTrips::close(const TripEnd& end) {
  std::vector<Query> queries;
  if (end.mirror_order && !end.batch->held.empty()) queries = held_queries(end);
  if (end.mirror_order) queries.push_back(mirror_query(end));
  queries.push_back(end_query(end));
  try {
    const std::vector<Answer> answers = co_await units_.call(queries, /*repeatable=*/true);
    co_return answers.back().integer(0, 0) < 0 ? CloseStatus::closed_before : CloseStatus::closed;
  } catch (const DatabaseError& error) {
    const std::string_view state = error.sqlstate();
    if (state == kNeverOpened) co_return CloseStatus::not_open;
    if (state == kHasOrder) co_return CloseStatus::has_order;
    if (state == kNoSuchOrder) co_return CloseStatus::no_such_order;
    throw;
  }
}

// Thoughts without a session have decisions alone.
Task<void> PostgresTrips::note(const retail::RecordBatch& batch) {
  Columns decisions(Table::simulation_decisions);
  for (const retail::SessionRecord& session : batch.sessions) {
    rows_.trail(batch, session, decisions);
  }
  if (decisions.rows() == 0) co_return;
  Query query(
      "INSERT INTO footfall.simulation_decisions (visit_id, step, run_id, agent_id, kind, chosen, "
      "user_coupon_id, probability, draw, features, source, decided_sim_us) SELECT * FROM "
      "unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], "
      "$7::bigint[], $8::float8[], $9::float8[], $10::text[], $11::text[], $12::bigint[]) "
      "ON CONFLICT DO NOTHING");
  for (std::size_t i = 0; i < 12; ++i) query.add(decisions.column(i));
  co_await units_.call(query, /*repeatable=*/true);
}

Query PostgresTrips::end_query(const TripEnd& end) {
  FF_ASSERT(end.batch->sessions.size() == 1, "the end of a trip holds one session");
  const retail::SessionRecord& session = end.batch->sessions.front();
  Columns events(Table::shopping_session_events), decisions(Table::simulation_decisions);
  Several both({&events, &decisions});
  rows_.trail(*end.batch, session, both);
  Query query(
      "SELECT footfall.trip_end($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, "
      "$16, $17, $18, $19, $20, $21, $22, $23, $24, $25)");
  query.add(session.id.value)
      .add(run_.value)
      .add(agents_[session.shopper].id.value)
      .add(to_string(session.outcome));
  end.order ? query.add(end.order.value) : query.add_null();
  query.add(session.ended.us).add(wall_clock_us()).add(std::int64_t{retail::kEventSchemaVersion});
  for (const std::size_t column : kEventColumns) query.add(events.column(column));
  for (const std::size_t column : kDecisionColumns) query.add(decisions.column(column));
  query.add(std::string_view("rule")).add(session.started.us);
  end.abandon ? query.add(end.abandon.value) : query.add_null();
  return query;
}

// Told again, they find all as it should be: what has ended since is not active, and the rows
// stand.
std::vector<Query> PostgresTrips::held_queries(const TripEnd& end) {
  FF_ASSERT(end.mirror_order && end.batch->sessions.size() == 1, "held coupons are of a mirror");
  const retail::SessionRecord& session = end.batch->sessions.front();
  Columns held(Table::user_coupons);
  rows_.held(end, session, held);
  Query replace(
      "UPDATE footfall.user_coupons w SET status = CASE WHEN w.expires_sim_us <= $5 THEN 'expired' "
      "ELSE 'superseded' END, ended_sim_us = least(w.expires_sim_us, $5) FROM "
      "unnest($3::bigint[], $4::bigint[]) AS h (id, coupon) WHERE w.run_id = $1 AND w.user_id = $2 "
      "AND w.coupon_id = h.coupon AND w.id <> h.id AND w.status = 'active' AND "
      "w.assigned_sim_us < $5");
  replace.add(run_.value).add(agents_[session.shopper].user.value);
  replace.add(held.column(0)).add(held.column(3)).add(session.started.us);
  Query extend(
      "UPDATE footfall.user_coupons w SET expires_sim_us = h.expires FROM unnest($1::bigint[], "
      "$2::bigint[]) AS h (id, expires) WHERE w.id = h.id AND w.status = 'active' AND "
      "w.expires_sim_us < h.expires");
  extend.add(held.column(0)).add(held.column(12));
  Query insert(
      "INSERT INTO footfall.user_coupons (id, run_id, user_id, coupon_id, cycle_id, lane, slot, "
      "status, policy, policy_version, probability, assigned_sim_us, expires_sim_us) SELECT * FROM "
      "unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], "
      "$7::bigint[], $8::text[], $9::text[], $10::bigint[], $11::float8[], $12::bigint[], "
      "$13::bigint[]) ON CONFLICT DO NOTHING");
  for (std::size_t i = 0; i < 13; ++i) insert.add(held.column(i));
  std::vector<Query> queries;
  queries.push_back(std::move(replace));
  queries.push_back(std::move(extend));
  queries.push_back(std::move(insert));
  return queries;
}

Query PostgresTrips::mirror_query(const TripEnd& end) {
  FF_ASSERT(simulated_, "the real shop has its orders here");
  FF_ASSERT(end.batch->sessions.size() == 1, "the end of a trip holds one session");
  const retail::SessionRecord& session = end.batch->sessions.front();
  const bool bought = session.outcome == retail::SessionOutcome::purchased;
  Columns items(Table::cart_items), lines(Table::order_items), discounts(Table::order_discounts);
  Several all({&items, &lines, &discounts});
  rows_.cart_and_order(*end.batch, session, all);
  Query query(
      "SELECT footfall.trip_mirror($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, "
      "$15, $16, $17, $18, $19, $20)");
  query.add(run_.value).add(agents_[session.shopper].user.value);
  add_id(query, rows_.store_of(session.shopper));
  query.add(session.id.value);
  add_bool(query, bought);
  query.add(std::string_view(catalogue_.currency))
      .add(session.started.us)
      .add(bought ? session.placed.us : session.ended.us)
      .add(wall_clock_us())
      .add(session.subtotal.minor)
      .add(session.discount.minor)
      .add(session.total.minor);
  for (const std::size_t column : kCartItemColumns) query.add(items.column(column));
  query.add(lines.column(kLineDiscountColumn));
  for (const std::size_t column : kDiscountColumns) query.add(discounts.column(column));
  return query;
}

}  // namespace footfall::store::postgres
