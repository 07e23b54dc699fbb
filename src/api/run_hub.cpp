#include "api/run_hub.hpp"

#include <fmt/format.h>

#include "base/failure.hpp"
#include "base/run_blocking.hpp"
#include "store/any/open.hpp"

namespace footfall::api {
namespace {

std::unique_ptr<store::Store> open(const std::string& url) {
  auto store = store::open_store(url, /*make=*/false);
  if (!store) throw Failure(store.error().message());
  return std::move(*store);
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

std::shared_ptr<RunState> RunHub::known(RunId run) const {
  const std::lock_guard lock(mutex_);
  const auto at = runs_.find(run);
  return at == runs_.end() ? nullptr : at->second;
}

std::shared_ptr<RunState> RunHub::keep(const store::Run& row, const simulation::Plan& plan) {
  auto policy = offers::make_policy(plan.policy);
  if (!policy) throw Failure(policy.error().message());
  simulation::Plan mine = plan;
  mine.run = row.id;
  mine.seed = row.seed;
  auto run = std::make_shared<RunState>(row, mine, shop_, std::move(*policy));
  const std::lock_guard lock(mutex_);
  return runs_.emplace(row.id, std::move(run)).first->second;
}

std::shared_ptr<RunState> RunHub::find_now(RunId run) {
  for (const store::Run& row : open(url_)->runs()) {
    if (row.id != run || row.mode != "live") continue;
    const auto plan = factory_.plan_of(row);
    if (!plan) throw Failure(plan.error().message());
    return keep(row, *plan);
  }
  return nullptr;
}

Task<std::shared_ptr<RunState>> RunHub::find(RunId run) {
  if (std::shared_ptr<RunState> found = known(run)) co_return found;
  const std::function<std::shared_ptr<RunState>()> work = [&] { return find_now(run); };
  co_return co_await run_blocking(desk_.get_executor(), work);
}

std::shared_ptr<RunState> RunHub::current_now() {
  RunId newest;
  for (const store::Run& row : open(url_)->runs()) {
    if (row.mode == "live" && row.status == "running") newest = row.id;
  }
  if (!newest) return nullptr;
  std::shared_ptr<RunState> found = known(newest);
  if (!found) found = find_now(newest);
  const std::lock_guard lock(mutex_);
  current_ = newest;
  return found;
}

Task<std::shared_ptr<RunState>> RunHub::current() {
  {
    const std::lock_guard lock(mutex_);
    const auto at = runs_.find(current_);
    if (current_ && at != runs_.end() && at->second->is_running()) co_return at->second;
  }
  const std::function<std::shared_ptr<RunState>()> work = [&] { return current_now(); };
  co_return co_await run_blocking(desk_.get_executor(), work);
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
  return keep(row, plan);
}

std::shared_ptr<RunState> RunHub::shop() const { return known(RunId{}); }

Task<Result<NewRun>> RunHub::plan(std::map<std::string, std::string> settings) {
  const std::function<Result<NewRun>()> work = [&] { return factory_.make(settings); };
  co_return co_await run_blocking(desk_.get_executor(), work);
}

Task<std::shared_ptr<RunState>> RunHub::create(NewRun run) {
  const std::function<std::shared_ptr<RunState>()> work = [&] {
    run.row.id = open(url_)->create_run(run.row);
    std::shared_ptr<RunState> state = keep(run.row, run.plan);
    const std::lock_guard lock(mutex_);
    current_ = run.row.id;
    return state;
  };
  co_return co_await run_blocking(desk_.get_executor(), work);
}

Task<void> RunHub::end(std::shared_ptr<RunState> run, std::string status) {
  const std::function<bool()> work = [&] {
    store::Run row = run->row();
    row.status = status;
    row.now = run->now();
    open(url_)->update_run(row);
    return true;
  };
  co_await run_blocking(desk_.get_executor(), work);
  run->note_running(false);
}

}  // namespace footfall::api
