#include "store/sqlite/mirror.hpp"

#include <algorithm>
#include <map>

#include "base/failure.hpp"
#include "store/sqlite/journal.hpp"
#include "store/wall_clock.hpp"

namespace footfall::store::sqlite {

Mirror::Mirror(Database& database, const LiveSetup& setup)
    : database_(database),
      run_(setup.context.run),
      catalogue_(*setup.catalogue),
      agents_(*setup.agents),
      rows_(setup.context, *setup.catalogue, *setup.agents) {
  for (const Table table : {Table::carts, Table::cart_items, Table::orders, Table::order_items,
                            Table::order_discounts, Table::coupon_events}) {
    inserts_[static_cast<std::size_t>(table)] = database.prepare(insert_sql(table));
  }
  replace_ = database.prepare(
      "UPDATE user_coupons SET status = CASE WHEN expires_sim_us <= ?5 THEN 'expired' ELSE "
      "'superseded' END, ended_sim_us = min(expires_sim_us, ?5) WHERE run_id = ?1 AND user_id = ?2 "
      "AND coupon_id = ?3 AND id <> ?4 AND status = 'active' AND assigned_sim_us < ?5");
  extend_ = database.prepare(
      "UPDATE user_coupons SET expires_sim_us = ?2 WHERE id = ?1 AND status = 'active' AND "
      "expires_sim_us < ?2");
  hold_ = database.prepare(insert_sql(Table::user_coupons) + " ON CONFLICT DO NOTHING");
  redeem_ = database.prepare(
      "UPDATE user_coupons SET status = 'redeemed', order_id = ?2, ended_sim_us = ?3 WHERE id = ?1 "
      "AND user_id = ?4 AND run_id = ?5 AND coupon_id = ?6 AND status = 'active' AND "
      "assigned_sim_us <= ?3 AND ?3 < expires_sim_us");
  sell_ = database.prepare(
      "UPDATE run_stock SET on_hand = on_hand - ?4 WHERE run_id = ?1 AND store_id = ?2 AND "
      "product_id = ?3 AND on_hand >= ?4");
  stock_ = database.prepare(
      "SELECT 1 FROM run_stock WHERE run_id = ?1 AND store_id = ?2 AND product_id = ?3");
  use_ = database.prepare(
      "UPDATE run_coupons SET redeemed_count = redeemed_count + 1, discount_total_minor = "
      "discount_total_minor + ?3 WHERE run_id = ?1 AND coupon_id = ?2 AND (max_redemptions IS NOT "
      "NULL OR max_discount_total_minor IS NOT NULL) AND (max_redemptions IS NULL OR "
      "redeemed_count "
      "< max_redemptions) AND (max_discount_total_minor IS NULL OR discount_total_minor + ?3 <= "
      "max_discount_total_minor)");
  capped_ = database.prepare(
      "SELECT 1 FROM run_coupons WHERE run_id = ?1 AND coupon_id = ?2 AND (max_redemptions IS NOT "
      "NULL OR max_discount_total_minor IS NOT NULL)");
}

void Mirror::write(const TripEnd& end, const retail::SessionRecord& session) {
  const retail::RecordBatch& batch = *end.batch;
  hold(end, session);
  retail::RecordBatch known;
  known.lines = batch.lines;
  known.line_discounts = batch.line_discounts;
  for (std::uint32_t i = 0; i < session.discounts.count; ++i) {
    const retail::OrderDiscountRecord& row = batch.discounts[session.discounts.first + i];
    const auto same = [&](const auto& other) { return other.coupon == row.coupon; };
    const bool redeemed = std::any_of(known.discounts.begin(), known.discounts.end(), same);
    if (redeemed || redeem(row, session)) known.discounts.push_back(row);
  }
  retail::SessionRecord record = session;
  record.discounts = {0, static_cast<std::uint32_t>(known.discounts.size())};
  rows_.set_wall(wall_clock_us());
  rows_.cart_and_order(known, record, *this);
  if (session.outcome != retail::SessionOutcome::purchased) return;
  take_stock(known, record);
  take_budgets(known, record);
}

void Mirror::hold(const TripEnd& end, const retail::SessionRecord& session) {
  for (const retail::HeldElsewhereRecord& row : end.batch->held) {
    replace_.bind(1, run_.value)
        .bind(2, agents_[session.shopper].user.value)
        .bind(3, catalogue_.coupons[row.definition].id.value)
        .bind(4, row.id.value)
        .bind(5, session.started.us)
        .run();
    extend_.bind(1, row.id.value).bind(2, row.expires.us).run();
  }
  rows_.held(end, session, *this);
}

// Whether the shopper held the coupon here.
bool Mirror::redeem(const retail::OrderDiscountRecord& row, const retail::SessionRecord& session) {
  redeem_.bind(1, row.coupon.value)
      .bind(2, session.id.value)
      .bind(3, session.placed.us)
      .bind(4, agents_[session.shopper].user.value)
      .bind(5, run_.value)
      .bind(6, catalogue_.coupons[row.definition].id.value)
      .run();
  return database_.changes() == 1;
}

void Mirror::take_stock(const retail::RecordBatch& batch, const retail::SessionRecord& session) {
  const StoreId store = rows_.store_of(session.shopper);
  for (std::uint32_t i = 0; i < session.lines.count; ++i) {
    const retail::CartLine& line = batch.lines[session.lines.first + i];
    const std::int64_t product = catalogue_.products[line.product].id.value;
    sell_.bind(1, run_.value).bind(2, store.value).bind(3, product);
    sell_.bind(4, std::int64_t{line.qty}).run();
    stock_.bind(1, run_.value).bind(2, store.value).bind(3, product);
    expect_taken(stock_, session);
  }
}

void Mirror::take_budgets(const retail::RecordBatch& known, const retail::SessionRecord& session) {
  std::map<CouponId, Money> taken;
  for (const retail::OrderDiscountRecord& row : known.discounts) {
    taken[catalogue_.coupons[row.definition].id] += row.amount;
  }
  for (const auto& [coupon, amount] : taken) {
    use_.bind(1, run_.value).bind(2, coupon.value).bind(3, amount.minor).run();
    capped_.bind(1, run_.value).bind(2, coupon.value);
    expect_taken(capped_, session);
  }
}

// The update before changed a row, or there is none, `limit` says: then nothing limits it.
void Mirror::expect_taken(Statement& limit, const retail::SessionRecord& session) {
  if (database_.changes() == 1) return;
  const bool limited = limit.step();
  limit.reset();
  if (limited) throw Failure(past_limit(run_, session.id));
}

void Mirror::take(Table table, std::span<const Cell> row) {
  Statement& insert =
      table == Table::user_coupons ? hold_ : inserts_[static_cast<std::size_t>(table)];
  bind_row(insert, row);
  insert.run();
}

}  // namespace footfall::store::sqlite
