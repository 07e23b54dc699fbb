// A live run: a population shops in a store that answers (commerce/live_commerce.hpp), hour by
// hour. Each shopper is a coroutine with its own commits and its own failure; refreshes of wallets
// run beside the trips of an hour, a shopper's own before its trip (R11). Decisions are those of a
// fast run with the same plan, whatever the number of shoppers at once, as long as stock and
// budgets are unlimited: where they are not, who comes first gets the last piece.
//
// One io_context thread. Unpaced so far: the next hour begins when the last trip has ended.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "simulation/arrivals.hpp"
#include "simulation/fast_run.hpp"
#include "simulation/plan.hpp"
#include "simulation/shopper_states.hpp"
#include "simulation/tally.hpp"
#include "simulation/wallet_desk.hpp"
#include "store/live_store.hpp"

namespace footfall::simulation {

struct LiveOptions {
  int batch_size = 0;       // trips under way at once; 0: all of an hour
  int refresh_chunk = 500;  // wallets a transaction
  int refresh_workers = 4;  // transactions at once
  int failures_max = 50;    // trips that fail in a row; then the run gives up
};

struct LiveProgress {
  SimTime now;  // everything before has happened
  Tally tally;
  std::int64_t failures = 0;  // trips that the store failed; not in tally.failed
  std::string last_failure;   // why, the last time
};

class LiveRun {
 public:
  // All must outlive the run; agents and population stand in the same order. The run's row exists.
  // Errors: as FastRun::create.
  static Result<std::unique_ptr<LiveRun>> create(const Plan& plan,
                                                 const retail::Catalogue& catalogue,
                                                 const personas::Population& population,
                                                 const std::vector<store::Agent>& agents,
                                                 const LiveOptions& options);
  ~LiveRun();

  int policy_version() const { return policy_->version(); }
  double activity() const { return activity_; }

  // Lives until plan.until, or until `stop` is set: then the hour at hand is finished.
  // `on_progress` is called after each simulated hour. Throws Failure when the store cannot be
  // reached any more; what was committed stays.
  Task<LiveProgress> run(RunId run, store::LiveStore& store, const std::atomic<bool>& stop,
                         const std::function<void(const LiveProgress&)>& on_progress);

 private:
  struct Hour;    // what the trips of an hour share
  struct Worker;  // what one trip at a time needs

  LiveRun(const Plan& plan, const retail::Catalogue& catalogue,
          const personas::Population& population, const std::vector<store::Agent>& agents,
          std::unique_ptr<offers::AssignmentPolicy> policy, const LiveOptions& options);

  Task<void> open_day(SimTime day);
  Task<void> refresh_then_tell(SimTime day, Hour& hour);
  Task<void> refresh_wallets(SimTime day);
  Task<void> refresh_worker(SimTime day);
  Task<void> live_hour(SimTime start);
  Task<void> work(Worker& worker, Hour& hour);
  Task<void> live_trip(Worker& worker, Hour& hour, const Arrival& arrival);
  Task<void> shop(Worker& worker, const Arrival& arrival, SimTime at, shopper::Action action);
  store::TripEnd end_of(Worker& worker, const Arrival& arrival, SimTime at) const;
  Task<void> give_up(Worker& worker, const Arrival& arrival, SimTime at);
  void note_failure(const std::string& why);
  bool is_due(std::uint32_t who, SimTime day) const;

  Plan plan_;
  const retail::Catalogue& catalogue_;
  const personas::Population& population_;
  const std::vector<store::Agent>& agents_;
  std::unique_ptr<offers::AssignmentPolicy> policy_;
  LiveOptions options_;
  shopper::Mind mind_;
  offers::Calendar calendar_;
  double activity_ = 1;
  ShopperStates states_;
  Arrivals arrivals_;
  std::unique_ptr<WalletDesk> desk_;
  store::LiveStore* store_ = nullptr;
  std::int64_t open_cycle_ = -1;
  retail::Shelf shelf_;
  std::vector<Money> prices_;
  std::unique_ptr<shopper::ShelfModel> shelf_model_;
  std::vector<std::unique_ptr<Worker>> workers_;
  LiveProgress progress_;
  int failures_in_a_row_ = 0;
};

}  // namespace footfall::simulation
