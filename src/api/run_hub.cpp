#include "api/run_hub.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/idle.hpp"
#include "base/failure.hpp"
#include "base/run_blocking.hpp"
#include "retail/records.hpp"
#include "store/any/open.hpp"

namespace footfall::api {
namespace {

constexpr RunId kCurrent{0};  // in absent_
constexpr std::size_t kAbsentMax = 1'000;
constexpr auto kAbsentLife = std::chrono::seconds(1);

std::unique_ptr<store::Store> open(const std::string& url) {
  auto store = store::open_store(url, /*make=*/false);
  if (store) return std::move(*store);
  const bool is_gone = store.error().code() == Errc::io || store.error().code() == Errc::not_found;
  throw Failure(store.error().message(),
                is_gone ? Failure::Kind::unavailable : Failure::Kind::other);
}

// What numbers the slots and offer cycles of a shop cannot change under its wallets.
bool same_rules(const offers::Rules& a, const offers::Rules& b) {
  return a.cycle_length == b.cycle_length && a.life == b.life && a.capacity == b.capacity &&
         a.frontstore_slots() == b.frontstore_slots();
}

}  // namespace

RunHub::RunHub(std::string database_url, const ServedShop& shop, RunFactory factory)
    : url_(std::move(database_url)), shop_(shop), factory_(std::move(factory)) {}

RunHub::~RunHub() { desk_.join(); }

// Asks the store that is open, or opens one. Where the open one fails (its connection may have been
// lost long ago), a new one is asked once more: all that is asked here may be done twice.
template <typename Work>
auto RunHub::ask(Work work) {
  ++questions_;
  std::unique_ptr<store::Store> store = std::move(store_);
  if (store) {
    try {
      auto answer = work(*store);
      store_ = std::move(store);
      return answer;
    } catch (const Failure& failure) {
      if (failure.kind() != Failure::Kind::unavailable) throw;
      store.reset();
    }
  }
  store = open(url_);
  auto answer = work(*store);
  store_ = std::move(store);
  return answer;
}

// Runs `work` on the desk's thread.
template <typename T>
Task<T> RunHub::at_desk(std::function<T()> work) {
  struct Place {
    ~Place() { --waiting; }
    std::atomic<int>& waiting;
    const int number;
  };
  const Place place{waiting_, ++waiting_};
  if (place.number > kQuestionsMax) {
    throw Failure("too many ask for runs at once", Failure::Kind::busy);
  }
  co_return co_await run_blocking(desk_.get_executor(), std::move(work));
}

std::shared_ptr<RunState> RunHub::known(RunId run) {
  const std::lock_guard lock(mutex_);
  const auto at = runs_.find(run);
  if (at == runs_.end()) return nullptr;
  at->second.used = ++uses_;
  return at->second.state;
}

std::size_t RunHub::known_runs() const {
  const std::lock_guard lock(mutex_);
  return runs_.size();
}

// States are handed out under the mutex or copied from one that is in use, so one that is here
// alone stays so.
std::shared_ptr<RunState> RunHub::keep(RunId id, std::shared_ptr<RunState> run) {
  const std::lock_guard lock(mutex_);
  absent_.erase(id);
  Kept& kept = runs_.try_emplace(id, Kept{std::move(run)}).first->second;
  kept.used = ++uses_;
  std::shared_ptr<RunState> state = kept.state;
  forget_idle(runs_, kIdleRunsMax, [&](const Kept& one) {
    const RunId other = one.state->id();
    return other != RunId{} && other != current_ && one.state.use_count() == 1;
  });
  return state;
}

std::shared_ptr<RunState> RunHub::make_state(const store::Run& row,
                                             const simulation::Plan& plan) const {
  auto policy = offers::make_policy(plan.policy);
  if (!policy) throw Failure(policy.error().message());
  simulation::Plan mine = plan;
  mine.run = row.id;
  mine.seed = row.seed;
  return std::make_shared<RunState>(row, mine, shop_, std::move(*policy));
}

std::shared_ptr<RunState> RunHub::state_of(const store::Run& row) {
  if (std::shared_ptr<RunState> found = known(row.id)) {
    found->note_clock({row.now, row.status});  // another server may have moved or ended it
    return found;
  }
  const auto plan = factory_.plan_of(row);
  if (!plan) throw Failure(plan.error().message());
  return keep(row.id, make_state(row, *plan));
}

bool RunHub::is_absent(RunId run) const {
  const std::lock_guard lock(mutex_);
  const auto at = absent_.find(run);
  return at != absent_.end() && Clock::now() < at->second;
}

void RunHub::note_absent(RunId run) {
  const std::lock_guard lock(mutex_);
  if (absent_.size() >= kAbsentMax) absent_.clear();
  absent_[run] = Clock::now() + kAbsentLife;
}

// Who waited at the desk may find that the one before has asked the same.
std::shared_ptr<RunState> RunHub::find_now(RunId run) {
  if (std::shared_ptr<RunState> found = known(run)) return found;
  if (is_absent(run) || beginning_.contains(run)) return nullptr;
  const std::optional<store::Run> row = ask([&](store::Store& store) { return store.run(run); });
  if (row && row->mode == "live") return state_of(*row);
  note_absent(run);
  return nullptr;
}

Task<std::shared_ptr<RunState>> RunHub::find(RunId run) {
  if (run.value <= 0 || run.value > retail::kRunsMax) co_return nullptr;
  if (std::shared_ptr<RunState> found = known(run)) co_return found;
  if (is_absent(run)) co_return nullptr;
  const std::function<std::shared_ptr<RunState>()> work = [&] { return find_now(run); };
  co_return co_await at_desk(work);
}

std::shared_ptr<RunState> RunHub::known_current() {
  const std::lock_guard lock(mutex_);
  const auto at = runs_.find(current_);
  if (!current_ || at == runs_.end() || !at->second.state->is_running()) return nullptr;
  at->second.used = ++uses_;
  return at->second.state;
}

std::shared_ptr<RunState> RunHub::current_now() {
  if (std::shared_ptr<RunState> found = known_current()) return found;
  if (is_absent(kCurrent)) return nullptr;
  const std::optional<store::Run> row =
      ask([&](store::Store& store) { return store.newest_running(); });
  if (!row) {
    note_absent(kCurrent);
    return nullptr;
  }
  std::shared_ptr<RunState> found = state_of(*row);
  const std::lock_guard lock(mutex_);
  current_ = row->id;
  return found;
}

Task<std::shared_ptr<RunState>> RunHub::current() {
  if (std::shared_ptr<RunState> found = known_current()) co_return found;
  if (is_absent(kCurrent)) co_return nullptr;
  const std::function<std::shared_ptr<RunState>()> work = [&] { return current_now(); };
  co_return co_await at_desk(work);
}

Result<std::shared_ptr<RunState>> RunHub::open_shop(const NewRun& wanted) {
  const store::Run row = open(url_)->open_shop(wanted.row);
  const auto stored = factory_.plan_of(row);
  if (!stored) return stored.error();
  if (!same_rules(stored->rules, wanted.plan.rules)) {
    return Error(
        Errc::incompatible,
        fmt::format("the shop in this database was opened with OFFER_CYCLE_DAYS {}, "
                    "OFFER_EXPIRATION_DAYS {}, MAX_WALLET_CAPACITY {} and FRONTSTORE_PER_CYCLE {}; "
                    "its wallets cannot change to others. Set these, or use another database",
                    stored->rules.cycle_length.us / kDay.us, stored->rules.life.us / kDay.us,
                    stored->rules.capacity, stored->rules.frontstore_per_cycle));
  }
  simulation::Plan plan = wanted.plan;
  plan.start = row.start;
  plan.until = row.until;
  return keep(row.id, make_state(row, plan));
}

std::shared_ptr<RunState> RunHub::shop() { return known(RunId{}); }

Task<Planned> RunHub::plan(std::map<std::string, std::string> settings) {
  const std::function<Planned()> work = [&] { return factory_.make(settings); };
  co_return co_await at_desk(work);
}

// Here the run is running, so that time can be moved to its start; in the database it is not yet.
Task<std::shared_ptr<RunState>> RunHub::create(NewRun run) {
  const std::function<std::shared_ptr<RunState>()> work = [&] {
    store::Run row = run.row;
    row.status = "failed";
    row.id = ask([&](store::Store& store) { return store.create_run(row); });
    row.status = "running";
    std::shared_ptr<RunState> state = make_state(row, run.plan);
    beginning_.insert(row.id);
    return state;
  };
  co_return co_await at_desk(work);
}

void RunHub::write_status(RunState& run, const std::string& status) {
  store::Run row = run.row();
  row.status = status;
  row.now = run.now();
  ask([&](store::Store& store) {
    store.update_run(row);
    return true;
  });
}

Task<void> RunHub::begin(std::shared_ptr<RunState> run) {
  const std::function<bool()> work = [&] {
    write_status(*run, "running");
    beginning_.erase(run->id());
    keep(run->id(), run);
    const std::lock_guard lock(mutex_);
    absent_.erase(kCurrent);
    current_ = std::max(current_, run->id());
    return true;
  };
  co_await run_blocking(desk_.get_executor(), work);
}

Task<void> RunHub::resume(std::shared_ptr<RunState> run) {
  const std::function<bool()> work = [&] {
    write_status(*run, "running");
    const std::lock_guard lock(mutex_);
    absent_.erase(kCurrent);
    current_ = run->id();
    return true;
  };
  co_await run_blocking(desk_.get_executor(), work);
  run->note_running(true);
}

Task<void> RunHub::give_up(std::shared_ptr<RunState> run) {
  run->note_running(false);
  const std::function<bool()> work = [&] {
    beginning_.erase(run->id());
    try {
      write_status(*run, "failed");
    } catch (const Failure&) {
      return false;  // it says so already, unless begin() has been carried out
    }
    return true;
  };
  co_await run_blocking(desk_.get_executor(), work);
}

Task<void> RunHub::end(std::shared_ptr<RunState> run, std::string status) {
  const std::function<bool()> work = [&] {
    write_status(*run, status);
    return true;
  };
  co_await run_blocking(desk_.get_executor(), work);
  run->note_running(false);
}

}  // namespace footfall::api
