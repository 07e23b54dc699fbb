// Inside of a live run: what it was given, what the trips of an hour share, and what one trip at a
// time needs.
#pragma once

#include <vector>

#include "base/failure.hpp"
#include "base/task_group.hpp"
#include "shopper/trip.hpp"
#include "simulation/live_run.hpp"

namespace footfall::simulation {

// A trip that was under way when a halted run was told to end: it stays as it is, its session open
// (R35), and is no failure.
class Interrupted final : public Failure {
 public:
  Interrupted() : Failure("the run was told to end while it was halted") {}
};

struct LiveRun::With {
  const LiveWorld& world;
  Timekeeper& time;
  RunControl& control;
  Pace& pace;
  LiveObserver& observer;
};

std::unique_ptr<Failure> copy_of(const Failure& failure);  // a TripFailure stays one

// Shoppers whose wallets are refreshed this hour come last, and wait for it.
struct LiveRun::Hour {
  Hour(SimTime begins, const boost::asio::any_io_executor& executor)
      : start(begins), when(calendar_hour(begins)), refreshed(executor) {}

  SimTime start;
  CalendarHour when;
  std::vector<Arrival> arrivals;
  std::size_t waiting_from = 0;  // arrivals from here on wait for `refreshed`
  std::size_t next = 0;
  Event refreshed;
  bool refresh_failed = false;
  retail::RecordBatch thoughts;  // that came to no session
};

// An end that the journal could not take yet.
struct LiveRun::LeftEnd {
  void take(const store::TripEnd& other) {
    batch = *other.batch;
    end = other;
    end.batch = &batch;
  }

  retail::RecordBatch batch;
  store::TripEnd end;
  Tally tally;                         // what is counted when it is kept
  bool dropped_out = false;            // the agent leaves for good when it is kept
  std::unique_ptr<LeftEnd> if_bought;  // instead of it, where the session has an order
  bool is_unsettled = false;           // nobody could tell whether it has
};

struct LiveRun::Worker {
  Worker(const shopper::Mind& mind, const commerce::MakeCommerce& make)
      : trip(mind), world(make()) {}

  shopper::Trip trip;
  std::unique_ptr<commerce::LiveCommerce> world;
  std::uint32_t who = 0;
  bool busy = false;  // with a trip
  // Of the trip at hand:
  SessionId session;
  retail::RecordBatch batch;
  SimTime now;             // of its last action
  bool opened = false;     // its session may be in the journal
  std::int64_t views = 0;  // of its wallet, where it is lived again
  bool pays = false;       // its checkout was begun, and not answered
};

}  // namespace footfall::simulation
