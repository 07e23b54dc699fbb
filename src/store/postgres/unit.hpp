// One business transaction over the pool: timeouts, guards, retries, and the check that COMMIT did
// commit. See store/shop.hpp for what callers are promised.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/task.hpp"
#include "store/postgres/pool.hpp"

namespace footfall::store::postgres {

// A lease and the transaction open on it.
class Unit {
 public:
  explicit Unit(Lease lease) : lease_(std::move(lease)) {}

  // Sends BEGIN (with the timeouts, where the role has none) and `queries`; their answers.
  Task<std::vector<Answer>> begin(std::vector<Query> queries);
  // Sends `queries` and COMMIT. Throws DatabaseError where the answer to COMMIT is ROLLBACK.
  Task<std::vector<Answer>> commit(std::vector<Query> queries);
  Task<void> rollback();
  // One statement, or several, that are a transaction by themselves.
  Task<Answer> alone(const Query& query);
  Task<std::vector<Answer>> alone(std::vector<Query> queries);

 private:
  Lease lease_;
};

// Opens units and counts what became of them. One per io_context.
class Units {
 public:
  static constexpr int kRetriesMax = 3;  // where the database asks for it

  // `reconnect_max`: how long work that may be repeated waits for a database that is gone.
  Units(boost::asio::any_io_executor executor, const std::string& url, const PoolLimits& limits,
        std::chrono::milliseconds reconnect_max, std::shared_ptr<PoolBound> bound);

  Task<Unit> open();
  // One statement in a unit of its own, tried again as repeat() does.
  Task<Answer> call(const Query& query, bool repeatable);
  // The same for several statements.
  Task<std::vector<Answer>> call(const std::vector<Query>& queries, bool repeatable);
  // The same for a short statement that locks rows of `user` alone: it may share its turn and its
  // commit with others (Pool::call).
  Task<Answer> call_short(const Query& query, UserId user, bool repeatable);

  // What one piece of work has been through.
  struct Tries {
    int refused = 0, lost = 0;
    std::chrono::steady_clock::time_point lost_since;
  };
  // After a failed try: waits a little (with jitter, longer each time) if trying again is right,
  // else throws `error` on. `repeatable`: the work may be repeated although it may have been
  // committed.
  Task<void> after_failure(std::exception_ptr error, Tries& tries, bool repeatable);

  const Pool& pool() const { return pool_; }
  std::int64_t begun() const { return begun_; }
  std::int64_t retries() const { return retries_; }

 private:
  Task<Answer> try_call(const Query& query);
  Task<std::vector<Answer>> try_call(const std::vector<Query>& queries);
  Task<Answer> try_call_short(const Query& query, UserId user);
  Task<void> pause(int round, std::int64_t most_us);

  boost::asio::any_io_executor executor_;
  Pool pool_;
  std::chrono::milliseconds reconnect_max_;
  std::int64_t begun_ = 0, retries_ = 0;
};

// Calls `work()`, a function that returns a Task, until it answers or may not be tried again.
template <typename Work>
auto repeat(Units& units, bool repeatable, Work& work) -> decltype(work()) {
  for (Units::Tries tries;;) {
    std::exception_ptr error;
    try {
      co_return co_await work();
    } catch (const DatabaseError&) {
      error = std::current_exception();
    }
    co_await units.after_failure(error, tries, repeatable);
  }
}

}  // namespace footfall::store::postgres
