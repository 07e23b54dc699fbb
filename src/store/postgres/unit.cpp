#include "store/postgres/unit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "base/assert.hpp"

namespace footfall::store::postgres {

Task<std::vector<Answer>> Unit::begin(std::vector<Query> queries) {
  std::vector<Query> batch;
  batch.emplace_back("BEGIN");
  if (const Query* setting = lease_.set_timeouts()) batch.push_back(*setting);
  const std::size_t before = batch.size();
  for (Query& query : queries) batch.push_back(std::move(query));
  std::vector<Answer> answers = co_await lease_.run(batch);
  answers.erase(answers.begin(), answers.begin() + static_cast<std::ptrdiff_t>(before));
  co_return answers;
}

// A COMMIT of a transaction that has failed answers ROLLBACK without an error.
Task<std::vector<Answer>> Unit::commit(std::vector<Query> queries) {
  queries.emplace_back("COMMIT");
  std::vector<Answer> answers = co_await lease_.run(queries);
  if (answers.back().tag() != "COMMIT") {
    throw DatabaseError(
        fmt::format("the database rolled a transaction back that was to be committed (it answered "
                    "{})",
                    answers.back().tag()),
        "40001");
  }
  answers.pop_back();
  co_return answers;
}

Task<void> Unit::rollback() {
  const Query query("ROLLBACK");
  co_await lease_.run(std::span(&query, 1));
}

Task<Answer> Unit::alone(const Query& query) {
  const Query* setting = lease_.set_timeouts();
  if (setting == nullptr) {
    std::vector<Answer> answers = co_await lease_.run(std::span(&query, 1));
    co_return std::move(answers.front());
  }
  // Without BEGIN a pipeline is one transaction up to its Sync: the timeouts end with it.
  const Query batch[] = {*setting, query};
  std::vector<Answer> answers = co_await lease_.run(batch);
  co_return std::move(answers.back());
}

Task<std::vector<Answer>> Unit::alone(std::vector<Query> queries) {
  const Query* setting = lease_.set_timeouts();
  if (setting != nullptr) queries.insert(queries.begin(), *setting);
  std::vector<Answer> answers = co_await lease_.run(queries);
  if (setting != nullptr) answers.erase(answers.begin());
  co_return answers;
}

Units::Units(boost::asio::any_io_executor executor, const std::string& url,
             const PoolLimits& limits, std::chrono::milliseconds reconnect_max,
             std::shared_ptr<PoolBound> bound)
    : executor_(executor),
      pool_(executor, url, limits, std::move(bound)),
      reconnect_max_(reconnect_max) {}

Task<Unit> Units::open() {
  Lease lease = co_await pool_.acquire();
  ++begun_;
  co_return Unit(std::move(lease));
}

Task<Answer> Units::call(const Query& query, bool repeatable) {
  auto work = [&] { return try_call(query); };
  Answer answer = co_await repeat(*this, repeatable, work);
  co_return answer;
}

Task<Answer> Units::try_call(const Query& query) {
  Unit unit = co_await open();
  Answer answer = co_await unit.alone(query);
  co_return answer;
}

Task<std::vector<Answer>> Units::call(const std::vector<Query>& queries, bool repeatable) {
  auto work = [&] { return try_call(queries); };
  std::vector<Answer> answers = co_await repeat(*this, repeatable, work);
  co_return answers;
}

Task<std::vector<Answer>> Units::try_call(const std::vector<Query>& queries) {
  Unit unit = co_await open();
  std::vector<Answer> answers = co_await unit.alone(queries);
  co_return answers;
}

Task<Answer> Units::call_short(const Query& query, UserId user, bool repeatable) {
  bool first = true;  // who was refused does not drag others along again
  auto work = [&] {
    return std::exchange(first, false) ? try_call_short(query, user) : try_call(query);
  };
  Answer answer = co_await repeat(*this, repeatable, work);
  co_return answer;
}

Task<Answer> Units::try_call_short(const Query& query, UserId user) {
  ++begun_;
  Answer answer = co_await pool_.call(query, user.value);
  co_return answer;
}

Task<void> Units::after_failure(std::exception_ptr error, Tries& tries, bool repeatable) {
  const auto now = std::chrono::steady_clock::now();
  bool refused = false, lost = false;
  try {
    std::rethrow_exception(error);
  } catch (const DatabaseError& failure) {
    refused = failure.is_retryable() && tries.refused < kRetriesMax;
    if (repeatable && failure.is_lost_connection()) {
      if (tries.lost == 0) tries.lost_since = now;
      lost = now - tries.lost_since < reconnect_max_;
    }
  }
  if (!refused && !lost) std::rethrow_exception(error);
  ++retries_;
  if (refused) {
    co_await pause(tries.refused++, 400'000);
  } else {
    co_await pause(tries.lost++, 1'000'000);
  }
}

// Up to 20, 80, 320 ms and so on; the clock's last digits are chance enough.
Task<void> Units::pause(int round, std::int64_t most_us) {
  const std::int64_t us = std::min(most_us, std::int64_t{20'000} << (2 * std::min(round, 10)));
  const std::int64_t now = std::chrono::steady_clock::now().time_since_epoch().count();
  boost::asio::steady_timer timer(executor_);
  timer.expires_after(std::chrono::microseconds(us / 2 + now % (us / 2)));
  co_await timer.async_wait(boost::asio::use_awaitable);
}

}  // namespace footfall::store::postgres
