#include "store/postgres/journal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "base/assert.hpp"
#include "base/failure.hpp"
#include "base/text.hpp"
#include "store/journal_rows.hpp"
#include "store/postgres/transaction.hpp"
#include "store/wall_clock.hpp"

namespace footfall::store::postgres {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;  // of a table's rows, copied at once
constexpr std::size_t kEndedAtOnce = 10'000;

std::size_t column_of(Table table, std::string_view name) {
  const auto columns = split_list(info(table).columns, ',');
  const auto found = std::find(columns.begin(), columns.end(), name);
  FF_ASSERT(found != columns.end(), "a table has no such column");
  return static_cast<std::size_t>(found - columns.begin());
}

void append_text(std::string& out, std::string_view text) {
  for (auto special = text.find_first_of("\\\n\r\t"); special != text.npos;
       special = text.find_first_of("\\\n\r\t")) {
    out += text.substr(0, special);
    const char c = text[special];
    out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : "\\\\";
    text.remove_prefix(special + 1);
  }
  out += text;
}

// Several days may come in one commit, and a coupon may be assigned and end within it. Such a
// coupon is written as it ended; coupons that stood before are ended before any is written. So
// places in wallets are free when they are taken, and the rows of all days go in one COPY a table.
class PostgresJournal final : public Journal, private RowSink {
 public:
  PostgresJournal(Connection& connection, const JournalContext& context,
                  const retail::Catalogue& catalogue, const std::vector<Agent>& agents)
      : connection_(connection),
        run_(context.run),
        catalogue_(catalogue),
        rows_(context, catalogue, agents) {}

  void commit(std::span<const JournalEntry> entries) override;

 private:
  using Ended = retail::CouponEndedRecord;

  void open_cycle(const OfferCycleOpening& opening);
  void write_ended(std::span<const JournalEntry> entries);
  void update_ended(std::span<const Ended* const> ended);
  void count(std::span<const JournalEntry> entries);
  void write_use(std::span<const JournalEntry> entries);
  void take(Table table, std::span<const Cell> row) override;
  std::span<const Cell> with_end(std::span<const Cell> coupon);
  void copy(Table table);

