#include "store/postgres/pool_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace footfall::store::postgres {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = PoolClock;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kWatchEvery{100};
constexpr milliseconds kSurelyAlive{20};  // a connection used so recently is not looked at

}  // namespace

PoolWaiter::PoolWaiter(PoolState& owner, Clock::time_point began)
    : state(owner), turn(owner.executor, Clock::time_point::max()), since(began) {}

PoolCall::~PoolCall() {
  if (slot != nullptr)
    std::replace(slot->calls.begin(), slot->calls.end(), this, static_cast<PoolCall*>(nullptr));
}

void PoolSlot::add_last(PoolCall& call) {
  add_call(call);
  std::erase(calls, nullptr);
  const auto by_key = [](const PoolCall* a, const PoolCall* b) { return a->key < b->key; };
  std::stable_sort(calls.begin(), calls.end(), by_key);
}

void PoolSlot::end_calls(const DatabaseError* error) {
  for (PoolCall* call : std::exchange(calls, {})) {
    if (call == nullptr) continue;
    if (error != nullptr && !call->answer) call->refusal = *error;
    call->slot = nullptr;
    if (call->rider != nullptr) call->rider->turn.cancel();
    call->rider = nullptr;
  }
}

PoolWaiter::~PoolWaiter() {
  if (queued) {
    state.waiters.erase(std::find(state.waiters.begin(), state.waiters.end(), this));
    --state.bound->waiting;
  }
  if (slot != nullptr) state.give_back(slot);
}

PoolState::PoolState(asio::any_io_executor the_executor, std::string the_url,
                     const PoolLimits& the_limits, std::shared_ptr<PoolBound> the_bound)
    : executor(std::move(the_executor)),
      url(std::move(the_url)),
      limits(the_limits),
      bound(std::move(the_bound)),
      set_timeouts_sql(fmt::format("SELECT set_config('statement_timeout', '{}', true), "
                                   "set_config('lock_timeout', '{}', true)",
                                   limits.timeouts.statement_ms, limits.timeouts.lock_ms)),
      set_timeouts(set_timeouts_sql.c_str()),
      watchdog(executor) {
  ++bound->taken;
  number = bound->pools++;
  bound->working.set_fewest(bound->pools);
}

PoolState::~PoolState() {
  while (!slots.empty()) drop(slots.back().get());
  --bound->taken;
  bound->working.set_fewest(--bound->pools);
}

// Each pool has its part of what may work at once, and at least one; the first have what is left
// over, so that each step of the limit is felt.
int PoolState::working_limit() const {
  const int pools = bound->pools.load(std::memory_order_relaxed);
  const int limit = bound->working.limit();
  return std::max(1, limit / pools + (number % pools < limit % pools ? 1 : 0));
}

PoolSlot* PoolState::take() {
  if (stopped || counts.busy >= working_limit()) return nullptr;
  const Clock::time_point now = Clock::now();
  PoolSlot* slot = nullptr;
  while (slot == nullptr && !idle.empty()) {
    slot = idle.back();
    idle.pop_back();
    if (slot->under_way || now - slot->idle_since < kSurelyAlive || slot->is_silent()) break;
    ++counts.lost;
    drop(std::exchange(slot, nullptr));
  }
  if (slot == nullptr && (now >= no_opening_until || slots.empty())) slot = new_slot();
  if (slot == nullptr) return nullptr;
  slot->leased = true;
  ++counts.busy;
  watch();
  return slot;
}

// The first is always granted: its place was held (PoolBound::taken).
PoolSlot* PoolState::new_slot() {
  if (!slots.empty()) {
    int taken = bound->taken.load();
    do {
      if (taken >= limits.kept + limits.extra) return nullptr;
    } while (!bound->taken.compare_exchange_weak(taken, taken + 1));
  }
  ++bound->open;
  slots.push_back(std::make_unique<PoolSlot>(executor));
  counts.open_peak = std::max(counts.open_peak, static_cast<int>(slots.size()));
  return slots.back().get();
}

