// A database that serves a run, or the real shop, while it happens: shop, trips and offers over one
// writer or pool.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "retail/catalogue.hpp"
#include "store/accounts.hpp"
#include "store/checkout.hpp"
#include "store/offer_book.hpp"
#include "store/offer_desk.hpp"
#include "store/order_history.hpp"
#include "store/shop.hpp"
#include "store/store.hpp"
#include "store/trip_journal.hpp"

namespace footfall::store {

namespace postgres {
struct PoolBound;
}

// What is served. The catalogue and agents must outlive the live store.
struct LiveSetup {
  JournalContext context;  // the run, its rules
  bool simulated = true;
  const retail::Catalogue* catalogue = nullptr;
  const std::vector<Agent>* agents = nullptr;
};

// How the database is reached (R28). SQLite has no pool, and no timeouts but its own.
struct LiveLimits {
  int pool = 50;                // connections that stay open
  int pool_extra = 75;          // and as many more when needed
  bool keep_statements = true;  // prepared, where no pooler stands between
  int connect_timeout_ms = 5'000;
  int statement_timeout_ms = 5'000;
  int lock_timeout_ms = 1'000;
  int wait_timeout_ms = 30'000;       // for a connection
  int reconnect_timeout_ms = 20'000;  // for a database that is gone, by calls that may be repeated
  // Shared by all who open the same database, from whatever threads: pool and pool_extra then bound
  // them together. Null: one of its own.
  std::shared_ptr<postgres::PoolBound> bound;
};

// For the dashboard and for tests.
struct LiveCounts {
  std::int64_t transactions = 0;  // begun, reads and those tried again included
  std::int64_t retries = 0;       // transactions that were tried again
  std::int64_t lost = 0;          // connections that broke
  std::int64_t refused = 0;       // callers who waited too long for a connection
  int connections = 0;            // open now
  int busy = 0;                   // of them
  int connections_peak = 0;
  int waiting = 0;  // callers who wait for a connection now
  int waiting_peak = 0;
};

class LiveStore {
 public:
  virtual ~LiveStore() = default;
  virtual Shop& shop() = 0;
  virtual TripJournal& trips() = 0;
  virtual OfferDesk& offers() = 0;
  virtual OrderHistory& orders() = 0;
  virtual OfferBook& book() = 0;
  // Says that `holder` lives the run still (store/run_past.hpp); false: it is somebody else's now.
  virtual Task<bool> still_held(const std::string& holder) = 0;
  virtual LiveCounts counts() const = 0;
};

// A database open for live stores of several runs, over one writer or pool. Of SQLite one object
// may serve any number of threads; of PostgreSQL it belongs to one io_context thread.
class LiveDatabase {
 public:
  virtual ~LiveDatabase() = default;

  // The live store of a run, or of the real shop (run 0), whose row exists. It shares the writer or
  // pool, and may outlive this object. Throws Failure if the database refuses.
  virtual Task<std::unique_ptr<LiveStore>> open(const LiveSetup& setup) = 0;
  virtual Accounts& accounts() = 0;
  // Answers when the database has; throws Failure if it cannot be asked.
  virtual Task<void> ping() = 0;
  virtual LiveCounts counts() const = 0;
};

}  // namespace footfall::store
