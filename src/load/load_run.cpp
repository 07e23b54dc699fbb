#include "load/load_run.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>

#include "base/assert.hpp"
#include "base/failure.hpp"
#include "base/task_group.hpp"
#include "commerce/http/shop_window.hpp"
#include "http/listening.hpp"
#include "simulation/api_offers.hpp"
#include "simulation/run_numbers.hpp"
#include "telemetry/json_writer.hpp"

namespace footfall::load {
namespace {

using commerce::ApiAction;
using std::chrono::milliseconds;

constexpr std::uint64_t kOtherFiles = 64;  // open beside connections
constexpr int kWeeks = 595;                // the longest that a run can be: the load ends first

// Everything that a run tells is in its progress.
class Silent final : public simulation::LiveObserver {
 public:
  void note(const simulation::LiveEvent&, const simulation::LiveProgress&) override {}
};

// Nothing is kept.
class NoJournal final : public store::TripJournal {
 public:
  Task<store::OpenStatus> open(const store::SessionOpening&) override {
    co_return store::OpenStatus::opened;
  }
  Task<store::CloseStatus> close(const store::TripEnd&) override {
    co_return store::CloseStatus::closed;
  }
  Task<void> note(const retail::RecordBatch&) override { co_return; }
};

// Shelves are sold as the shop has them; runs, time and wallets are steered where the shop is
// footfall's own server.
class LoadOffers final : public simulation::OfferEngine {
 public:
  LoadOffers(commerce::ApiShop& shop, commerce::FootfallApi* api, const commerce::ShopVisit& asking)
      : shop_(shop), api_(api), asking_(asking) {}

  Task<void> open_cycle(store::OfferCycleOpening& opening, std::span<const store::DueRefresh>,
                        SimTime now) override {
    co_await commerce::read_shop_window(shop_, asking_, now, opening.shelf);
  }
  Task<simulation::WalletCounts> refresh(SimTime) override {
    if (!api_) co_return simulation::WalletCounts{};
    const commerce::WalletsFilled filled = co_await api_->fill_due_wallets(shop_.run);
    co_return simulation::WalletCounts{filled.assigned, filled.expired, filled.superseded};
  }
  Task<void> advance(SimTime now) override {
    if (api_) co_await api_->advance(shop_.run, now);
  }
  Task<std::int64_t> finish(SimTime, bool) override { co_return 0; }

