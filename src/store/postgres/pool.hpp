// PostgreSQL connections shared by all coroutines of one io_context (R28). Connections are opened
// when first needed, `kept` stay open, up to `extra` more come and go; the bound counts over all
// pools that share it. Few of them work at once: as many as is fastest (limiter.hpp), divided
// evenly among the pools; the rest wait in order. Not thread-safe: one pool per io_context thread.
// While nothing is leased or awaited and no surplus connection idles, a pool has no timer running,
// so io_context::run() can end.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "store/postgres/connection.hpp"
#include "store/postgres/limiter.hpp"

namespace footfall::store::postgres {

struct PoolLimits {
  int kept = 50;
  int extra = 75;
  int waiting_max = 100'000;                   // more are refused at once
  std::chrono::milliseconds wait_max{30'000};  // for a connection; then refused
  std::chrono::milliseconds idle_max{10'000};  // of a connection beyond `kept`; then closed
  bool keep_statements = true;  // where no pooler stands between, prepare each statement once
  Timeouts timeouts;
};

// What all pools of a program share: how many connections are open, those being opened included,
// and how many of them work at once. Pools may run on several threads.
struct PoolBound {
  explicit PoolBound(int most) : working(most) {}

  std::atomic<int> pools{0};
  std::atomic<int> waiting{0};  // for a turn
  std::atomic<int> open{0};
  // Each pool's open connections, or 1 where it has none: a place is held for it, so that no pool
  // starves beside one whose connections idle. At most kept + extra, or the number of pools.
  std::atomic<int> taken{0};
  Limiter working;
};

// For the dashboard and the tests; counts since the pool was made.
struct PoolCounts {
  int open = 0, busy = 0, waiting = 0;
  int working_limit = 0;  // as many may work at once, over all pools
  int open_peak = 0, waiting_peak = 0;
  std::int64_t batches = 0;  // pipelines answered
  std::int64_t ridden = 0;   // calls that shared another's turn
  std::int64_t opened = 0;   // connections made
  std::int64_t lost = 0;     // connections that broke
  std::int64_t refused = 0;  // callers who waited too long, or found too many waiting
};

struct PoolState;
struct PoolSlot;

// The right to one connection for one transaction; give it back by destroying it. May outlive the
// pool, and an unfinished run(): then its connection is closed.
class Lease {
 public:
  Lease(Lease&&) noexcept;
  Lease& operator=(Lease&&) = delete;
  ~Lease();

  // Sends the queries as one pipeline and takes all answers, one a query. Throws DatabaseError if
  // one was refused (the transaction, if one is open, is then over: the pool rolls it back when the
  // lease ends), if the connection broke, or if no answer came within the statement timeout and two
  // seconds more (the connection is then closed, and is_lost_connection() is true). The lease and
  // what `batch` refers to must live until the task has ended; one task at a time.
  Task<std::vector<Answer>> run(std::span<const Query> batch);

  // The statement that begins each transaction, setting its timeouts, where the role has none or
  // longer ones; else null.
  const Query* set_timeouts() const;

 private:
  friend struct PoolState;
  Lease(std::shared_ptr<PoolState> state, PoolSlot* slot);

  std::shared_ptr<PoolState> state_;
  PoolSlot* slot_;
};

class Pool {
 public:
  static constexpr int kRidersMax = 7;

  // Nothing is opened yet. kept + extra must be at least 1, and is what the bound was made with.
  // All tasks run on `executor`.
  Pool(boost::asio::any_io_executor executor, std::string url, const PoolLimits& limits,
       std::shared_ptr<PoolBound> bound);
  ~Pool();  // refuses who still waits
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Waits for a turn. Throws DatabaseError if the database cannot be reached ("08…"), Failure if
  // the wait was too long or too many wait. A connection that cannot be opened is no error while
  // others are open: the caller then waits for one of them.
  Task<Lease> acquire();

  // One short statement that is a transaction by itself. Where more callers wait than have turns,
  // up to kRidersMax + 1 such calls share one: they are one transaction, one pipeline and one
  // commit, which is what a busy database has least of. If one of them is refused, all are, and
  // each is then tried alone. They are sent in the order of their keys: where statements lock rows
  // of their key alone (a user's), turns do not wait for each other in a circle. Throws as
  // acquire() and Lease::run(). `query` must live until the task has ended.
  Task<Answer> call(const Query& query, std::int64_t key);

  PoolCounts counts() const;

 private:
  std::shared_ptr<PoolState> state_;
};

}  // namespace footfall::store::postgres
