// A live run: a population shops in a world that has to be waited for (live_world.hpp), hour by
// hour (DESIGN section 7). Each shopper is a coroutine with its own commits and its own failure;
// refreshes of wallets run beside the trips of an hour, a shopper's own before its trip (R11).
// Decisions are those of a fast run with the same plan, whatever the world, the number of shoppers
// at once, the rate and the pace, as long as stock and budgets are unlimited and all are admitted:
// where goods are limited, who comes first gets the last piece.
//
// One io_context thread.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/timekeeper.hpp"
#include "offers/policy.hpp"
#include "shopper/behavior/product_choice.hpp"
#include "simulation/arrivals.hpp"
#include "simulation/breaker.hpp"
#include "simulation/live_state.hpp"
#include "simulation/live_world.hpp"
#include "simulation/pace.hpp"
#include "simulation/plan.hpp"
#include "simulation/ramp.hpp"
#include "simulation/run_control.hpp"
#include "simulation/shopper_states.hpp"
#include "store/store.hpp"

namespace footfall {
class TaskGroup;
}

namespace footfall::simulation {

// What a frozen run does (R30, R55): waits for its operator; asks every `retry` whether the world
// answers, and goes on when it does; or ends with a Failure.
struct OnFreeze {
  enum class Then : std::uint8_t { wait, retry, exit };
  Then then = Then::wait;
  std::chrono::milliseconds retry{30'000};
};

struct LiveOptions {
  int batch_size = 0;  // trips under way at once; 0: all of an hour
  Ramp ramp;
  double breaker_share = Breaker::kDefaultShare;  // 1: never freezes
  OnFreeze on_freeze;
  std::optional<std::chrono::milliseconds> at_most;  // of real time; then the cycle at hand ends
  std::int64_t checkpoint_every = 10;                // cycles; 0: none by cycles
  std::optional<std::chrono::milliseconds> checkpoint_after;  // of real time, at the latest
  // Load instead of life: everybody comes once an hour (and may still think better of it), nobody
  // leaves for good, and a run that is told to stop ends when the trips under way have.
  bool everybody_comes = false;
};

// What an agent does at this moment.
struct ShopperNow {
  std::uint32_t shopper = 0;  // position in the population
  std::string_view status;
  std::size_t lines = 0;  // in the cart
  Money total;
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

  const offers::AssignmentPolicy& policy() const { return *policy_; }
  double activity() const { return activity_; }
  const shopper::VisitModel& visits() const { return mind_.visits; }

  // Before run(): it was lived up to there before, and goes on.
  void resume(LiveResume from) { resume_ = std::move(from); }

  // Lives until plan.until, or until `control` is told to stop: then the cycle at hand is finished.
  // Throws Failure when the world cannot be reached any more, or when it freezes and was told to
  // exit then; what was committed stays. progress() tells how far it came either way.
  Task<void> run(RunId run, const LiveWorld& world, Timekeeper& time, RunControl& control,
                 Pace& pace, LiveObserver& observer);

  const LiveProgress& progress() const { return progress_; }
  // Who is in the shop first, then the others, by number. On the run's thread.
  std::vector<ShopperNow> shoppers_now() const;
  // As at the end of the last whole cycle.
  const LiveState& state() const { return state_; }

 private:
  struct Hour;     // what the trips of an hour share
  struct Worker;   // what one trip at a time needs
  struct With;     // what the run was given
  struct LeftEnd;  // of a trip, that the journal could not take

  LiveRun(const Plan& plan, const retail::Catalogue& catalogue,
          const personas::Population& population, const std::vector<store::Agent>& agents,
          std::unique_ptr<offers::AssignmentPolicy> policy, const LiveOptions& options);

  Task<void> live();
  Task<void> finish();
  Task<void> keep_what_ended();
  Task<void> commit_cycle();
  Task<void> persist(std::function<Task<void>()> step);
  Task<void> refresh(SimTime day);
  Task<void> open_day(SimTime now);
  Task<void> go_on();
  void take_state(const LiveState& state);
  std::uint32_t shopper_of(AgentId agent) const;
  Task<void> complete(const PaidTrip& paid);
  Task<bool> live_again(Worker& worker, const PaidTrip& paid, const Arrival& arrival);
  bool was_lived(std::uint32_t who) const;
  std::int64_t attempt_of(std::uint32_t who) const;
  void keep_state();
  bool is_checkpoint_due() const;
  void save_checkpoint();
  Task<void> refresh_then_tell(SimTime day, Hour& hour);
  Task<void> live_hour(SimTime start);
  void choose_arrivals(Hour& hour);
  Task<void> work(Worker& worker, Hour& hour);
  Task<void> live_trip(Worker& worker, Hour& hour, const Arrival& arrival);
  Task<void> shop(Worker& worker, const Arrival& arrival, SimTime at, shopper::Action action);
  Task<bool> act(Worker& worker, const Arrival& arrival, SimTime at, shopper::Action action);
  Task<bool> settle(Worker& worker, const Arrival& arrival, SimTime at);
  Task<void> end_session(Worker& worker, const Arrival& arrival, SimTime at);
  Task<void> give_up(Worker& worker, const Arrival& arrival, SimTime at);
  void leave_unsettled(Worker& worker, const Arrival& arrival, SimTime at);
  std::unique_ptr<LeftEnd> failed_end(Worker& worker, const Arrival& arrival, SimTime at);
  std::unique_ptr<LeftEnd> bought_end(Worker& worker, const Arrival& arrival, SimTime at);
  Task<store::CloseStatus> close_left(LeftEnd& left);
  Task<void> keep_left_end(std::uint32_t who);
  Task<void> keep_left_ends();
  store::TripEnd end_of(Worker& worker, const Arrival& arrival, SimTime at) const;
  using Step = std::function<Task<void>()>;
  Task<std::unique_ptr<Failure>> try_for_a_while(const Step& step);
  void count(const Worker& worker, const Arrival& arrival);
  void note_failure(std::uint32_t who, const Failure& failure);
  bool was_given_up() const;
  void follow_control();
  Task<void> while_frozen();
  void tell(LiveEvent::Kind kind, std::string_view message = {});
  bool is_due(std::uint32_t who, SimTime day) const;
  bool ends_now() const;

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
  std::vector<std::uint32_t> ranks_;  // of the ramp
  Breaker breaker_;
  std::unique_ptr<With> with_;
  std::int64_t open_cycle_ = -1;
  retail::Shelf shelf_;
  std::vector<Money> prices_;
  std::unique_ptr<shopper::ShelfModel> shelf_model_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::map<std::uint32_t, std::unique_ptr<LeftEnd>> left_ends_;  // by shopper
  LiveProgress progress_;
  LiveState state_;
  std::optional<LiveResume> resume_;
  std::set<std::uint32_t> away_;               // who stays away for the rest of the run
  std::map<std::uint32_t, LivedVisit> lived_;  // of the hour that was cut off, by shopper
  std::int64_t checkpoint_cycle_ = 0;          // of the last one
  Moment checkpoint_at_{};
  bool was_paused_ = false, was_frozen_ = false;
  TaskGroup* beside_ = nullptr;  // what goes on beside the hours; null before and after the run
  std::unique_ptr<Alarm> freeze_alarm_;
  bool asks_ = false;  // while_frozen() is under way
  bool over_ = false;
};

}  // namespace footfall::simulation
