// Tests only: a live run in a world that does as it is told, on a clock that the test moves. Calls
// take as long as the test says, fail for whom it says, or stall until it lets them go.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/failure.hpp"
#include "base/manual_time.hpp"
#include "base/task_group.hpp"
#include "commerce/local_cart.hpp"
#include "simulation/live_run.hpp"
#include "simulation/test_world.hpp"

namespace footfall::simulation {

using std::chrono::milliseconds;

// What the world's parts share. Everything that happens is a line of `log`, in order.
struct Script {
  explicit Script(boost::asio::io_context& its_io, Timekeeper& its_time)
      : io(its_io), time(its_time) {}

  boost::asio::io_context& io;
  Timekeeper& time;
  std::vector<std::string> log;
  milliseconds call_time{0};                               // of each action
  std::set<std::int64_t> failing;                          // agents whose actions fail
  bool unanswered = false;                                 // checkouts are done, and not answered
  bool can_be_asked = true;                                // for them
  int settle_failures = 0;                                 // of the next questions
  std::set<std::int64_t> unpaid;                           // agents whose checkouts fail
  std::map<std::int64_t, std::shared_ptr<Event>> stalled;  // agents whose actions wait for it
  std::function<void(std::int64_t agent, shopper::ActionKind)> before_action;
  int open_failures = 0;       // of the next ones, after the write
  int lost_openings = 0;       // of the next ones, before it
  int forgotten_openings = 0;  // of the next ones: answered, and not kept
  bool ordered = false;        // each session that failed has an order
  int close_failures = 0, note_failures = 0, advance_failures = 0, finish_failures = 0;
  std::map<std::int64_t, SimTime> opened;  // sessions that are open
  std::map<std::int64_t, retail::SessionOutcome> ended;
  std::map<std::int64_t, int> sessions_of;                     // by agent
  std::map<std::int64_t, std::vector<std::vector<int>>> adds;  // of each agent's trips: products
  std::vector<Alarm*> calling;
  std::string probe_answer;
  int holds = 0, releases = 0, aborts = 0, probes = 0;

  // Uses one of the failures up.
  static bool is_next(int& failures) { return failures > 0 && failures-- > 0; }

  Task<void> call(std::int64_t agent, shopper::ActionKind kind) {
    if (before_action) before_action(agent, kind);
    if (call_time.count() > 0) {
      const std::unique_ptr<Alarm> alarm = time.make_alarm();
      const Moment until = time.now() + call_time;
      calling.push_back(alarm.get());
      const bool came = co_await alarm->wait_until(until);
      std::erase(calling, alarm.get());
      if (!came) {
        throw commerce::TripFailure("given up", commerce::TripFailure::Kind::connection);
      }
    }
    const auto waits = stalled.find(agent);
    if (waits != stalled.end()) {
      const std::shared_ptr<Event> event = waits->second;
      co_await event->wait();
    }
    const bool pays = kind == shopper::ActionKind::complete_checkout;
    if (failing.contains(agent) || (pays && unpaid.contains(agent))) {
      throw commerce::TripFailure("the shop is on fire", commerce::TripFailure::Kind::api_5xx,
                                  "call-1");
    }
    log.push_back(fmt::format("agent {} acts", agent));
  }
};

class ScriptedCommerce final : public commerce::LiveCommerce {
 public:
  ScriptedCommerce(const retail::Catalogue& catalogue, Script& script)
      : cart_(catalogue), script_(script) {}

  void enter(const commerce::ShopVisit& visit) override {
    cart_.enter(visit);
    script_.adds[visit.agent.value].emplace_back();
  }
  const commerce::Basket& basket() const override { return cart_.basket(); }

  Task<shopper::Outcome> perform(const shopper::Action& action) override {
    using Kind = shopper::ActionKind;
    const shopper::Action asked = action;
    co_await script_.call(cart_.visit().agent.value, asked.kind);
    shopper::Outcome outcome;
    if (asked.kind == Kind::browse_products) outcome = cart_.browse(asked.categories);
    if (asked.kind == Kind::add_to_cart) {
      outcome = cart_.add(asked.lines);
      std::vector<int>& products = script_.adds[cart_.visit().agent.value].back();
      for (const retail::CartLine& line : asked.lines) products.push_back(line.product);
    }
    if (asked.kind == Kind::view_coupons) outcome = cart_.show_wallet({}, asked.at);
    if (asked.kind == Kind::apply_coupons) outcome = cart_.apply(asked.coupons, asked.at);
    if (asked.kind == Kind::abandon_session) cart_.note_left();
    co_return outcome;
  }

