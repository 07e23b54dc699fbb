// The port to what the offer engine has done in a run (offer_desk.hpp does it): offer cycles, whose
// wallet was refreshed when, and the run's clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/failure.hpp"
#include "base/ids.hpp"
#include "base/sim_time.hpp"
#include "base/task.hpp"

namespace footfall::store {

struct OfferCycleRow {
  OfferCycleId id;
  std::int64_t seq = 0;
  SimTime starts, ends;
  std::string status;  // planned, assigning, active, closed, failed
  std::string policy;
  std::int64_t policy_version = 0;
  std::int64_t users_total = 0, users_done = 0, assigned = 0, skipped_capacity = 0, expired = 0,
               superseded = 0;
};

struct RefreshRow {
  std::string status;  // pending, done, skipped, failed
  SimTime due;         // in a fast run the moment it was done
  SimTime assigned;    // when it was done; 0 if it was not
  std::int64_t n_frontstore = 0, n_category_brand = 0, n_skipped_capacity = 0, n_expired = 0,
               n_superseded = 0;
};

struct RunClock {
  SimTime now;
  std::string status;  // running, stopped, finished, failed
};

class OfferBook {
 public:
  virtual ~OfferBook() = default;

  // Offer cycles, the newest first, those with numbers below `before` (negative: all).
  virtual Task<std::vector<OfferCycleRow>> cycles(std::int64_t before, int at_most) = 0;
  virtual Task<std::optional<OfferCycleRow>> cycle(std::int64_t seq) = 0;
  // A user's refresh in an offer cycle.
  virtual Task<std::optional<RefreshRow>> refresh_of(std::int64_t seq, UserId user) = 0;
  // Plans a refresh for a user who has none in this offer cycle (somebody who came after it was
  // opened). Answers false if there is one already, whatever its state, or no such offer cycle. May
  // be repeated, and called by many at once; counts in the offer cycle's users_total.
  virtual Task<bool> enroll(std::int64_t seq, UserId user, SimTime due) = 0;
  // Makes a refresh that is pending for later due at `due`. Answers false if there is none such.
  virtual Task<bool> bring_forward(std::int64_t seq, UserId user, SimTime due) = 0;
  // Active people (users who are no agents) without a refresh in this offer cycle get one, due at
  // `due`; answers how many. As enroll() for each.
  virtual Task<std::int64_t> enroll_people(std::int64_t seq, SimTime due) = 0;

  // Throws Failure if the run has no row.
  virtual Task<RunClock> clock() = 0;
};

// For adapters. Whether an offer cycle can have this number: ids made of others are another run's.
bool can_be_offer_cycle(std::int64_t seq);
Failure no_such_run(RunId run);

}  // namespace footfall::store