  Connection& connection_;
  RunId run_;
  const retail::Catalogue& catalogue_;
  JournalRows rows_;
  std::array<std::string, kTableCount> waiting_;          // rows not yet copied
  std::unordered_map<std::int64_t, const Ended*> ended_;  // of coupons assigned in this commit
  std::vector<Cell> coupon_;
  const std::size_t status_column_ = column_of(Table::user_coupons, "status");
};

void PostgresJournal::commit(std::span<const JournalEntry> entries) {
  for (std::string& rows : waiting_) rows.clear();
  Transaction transaction(connection_, Purpose::write);
  const std::int64_t wall_us = wall_clock_us();
  rows_.set_wall(wall_us);
  write_ended(entries);
  for (const JournalEntry& entry : entries) {
    for (const OfferCycleOpening& opening : entry.openings) open_cycle(opening);
    for (const retail::RecordBatch& batch : entry.ranges) {
      rows_.assigned(batch, *this);
      rows_.refreshes(batch, *this);
    }
    each_session_by_hour(entry, [this](const auto& batch, const auto& session) {
      rows_.session(batch, session, *this);
    });
  }
  for (int table = 0; table < kTableCount; ++table) copy(static_cast<Table>(table));
  count(entries);
  write_use(entries);
  Query state(
      "UPDATE simulation_state SET sim_now_us = $2, updated_wall_us = $3 WHERE run_id = $1");
  connection_.execute(state.add(run_.value).add(entries.back().now.us).add(wall_us));
  transaction.commit();
}

void PostgresJournal::open_cycle(const OfferCycleOpening& opening) {
  Query close("UPDATE offer_cycles SET status = 'closed' WHERE run_id = $1 AND status = 'active'");
  connection_.execute(close.add(run_.value));
  rows_.opening(opening, *this);
  copy(Table::offer_cycles);
}

void PostgresJournal::write_ended(std::span<const JournalEntry> entries) {
  std::unordered_set<std::int64_t> assigned;
  ended_.clear();
  std::vector<const Ended*> before;
  for (const JournalEntry& entry : entries) {
    for (const retail::RecordBatch& batch : entry.ranges) {
      for (const retail::CouponAssignedRecord& row : batch.assigned) assigned.insert(row.id.value);
    }
  }
  for (const JournalEntry& entry : entries) {
    for (const retail::RecordBatch& batch : entry.ranges) {
      for (const Ended& row : batch.ended) {
        if (assigned.contains(row.id.value)) {
          ended_.emplace(row.id.value, &row);
        } else {
          before.push_back(&row);
        }
      }
    }
  }
  for (std::span<const Ended* const> rest = before; !rest.empty();
       rest = rest.subspan(std::min(rest.size(), kEndedAtOnce))) {
    update_ended(rest.first(std::min(rest.size(), kEndedAtOnce)));
  }
}

void PostgresJournal::update_ended(std::span<const Ended* const> ended) {
  std::vector<std::int64_t> ids, moments, orders;
  std::vector<std::string_view> ways;
  for (const Ended* row : ended) {
    ids.push_back(row->id.value);
    ways.push_back(to_string(row->how));
    moments.push_back(row->at.us);
    orders.push_back(row->how == retail::CouponEnd::redeemed ? row->order.value : 0);
  }
  Query update(
      "UPDATE user_coupons c SET status = e.how, ended_sim_us = e.moment, "
      "order_id = nullif(e.order_id, 0) "
      "FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[]) "
      "AS e (id, how, moment, order_id) WHERE c.id = e.id AND c.status = 'active'");
  const Answer answer = connection_.execute(update.add(ids).add(ways).add(moments).add(orders));
  if (answer.affected() != static_cast<std::int64_t>(ended.size())) {
    throw Failure(ended_before(ended.front()->id));
  }
}

void PostgresJournal::count(std::span<const JournalEntry> entries) {
  std::map<std::int64_t, CycleSums> cycles;
  std::map<CouponId, std::int64_t> issues;
  for (const JournalEntry& entry : entries) {
    for (const retail::RecordBatch& batch : entry.ranges) {
      for (const auto& [coupon, issued] : capped_issues(batch, catalogue_))
        issues[coupon] += issued;
      if (batch.refreshes.empty()) continue;
      const CycleSums more = cycle_sums(batch);
      CycleSums& sums = cycles[retail::offer_cycle_id(run_, batch.refreshes[0].offer_cycle).value];
      sums.users += more.users;
      sums.assigned += more.assigned;
      sums.skipped += more.skipped;
      sums.expired += more.expired;
      sums.superseded += more.superseded;
    }
  }
  for (const auto& [cycle, sums] : cycles) {
    Query update(
        "UPDATE offer_cycles SET users_total = users_total + $2, users_done = users_done + $2, "
        "assigned = assigned + $3, skipped_capacity = skipped_capacity + $4, "
        "expired = expired + $5, superseded = superseded + $6 WHERE id = $1");
    update.add(cycle).add(sums.users).add(sums.assigned).add(sums.skipped);
    connection_.execute(update.add(sums.expired).add(sums.superseded));
  }
  for (const auto& [coupon, issued] : issues) {
    Query update(
        "UPDATE run_coupons SET issued_count = issued_count + $3 "
        "WHERE run_id = $1 AND coupon_id = $2");
    const Answer answer = connection_.execute(update.add(run_.value).add(coupon.value).add(issued));
    if (answer.affected() != 1) throw Failure(missing_limit(run_));
  }
}

// The tables refuse what would pass a limit.
void PostgresJournal::write_use(std::span<const JournalEntry> entries) {
  SharedUse use;
  for (const JournalEntry& entry : entries) {
    for (const retail::RecordBatch& batch : entry.ranges) rows_.add_use(batch, use);
  }
  const auto expect_rows = [&](const Answer& answer, std::size_t rows) {
    if (answer.affected() != static_cast<std::int64_t>(rows)) throw Failure(missing_limit(run_));
  };
  if (!use.sold.empty()) {
    std::vector<std::int64_t> stores, products, units;
    for (const auto& [place, sold] : use.sold) {
      stores.push_back(place.first.value);
      products.push_back(place.second.value);
      units.push_back(sold);
    }
    Query sell(
        "UPDATE run_stock s SET on_hand = s.on_hand - u.units "
        "FROM unnest($2::bigint[], $3::bigint[], $4::bigint[]) AS u (store_id, product_id, units) "
        "WHERE s.run_id = $1 AND s.store_id = u.store_id AND s.product_id = u.product_id");
    sell.add(run_.value).add(stores).add(products).add(units);
    expect_rows(connection_.execute(sell), use.sold.size());
  }
  for (const auto& [coupon, redeemed] : use.redeemed) {
    Query update(
        "UPDATE run_coupons SET redeemed_count = redeemed_count + $3, "
        "discount_total_minor = discount_total_minor + $4 WHERE run_id = $1 AND coupon_id = $2");
    update.add(run_.value).add(coupon.value).add(redeemed.count).add(redeemed.discount.minor);
    expect_rows(connection_.execute(update), 1);
  }
}

void PostgresJournal::take(Table table, std::span<const Cell> row) {
  std::string& rows = waiting_[static_cast<std::size_t>(table)];
  append_copy_row(rows, table == Table::user_coupons ? with_end(row) : row);
  if (rows.size() >= kPieceBytes) copy(table);
}

std::span<const Cell> PostgresJournal::with_end(std::span<const Cell> coupon) {
  coupon_.assign(coupon.begin(), coupon.end());
  const auto found = ended_.find(coupon[0].whole);
  if (found == ended_.end()) {
    coupon_.insert(coupon_.end(), {Cell(), Cell()});
    return coupon_;
  }
  const Ended& ended = *found->second;
  coupon_[status_column_] = to_string(ended.how);
  coupon_.emplace_back(ended.at);
  coupon_.push_back(cell_if(ended.how == retail::CouponEnd::redeemed, ended.order));
  return coupon_;
}

void PostgresJournal::copy(Table table) {
  std::string& rows = waiting_[static_cast<std::size_t>(table)];
  if (rows.empty()) return;
  connection_.copy_begin(
      fmt::format("COPY {} ({}{}) FROM STDIN", info(table).name, info(table).columns,
                  table == Table::user_coupons ? ", ended_sim_us, order_id" : ""));
  connection_.copy_data(rows);
  connection_.copy_end();
  rows.clear();
}

}  // namespace

void append_copy_row(std::string& out, std::span<const Cell> row) {
  for (const Cell& cell : row) {
    switch (cell.kind) {
      case Cell::Kind::null:
        out += "\\N";
        break;
      case Cell::Kind::whole: {
        const fmt::format_int digits(cell.whole);
        out.append(digits.data(), digits.size());
        break;
      }
      case Cell::Kind::real:
        fmt::format_to(std::back_inserter(out), "{}", cell.real);
        break;
      case Cell::Kind::text:
        append_text(out, cell.text);
        break;
    }
    out += '\t';
  }
  out.back() = '\n';
}

std::unique_ptr<Journal> make_journal(Connection& connection, const JournalContext& context,
                                      const retail::Catalogue& catalogue,
                                      const std::vector<Agent>& agents) {
  return std::make_unique<PostgresJournal>(connection, context, catalogue, agents);
}

}  // namespace footfall::store::postgres
