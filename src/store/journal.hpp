// The port through which a run leaves its data behind. Adapters: SQLite and PostgreSQL. One object,
// one thread at a time.
#pragma once

#include <span>

#include "retail/records.hpp"
#include "retail/shelf.hpp"

namespace footfall::store {

// An offer cycle that begins: its window and what stands on the shelves during it.
struct OfferCycleOpening {
  std::int64_t offer_cycle = 0;  // from 0
  SimTime starts, ends;
  retail::Shelf shelf;
};

// A span of simulated time that is over, ready to be kept.
struct JournalEntry {
  std::vector<OfferCycleOpening> openings;
  std::vector<retail::RecordBatch> ranges;  // in shopper order
  SimTime now;                              // everything before is in this or an earlier entry
};

class Journal {
 public:
  virtual ~Journal() = default;

  // Keeps all of `entries` (in order of time), or nothing: on return they are durable. Throws
  // Failure if the database or disk refuses; the journal then holds what it held before.
  virtual void commit(std::span<const JournalEntry> entries) = 0;
};

}  // namespace footfall::store
