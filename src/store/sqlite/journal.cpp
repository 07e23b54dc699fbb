#include "store/sqlite/journal.hpp"

#include <array>

#include "base/failure.hpp"
#include "store/journal_rows.hpp"
#include "store/wall_clock.hpp"

namespace footfall::store::sqlite {
namespace {

class SqliteJournal final : public Journal, private RowSink {
 public:
  SqliteJournal(Database& database, const JournalContext& context,
                const retail::Catalogue& catalogue, const std::vector<Agent>& agents);

  void commit(std::span<const JournalEntry> entries) override;

 private:
  void write_entry(const JournalEntry& entry);
  void write_ended(const retail::RecordBatch& batch, bool redeemed);
  void count(const retail::RecordBatch& batch);
  void write_use(const SharedUse& use);
  void take(Table table, std::span<const Cell> row) override;

  Database& database_;
  RunId run_;
  const retail::Catalogue& catalogue_;
  JournalRows rows_;
  std::array<Statement, kTableCount> inserts_;
  Statement close_cycle_, count_cycle_, end_, issue_, sell_, redeem_, state_;
};

SqliteJournal::SqliteJournal(Database& database, const JournalContext& context,
                             const retail::Catalogue& catalogue, const std::vector<Agent>& agents)
    : database_(database),
      run_(context.run),
      catalogue_(catalogue),
      rows_(context, catalogue, agents) {
  for (int t = 0; t < kTableCount; ++t) {
    inserts_[static_cast<std::size_t>(t)] = database.prepare(insert_sql(static_cast<Table>(t)));
  }
  close_cycle_ = database.prepare(
      "UPDATE offer_cycles SET status = 'closed' WHERE run_id = ?1 AND status = 'active'");
  count_cycle_ = database.prepare(
      "UPDATE offer_cycles SET users_total = users_total + ?2, users_done = users_done + ?2, "
      "assigned = assigned + ?3, skipped_capacity = skipped_capacity + ?4, expired = expired + ?5, "
      "superseded = superseded + ?6 WHERE id = ?1");
  end_ = database.prepare(
      "UPDATE user_coupons SET status = ?2, ended_sim_us = ?3, order_id = ?4 "
      "WHERE id = ?1 AND status = 'active'");
  issue_ = database.prepare(
      "UPDATE run_coupons SET issued_count = issued_count + ?3 WHERE run_id = ?1 AND coupon_id = "
      "?2");
  sell_ = database.prepare(
      "UPDATE run_stock SET on_hand = on_hand - ?4 WHERE run_id = ?1 AND store_id = ?2 AND "
      "product_id = ?3");
  redeem_ = database.prepare(
      "UPDATE run_coupons SET redeemed_count = redeemed_count + ?3, discount_total_minor = "
      "discount_total_minor + ?4 WHERE run_id = ?1 AND coupon_id = ?2");
  state_ = database.prepare(
      "UPDATE simulation_state SET sim_now_us = ?2, updated_wall_us = ?3 WHERE run_id = ?1");
}

void SqliteJournal::commit(std::span<const JournalEntry> entries) {
  Transaction transaction(database_);
  const std::int64_t wall_us = wall_clock_us();
  rows_.set_wall(wall_us);
  SharedUse use;
  for (const JournalEntry& entry : entries) {
    write_entry(entry);
    for (const retail::RecordBatch& batch : entry.ranges) rows_.add_use(batch, use);
  }
  write_use(use);
  state_.bind(1, run_.value).bind(2, entries.back().now.us).bind(3, wall_us).run();
  transaction.commit();
}

// Redemptions of a day end coupons that were assigned before, or this morning: they are written
// once the assignments stand, the expiries before them.
void SqliteJournal::write_entry(const JournalEntry& entry) {
  for (const OfferCycleOpening& opening : entry.openings) {
    close_cycle_.bind(1, run_.value).run();
    rows_.opening(opening, *this);
  }
  for (const retail::RecordBatch& batch : entry.ranges) write_ended(batch, /*redeemed=*/false);
  for (const retail::RecordBatch& batch : entry.ranges) rows_.assigned(batch, *this);
  for (const retail::RecordBatch& batch : entry.ranges) {
    rows_.refreshes(batch, *this);
    write_ended(batch, /*redeemed=*/true);
    count(batch);
  }
  each_session_by_hour(entry, [this](const auto& batch, const auto& session) {
    rows_.session(batch, session, *this);
  });
}

void SqliteJournal::take(Table table, std::span<const Cell> row) {
  Statement& insert = inserts_[static_cast<std::size_t>(table)];
  bind_row(insert, row);
  insert.run();
}

void SqliteJournal::write_ended(const retail::RecordBatch& batch, bool redeemed) {
  for (const retail::CouponEndedRecord& row : batch.ended) {
    if ((row.how == retail::CouponEnd::redeemed) != redeemed) continue;
    end_.bind(1, row.id.value).bind_static(2, to_string(row.how)).bind(3, row.at.us);
    redeemed ? end_.bind(4, row.order.value) : end_.bind_null(4);
    end_.run();
    if (database_.changes() != 1) throw Failure(ended_before(row.id));
  }
}

void SqliteJournal::count(const retail::RecordBatch& batch) {
  for (const auto& [coupon, issued] : capped_issues(batch, catalogue_)) {
    issue_.bind(1, run_.value).bind(2, coupon.value).bind(3, issued).run();
    if (database_.changes() != 1) throw Failure(missing_limit(run_));
  }
  if (batch.refreshes.empty()) return;
  const CycleSums sums = cycle_sums(batch);
  count_cycle_.bind(1, retail::offer_cycle_id(run_, batch.refreshes[0].offer_cycle).value)
      .bind(2, sums.users)
      .bind(3, sums.assigned)
      .bind(4, sums.skipped)
      .bind(5, sums.expired)
      .bind(6, sums.superseded)
      .run();
}

// The tables refuse what would pass a limit.
void SqliteJournal::write_use(const SharedUse& use) {
  const auto expect_row = [&] {
    if (database_.changes() != 1) throw Failure(missing_limit(run_));
  };
  for (const auto& [place, units] : use.sold) {
    const auto& [store, product] = place;
    sell_.bind(1, run_.value).bind(2, store.value).bind(3, product.value).bind(4, units).run();
    expect_row();
  }
  for (const auto& [coupon, redeemed] : use.redeemed) {
    redeem_.bind(1, run_.value)
        .bind(2, coupon.value)
        .bind(3, redeemed.count)
        .bind(4, redeemed.discount.minor)
        .run();
    expect_row();
  }
}

}  // namespace

std::string insert_sql(Table table) {
  std::string sql =
      fmt::format("INSERT INTO {} ({}) VALUES (?1", info(table).name, info(table).columns);
  for (int i = 2; i <= info(table).column_count; ++i) sql += fmt::format(", ?{}", i);
  return sql + ")";
}

void bind_row(Statement& statement, std::span<const Cell> row) {
  int parameter = 0;
  for (const Cell& cell : row) {
    ++parameter;
    switch (cell.kind) {
      case Cell::Kind::null:
        statement.bind_null(parameter);
        break;
      case Cell::Kind::whole:
        statement.bind(parameter, cell.whole);
        break;
      case Cell::Kind::real:
        statement.bind(parameter, cell.real);
        break;
      case Cell::Kind::text:
        statement.bind_static(parameter, cell.text);
        break;
    }
  }
}

std::unique_ptr<Journal> make_journal(Database& database, const JournalContext& context,
                                      const retail::Catalogue& catalogue,
                                      const std::vector<Agent>& agents) {
  return std::make_unique<SqliteJournal>(database, context, catalogue, agents);
}

}  // namespace footfall::store::sqlite