  Task<commerce::CheckedOut> check_out(const shopper::Action& action,
                                       const commerce::AtCheckout& at_checkout) override {
    const SimTime at = action.at;
    co_await script_.call(cart_.visit().agent.value, shopper::ActionKind::complete_checkout);
    commerce::CheckedOut result;
    result.outcome.total = cart_.basket().priced.total;
    if (script_.unanswered) {
      at_ = at;
      throw commerce::UnsettledCheckout("no answer", commerce::TripFailure::Kind::timeout, "call-2",
                                        script_.can_be_asked);
    }
    cart_.note_placed(at);
    at_checkout(result.outcome);
    co_return result;
  }

  Task<std::optional<shopper::Outcome>> settle() override {
    script_.log.push_back("asks");
    if (Script::is_next(script_.settle_failures)) {
      throw commerce::TripFailure("still no answer", commerce::TripFailure::Kind::timeout);
    }
    cart_.note_placed(at_);
    shopper::Outcome outcome;
    outcome.total = cart_.basket().priced.total;
    co_return outcome;
  }

 private:
  commerce::LocalCart cart_;
  Script& script_;
  SimTime at_;  // of the last checkout
};

// Refuses what a database would: two open sessions of an agent, ends of what is not open.
class ScriptedJournal final : public store::TripJournal {
 public:
  explicit ScriptedJournal(Script& script) : script_(script) {}

  Task<store::OpenStatus> open(const store::SessionOpening& opening) override {
    if (Script::is_next(script_.lost_openings)) throw Failure("the statement took too long");
    if (Script::is_next(script_.forgotten_openings)) co_return store::OpenStatus::opened;
    const auto [at, is_first] = open_of_.try_emplace(opening.agent.value, opening.session.value);
    if (!is_first && at->second != opening.session.value) co_return store::OpenStatus::other_open;
    script_.opened[opening.session.value] = opening.started;
    agent_of_[opening.session.value] = opening.agent.value;
    ++script_.sessions_of[opening.agent.value];
    if (Script::is_next(script_.open_failures)) throw Failure("the answer was lost");
    co_return store::OpenStatus::opened;
  }
  Task<store::CloseStatus> close(const store::TripEnd& end) override {
    const retail::SessionRecord record = end.batch->sessions.front();
    if (Script::is_next(script_.close_failures)) throw Failure("the disk is full");
    if (script_.ended.contains(record.id.value)) co_return store::CloseStatus::closed_before;
    const bool failed = record.outcome == retail::SessionOutcome::error;
    if (script_.ordered && failed) co_return store::CloseStatus::has_order;
    if (script_.opened.erase(record.id.value) == 0) co_return store::CloseStatus::not_open;
    open_of_.erase(agent_of_.at(record.id.value));
    script_.ended[record.id.value] = record.outcome;
    script_.log.push_back(fmt::format("agent {} ends", agent_of_.at(record.id.value)));
    co_return store::CloseStatus::closed;
  }
  Task<void> note(const retail::RecordBatch&) override {
    if (Script::is_next(script_.note_failures)) throw Failure("the disk is full");
    co_return;
  }

 private:
  Script& script_;
  std::map<std::int64_t, std::int64_t> open_of_, agent_of_;
};

class ScriptedOffers final : public OfferEngine {
 public:
  explicit ScriptedOffers(Script& script) : script_(script) {}

  Task<void> open_cycle(store::OfferCycleOpening&, std::span<const store::DueRefresh>,
                        SimTime) override {
    co_return;
  }
  Task<WalletCounts> refresh(SimTime) override { co_return WalletCounts{}; }
  Task<void> advance(SimTime now) override {
    if (Script::is_next(script_.advance_failures)) throw Failure("the database is gone");
    script_.log.push_back("advance to " + to_string(now));
    co_return;
  }
  Task<std::int64_t> finish(SimTime, bool) override {
    if (Script::is_next(script_.finish_failures)) throw Failure("the database is gone");
    script_.log.push_back("finish");
    co_return 0;
  }

