// Inside of pool.cpp and pool_state.cpp; nobody else includes this. The state decides who gets
// which connection and when; pool.cpp has the coroutines that talk to the server.
#pragma once

#include <poll.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/postgres/pool.hpp"

namespace footfall::store::postgres {

using PoolClock = std::chrono::steady_clock;

// A place for one connection. Owned by the PoolState, used by one lease at a time.
struct PoolSlot {
  explicit PoolSlot(const boost::asio::any_io_executor& executor) : descriptor(executor) {}
  ~PoolSlot() { close(); }
  PoolSlot(const PoolSlot&) = delete;
  PoolSlot& operator=(const PoolSlot&) = delete;

  // The socket belongs to libpq: it is only lent to the descriptor.
  void close() {
    if (descriptor.is_open()) descriptor.release();
    connection = Connection();
    open = under_way = flushing = false;
  }

  // Nobody speaks on an idle connection but a server that says farewell.
  bool is_silent() const {
    pollfd socket{connection.socket(), POLLIN, 0};
    return ::poll(&socket, 1, 0) == 0;
  }

  Connection connection;
  boost::asio::posix::stream_descriptor descriptor;
  bool leased = false;
  bool open = false;       // connected
  bool under_way = false;  // a batch was sent, its end has not come; if idle: a ROLLBACK
  bool flushing = false;
  PoolClock::time_point deadline = PoolClock::time_point::max();
  PoolClock::time_point idle_since;
};

// A caller in the queue, in its coroutine's frame. Woken by cancelling the timer.
struct PoolWaiter {
  PoolWaiter(PoolState& owner, PoolClock::time_point began);
  ~PoolWaiter();
  PoolWaiter(const PoolWaiter&) = delete;
  PoolWaiter& operator=(const PoolWaiter&) = delete;

  PoolState& state;
  boost::asio::steady_timer turn;
  PoolClock::time_point since;
  PoolSlot* slot = nullptr;  // given, not yet taken
  bool queued = false;
};

// What is shared by a pool, its leases and its waiting callers; lives as long as any of them. Not
// thread-safe, except for what it does to `bound`.
struct PoolState : std::enable_shared_from_this<PoolState> {
  PoolState(boost::asio::any_io_executor the_executor, std::string the_url,
            const PoolLimits& the_limits, std::shared_ptr<PoolBound> the_bound);
  ~PoolState();

  // A slot for whoever comes next, or null: too many work, or none idles and no more may be opened.
  PoolSlot* take();
  // A lease ends: its transaction is rolled back if it is still open, and the next one served.
  void give_back(PoolSlot* slot);
  // Gives turns to those who wait, as far as there are any.
  void serve();
  // Starts the watchdog, the one timer for all deadlines, unless there is nothing to watch.
  void watch();
  // The pool is gone: refuses who waits, closes what idles; what is leased is still watched, and
  // closes on return.
  void stop();
  static Task<Lease> acquire(std::shared_ptr<PoolState> state);

  boost::asio::any_io_executor executor;
  std::string url;
  PoolLimits limits;
  std::shared_ptr<PoolBound> bound;
  boost::asio::steady_timer watchdog;
  bool watching = false;
  bool stopped = false;
  PoolClock::time_point no_opening_until{};
  std::optional<bool> sets_timeouts;  // asked once
  std::vector<std::unique_ptr<PoolSlot>> slots;
  std::vector<PoolSlot*> idle;  // the longest idle first
  std::deque<PoolWaiter*> waiters;
  PoolCounts counts;

 private:
  int working_limit() const;  // of this pool
  PoolSlot* new_slot();
  void drop(PoolSlot* slot);
  void look();
  void refuse_late(PoolClock::time_point now);
  void close_surplus(PoolClock::time_point now);
};

}  // namespace footfall::store::postgres
