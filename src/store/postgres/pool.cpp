#include "store/postgres/pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/assert.hpp"
#include "store/postgres/database_url.hpp"
#include "store/postgres/pool_state.hpp"
#include "store/postgres/sentences.hpp"

namespace footfall::store::postgres {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = PoolClock;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kAnswerGrace{2'000};  // beyond the statement timeout, which the server keeps
constexpr std::size_t kAddressesMax = 8;     // of one host
constexpr milliseconds kOpeningPause{1'000};  // after the server refused one connection more

double seconds(milliseconds duration) { return static_cast<double>(duration.count()) / 1000; }

void lend_socket(PoolSlot& slot) {
  error_code error;
  slot.descriptor.assign(slot.connection.socket(), error);
  if (error) throw DatabaseError("a socket cannot be watched: " + error.message(), "08006");
}

// The addresses of the URL's host, if it has a name. Takes as long as the system's resolver does,
// on a thread of Asio's; lookups of one io_context come one after another.
Task<std::vector<std::string>> look_up_host(const std::string& url) {
  std::vector<std::string> addresses;
  const std::optional<std::string> host = host_to_look_up(url);
  if (!host) co_return addresses;
  asio::ip::tcp::resolver resolver(co_await asio::this_coro::executor);
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  const auto found = co_await resolver.async_resolve(*host, "", token);
  if (error) {
    const std::string reason = "its name was not found (" + error.message() + ")";
    throw DatabaseError(connect_sentence("postgresql://" + *host, reason), "08001");
  }
  for (const auto& entry : found) {
    if (addresses.size() == kAddressesMax) break;
    addresses.push_back(entry.endpoint().address().to_string());
  }
  co_return addresses;
}

Task<void> connect(PoolState& state, PoolSlot& slot) {
  using Wait = Connection::Wait;
  const std::vector<std::string> addresses = co_await look_up_host(state.url);
  const milliseconds patience(state.limits.timeouts.connect_ms);
  slot.deadline = Clock::now() + patience;
  slot.connection = Connection::start(state.url, state.limits.timeouts, addresses);
  for (Wait wait = Wait::write; wait != Wait::none; wait = slot.connection.connect_poll()) {
    lend_socket(slot);
    const auto direction = wait == Wait::read ? asio::posix::stream_descriptor::wait_read
                                              : asio::posix::stream_descriptor::wait_write;
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await slot.descriptor.async_wait(direction, token);
    slot.descriptor.release();
    if (error) {
      throw DatabaseError(fmt::format("the database at {} cannot be reached: it did not answer "
                                      "within {} s. Is it running, and are host and port right?",
                                      slot.connection.where(), seconds(patience)),
                          "08001");
    }
  }
  lend_socket(slot);
  slot.open = true;
  ++state.counts.opened;
}

struct Answers {
  std::vector<Answer> list;
  std::optional<DatabaseError> refusal;  // the first
};

// What has come so far. True if something has, or all.
bool take_answers(PoolState& state, PoolSlot& slot, Answers& answers) {
  using Kind = Connection::Step::Kind;
  for (bool any = false;; any = true) {
    Connection::Step step = slot.connection.next();
    if (step.kind == Kind::busy) return any;
    if (step.kind == Kind::answer) answers.list.push_back(std::move(step.answer));
    if (step.kind == Kind::error && !answers.refusal)
      answers.refusal.emplace(step.message, step.sqlstate);
    if (step.kind != Kind::end_of_batch) continue;
    slot.under_way = false;
    slot.deadline = Clock::time_point::max();
    ++state.counts.batches;
    return true;
  }
}

// Sends a batch and takes its answers; an empty one only takes those of the batch under way.
Task<std::vector<Answer>> exchange(PoolState& state, PoolSlot& slot, std::span<const Query> batch) {
  // Answers may come together at the end: each statement has the time of one lock, one has its own.
  const Timeouts& timeouts = state.limits.timeouts;
  const auto more = static_cast<int>(std::max<std::size_t>(1, batch.size())) - 1;
  const milliseconds patience =
      milliseconds(timeouts.statement_ms + more * timeouts.lock_ms) + kAnswerGrace;
  Answers answers;
  answers.list.reserve(batch.size());
  try {
    if (!slot.open) throw DatabaseError("the connection to the database was lost before", "08003");
    slot.deadline = Clock::now() + patience;
    if (!batch.empty()) slot.connection.send(batch);
    slot.under_way = true;
    slot.flushing = !slot.connection.flush();
    for (;;) {
      const bool any = take_answers(state, slot, answers);
      if (!slot.under_way) break;
      if (any) slot.deadline = Clock::now() + patience;  // each statement has its own time
      const auto direction = slot.flushing ? asio::posix::stream_descriptor::wait_write
                                           : asio::posix::stream_descriptor::wait_read;
      error_code error;
      auto token = asio::redirect_error(asio::use_awaitable, error);
      co_await slot.descriptor.async_wait(direction, token);
      if (error && Clock::now() >= slot.deadline) {
        throw DatabaseError(
            fmt::format("the database at {} gave no answer within {} s, and the connection was "
                        "closed. Is it overloaded, or the network interrupted?",
                        slot.connection.where(), seconds(patience)),
            "08006");
      }
      slot.connection.consume_input();
      if (slot.flushing) slot.flushing = !slot.connection.flush();
    }
  } catch (const DatabaseError&) {
    if (slot.open) ++state.counts.lost;
    slot.close();
    if (!answers.refusal) throw;  // else it is the server's last word, and says more
  }
  if (answers.refusal) throw *answers.refusal;
  co_return std::move(answers.list);
}

// A pooler tells its clients the number of a process that is not the server's.
Task<void> look_for_pooler(PoolState& state, PoolSlot& slot) {
  const Query question("SELECT pg_catalog.pg_backend_pid()");
  const std::span<const Query> batch(&question, 1);
  const std::vector<Answer> answers = co_await exchange(state, slot, batch);
  if (answers[0].integer(0, 0) == slot.connection.backend_pid()) slot.connection.keep_statements();
}

Task<void> ask_timeouts(PoolState& state, PoolSlot& slot) {
  const Query question(
      "SELECT name, setting::bigint FROM pg_catalog.pg_settings"
      " WHERE name IN ('statement_timeout', 'lock_timeout')");
  const std::span<const Query> batch(&question, 1);
  const std::vector<Answer> answers = co_await exchange(state, slot, batch);
  bool sets_own = false;
  for (int row = 0; row < answers[0].rows(); ++row) {
    const bool is_lock = answers[0].text(row, 0) == "lock_timeout";
    const Timeouts& wanted = state.limits.timeouts;
    const std::int64_t role_ms = answers[0].integer(row, 1);  // 0: none
    sets_own |= role_ms <= 0 || role_ms > (is_lock ? wanted.lock_ms : wanted.statement_ms);
  }
  state.sets_timeouts = sets_own;
}

// Awaits the ROLLBACK of the lease before. False if that failed.
Task<bool> finish_rollback(PoolState& state, PoolSlot& slot) {
  try {
    co_await exchange(state, slot, {});
    co_return true;
  } catch (const DatabaseError&) {
    slot.close();
    co_return false;
  }
}

// Makes the slot's connection ready for a transaction. False if none can be opened, but others are
// open or being opened: the last to fail throws.
Task<bool> prepare(PoolState& state, PoolSlot& slot) {
  if (slot.open) {
    const bool rolled_back = co_await finish_rollback(state, slot);
    if (rolled_back) co_return true;
  }
  try {
    co_await connect(state, slot);
    if (!state.sets_timeouts) co_await ask_timeouts(state, slot);
    if (state.limits.keep_statements) co_await look_for_pooler(state, slot);
  } catch (const DatabaseError&) {
    slot.close();
    if (state.stopped || state.slots.size() == 1) throw;
    state.no_opening_until = Clock::now() + kOpeningPause;
    co_return false;
  }
  co_return true;
}

// The calls that share the slot's turn, as one transaction: it commits at the pipeline's end.
Task<void> work_off(PoolState& state, PoolSlot& slot) {
  std::vector<Query> batch;
  if (state.sets_timeouts.value_or(true)) batch.push_back(state.set_timeouts);
  const std::size_t before = batch.size();
  for (const PoolCall* call : slot.calls) batch.push_back(call->query);
  try {
    std::vector<Answer> answers = co_await exchange(state, slot, batch);
    for (std::size_t i = 0; i < slot.calls.size(); ++i) {
      if (slot.calls[i] != nullptr) slot.calls[i]->answer = std::move(answers[before + i]);
    }
    state.note_completed(Clock::now(), slot.calls.size() - 1);  // and one when the lease ends
    slot.end_calls(nullptr);
  } catch (const DatabaseError& error) {
    const bool try_each = slot.calls.size() > 1 && !error.is_lost_connection();
    slot.end_calls(try_each ? nullptr : &error);
  }
}

// `again`: had a turn that came to nothing, and goes to the front. Null: `call` has ridden along.
Task<PoolSlot*> wait_for_turn(PoolState& state, Clock::time_point began, bool again,
                              PoolCall* call) {
  const PoolLimits& limits = state.limits;
  if (state.stopped) {
    throw Failure("the database connections are closed", Failure::Kind::unavailable);
  }
  if (!again && state.waiters.size() >= static_cast<std::size_t>(limits.waiting_max)) {
    ++state.counts.refused;
    throw Failure(fmt::format("{} callers wait for a database connection already, and no more are "
                              "let in. Try again later, or reduce the load.",
                              limits.waiting_max),
                  Failure::Kind::busy);
  }
  PoolWaiter waiter(state, began);
  waiter.call = call;
  state.waiters.insert(again ? state.waiters.begin() : state.waiters.end(), &waiter);
  waiter.queued = true;
  ++state.bound->waiting;
  const int waiting = static_cast<int>(state.waiters.size());
  state.counts.waiting_peak = std::max(state.counts.waiting_peak, waiting);
  state.watch();
  error_code woken;
  auto token = asio::redirect_error(asio::use_awaitable, woken);
  co_await waiter.turn.async_wait(token);
  if (waiter.rides) co_return nullptr;
  if (waiter.slot == nullptr && state.stopped) {
    throw Failure("the database connections are closed", Failure::Kind::unavailable);
  }
  if (waiter.slot == nullptr) {
    throw Failure(
        fmt::format("no database connection became free within {} s: {} are busy, of at most {}, "
                    "and {} more callers wait. Reduce the load, or find out what keeps the "
                    "database busy.",
                    seconds(limits.wait_max), state.counts.busy, limits.kept + limits.extra,
                    state.waiters.size()),
        Failure::Kind::busy);
  }
  co_return std::exchange(waiter.slot, nullptr);
}

}  // namespace

Lease::Lease(std::shared_ptr<PoolState> state, PoolSlot* slot)
    : state_(std::move(state)), slot_(slot) {}

Lease::Lease(Lease&& other) noexcept
    : state_(std::move(other.state_)), slot_(std::exchange(other.slot_, nullptr)) {}

Lease::~Lease() {
  if (slot_ != nullptr) state_->give_back(slot_);
}

Task<std::vector<Answer>> Lease::run(std::span<const Query> batch) {
  FF_ASSERT(!batch.empty() && !slot_->under_way, "one batch at a time, of at least one query");
  return exchange(*state_, *slot_, batch);
}

const Query* Lease::set_timeouts() const {
  return state_->sets_timeouts.value_or(true) ? &state_->set_timeouts : nullptr;
}

Pool::Pool(asio::any_io_executor executor, std::string url, const PoolLimits& limits,
           std::shared_ptr<PoolBound> bound)
    : state_(std::make_shared<PoolState>(std::move(executor), std::move(url), limits,
                                         std::move(bound))) {}

Pool::~Pool() { state_->stop(); }

Task<Lease> PoolState::acquire(std::shared_ptr<PoolState> state, Clock::time_point began,
                               PoolCall* call, bool again) {
  for (;; again = true) {
    const bool may_take = again || state->waiters.empty();
    PoolSlot* slot = may_take ? state->take() : nullptr;
    if (slot == nullptr) slot = co_await wait_for_turn(*state, began, again, call);
    Lease lease(state, slot);
    if (slot == nullptr) co_return Lease(std::move(lease));
    bool ready = slot->open && !slot->under_way;
    if (!ready) ready = co_await prepare(*state, *slot);
    if (ready) co_return Lease(std::move(lease));
  }
}

Task<Lease> Pool::acquire() { return PoolState::acquire(state_, Clock::now(), nullptr, false); }

Task<Answer> PoolState::call(std::shared_ptr<PoolState> state, const Query& query,
                             std::int64_t key) {
  PoolCall call(query, key);
  const Clock::time_point began = Clock::now();
  PoolCall* may_ride = &call;
  for (bool again = false;; again = true) {
    const Lease lease = co_await acquire(state, began, may_ride, again);
    may_ride = nullptr;
    if (lease.slot_ != nullptr) {
      lease.slot_->add_last(call);
      co_await work_off(*state, *lease.slot_);
    }
    if (call.refusal) throw *call.refusal;
    if (call.answer) co_return std::move(*call.answer);
    // One of those beside it was refused, and with it all.
  }
}

Task<Answer> Pool::call(const Query& query, std::int64_t key) {
  return PoolState::call(state_, query, key);
}

PoolCounts Pool::counts() const {
  PoolCounts counts = state_->counts;
  counts.open = static_cast<int>(state_->slots.size());
  counts.waiting = static_cast<int>(state_->waiters.size());
  counts.working_limit = state_->bound->working.limit();
  return counts;
}

}  // namespace footfall::store::postgres
