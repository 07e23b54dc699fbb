// What a live run shops in: the worlds that its flags choose (R24), put together by whoever starts
// the run (cli/live_setup), and what it tells about itself on the way.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "commerce/live_commerce.hpp"
#include "simulation/cycle_journal.hpp"
#include "simulation/offer_engine.hpp"
#include "simulation/tally.hpp"
#include "store/trip_journal.hpp"

namespace footfall::simulation {

// A service that may go away: what a run does with it when it halts.
class Service {
 public:
  virtual ~Service() = default;
  // No call is sent between hold() and release(); those under way go on.
  virtual void hold() = 0;
  virtual void release() = 0;
  // It is down: calls under way end now, and until release() none is made (R30).
  virtual void abort() = 0;
  // Health and reading only. Empty if it answers, else why not.
  virtual Task<std::string> probe() = 0;
};

class Checkpoints;

// All must outlive the run.
struct LiveWorld {
  commerce::MakeCommerce make_commerce;
  store::TripJournal* journal = nullptr;
  OfferEngine* offers = nullptr;
  CycleJournal* by_cycle = nullptr;    // the journal, if it is asked to commit at a cycle's end
  Service* service = nullptr;          // null: none that could be held
  Checkpoints* checkpoints = nullptr;  // null: none are kept
  // The orders live elsewhere: the journal keeps its own rows of them.
  bool mirror_orders = false;
  // The carts live in the journal's database: it leaves them behind with the session's end.
  bool carts_with_journal = true;
};

struct LiveProgress {
  SimTime now;  // everything before has happened
  std::int64_t cycle = 0;
  Tally tally;
  std::int64_t failures = 0;  // trips that the world failed; not in tally.failed
  std::array<std::int64_t, commerce::kTripFailureKinds> failures_of{};
  std::string last_failure;    // why, the last time
  std::int64_t unsettled = 0;  // of them, checkouts of which nobody knows whether they were done
  std::int64_t held_back = 0;  // arrivals of agents that the ramp had not admitted yet
  std::size_t admitted = 0;    // agents in the cycle at hand
  std::int64_t batch_trips = 0, batch_done = 0;  // trips of the cycle at hand: all, over
  std::int64_t in_shop = 0;                      // agents at this moment
  std::int64_t late_cycles = 0;
  double work_share = 0;  // of the last cycle's real time
  std::int64_t freezes = 0;
  std::int64_t checkpoints = 0;
  std::string last_checkpoint;   // its file's name
  std::string checkpoint_error;  // why the last try failed; empty: it did not
};

struct LiveEvent {
  enum class Kind : std::uint8_t {
    cycle_began,
    cycle_ended,
    cycle_late,
    trip_failed,
    paused,
    frozen,
    resumed,
    probe_failed,
    went_on,
    completed,  // a session that was cut off, from its order
    checkpoint,
    checkpoint_failed,
    run_ended
  };
  Kind kind;
  std::int64_t cycle = 0;
  AgentId agent;
  std::string_view error;  // kind of a trip's failure
  std::string_view request_id;
  std::string_view message;
};
std::string_view to_string(LiveEvent::Kind kind);

// Called on the run's thread; must not wait.
class LiveObserver {
 public:
  virtual ~LiveObserver() = default;
  virtual void note(const LiveEvent& event, const LiveProgress& progress) = 0;
};

}  // namespace footfall::simulation