 private:
  commerce::ApiShop& shop_;
  commerce::FootfallApi* api_;
  commerce::ShopVisit asking_;
};

simulation::Plan plan_of(std::uint64_t seed) {
  simulation::Plan plan;
  plan.run = simulation::run_by_the_clock();
  plan.seed = seed;
  plan.start = parse_sim_time("2026-01-05").value();
  plan.until = plan.start + kDay * (7 * kWeeks);
  plan.activity = simulation::Activity::crowd;  // few who come think better of it
  plan.rules.stagger = false;                   // all have their coupons from the first day on
  return plan;
}

simulation::LiveOptions live_options(const LoadOptions& options) {
  simulation::LiveOptions live;
  live.batch_size = options.sessions_at_once;
  live.breaker_share = 1;
  live.on_freeze.then = simulation::OnFreeze::Then::exit;
  live.at_most = options.at_most;
  live.everybody_comes = true;
  return live;
}

commerce::ApiLimits limits_of(const LoadOptions& options) {
  commerce::ApiLimits limits;
  limits.sessions = 1;
  limits.client = options.client;
  limits.client.connections_max = options.connections;
  limits.rate.policy = options.per_second ? http::RatePolicy::bucket : http::RatePolicy::off;
  limits.rate.per_second = options.per_second.value_or(limits.rate.per_second);
  limits.tries_max = 1;  // an error is counted, not mended
  return limits;
}

commerce::ApiLimits steering_limits(const LoadOptions& options) {
  commerce::ApiLimits limits;
  limits.sessions = 1;
  limits.client = options.client;
  limits.client.connections_max = 4;
  limits.rate.policy = http::RatePolicy::off;
  limits.tries_max = options.steering_tries;
  return limits;
}

std::string start_body(const simulation::Plan& plan, std::int64_t agents) {
  std::string body;
  telemetry::JsonWriter(body)
      .begin_object()
      .member("seed", static_cast<std::int64_t>(plan.seed))
      .member("start", std::string_view(to_date_string(plan.start)))
      .member("until", std::string_view(to_date_string(plan.until)))
      .member("agents", agents)
      .member("stagger", false)
      .end_object();
  return body;
}

Result<void> check(const LoadOptions& options) {
  const auto wrong = [](std::string text) { return Error(Errc::invalid_input, std::move(text)); };
  if (!options.url.is_loopback && !options.own_host) {
    return wrong(
        fmt::format("{} is not this machine: full load is for hosts of your own. Say "
                    "--i-own-this-host if it is one and may be loaded",
                    options.url.origin));
  }
  if (options.at_most < milliseconds(1) || options.at_most > kLoadLongest) {
    return wrong("a load lasts at most an hour: --for takes 1s to 1h");
  }
  return {};
}

}  // namespace

struct LoadRun::State {
  State(const LoadWorld& its_world, const LoadOptions& its_options)
      : world(its_world),
        options(its_options),
        plan(plan_of(its_options.seed)),
        time(io.get_executor()),
        control(io.get_executor()),
        pace(time, control, std::nullopt),
        sessions(io.get_executor(), time, options.url, limits_of(options)),
        steering(io.get_executor(), time, options.url, steering_limits(options)),
        alarm(time.make_alarm()),
        watch(io.get_executor()) {}

  bool is_footfall() const { return world.profile.is_footfall(); }
  Task<void> live();
  Task<void> begin();
  Task<void> end_in_time();

