#include "simulation/journal_writer.hpp"

namespace footfall::simulation {

JournalWriter::JournalWriter(store::Journal* journal) : journal_(journal) {
  if (journal_) thread_ = std::thread([this] { work(); });
}

JournalWriter::~JournalWriter() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    queue_.clear();
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

store::JournalEntry JournalWriter::blank_entry(std::size_t ranges) {
  store::JournalEntry entry;
  {
    const std::lock_guard lock(mutex_);
    if (!spare_.empty()) {
      entry = std::move(spare_.back());
      spare_.pop_back();
    }
  }
  entry.openings.clear();
  entry.ranges.resize(ranges);
  for (retail::RecordBatch& batch : entry.ranges) batch.clear();
  return entry;
}

void JournalWriter::give_back(store::JournalEntry entry) {
  const std::lock_guard lock(mutex_);
  spare_.push_back(std::move(entry));
}

void JournalWriter::write(store::JournalEntry entry) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return queue_.size() < kQueueMax || error_; });
  rethrow();
  queue_.push_back(std::move(entry));
  changed_.notify_all();
}

void JournalWriter::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return (queue_.empty() && !writing_) || error_; });
  rethrow();
}

void JournalWriter::rethrow() {
  if (error_) std::rethrow_exception(error_);
}

void JournalWriter::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return closing_ || !queue_.empty(); });
    if (queue_.empty()) return;
    std::vector<store::JournalEntry> entries;
    entries.swap(queue_);
    writing_ = true;
    changed_.notify_all();  // the queue has room again
    lock.unlock();
    try {
      journal_->commit(entries);
      lock.lock();
      for (store::JournalEntry& entry : entries) spare_.push_back(std::move(entry));
    } catch (...) {
      lock.lock();
      error_ = std::current_exception();
      queue_.clear();
    }
    writing_ = false;
    changed_.notify_all();
    if (error_) return;
  }
}

}  // namespace footfall::simulation
