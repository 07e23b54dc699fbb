// --commit cycle (R55): what the trips of a cycle leave is kept when the cycle ends, all at once.
// Their sessions are opened when they begin, as ever, so what a crash takes away shows. Orders are
// the shop's, and kept by it at once. One io_context thread.
#pragma once

#include <memory>
#include <vector>

#include "store/trip_journal.hpp"

namespace footfall::simulation {

class CycleJournal final : public store::TripJournal {
 public:
  // `journal` must outlive it.
  explicit CycleJournal(store::TripJournal& journal) : journal_(journal) {}

  Task<store::OpenStatus> open(const store::SessionOpening& opening) override {
    return journal_.open(opening);
  }
  // Always `closed`.
  Task<store::CloseStatus> close(const store::TripEnd& end) override;
  // For an end that has to be kept before its agent comes again, or of which nobody is sure.
  Task<store::CloseStatus> close_now(const store::TripEnd& end) { return journal_.close(end); }
  Task<void> note(const retail::RecordBatch& batch) override { return journal_.note(batch); }

  struct Refused {
    SessionId session;
    std::uint32_t shopper = 0;
    store::CloseStatus status{};
  };
  // Keeps what has ended since the last time; answers what the journal refuses, for good. Throws
  // Failure where that fails; it may be asked again.
  Task<std::vector<Refused>> commit();

 private:
  store::TripJournal& journal_;
  std::vector<std::unique_ptr<retail::RecordBatch>> batches_;
  std::vector<store::TripEnd> ends_;
};

}  // namespace footfall::simulation
