#include "store/sqlite/group_writer.hpp"

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/defer.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "base/assert.hpp"
#include "base/failure.hpp"
#include "base/text.hpp"

namespace footfall::store::sqlite {
namespace {

namespace asio = boost::asio;

using Job = std::function<void(Database&)>;
using Answer = void(std::exception_ptr);
using Handler = asio::async_result<asio::use_awaitable_t<>, Answer>::handler_type;
enum class Kind { read, write };

// A coroutine that waits for its answer. The executor counts as work, so that the coroutine's
// io_context keeps running.
struct Sleeper {
  asio::any_io_executor executor;
  Handler handler;

  const asio::execution_context* context() const {
    return &asio::query(executor, asio::execution::context);
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
class Queue {
 public:
  // False if the queue is full; `waiting` is untouched then.
  bool put(Kind kind, Waiting& waiting);
  // The last round is over, and this one begins when there is something to do. False when the
  // queue is closed and empty.
  bool take(Round& round);
  void close();
  // Drops what coroutines of a dying io_context wait for, and waits for the round in hand, whose
  // jobs may refer to their frames.
  void forget(const asio::execution_context& context);

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

bool Queue::put(Kind kind, Waiting& waiting) {
  const std::lock_guard lock(mutex_);
  if (reads_.size() + writes_.size() >= GroupWriter::kWaitingMax) {
    ++counts_.refused;
    return false;
  }
  (kind == Kind::read ? reads_ : writes_).push_back(std::move(waiting));
  work_.notify_one();
  return true;
}

std::vector<Waiting> take_some(std::deque<Waiting>& from) {
  std::vector<Waiting> taken;
  const auto n = std::min<std::size_t>(from.size(), GroupWriter::kGroupMax);
  taken.reserve(n);
  while (taken.size() < n) {
    taken.push_back(std::move(from.front()));
    from.pop_front();
  }
  return taken;
}

bool Queue::take(Round& round) {
  std::unique_lock lock(mutex_);
  busy_ = false;
  round_over_.notify_all();
  work_.wait(lock, [this] { return closed_ || !reads_.empty() || !writes_.empty(); });
  if (reads_.empty() && writes_.empty()) return false;
  busy_ = true;
  ++rounds_;
  round.reads = take_some(reads_);
  round.writes = take_some(writes_);
  counts_.reads += std::ssize(round.reads);
  counts_.jobs += std::ssize(round.writes);
  counts_.groups += round.writes.empty() ? 0 : 1;
  return true;
}

void Queue::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  work_.notify_one();
}

void Queue::forget(const asio::execution_context& context) {
  std::deque<Waiting> dropped;  // destroyed without the lock: coroutine frames end with it
  std::unique_lock lock(mutex_);
  for (std::deque<Waiting>* queue : {&reads_, &writes_}) {
    std::deque<Waiting> kept;
    for (Waiting& waiting : *queue) {
      const auto* sleeper = std::get_if<Sleeper>(&waiting.caller);
      const bool gone = sleeper && sleeper->context() == &context;
      (gone ? dropped : kept).push_back(std::move(waiting));
    }
    queue->swap(kept);
  }
  const std::int64_t round = rounds_;
  round_over_.wait(lock, [&] { return !busy_ || rounds_ != round; });
  lock.unlock();
}

GroupWriterCounts Queue::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void Queue::count_alone(std::size_t jobs) {
  const std::lock_guard lock(mutex_);
  counts_.alone += static_cast<std::int64_t>(jobs);
}

// Part of every io_context whose coroutines use a writer: when the io_context ends first, the
// writer must neither resume them nor run jobs that refer to their frames.
class ContextWatch final : public asio::execution_context::service {
 public:
  static inline asio::execution_context::id id;

  explicit ContextWatch(asio::execution_context& context) : service(context) {}

  void watch_for(const std::shared_ptr<Queue>& queue) {
    const std::lock_guard lock(mutex_);
    for (const std::weak_ptr<Queue>& known : queues_) {
      if (!known.owner_before(queue) && !queue.owner_before(known)) return;
    }
    std::erase_if(queues_, [](const std::weak_ptr<Queue>& known) { return known.expired(); });
    queues_.push_back(queue);
  }

 private:
  void shutdown() override {
    for (const std::weak_ptr<Queue>& known : queues_) {
      if (const std::shared_ptr<Queue> queue = known.lock()) queue->forget(context());
    }
  }

  std::mutex mutex_;
  std::vector<std::weak_ptr<Queue>> queues_;
};

// Answers the coroutines of one io_context: a single message, and so a single wake-up, for them
// all. Each goes on as a message of its own, so that one that throws does not take the others
// along.
class Resume {
 public:
  explicit Resume(std::vector<Waiting> answered) : answered_(std::move(answered)) {}

  void operator()() {
    for (Waiting& waiting : answered_) {
      Sleeper& sleeper = std::get<Sleeper>(waiting.caller);
      const asio::any_io_executor executor = sleeper.executor;
      asio::defer(executor, [handler = std::move(sleeper.handler),
                             failure = std::move(waiting.failure)]() mutable { handler(failure); });
    }
  }

 private:
  std::vector<Waiting> answered_;
};

void resume(std::vector<Waiting> answered) {
  const asio::any_io_executor executor = std::get<Sleeper>(answered.front().caller).executor;
  asio::post(executor, Resume(std::move(answered)));
}

void answer(std::vector<Waiting>& all) {
  std::vector<std::vector<Waiting>> by_context;
  for (Waiting& waiting : all) {
    waiting.job = nullptr;  // what it holds ends before its caller goes on
    if (auto* blocked = std::get_if<std::promise<void>>(&waiting.caller)) {
      waiting.failure ? blocked->set_exception(waiting.failure) : blocked->set_value();
      continue;
    }
    const auto* context = std::get<Sleeper>(waiting.caller).context();
    auto batch = std::find_if(by_context.begin(), by_context.end(), [&](const auto& other) {
      return std::get<Sleeper>(other.front().caller).context() == context;
    });
    if (batch == by_context.end()) batch = by_context.insert(batch, std::vector<Waiting>());
    batch->push_back(std::move(waiting));
  }
  all.clear();
  for (std::vector<Waiting>& batch : by_context) resume(std::move(batch));
}

std::exception_ptr queue_is_full() {
  return std::make_exception_ptr(
      Failure("the database has " + with_commas(GroupWriter::kWaitingMax) +
              " jobs waiting and takes no more: the server is overloaded, try again later"));
}

// Starts a coroutine's wait.
struct Enqueue {
  std::shared_ptr<Queue> queue;
  Kind kind;

  void operator()(Handler handler, Job job) const {
    const asio::any_io_executor executor = asio::get_associated_executor(handler);
    asio::execution_context& context = asio::query(executor, asio::execution::context);
    asio::use_service<ContextWatch>(context).watch_for(queue);
    Waiting waiting{std::move(job),
                    Sleeper{asio::prefer(executor, asio::execution::outstanding_work.tracked),
                            std::move(handler)},
                    nullptr};
    if (queue->put(kind, waiting)) return;
    waiting.failure = queue_is_full();
    std::vector<Waiting> refused;
    refused.push_back(std::move(waiting));
    resume(std::move(refused));
  }
};

}  // namespace

// The writer's thread and what it works with.
struct GroupWriter::State {
  explicit State(Database given) : database(std::move(given)) {}

