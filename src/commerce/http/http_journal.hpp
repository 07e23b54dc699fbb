// The journal kept by footfall's API (POST /api/sessions, /api/events): for a simulator that has no
// access to the server's database. In the operator's name. One io_context thread.
#pragma once

#include <string>

#include "commerce/http/footfall_api.hpp"
#include "personas/population.hpp"
#include "retail/catalogue.hpp"
#include "store/trip_journal.hpp"

namespace footfall::commerce {

class HttpJournal final : public store::TripJournal {
 public:
  // All must outlive it.
  HttpJournal(FootfallApi& api, RunId run, const retail::Catalogue& catalogue,
              const personas::Population& population)
      : api_(api), run_(run), catalogue_(catalogue), population_(population) {}

  Task<store::OpenStatus> open(const store::SessionOpening& opening) override;
  Task<store::CloseStatus> close(const store::TripEnd& end) override;
  // In calls of at most 50 sessions.
  Task<std::vector<store::CloseStatus>> close_all(std::span<const store::TripEnd> ends) override;
  Task<void> note(const retail::RecordBatch& batch) override;

 private:
  Task<std::string> tell_ends(std::span<const store::TripEnd> ends, AgentId agent);

  FootfallApi& api_;
  RunId run_;
  const retail::Catalogue& catalogue_;
  const personas::Population& population_;
};

}  // namespace footfall::commerce
