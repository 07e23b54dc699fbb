// The port through which a live trip is kept: its session is opened first, so that a crash leaves a
// visible orphan (R35); what it left behind and its end are one commit.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/ids.hpp"
#include "base/sim_time.hpp"
#include "base/task.hpp"
#include "retail/records.hpp"

namespace footfall::store {

struct SessionOpening {
  SessionId session;
  AgentId agent;
  UserId user;
  StoreId store;              // 0: none
  std::int64_t sim_hour = 0;  // since the run's start
  bool idle = false;
  SimTime started;
};

// The end of a trip: `batch` holds this one session, with its events and decisions.
struct TripEnd {
  const retail::RecordBatch* batch = nullptr;
  CartId abandon;  // a cart to close with it; 0: none
  OrderId order;   // the session's; 0: none
  // The session shopped elsewhere, and its cart and order are kept here with it, with the rows that
  // a fast run leaves: its record has lines, line_discounts, discounts, sums and `placed` as those
  // of a fast run have, and the order its number. What coupons took off is told as far as the
  // shopper holds them here, and then they are redeemed; else it stands in the lines alone. An
  // order that passes a limit of the run is a Failure, and one that the session has here already
  // has_order. Not for a checkout's journal, nor for the real shop.
  bool mirror_order = false;
  // With mirror_order: each coupon of the batch's `held`, what the shopper saw in its wallet there,
  // is kept once as a coupon of the shopper's wallet here, assigned when the session began, in this
  // offer cycle (it is open), good until the latest moment that was told. It takes the place of
  // another one with the same terms.
  std::int64_t offer_cycle = 0;
};

enum class OpenStatus : std::uint8_t {
  opened,
  opened_before,  // its answer was lost; it may have ended since
  other_open,     // the agent has another open session, or had one in this hour
};
enum class CloseStatus : std::uint8_t {
  closed,
  closed_before,  // its answer was lost
  not_open,       // it was never opened
  has_order,      // it has an order, but is told to have ended otherwise than as purchased
  no_such_order,  // the order that it is told to have ended with is none of its own
};

// What the database refuses, and a database that fails, is a Failure. An end that comes to
// has_order or no_such_order leaves nothing behind; told by a checkout's journal it is a Failure
// (invariant 34).
class TripJournal {
 public:
  virtual ~TripJournal() = default;

  virtual Task<OpenStatus> open(const SessionOpening& opening) = 0;
  virtual Task<CloseStatus> close(const TripEnd& end) = 0;
  // Ends many trips, of different sessions: one status each, in order. Throws Failure where the
  // database fails: some may have been ended, and all may be told again.
  virtual Task<std::vector<CloseStatus>> close_all(std::span<const TripEnd> ends);
  // Thoughts that came to no session: decisions alone.
  virtual Task<void> note(const retail::RecordBatch& batch) = 0;
};

}  // namespace footfall::store