  const LoadWorld& world;
  LoadOptions options;
  simulation::Plan plan;
  boost::asio::io_context io{1};
  SteadyTime time;
  simulation::RunControl control;
  simulation::Pace pace;
  commerce::ApiSessions sessions, steering;
  std::unique_ptr<Alarm> alarm;
  TaskGroup watch;  // over the end
  bool is_ending = false;
  std::unique_ptr<simulation::LiveRun> live_run;
  std::unique_ptr<commerce::FootfallApi> api;
  std::unique_ptr<commerce::ApiShop> shop;
  std::unique_ptr<LoadOffers> offers;
  NoJournal journal;
  Silent observer;
  double seconds = 0;
};

LoadRun::LoadRun(std::unique_ptr<State> state) : state_(std::move(state)) {}
LoadRun::~LoadRun() = default;

simulation::RunControl& LoadRun::control() { return state_->control; }
boost::asio::io_context& LoadRun::io() { return state_->io; }

Result<std::unique_ptr<LoadRun>> LoadRun::create(const LoadWorld& world,
                                                 const LoadOptions& options) {
  FF_ASSERT(!world.agents.empty(), "a load needs somebody who shops");
  if (const auto good = check(options); !good) return good.error();
  http::raise_descriptor_limit(static_cast<std::uint64_t>(options.connections) + kOtherFiles);
  auto state = std::make_unique<State>(world, options);
  auto live_run = simulation::LiveRun::create(state->plan, world.catalogue, world.population,
                                              world.agents, live_options(options));
  if (!live_run) return live_run.error();
  state->live_run = std::move(*live_run);
  return std::unique_ptr<LoadRun>(new LoadRun(std::move(state)));
}

// Where the shop is footfall's server the run is begun there.
Task<void> LoadRun::State::begin() {
  RunId run = plan.run;
  if (is_footfall()) {
    api = std::make_unique<commerce::FootfallApi>(steering, options.admin_token);
    const auto agents = static_cast<std::int64_t>(world.agents.size());
    const std::string body = start_body(plan, agents);
    const commerce::ApiRun begun = co_await api->start(body);
    run = begun.id;
    if (begun.agents != agents) {
      throw Failure(fmt::format("{} lets {} agents shop, not {}: say --agents {}",
                                options.url.origin, begun.agents, agents, begun.agents));
    }
  }
  shop.reset(
      new commerce::ApiShop{sessions,
                            world.profile,
                            world.catalogue,
                            world.tokens,
                            commerce::names_of(world.catalogue),
                            run,
                            api ? std::string() : simulation::key_tail(store::wall_clock_us()),
                            plan.rules.life,
                            {}});
  for (const store::Agent& agent : world.agents) {
    shop->personas.emplace(agent.id.value, agent.persona.persona_id);
  }
  offers = std::make_unique<LoadOffers>(
      *shop, api.get(), simulation::asking_visit(world.agents, world.population, world.catalogue));
}

// Who still waits for answers a while after the end is not waited for.
Task<void> LoadRun::State::end_in_time() {
  const Moment latest = time.now() + options.grace;
  const bool came = co_await alarm->wait_until(latest);
  if (!came) co_return;
  sessions.abort();
  steering.abort();
  steering.release();  // the run's end is still to be told
}

Task<void> LoadRun::State::live() {
  co_await begin();
  simulation::LiveWorld live_world;
  live_world.make_commerce = [this] { return std::make_unique<commerce::HttpCommerce>(*shop); };
  live_world.journal = &journal;
  live_world.offers = offers.get();
  live_world.mirror_orders = true;
  live_world.carts_with_journal = false;
  control.on_change([this] {
    if (control.is_stopping() && !std::exchange(is_ending, true)) watch.start(end_in_time());
  });
  std::exception_ptr failure;
  const Moment began = time.now();
  try {
    co_await live_run->run(shop->run, live_world, time, control, pace, observer);
  } catch (...) {
    failure = std::current_exception();
  }
  seconds = std::chrono::duration<double>(time.now() - began).count();
  is_ending = true;
  alarm->ring();
  co_await watch.wait();
  if (api) {
    try {
      co_await api->stop(shop->run);
    } catch (const Failure&) {
      if (!failure) failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

void LoadRun::run() {
  State& state = *state_;
  std::exception_ptr error;
  boost::asio::co_spawn(state.io, state.live(), [&](const std::exception_ptr& escaped) {
    error = escaped;
    state.io.stop();
  });
  state.io.run();
  if (error) std::rethrow_exception(error);
}

LoadReport LoadRun::report() const {
  const State& state = *state_;
  LoadReport report;
  report.agents = static_cast<std::int64_t>(state.world.agents.size());
  report.seconds = state.seconds;
  report.shopped = state.live_run->progress();
  report.hours = report.shopped.cycle + 1;
  report.requests = state.sessions.counts();
  report.latency = state.sessions.latency();
  report.steering = state.steering.counts().sent;
  const commerce::Profile& profile = state.world.profile;
  for (const ApiAction action : {ApiAction::list_products, ApiAction::view_coupons}) {
    if (profile.has(action)) continue;
    report.notes.push_back(
        fmt::format("the profile '{}' has no {}: {}", profile.name(), to_string(action),
                    action == ApiAction::list_products
                        ? "the agents ask for products and prices of the catalogue given"
                        : "the agents use no coupons"));
  }
  if (!state.shop) return report;
  const commerce::ApiShop::Shown& shown = state.shop->shown;
  if (shown.wallets > 0 && shown.known == 0) {
    report.notes.push_back(
        shown.coupons == 0
            ? fmt::format("{} shows no coupons: every wallet that was looked at was empty",
                          state.options.url.origin)
            : fmt::format("{} shows coupons, but none that the catalogue given has: no coupon was "
                          "used. Name the shop's own with --catalogue",
                          state.options.url.origin));
  }
  return report;
}

}  // namespace footfall::load
