// Writes journal entries on a thread of its own, so that the next days are lived while the last is
// being kept. Whatever waits is committed in one piece: a slow disk gets few large commits, a fast
// one many small ones. Entries are reused, so a long run allocates nothing.
#pragma once

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "store/journal.hpp"

namespace footfall::simulation {

class JournalWriter {
 public:
  // `journal` may be null: then entries are only handed out and taken back.
  explicit JournalWriter(store::Journal* journal);
  ~JournalWriter();  // drops what finish() has not seen written
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;

  // An empty entry with `ranges` empty batches.
  store::JournalEntry blank_entry(std::size_t ranges);
  void give_back(store::JournalEntry entry);

  // Queues an entry; waits while kQueueMax are waiting. Rethrows a failure of an earlier write.
  void write(store::JournalEntry entry);

  // Returns when everything queued is durable. Rethrows a failure.
  void finish();

 private:
  static constexpr std::size_t kQueueMax = 8;

  void work();
  void rethrow();

  store::Journal* journal_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<store::JournalEntry> queue_;
  std::vector<store::JournalEntry> spare_;
  std::exception_ptr error_;
  bool writing_ = false;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace footfall::simulation
