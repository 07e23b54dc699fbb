#include "store/sqlite/group_writer.hpp"

#include <thread>
#include <utility>

#include "base/assert.hpp"
#include "base/failure.hpp"
#include "store/sqlite/writer_queue.hpp"

namespace footfall::store::sqlite {

namespace asio = boost::asio;

// The writer's thread and what it works with.
struct GroupWriter::State {
  explicit State(Database given) : database(std::move(given)) {}

  void run();
  void write_group(std::vector<Waiting>& group);
  // False if the group is gone: nothing of it is kept then.
  bool run_together(std::vector<Waiting>& group);
  bool run_member(Waiting& member);
  // Answers the failure if no transaction could even begin.
  std::exception_ptr run_alone(Waiting& member);
  void roll_back();
  void run_now(Kind kind, Job job);

  Database database;  // first, so that it outlives the statements
  Statement begin = database.prepare("BEGIN IMMEDIATE");
  Statement commit = database.prepare("COMMIT");
  Statement rollback = database.prepare("ROLLBACK");
  Statement savepoint = database.prepare("SAVEPOINT member");
  Statement release = database.prepare("RELEASE member");
  Statement rollback_to = database.prepare("ROLLBACK TO member");
  const std::shared_ptr<WriterQueue> queue = std::make_shared<WriterQueue>();
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
  std::exception_ptr locked_out;
  for (Waiting& member : group) {
    if (!locked_out) {
      locked_out = run_alone(member);
    } else {
      member.failure = locked_out;
    }
  }
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

std::exception_ptr GroupWriter::State::run_alone(Waiting& member) {
  member.failure = nullptr;
  try {
    begin.run();
  } catch (...) {
    return member.failure = std::current_exception();
  }
  try {
    member.job(database);
    commit.run();
  } catch (...) {
    member.failure = std::current_exception();
    database.reset_statements();
    roll_back();
  }
  return nullptr;
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
  return asio::async_initiate<const asio::use_awaitable_t<>, Answered>(
      Enqueue{state_->queue, Kind::write}, asio::use_awaitable, std::move(job));
}

Task<void> GroupWriter::read(std::function<void(Database&)> job) {
  return asio::async_initiate<const asio::use_awaitable_t<>, Answered>(
      Enqueue{state_->queue, Kind::read}, asio::use_awaitable, std::move(job));
}

void GroupWriter::State::run_now(Kind kind, Job job) {
  Waiting waiting{std::move(job), std::promise<void>(), nullptr};
  std::future<void> done = std::get<std::promise<void>>(waiting.caller).get_future();
  const bool let_in = queue->put(kind, waiting);
  FF_ASSERT(let_in, "a caller who blocks was refused");
  done.get();
}

void GroupWriter::write_now(Job job) { state_->run_now(Kind::write, std::move(job)); }

void GroupWriter::read_now(Job job) { state_->run_now(Kind::read, std::move(job)); }

GroupWriterCounts GroupWriter::counts() const { return state_->queue->counts(); }

}  // namespace footfall::store::sqlite
