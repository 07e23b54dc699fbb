// Inside of group_writer.cpp and writer_queue.cpp; nobody else includes this. What waits for the
// writer's thread, and how its callers hear the answer on their own threads.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <variant>
#include <vector>

#include "store/sqlite/group_writer.hpp"

namespace footfall::store::sqlite {

using Job = std::function<void(Database&)>;
using Answered = void(std::exception_ptr);
using Handler = boost::asio::async_result<boost::asio::use_awaitable_t<>, Answered>::handler_type;
enum class Kind { read, write };

// A coroutine that waits for its answer. The executor counts as work, so that the coroutine's
// io_context keeps running.
struct Sleeper {
  boost::asio::any_io_executor executor;
  Handler handler;

  const boost::asio::execution_context* context() const {
    return &boost::asio::query(executor, boost::asio::execution::context);
  }
};

struct Waiting {
  Job job;
  std::variant<Sleeper, std::promise<void>> caller;
  std::exception_ptr failure;
};

struct Round {
  std::vector<Waiting> reads, writes;
};

// What waits, between the callers' threads and the writer's.
class WriterQueue {
 public:
  // False if the queue is full; `waiting` is untouched then. Who blocks is let in all the same:
  // there are no more of them than threads, and statements have to end on the writer's.
  bool put(Kind kind, Waiting& waiting);
  // The last round is over, and this one begins when there is something to do. False when the
  // queue is closed and empty.
  bool take(Round& round);
  void close();
  // Drops what coroutines of a dying io_context wait for, and waits for the round in hand, whose
  // jobs may refer to their frames.
  void forget(const boost::asio::execution_context& context);

  GroupWriterCounts counts() const;
  void count_alone(std::size_t jobs);

 private:
  mutable std::mutex mutex_;
  std::condition_variable work_, round_over_;
  std::deque<Waiting> reads_, writes_;
  bool closed_ = false;
  bool busy_ = false;
  std::int64_t rounds_ = 0;
  GroupWriterCounts counts_;
};

// Answers each caller on its own executor, or through its promise; empties `all`.
void answer(std::vector<Waiting>& all);

std::exception_ptr queue_is_full();

// Starts a coroutine's wait.
struct Enqueue {
  std::shared_ptr<WriterQueue> queue;
  Kind kind;

  void operator()(Handler handler, Job job) const;
};

}  // namespace footfall::store::sqlite