 private:
  Script& script_;
};

class ScriptedService final : public Service {
 public:
  explicit ScriptedService(Script& script) : script_(script) {}
  void hold() override { ++script_.holds; }
  void release() override { ++script_.releases; }
  void abort() override {
    ++script_.aborts;
    for (Alarm* const call : script_.calling) call->ring();
  }
  Task<std::string> probe() override {
    ++script_.probes;
    co_return script_.probe_answer;
  }

 private:
  Script& script_;
};

// One run. Members may be changed until begin().
class ScriptedRun final : public LiveObserver {
 public:
  explicit ScriptedRun(int people) : ScriptedRun(people, std::nullopt) {}
  ScriptedRun(int people, std::optional<double> scale)
      : script(io, time),
        shop(small_shop()),
        people_(small_population(shop, people)),
        control(io.get_executor()),
        pace(time, control, scale ? std::optional<Rate>(rate_of(*scale)) : std::nullopt),
        journal_(script),
        offers_(script),
        service_(script) {
    for (int i = 1; i <= people; ++i) agents_.push_back({AgentId{i}, UserId{i}, {}});
    plan.run = RunId{1};
    plan.seed = 42;
    plan.start = parse_sim_time("2026-01-05").value();
    plan.until = plan.start + kDay;
    plan.activity = Activity::crowd;
    world_.make_commerce = [this] { return std::make_unique<ScriptedCommerce>(shop, script); };
    world_.journal = &journal_;
    world_.offers = &offers_;
    world_.service = &service_;
  }

  void commit_by_cycle() {
    world_.journal = &by_cycle_;
    world_.by_cycle = &by_cycle_;
  }

  // Lives until it waits for time, or for the test.
  void begin() {
    begun_at = time.now();
    run_ = LiveRun::create(plan, shop, people_, agents_, options).value();
    boost::asio::co_spawn(io, run_->run(plan.run, world_, time, control, pace, *this),
                          [this](const std::exception_ptr& escaped) { note_end(escaped); });
    time.run_until_idle();
  }
  void advance(milliseconds span) { time.advance_by(span); }

  void note(const LiveEvent& event, const LiveProgress& now) override {
    std::string line(to_string(event.kind));
    if (!event.message.empty()) line += fmt::format(": {}", event.message);
    events.push_back(line);
    script.log.push_back(line);
    if (event.kind == LiveEvent::Kind::cycle_began) {
      starts.push_back(
          std::chrono::duration_cast<std::chrono::microseconds>(time.now() - begun_at));
      admitted.push_back(now.admitted);
    }
    if (on_event) on_event(event);
  }

  std::int64_t count(std::string_view kind) const {
    return std::count_if(events.begin(), events.end(),
                         [&](const std::string& line) { return line.starts_with(kind); });
  }
  const LiveProgress& progress() const { return run_->progress(); }

  boost::asio::io_context io{1};
  ManualTime time{io};
  Script script;
  retail::Catalogue shop;
  Plan plan;
  LiveOptions options;

 private:
  personas::Population people_;
  std::vector<store::Agent> agents_;

 public:
  RunControl control;
  Pace pace;
  Moment begun_at;
  std::vector<std::string> events;
  std::vector<std::chrono::microseconds> starts;  // of cycles, since the run's beginning
  std::vector<std::size_t> admitted;              // to each cycle
  std::function<void(const LiveEvent&)> on_event;
  bool ended = false;
  std::string failure;  // that ended it

 private:
  void note_end(const std::exception_ptr& escaped) {
    ended = true;
    try {
      if (escaped) std::rethrow_exception(escaped);
    } catch (const std::exception& error) {
      failure = error.what();
    }
  }

  ScriptedJournal journal_;
  CycleJournal by_cycle_{journal_};
  ScriptedOffers offers_;
  ScriptedService service_;
  LiveWorld world_;
  std::unique_ptr<LiveRun> run_;
};

}  // namespace footfall::simulation
