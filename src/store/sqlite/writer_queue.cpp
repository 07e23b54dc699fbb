#include "store/sqlite/writer_queue.hpp"

#include <algorithm>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/defer.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <utility>

#include "base/failure.hpp"
#include "base/text.hpp"

namespace footfall::store::sqlite {

namespace asio = boost::asio;

namespace {

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

// Part of every io_context whose coroutines use a writer: when the io_context ends first, the
// writer must neither resume them nor run jobs that refer to their frames.
class ContextWatch final : public asio::execution_context::service {
 public:
  static inline asio::execution_context::id id;

  explicit ContextWatch(asio::execution_context& context) : service(context) {}

  void watch_for(const std::shared_ptr<WriterQueue>& queue) {
    const std::lock_guard lock(mutex_);
    for (const std::weak_ptr<WriterQueue>& known : queues_) {
      if (!known.owner_before(queue) && !queue.owner_before(known)) return;
    }
    std::erase_if(queues_, [](const std::weak_ptr<WriterQueue>& known) { return known.expired(); });
    queues_.push_back(queue);
  }

 private:
  void shutdown() override {
    for (const std::weak_ptr<WriterQueue>& known : queues_) {
      if (const std::shared_ptr<WriterQueue> queue = known.lock()) queue->forget(context());
    }
  }

  std::mutex mutex_;
  std::vector<std::weak_ptr<WriterQueue>> queues_;
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

}  // namespace

bool WriterQueue::put(Kind kind, Waiting& waiting) {
  const std::lock_guard lock(mutex_);
  const bool is_coroutine = std::holds_alternative<Sleeper>(waiting.caller);
  if (is_coroutine && reads_.size() + writes_.size() >= GroupWriter::kWaitingMax) {
    ++counts_.refused;
    return false;
  }
  (kind == Kind::read ? reads_ : writes_).push_back(std::move(waiting));
  work_.notify_one();
  return true;
}

bool WriterQueue::take(Round& round) {
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

void WriterQueue::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  work_.notify_one();
}

void WriterQueue::forget(const asio::execution_context& context) {
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

GroupWriterCounts WriterQueue::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void WriterQueue::count_alone(std::size_t jobs) {
  const std::lock_guard lock(mutex_);
  counts_.alone += static_cast<std::int64_t>(jobs);
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
                  " jobs waiting and takes no more: the server is overloaded, try again later",
              Failure::Kind::busy));
}

void Enqueue::operator()(Handler handler, Job job) const {
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

}  // namespace footfall::store::sqlite
