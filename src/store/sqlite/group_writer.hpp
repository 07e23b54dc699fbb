// One thread that does all the writing of an SQLite file, for callers on any thread. Jobs that wait
// share one transaction and its one fsync (group commit); each is a savepoint of its own, so one
// that fails takes nothing of the others with it, and nobody is told "done" before COMMIT returned.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/task.hpp"
#include "store/sqlite/database.hpp"

namespace footfall::store::sqlite {

struct GroupWriterCounts {
  std::int64_t jobs = 0, groups = 0, reads = 0;
  std::int64_t alone = 0;    // jobs that ran as transactions of their own, their group being gone
  std::int64_t refused = 0;  // callers who found the queue full
};

// What a job may do: use the database and statements prepared on it, which it steps to their end or
// resets, also when it throws (one left half-way can be bound no more, and if it writes, it stops
// every later COMMIT). A failure of the database must leave the job; to go on after a caught one
// could write outside the transaction. A job begins and ends no transaction and never calls the
// writer.
//
// The jobs' statements are prepared before the writer takes the connection, or in a job, and
// destroyed after the writer, or in a job: in between they belong to its thread. SQLite keeps a
// closed connection until its last statement is gone.
class GroupWriter {
 public:
  static constexpr int kWaitingMax = 100'000;
  static constexpr int kGroupMax = 512;

  // Takes the connection; it is used on the writer's thread alone from here on. `synchronous=FULL`
  // is set.
  explicit GroupWriter(Database database);
  ~GroupWriter();  // finishes what waits; an io_context may end before or after it
  GroupWriter(const GroupWriter&) = delete;
  GroupWriter& operator=(const GroupWriter&) = delete;

  // Runs `job` on the writer's thread in its own savepoint and answers after the group's COMMIT. An
  // exception that escapes the job undoes its savepoint and is rethrown to the caller. A job may
  // run twice (its first effects undone), so it must set what it returns anew each time. What `job`
  // refers to must live until the task ends. Throws Failure if the queue is full, or if the disk
  // refuses: then nothing of this job is kept. (One reservation, as with any database: if it was
  // the fsync that failed and the process dies before the next commit, the whole job may be found
  // done on reopening. Callers that repeat a refused job should bring a key.)
  Task<void> write(std::function<void(Database&)> job);

  // Runs `job`, which only reads, between groups: it sees what is committed, all of it, no more.
  Task<void> read(std::function<void(Database&)> job);

  // For callers that are no coroutines; they block, and are never refused for a full queue.
  void write_now(std::function<void(Database&)> job);
  void read_now(std::function<void(Database&)> job);

  GroupWriterCounts counts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace footfall::store::sqlite