void PoolState::drop(PoolSlot* slot) {
  const auto at = std::find_if(slots.begin(), slots.end(),
                               [slot](const auto& owned) { return owned.get() == slot; });
  std::swap(*at, slots.back());
  slots.pop_back();
  --bound->open;
  if (!slots.empty()) --bound->taken;
}

void PoolState::note_completed(Clock::time_point now, std::size_t calls) {
  const auto now_us = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch());
  for (; calls > 0; --calls) bound->working.completed(now_us.count(), bound->waiting > 0);
}

// A ROLLBACK is only sent here; whoever takes the slot next awaits its answer.
void PoolState::give_back(PoolSlot* slot) {
  const Clock::time_point now = Clock::now();
  slot->leased = false;
  --counts.busy;
  if (slot->open) note_completed(now, 1);
  bool keep = slot->open && !slot->under_way && !stopped;
  if (!slot->calls.empty()) {  // who had the turn was destroyed
    const DatabaseError gone("the caller whose turn was shared is gone", "08006");
    slot->end_calls(&gone);
  }
  if (keep && slot->connection.in_transaction()) {
    const Query rollback("ROLLBACK");
    try {
      slot->connection.send({&rollback, 1});
      slot->flushing = !slot->connection.flush();
      slot->under_way = true;
    } catch (const DatabaseError&) {
      ++counts.lost;
      keep = false;
    }
  }
  if (keep) {
    slot->idle_since = now;
    idle.push_back(slot);
  } else {
    drop(slot);
  }
  serve();
}

void PoolState::serve() {
  while (!waiters.empty()) {
    PoolSlot* slot = take();
    if (slot == nullptr) return;
    give_turn(slot);
  }
}

// To who is first; or, where more wait than have turns, to the last of a few calls that share it.
void PoolState::give_turn(PoolSlot* slot) {
  const bool ready = slot->open && !slot->under_way;
  const int share = ready ? static_cast<int>(waiters.size() - 1) / working_limit() : 0;
  PoolWaiter* waiter = next_waiter();
  for (int riders = std::min(Pool::kRidersMax, share); riders > 0; --riders) {
    if (waiter->call == nullptr || waiters.front()->call == nullptr) break;
    ++counts.ridden;
    waiter->rides = true;
    waiter->call->rider = waiter;
    slot->add_call(*waiter->call);
    waiter = next_waiter();
  }
  waiter->slot = slot;
  waiter->turn.cancel();
}

PoolWaiter* PoolState::next_waiter() {
  PoolWaiter* waiter = waiters.front();
  waiters.pop_front();
  waiter->queued = false;
  --bound->waiting;
  return waiter;
}

void PoolState::watch() {
  const bool surplus = !idle.empty() && bound->open > limits.kept;
  const bool quiet = counts.busy == 0 && waiters.empty() && !surplus;
  if (watching || quiet) return;
  watching = true;
  watchdog.expires_after(kWatchEvery);
  watchdog.async_wait([self = shared_from_this()](const error_code&) { self->look(); });
}

void PoolState::look() {
  watching = false;
  const Clock::time_point now = Clock::now();
  for (const auto& slot : slots) {
    // A sender is woken to read: the server may be waiting for that before it reads on itself.
    error_code ignored;
    if (slot->leased && slot->descriptor.is_open() && (slot->flushing || now >= slot->deadline)) {
      slot->descriptor.cancel(ignored);
    }
  }
  refuse_late(now);
  close_surplus(now);
  serve();  // another pool may have made room
  watch();
}

void PoolState::refuse_late(Clock::time_point now) {
  while (!waiters.empty() && now - waiters.front()->since >= limits.wait_max) {
    next_waiter()->turn.cancel();
    ++counts.refused;
  }
}

void PoolState::close_surplus(Clock::time_point now) {
  while (!idle.empty() && bound->open > limits.kept &&
         now - idle.front()->idle_since >= limits.idle_max) {
    drop(idle.front());
    idle.erase(idle.begin());
  }
}

void PoolState::stop() {
  stopped = true;
  watchdog.cancel();
  for (PoolSlot* slot : idle) drop(slot);
  idle.clear();
  while (!waiters.empty()) next_waiter()->turn.cancel();
}

}  // namespace footfall::store::postgres