  void run();
  void write_group(std::vector<Waiting>& group);
  // False if the group is gone: nothing of it is kept then.
  bool run_together(std::vector<Waiting>& group);
  bool run_member(Waiting& member);
  void run_alone(Waiting& member);
  void roll_back();

  Database database;  // first, so that it outlives the statements
  Statement begin = database.prepare("BEGIN IMMEDIATE");
  Statement commit = database.prepare("COMMIT");
  Statement rollback = database.prepare("ROLLBACK");
  Statement savepoint = database.prepare("SAVEPOINT member");
  Statement release = database.prepare("RELEASE member");
  Statement rollback_to = database.prepare("ROLLBACK TO member");
  const std::shared_ptr<Queue> queue = std::make_shared<Queue>();
  std::thread thread;
};

void GroupWriter::State::run() {
  Round round;
  while (queue->take(round)) {
    for (Waiting& read : round.reads) {
      try {
        read.job(database);
      } catch (...) {
        read.failure = std::current_exception();
        database.reset_statements();
      }
      FF_ASSERT(!database.in_transaction(), "a read left a transaction open");
    }
    answer(round.reads);
    if (!round.writes.empty()) write_group(round.writes);
    answer(round.writes);
  }
}

void GroupWriter::State::write_group(std::vector<Waiting>& group) {
  try {
    begin.run();
  } catch (const Failure&) {
    // Another program writes, or the file cannot be read: to ask for each member again would take
    // as many times the patience for a lock.
    for (Waiting& member : group) member.failure = std::current_exception();
    return;
  }
  if (run_together(group)) return;
  roll_back();
  queue->count_alone(group.size());
  for (Waiting& member : group) run_alone(member);
}

bool GroupWriter::State::run_together(std::vector<Waiting>& group) {
  for (Waiting& member : group) {
    if (!run_member(member)) return false;
  }
  try {
    commit.run();
  } catch (const Failure&) {
    return false;
  }
  return true;
}

bool GroupWriter::State::run_member(Waiting& member) {
  try {
    savepoint.run();
    member.job(database);
    release.run();
    return true;
  } catch (...) {
    member.failure = std::current_exception();
    database.reset_statements();
  }
  if (!database.in_transaction()) return false;
  try {
    rollback_to.run();
    release.run();
  } catch (const Failure&) {
    return false;
  }
  return true;
}

void GroupWriter::State::run_alone(Waiting& member) {
  member.failure = nullptr;
  try {
    begin.run();
    member.job(database);
    commit.run();
  } catch (...) {
    member.failure = std::current_exception();
    database.reset_statements();
    roll_back();
  }
}

void GroupWriter::State::roll_back() {
  if (!database.in_transaction()) return;
  try {
    rollback.run();
  } catch (const Failure&) {
    // The transaction is over all the same: SQLite ends it before it reports an error.
  }
}

GroupWriter::GroupWriter(Database database) : state_(new State(std::move(database))) {
  state_->database.execute("PRAGMA synchronous = FULL");
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

GroupWriter::~GroupWriter() {
  state_->queue->close();
  state_->thread.join();
}

Task<void> GroupWriter::write(std::function<void(Database&)> job) {
  return asio::async_initiate<const asio::use_awaitable_t<>, Answer>(
      Enqueue{state_->queue, Kind::write}, asio::use_awaitable, std::move(job));
}

Task<void> GroupWriter::read(std::function<void(Database&)> job) {
  return asio::async_initiate<const asio::use_awaitable_t<>, Answer>(
      Enqueue{state_->queue, Kind::read}, asio::use_awaitable, std::move(job));
}

void GroupWriter::write_now(std::function<void(Database&)> job) {
  Waiting waiting{std::move(job), std::promise<void>(), nullptr};
  std::future<void> done = std::get<std::promise<void>>(waiting.caller).get_future();
  if (!state_->queue->put(Kind::write, waiting)) std::rethrow_exception(queue_is_full());
  done.get();
}

GroupWriterCounts GroupWriter::counts() const { return state_->queue->counts(); }

}  // namespace footfall::store::sqlite
