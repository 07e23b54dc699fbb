// A fast run: a population lives in memory, as fast as the machine goes. Threads own ranges of
// shoppers; what a day left behind goes to a journal, in hour and shopper order, committed at the
// end of the day's last simulation cycle. Where stock or a budget is limited, the checkouts of each
// hour that want some of it are settled in one thread. Nothing depends on the number of threads.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "simulation/day_crew.hpp"
#include "simulation/plan.hpp"
#include "simulation/shopper_range.hpp"
#include "simulation/tally.hpp"
#include "store/journal.hpp"

namespace footfall::simulation {

class JournalWriter;

struct Progress {
  SimTime now;  // everything before has been lived
  Tally tally;
};

class FastRun {
 public:
  // The catalogue and population must outlive the run.
  // Errors: invalid_input for an unknown policy, or a plan with more agents, hours or offer cycles
  // than row ids can number (retail/records.hpp).
  static Result<std::unique_ptr<FastRun>> create(const Plan& plan,
                                                 const retail::Catalogue& catalogue,
                                                 const personas::Population& population,
                                                 int threads);

  // Keeps what happens as `run` from here on. Days before `from` are lived but not journaled: they
  // are in the journal already (a run that goes on after a stop lives its past again, which gives
  // the same shoppers as any checkpoint would). Without it nothing is kept. Before run().
  void keep(RunId run, store::Journal& journal, SimTime from);

  // The run's state at the end of the day lived last, for resume(); returns when the journal has
  // all days up to then. Not while run() is under way but from `on_progress`. Throws Failure when
  // the journal fails.
  std::string state() const;
  // Begins at `now`, a day's start, with what state() answered there and the counts so far. Before
  // run(). Error: invalid_input for bytes of another run.
  Result<void> resume(std::string_view state, SimTime now, const Tally& tally);

  // Lives until plan.until, or until `stop` is set: then the day at hand is finished and committed.
  // `on_progress` is called from this thread after each simulated day. Throws Failure when the
  // journal fails; what was committed stays.
  Progress run(const std::atomic<bool>& stop,
               const std::function<void(const Progress&)>& on_progress);

  int policy_version() const { return policy_->version(); }
  double activity() const { return activity_; }
  const ShopperStates& states() const { return states_; }

 private:
  FastRun(const Plan& plan, const retail::Catalogue& catalogue,
          const personas::Population& population, std::unique_ptr<offers::AssignmentPolicy> policy,
          int threads);

  void make_ranges();
  void open_offer_cycle(std::int64_t cycle);
  std::vector<offers::Allotment> allot(SimTime day);
  void live_day(DayCrew& crew, const Today& today, store::JournalEntry& entry);
  Tally tally() const;

  Plan plan_;
  const retail::Catalogue& catalogue_;
  const personas::Population& population_;
  std::unique_ptr<offers::AssignmentPolicy> policy_;
  store::Journal* journal_ = nullptr;
  SimTime journal_from_;
  JournalWriter* writer_ = nullptr;  // while run() is under way
  SimTime from_;                     // where it begins to live
  Tally tally_before_;
  int threads_;
  shopper::Mind mind_;
  offers::Calendar calendar_;
  double activity_ = 1;
  ShopperStates states_;
  std::unique_ptr<SharedGoods> shared_;  // null where nothing is limited
  std::vector<std::unique_ptr<ShopperRange>> ranges_;
  offers::Offers offers_;
  retail::Shelf shelf_;
  std::unique_ptr<shopper::ShelfModel> shelf_model_;
  std::vector<std::int64_t> issued_;  // per coupon
};

}  // namespace footfall::simulation
