// A run's records as rows of the database's tables. Adapters bind, copy or collect the cells that
// come out; a live PostgreSQL's functions take some of the columns alone (postgres/trips.cpp).
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "retail/records.hpp"
#include "store/cell.hpp"
#include "store/journal.hpp"
#include "store/store.hpp"
#include "store/trip_journal.hpp"

namespace footfall::store {

enum class Table : std::uint8_t {
  offer_cycles,
  listings,
  user_coupons,
  user_offer_cycles,
  shopping_sessions,
  shopping_session_events,
  simulation_decisions,
  carts,
  cart_items,
  orders,
  order_items,
  order_discounts,
  coupon_events,
};
inline constexpr int kTableCount = 13;

struct TableInfo {
  std::string_view name;
  std::string_view columns;  // separated by ", ", in the order in which rows hold them
  int column_count;
};
const TableInfo& info(Table table);

class RowSink {
 public:
  virtual ~RowSink() = default;
  // `row` holds one cell a column of info(table).columns, valid during the call.
  virtual void take(Table table, std::span<const Cell> row) = 0;
};

// What orders took of what a run's shoppers share: for run_stock and run_coupons. Empty where
// nothing is limited.
struct SharedUse {
  struct Redeemed {
    std::int64_t count = 0;
    Money discount;
  };
  std::map<std::pair<StoreId, ProductId>, std::int64_t> sold;  // units of limited goods
  std::map<CouponId, Redeemed> redeemed;  // of coupons with max_redemptions or max_discount_total
};

// Keeps scratch memory: one object per journal, one thread at a time. The catalogue and agents
// (their positions are shopper indexes) must outlive it.
class JournalRows {
 public:
  JournalRows(const JournalContext& context, const retail::Catalogue& catalogue,
              const std::vector<Agent>& agents);

  // Wall-clock columns get this moment, microseconds since 1970.
  void set_wall(std::int64_t wall_us) { wall_us_ = wall_us; }

  void opening(const OfferCycleOpening& opening, RowSink& sink);
  void assigned(const retail::RecordBatch& batch, RowSink& sink);
  // What a session held elsewhere, as rows of user_coupons. A coupon's slot is its place in the
  // catalogue: the same coupon has one place.
  void held(const TripEnd& end, const retail::SessionRecord& session, RowSink& sink);
  void refreshes(const retail::RecordBatch& batch, RowSink& sink);
  // Everything that a thought left: decisions; session and events; cart; order.
  void session(const retail::RecordBatch& batch, const retail::SessionRecord& session,
               RowSink& sink);
  // Its cart and order alone, where the rest stands already or comes apart.
  void cart_and_order(const retail::RecordBatch& batch, const retail::SessionRecord& session,
                      RowSink& sink);
  // Its decisions and events alone, where session, cart and order stand already.
  void trail(const retail::RecordBatch& batch, const retail::SessionRecord& session, RowSink& sink);

  // Adds what the batch's orders took.
  void add_use(const retail::RecordBatch& batch, SharedUse& use) const;

  // Home store of a shopper; 0: none.
  StoreId store_of(std::uint32_t shopper) const { return home_stores_[shopper]; }

 private:
  void decisions(const retail::RecordBatch& batch, const retail::SessionRecord& session,
                 RowSink& sink);
  void events(const retail::RecordBatch& batch, const retail::SessionRecord& session,
              RowSink& sink);
  void cart(const retail::RecordBatch& batch, const retail::SessionRecord& session, RowSink& sink);
  void order(const retail::RecordBatch& batch, const retail::SessionRecord& session, RowSink& sink);
  static void put(RowSink& sink, Table table, std::initializer_list<Cell> row) {
    sink.take(table, std::span(row.begin(), row.size()));
  }

  JournalContext context_;
  const retail::Catalogue& catalogue_;
  const std::vector<Agent>& agents_;
  std::vector<StoreId> home_stores_;
  // By store: for each product, whether it is limited there. Stores without limits are left out.
  std::map<StoreId, std::vector<bool>> limited_;
  std::vector<bool> counted_;               // per coupon: its redemptions are counted
  bool has_counted_ = false;                // some coupon's are
  std::vector<std::string> category_json_;  // per category: {"category":"Dairy"
  std::int64_t wall_us_ = 0;
  fmt::memory_buffer text_;
};

// Sessions of all ranges hour by hour, so that rows arrive in the order of their ids: appended to
// their tables, and the same whatever the number of ranges.
template <typename Visit>
void each_session_by_hour(const JournalEntry& entry, Visit visit) {
  std::vector<std::size_t> next(entry.ranges.size());
  for (bool more = true; more;) {
    more = false;
    std::int64_t hour = INT64_MAX;
    for (std::size_t r = 0; r < next.size(); ++r) {
      const auto& sessions = entry.ranges[r].sessions;
      if (next[r] < sessions.size()) hour = std::min(hour, hour_number(sessions[next[r]].started));
    }
    for (std::size_t r = 0; r < next.size(); ++r) {
      const auto& sessions = entry.ranges[r].sessions;
      for (; next[r] < sessions.size() && hour_number(sessions[next[r]].started) == hour;
           ++next[r]) {
        visit(entry.ranges[r], sessions[next[r]]);
        more = true;
      }
    }
  }
}

// The sentence for a run whose limits are not in the database: it was made from another catalogue
// than it is lived with.
std::string missing_limit(RunId run);
// The sentence for coupons that should be active in the database and are not, `first` or others
// with it: something else has changed the run's rows.
std::string ended_before(UserCouponId first);

// The sentence for an order placed elsewhere that the run's own limits do not allow.
std::string past_limit(RunId run, SessionId session);

// What a batch adds to its offer cycle's row. A batch belongs to one offer cycle.
struct CycleSums {
  std::int64_t users = 0, assigned = 0, skipped = 0, expired = 0, superseded = 0;
};
CycleSums cycle_sums(const retail::RecordBatch& batch);

// How many of each capped coupon a batch gave out, by coupon id.
std::map<CouponId, std::int64_t> capped_issues(const retail::RecordBatch& batch,
                                               const retail::Catalogue& catalogue);

}  // namespace footfall::store
