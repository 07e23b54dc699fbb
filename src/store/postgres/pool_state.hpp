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

struct PoolWaiter;

// A call, in the frame of the coroutine that waits for its answer. One whose frame goes before that
// takes itself off its slot.
struct PoolCall {
  PoolCall(const Query& the_query, std::int64_t the_key) : query(the_query), key(the_key) {}
  ~PoolCall();
  PoolCall(const PoolCall&) = delete;
  PoolCall& operator=(const PoolCall&) = delete;

  const Query& query;
  const std::int64_t key;
  std::optional<Answer> answer;
  std::optional<DatabaseError> refusal;  // neither: to be tried alone
  PoolSlot* slot = nullptr;              // on whose turn it is
  PoolWaiter* rider = nullptr;           // to be woken; null: the coroutine that has the turn
};

// A place for one connection. Owned by the PoolState, used by one lease at a time.
struct PoolSlot {
  explicit PoolSlot(const boost::asio::any_io_executor& executor) : descriptor(executor) {}
  ~PoolSlot() {
    close();
    const DatabaseError closed("the connection to the database was closed", "08006");
    end_calls(&closed);
  }
  PoolSlot(const PoolSlot&) = delete;
  PoolSlot& operator=(const PoolSlot&) = delete;

  // The socket belongs to libpq: it is only lent to the descriptor.
  void close() {
    if (descriptor.is_open()) descriptor.release();
    connection = Connection();
    open = under_way = flushing = false;
  }
  void add_call(PoolCall& call) {
    call.slot = this;
    calls.push_back(&call);
  }
  // The last to be added; then those whose callers have gone are dropped, and the rest stand in the
  // order of their keys.
  void add_last(PoolCall& call);
  // Wakes them. `error`: for those without an answer; null: these are to be tried alone.
  void end_calls(const DatabaseError* error);

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
  std::vector<PoolCall*> calls;  // that share the turn; null: its caller is gone
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
  PoolCall* call = nullptr;  // that may ride along on another's turn
  bool queued = false;
  bool rides = false;  // its call is, or was, on another's turn
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
  void note_completed(PoolClock::time_point now, std::size_t calls);  // for the limiter
  // Starts the watchdog, the one timer for all deadlines, unless there is nothing to watch.
  void watch();
  // The pool is gone: refuses who waits, closes what idles; what is leased is still watched, and
  // closes on return.
  void stop();
  // `call`: may ride along on another's turn; the lease is then of no slot, and the call has ended
  // or is to be tried alone.
  // `began`: since when the caller waits; `again`: it had a turn that came to nothing, and goes to
  // the front.
  static Task<Lease> acquire(std::shared_ptr<PoolState> state, PoolClock::time_point began,
                             PoolCall* call, bool again);
  static Task<Answer> call(std::shared_ptr<PoolState> state, const Query& query, std::int64_t key);

  boost::asio::any_io_executor executor;
  std::string url;
  PoolLimits limits;
  std::shared_ptr<PoolBound> bound;
  int number = 0;  // of this pool, among those that share the bound
  const std::string set_timeouts_sql;
  const Query set_timeouts;
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
  void give_turn(PoolSlot* slot);
  PoolWaiter* next_waiter();
  PoolSlot* new_slot();
  void drop(PoolSlot* slot);
  void look();
  void refuse_late(PoolClock::time_point now);
  void close_surplus(PoolClock::time_point now);
};

}  // namespace footfall::store::postgres
