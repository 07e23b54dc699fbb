#include "simulation/cycle_journal.hpp"

namespace footfall::simulation {

// The trip's own batch is used again for the next trip.
Task<store::CloseStatus> CycleJournal::close(const store::TripEnd& end) {
  batches_.push_back(std::make_unique<retail::RecordBatch>(*end.batch));
  store::TripEnd kept = end;
  kept.batch = batches_.back().get();
  ends_.push_back(kept);
  co_return store::CloseStatus::closed;
}

Task<void> CycleJournal::commit() {
  if (ends_.empty()) co_return;
  co_await journal_.close_all(ends_);
  ends_.clear();
  batches_.clear();
}

}  // namespace footfall::simulation
