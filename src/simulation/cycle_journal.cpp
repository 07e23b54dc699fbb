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

Task<std::vector<CycleJournal::Refused>> CycleJournal::commit() {
  using store::CloseStatus;
  std::vector<Refused> refused;
  if (ends_.empty()) co_return refused;
  const std::vector<CloseStatus> statuses = co_await journal_.close_all(ends_);
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    const CloseStatus status = statuses[i];
    if (status == CloseStatus::closed || status == CloseStatus::closed_before) continue;
    const retail::SessionRecord& session = ends_[i].batch->sessions.front();
    refused.push_back({session.id, session.shopper, status});
  }
  ends_.clear();
  batches_.clear();
  co_return refused;
}

}  // namespace footfall::simulation
