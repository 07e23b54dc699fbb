#include "store/postgres/live.hpp"

#include "store/postgres/accounts.hpp"
#include "store/postgres/offer_book.hpp"
#include "store/postgres/offer_desk.hpp"
#include "store/postgres/order_history.hpp"
#include "store/postgres/postgres_store.hpp"
#include "store/postgres/shop.hpp"
#include "store/postgres/trips.hpp"
#include "store/wall_clock.hpp"

namespace footfall::store::postgres {
namespace {

// Whether a run has limited stock or redemption caps: 1 or 0.
constexpr const char* kIsLimited =
    "SELECT CASE WHEN EXISTS (SELECT 1 FROM footfall.run_stock WHERE run_id = $1) OR EXISTS "
    "(SELECT 1 FROM footfall.run_coupons WHERE run_id = $1 AND (max_redemptions IS NOT NULL OR "
    "max_discount_total_minor IS NOT NULL)) THEN 1 ELSE 0 END AS limited";

std::shared_ptr<PoolBound> make_bound(const LiveLimits& limits) {
  return std::make_shared<PoolBound>(limits.pool + limits.pool_extra);
}

std::shared_ptr<Units> make_units(const std::string& url, const LiveLimits& limits,
                                  const boost::asio::any_io_executor& executor) {
  PoolLimits pool;
  pool.keep_statements = limits.keep_statements;
  pool.kept = limits.pool;
  pool.extra = limits.pool_extra;
  pool.wait_max = std::chrono::milliseconds(limits.wait_timeout_ms);
  pool.timeouts = {limits.connect_timeout_ms, limits.statement_timeout_ms, limits.lock_timeout_ms};
  return std::make_shared<Units>(executor, url, pool,
                                 std::chrono::milliseconds(limits.reconnect_timeout_ms),
                                 limits.bound ? limits.bound : make_bound(limits));
}

LiveCounts counts_of(const Units& units) {
  const PoolCounts now = units.pool().counts();
  LiveCounts counts;
  counts.transactions = units.begun();
  counts.retries = units.retries();
  counts.lost = now.lost;
  counts.refused = now.refused;
  counts.connections = now.open;
  counts.busy = now.busy;
  counts.connections_peak = now.open_peak;
  counts.waiting = now.waiting;
  counts.waiting_peak = now.waiting_peak;
  return counts;
}

class PostgresLive final : public LiveStore {
 public:
  PostgresLive(std::shared_ptr<Units> units, const LiveSetup& setup, bool limited)
      : units_(std::move(units)),
        trips_(*units_, setup),
        shop_(*units_, setup, trips_, limited),
        offers_(*units_, setup),
        orders_(*units_, setup.context.run),
        book_(*units_, setup.context.run),
        run_(setup.context.run) {}

  Shop& shop() override { return shop_; }
  TripJournal& trips() override { return trips_; }
  OfferDesk& offers() override { return offers_; }
  OrderHistory& orders() override { return orders_; }
  OfferBook& book() override { return book_; }
  Task<bool> still_held(const std::string& holder) override {
    Query query(
        "UPDATE footfall.simulation_state SET held_wall_us = $3 WHERE run_id = $1 AND holder = $2 "
        "RETURNING run_id");
    query.add(run_.value).add(std::string_view(holder)).add(wall_clock_us());
    const Answer answer = co_await units_->call(query, /*repeatable=*/true);
    co_return answer.rows() == 1;
  }
  LiveCounts counts() const override { return counts_of(*units_); }

 private:
  std::shared_ptr<Units> units_;
  PostgresTrips trips_;
  PostgresShop shop_;
  PostgresOfferDesk offers_;
  PostgresOrderHistory orders_;
  PostgresOfferBook book_;
  RunId run_;
};

class PostgresLiveDatabase final : public LiveDatabase {
 public:
  explicit PostgresLiveDatabase(std::shared_ptr<Units> units)
      : units_(std::move(units)), accounts_(*units_) {}

  Task<std::unique_ptr<LiveStore>> open(const LiveSetup& setup) override {
    Query query(kIsLimited);
    query.add(setup.context.run.value);
    const Answer answer = co_await units_->call(query, /*repeatable=*/true);
    const bool limited = answer.integer(0, 0) != 0;
    co_return std::make_unique<PostgresLive>(units_, setup, limited);
  }

  Accounts& accounts() override { return accounts_; }

  Task<void> ping() override {
    const Query query("SELECT 1");
    co_await units_->call(query, /*repeatable=*/false);
  }

  LiveCounts counts() const override { return counts_of(*units_); }

 private:
  std::shared_ptr<Units> units_;
  PostgresAccounts accounts_;
};

}  // namespace

Result<std::unique_ptr<LiveStore>> open_live(const std::string& url, const LiveSetup& setup,
                                             const LiveLimits& limits,
                                             boost::asio::any_io_executor executor) {
  const auto reader = open_reader(url);
  if (!reader) return reader.error();
  const std::int64_t run[] = {setup.context.run.value};
  const Rows rows = (*reader)->query(kIsLimited, run);
  const bool limited = std::get<std::int64_t>(rows.rows[0][0]) != 0;
  return std::unique_ptr<LiveStore>(
      new PostgresLive(make_units(url, limits, executor), setup, limited));
}

Result<std::vector<std::shared_ptr<LiveDatabase>>> open_live_databases(
    const std::string& url, const LiveLimits& limits,
    std::span<const boost::asio::any_io_executor> executors) {
  if (const auto reader = open_reader(url); !reader) return reader.error();
  LiveLimits shared = limits;
  if (!shared.bound) shared.bound = make_bound(limits);
  std::vector<std::shared_ptr<LiveDatabase>> databases;
  for (const auto& executor : executors) {
    databases.push_back(std::make_shared<PostgresLiveDatabase>(make_units(url, shared, executor)));
  }
  return databases;
}

}  // namespace footfall::store::postgres
