#include "store/postgres/live.hpp"

#include "store/postgres/migrations.hpp"
#include "store/postgres/offer_desk.hpp"
#include "store/postgres/postgres_store.hpp"
#include "store/postgres/shop.hpp"
#include "store/postgres/trips.hpp"
#include "store/sql_store.hpp"

namespace footfall::store::postgres {
namespace {

PoolLimits pool_limits(const LiveLimits& limits) {
  PoolLimits pool;
  pool.keep_statements = limits.keep_statements;
  pool.kept = limits.pool;
  pool.extra = limits.pool_extra;
  pool.wait_max = std::chrono::milliseconds(limits.wait_timeout_ms);
  pool.timeouts = {limits.connect_timeout_ms, limits.statement_timeout_ms, limits.lock_timeout_ms};
  return pool;
}

class PostgresLive final : public LiveStore {
 public:
  PostgresLive(const std::string& url, const LiveSetup& setup, const LiveLimits& limits,
               const boost::asio::any_io_executor& executor, bool limited)
      : units_(executor, url, pool_limits(limits),
               std::chrono::milliseconds(limits.reconnect_timeout_ms),
               limits.bound ? limits.bound : std::make_shared<PoolBound>()),
        trips_(units_, setup),
        shop_(units_, setup, trips_, limited),
        offers_(units_, setup) {}

  Shop& shop() override { return shop_; }
  TripJournal& trips() override { return trips_; }
  OfferDesk& offers() override { return offers_; }

  LiveCounts counts() const override {
    const PoolCounts now = units_.pool().counts();
    LiveCounts counts;
    counts.transactions = units_.begun();
    counts.retries = units_.retries();
    counts.lost = now.lost;
    counts.refused = now.refused;
    counts.connections = now.open;
    counts.connections_peak = now.open_peak;
    counts.waiting = now.waiting;
    counts.waiting_peak = now.waiting_peak;
    return counts;
  }

 private:
  Units units_;
  PostgresTrips trips_;
  PostgresShop shop_;
  PostgresOfferDesk offers_;
};

}  // namespace

Result<std::unique_ptr<LiveStore>> open_live(const std::string& url, const LiveSetup& setup,
                                             const LiveLimits& limits,
                                             boost::asio::any_io_executor executor) {
  const auto reader = open_reader(url);
  if (!reader) return reader.error();
  const std::int64_t run[] = {setup.context.run.value};
  const Rows rows = (*reader)->query(
      "SELECT CASE WHEN EXISTS (SELECT 1 FROM run_stock WHERE run_id = $1) OR EXISTS (SELECT 1 "
      "FROM "
      "run_coupons WHERE run_id = $1 AND (max_redemptions IS NOT NULL OR max_discount_total_minor "
      "IS NOT NULL)) THEN 1 ELSE 0 END AS limited",
      run);
  const bool limited = std::get<std::int64_t>(rows.rows[0][0]) != 0;
  return std::unique_ptr<LiveStore>(new PostgresLive(url, setup, limits, executor, limited));
}

}  // namespace footfall::store::postgres
