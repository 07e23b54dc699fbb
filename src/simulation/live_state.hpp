// A live run between two cycles: what its database does not hold, or holds only for those who would
// read all of it. What a checkpoint keeps, and what a run goes on from (R33, R34).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "commerce/recorded_commerce.hpp"
#include "retail/pricing.hpp"
#include "simulation/live_world.hpp"

namespace footfall::simulation {

struct KeptCart {  // of a checkout that failed (--on-failed-checkout keep)
  AgentId agent;
  std::vector<retail::CartLine> lines;
};

struct LiveState {
  LiveProgress progress;       // progress.now: everything before has happened
  std::vector<AgentId> left;   // for good; ascending
  std::vector<KeptCart> kept;  // ascending
};

// A session that was cut off, and has its order: the trip is lived again to its end with what the
// shopper saw then, and nothing is sent to the shop.
struct PaidTrip {
  SessionId session;
  UserId user;
  StoreId store;
  SimTime started;
  bool idle = false;
  Money total;
  std::vector<commerce::RecordedCoupon> wallet;
};

// An agent who was in the shop, or begun to be, in the hour that was cut off.
struct LivedVisit {
  AgentId agent;
  bool done = false;         // and is not to come again
  std::int64_t attempt = 0;  // else the number of the next one
};

// Where a run goes on, and as what.
struct LiveResume {
  // As at the beginning of the hour that was cut off, but that who had been in it is counted.
  LiveState state;
  // Of a cycle's end before: until the next one is reached, checkpoints tell of this.
  LiveState last;
  std::vector<LivedVisit> hour;
  std::vector<PaidTrip> paid;
  std::vector<AgentId> away;  // whose session stays open: they do not come again
};

// Where a run keeps its checkpoints. Called between two steps of the run, on its thread.
class Checkpoints {
 public:
  virtual ~Checkpoints() = default;
  // Answers the file's name. Errors: io; what was kept before stays.
  virtual Result<std::string> save(const LiveState& state) = 0;
};

}  // namespace footfall::simulation
