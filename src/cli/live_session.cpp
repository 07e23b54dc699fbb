#include "cli/live_session.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <limits>

#include "base/task_group.hpp"
#include "base/text.hpp"
#include "cli/run_continue.hpp"
#include "cli/run_holder.hpp"
#include "cli/run_plan.hpp"
#include "http/listening.hpp"
#include "simulation/load_estimate.hpp"
#include "simulation/run_numbers.hpp"
#include "store/any/open.hpp"
#include "store/any/url.hpp"
#include "store/wall_clock.hpp"
#include "telemetry/json_writer.hpp"

namespace footfall::cli {
namespace {

using Shop = LiveTarget::Shop;
using Keep = LiveTarget::Keep;

constexpr std::chrono::seconds kSayEvery{10};  // run_holder.hpp
constexpr std::uint64_t kOtherFiles = 64;      // open beside connections

// Runs the io_context until the task is over; what escapes from it is thrown here.
void finish(boost::asio::io_context& io, Task<void> task) {
  std::exception_ptr error;
  // Stopped, since the pool's timer runs on while surplus connections idle.
  boost::asio::co_spawn(io, std::move(task), [&](const std::exception_ptr& escaped) {
    error = escaped;
    io.stop();
  });
  io.run();
  if (error) std::rethrow_exception(error);
}

std::optional<simulation::Rate> rate_in(const LiveTarget& target) {
  if (!target.scale) return std::nullopt;
  return simulation::rate_of(*target.scale);
}

// The body of POST /simulation/start.
std::string start_body(const simulation::Plan& plan, const Settings& settings,
                       std::int64_t agents) {
  std::string body;
  telemetry::JsonWriter json(body);
  json.begin_object()
      .member("seed", static_cast<std::int64_t>(plan.seed))
      .member("start", std::string_view(to_date_string(plan.start)))
      .member("until", std::string_view(to_date_string(plan.until)))
      .member("agents", agents)
      .member("activity", std::string_view(settings.text("activity")))
      .member("profile", std::string_view(settings.text("profile")))
      .member("on_failed_checkout", std::string_view(settings.text("on-failed-checkout")))
      .member("behavior", std::string_view(shopper::coefficients_toml(plan.coefficients)))
      .member("policy", std::string_view(plan.policy))
      .member("wallet", std::string_view(settings.text("wallet")))
      .member("stagger", settings.on("stagger"))
      .member("deals", plan.deals.share)
      .member("refresh", false);  // the run asks for it, and counts what was given
  for (const std::string_view name :
       {"offer_cycle_days", "offer_expiration_days", "max_wallet_capacity", "frontstore_per_cycle",
        "category_brand_per_cycle"}) {
    std::string setting(name);
    for (char& c : setting) c = c == '_' ? '-' : c;
    json.member(name, settings.whole(setting));
  }
  json.end_object();
  return body;
}

}  // namespace

LiveSession::LiveSession(const Settings& settings, LiveTarget target)
    : settings_(settings),
      target_(std::move(target)),
      time_(io_.get_executor()),
      control_(io_.get_executor()),
      pace_(time_, control_, rate_in(target_)) {}

LiveSession::~LiveSession() = default;

Result<std::unique_ptr<LiveSession>> LiveSession::create(const Settings& settings,
                                                         LiveTarget target,
                                                         const std::optional<store::Run>& stored) {
  std::unique_ptr<LiveSession> session(new LiveSession(settings, std::move(target)));
  if (const auto prepared = session->prepare(stored); !prepared) return prepared.error();
  return session;
}

Result<void> LiveSession::prepare(const std::optional<store::Run>& stored) {
  const auto store = store::open_store(settings_.text("db"), /*make=*/false);
  if (!store) return store.error();
  auto plan = plan_of(settings_);
  if (!plan) return plan.error();
  auto world = load_world(**store, settings_);
  if (!world) return world.error();
  plan_ = std::move(*plan);
  world_ = std::make_unique<World>(std::move(*world));
  goes_on_ = stored.has_value();
  if (goes_on_) {
    if (const auto same = prepare_continued(*stored, *world_, run_, plan_, settings_); !same) {
      return same.error();
    }
  } else {
    plan_.seed = seed_of(settings_);
    plan_.run = simulation::run_by_the_clock();  // until the run has a number, if it is given one
  }
  auto live_run = simulation::LiveRun::create(plan_, world_->catalogue, world_->population,
                                              world_->agents, target_.options);
  if (!live_run) return live_run.error();
  live_run_ = std::move(*live_run);
  if (!goes_on_) {
    run_ = new_run(settings_, plan_, *world_);
    run_.mode = "live";
    run_.shop = target_.shop_name();
    run_.begun_wall_us = store::wall_clock_us();
    if (const auto rate = rate_in(target_)) {
      run_.rate_num = rate->num;
      run_.rate_den = rate->den;
    }
    run_.activity_factor = live_run_->activity();
  }
  // Only what is in a database of ours can be gone on from.
  if (target_.keep == Keep::database && settings_.text("checkpoints") != "off") {
    checkpoints_ =
        std::make_unique<LiveCheckpoints>(checkpoint::Folder(settings_.text("checkpoints")), run_);
  }
  if (target_.shop != Shop::api) return {};
  const commerce::ApiLimits& limits = target_.limits;
  http::raise_descriptor_limit(
      static_cast<std::uint64_t>(limits.sessions * limits.client.connections_max) +
      static_cast<std::uint64_t>(settings_.whole("db-pool") + settings_.whole("db-pool-extra")) +
      kOtherFiles);
  sessions_ = std::make_unique<commerce::ApiSessions>(io_.get_executor(), time_, *target_.url,
                                                      target_.limits);
  service_ = std::make_unique<simulation::ApiService>(
      io_.get_executor(), *sessions_, target_.profile, control_, target_.limits.sessions);
  if (target_.is_footfall_api()) {
    api_ = std::make_unique<commerce::FootfallApi>(*sessions_, target_.admin_token);
  }
  return {};
}

std::string LiveSession::load_warning() const {
  if (target_.shop != Shop::api || !target_.scale) return {};
  simulation::LoadPlan load;
  load.activity = live_run_->activity();
  load.start = plan_.start;
  if (target_.keep == Keep::api) {  // opening and ending a session are calls too
    load.calls_per_trip += 2;
    load.calls_per_idle_visit += 2;
  }
  load.time_scale = *target_.scale;
  load.per_second = target_.limits.rate.policy == http::RatePolicy::off
                        ? std::numeric_limits<double>::infinity()
                        : target_.limits.rate.per_second;
  return simulation::load_warning(
      simulation::estimate_load(world_->population, live_run_->visits(), load));
}

void LiveSession::live(simulation::LiveObserver& observer) {
  std::optional<Failure> failure;
  try {
    finish(io_, begin_and_live(observer));
  } catch (const Failure& error) {
    failure = error;
  }
  if (has_begun_) run_.now = std::max(run_.now, live_run_->progress().now);
  if (begun_) note_end(failure);
  if (!failure) return;
  if (!begun_ || (goes_on_ && !has_begun_)) throw Failure(*failure);
  throw Failure(fmt::format("{}\nRun {} ended at {}; what was committed is kept", failure->what(),
                            run_.id.value, to_string(run_.now)));
}

Task<void> LiveSession::begin_and_live(simulation::LiveObserver& observer) {
  std::exception_ptr failure;
  try {
    co_await begin_then_live(observer);
  } catch (...) {
    failure = std::current_exception();
  }
  if (service_) co_await service_->drain();
  if (failure) std::rethrow_exception(failure);
}

Task<void> LiveSession::begin_then_live(simulation::LiveObserver& observer) {
  if (goes_on_) {
    hold_run();
    if (api_) co_await go_on_at_service();
  } else {
    if (api_) co_await begin_at_service();
    if (!api_ && target_.keep == Keep::database) begin_in_database();
    if (run_.id.value > 0 && target_.keep == Keep::database) hold_run();
  }
  begun_ = run_.id.value > 0;
  if (!begun_) run_.id = plan_.run;
  plan_.run = run_.id;
  if (target_.keep == Keep::database) open_journal();
  make_world();
  live_world_.checkpoints = checkpoints_.get();
  if (goes_on_) take_up_run();
  has_begun_ = true;
  if (on_begun_) on_begun_();
  const std::unique_ptr<Alarm> over = time_.make_alarm();
  TaskGroup beside(io_.get_executor());
  if (holds_) beside.start(say_still_held(*over));
  std::exception_ptr failure;
  try {
    co_await live_run_->run(run_.id, live_world_, time_, control_, pace_, observer);
  } catch (...) {
    failure = std::current_exception();
  }
  is_over_ = true;
  over->ring();
  co_await beside.wait();
  if (taken_over_) throw Failure(*taken_over_);
  if (failure) std::rethrow_exception(failure);
}

// From here on nobody else lives the run; of those who try at once one gets it.
void LiveSession::hold_run() {
  const auto store = store::open_store(settings_.text("db"), /*make=*/false);
  if (!store) throw Failure(store.error().message());
  store::RunPast past = (*store)->past(run_.id);
  take_run(past, run_.id, target_.shop_name());
  holds_ = true;
}

void LiveSession::take_up_run() {
  const auto store = store::open_store(settings_.text("db"), /*make=*/false);
  if (!store) throw Failure(store.error().message());
  run_.now = (*store)->run(run_.id)->now;  // as it is now that nobody else can move it
  if (!api_) (*store)->update_run(run_);
  went_on_.emplace();
  auto resume = take_up(**store, run_, plan_, *world_,
                        checkpoints_ ? &checkpoints_->folder() : nullptr, settings_, *went_on_);
  if (!resume) throw Failure(resume.error().message());
  live_run_->resume(std::move(*resume));
}

// So that one on another machine sees it. Who has lost the run, because nobody heard of it for too
// long, does nothing to it any more.
Task<void> LiveSession::say_still_held(Alarm& over) {
  while (!is_over_) {
    const Moment next = time_.now() + kSayEvery;
    co_await over.wait_until(next);
    if (is_over_) co_return;
    bool held = true;
    try {
      held = co_await live_store_->still_held(this_holder());
    } catch (const Failure&) {
      continue;  // the run itself will find the database gone
    }
    if (held) continue;
    taken_over_.emplace(fmt::format("run {} was taken over by another simulator", run_.id.value));
    control_.freeze(taken_over_->what());
    control_.stop();
    co_return;
  }
}

// It may have been stopped since, or the server restarted.
Task<void> LiveSession::go_on_at_service() {
  const commerce::ApiRun run = co_await api_->resume(run_.id);
  run_.now = run.now;
}

// The run is the server's; where the journal is kept in its database, its row has to be there.
Task<void> LiveSession::begin_at_service() {
  const auto agents = static_cast<std::int64_t>(world_->agents.size());
  const std::string body = start_body(plan_, settings_, agents);
  const commerce::ApiRun begun = co_await api_->start(body);
  run_.id = begun.id;
  const std::string why = why_not_ours(begun);
  if (why.empty() && target_.keep == Keep::database) {
    const auto store = store::open_store(settings_.text("db"), /*make=*/false);
    if (store) run_ = *(*store)->run(begun.id);
    run_.shop = target_.shop_name();
  }
  if (why.empty()) co_return;
  try {
    co_await api_->stop(begun.id);  // nobody else will
  } catch (const Failure&) {
  }
  run_.id = {};
  throw Failure(why);
}

// Empty if the server's run is what was asked for, and where this session can keep its journal.
std::string LiveSession::why_not_ours(const commerce::ApiRun& begun) const {
  const auto agents = static_cast<std::int64_t>(world_->agents.size());
  if (begun.seed != plan_.seed || begun.agents != agents) {
    return fmt::format(
        "run {} of {} has {} agents, this database has {}: both must be seeded alike",
        begun.id.value, target_.url->origin, begun.agents, agents);
  }
  if (target_.keep != Keep::database) return {};
  const auto store = store::open_store(settings_.text("db"), /*make=*/false);
  const std::optional<store::Run> row = store ? (*store)->run(begun.id) : std::nullopt;
  if (row && row->seed == plan_.seed && row->start == plan_.start) return {};
  return fmt::format(
      "run {} of {} is not in {}: name the server's own database with --db, or let the server "
      "keep the journal with --journal api",
      begun.id.value, target_.url->origin, store::shown_url(settings_.text("db")));
}

void LiveSession::begin_in_database() {
  const auto store = store::open_store(settings_.text("db"), /*make=*/false);
  if (!store) throw Failure(store.error().message());
  if (target_.shop != Shop::database) {
    // Wallets are that shop's own: each coupon of the catalogue has a place.
    const auto places = static_cast<int>(world_->catalogue.coupons.size());
    run_.slots = {places, places};
    run_.shops_elsewhere = true;
  }
  run_.id = (*store)->create_run(run_);
  run_.begun_wall_us = (*store)->run(run_.id)->begun_wall_us;
}

// Opens the database anew: it may have been restarted since. A run of a server's is the server's to
// end.
void LiveSession::note_end(const std::optional<Failure>& failure) {
  run_.status = failure ? "failed" : run_.now < plan_.until ? "stopped" : "finished";
  if (taken_over_) return;
  write_end(failure);
  if (!holds_) return;
  try {
    const auto store = store::open_store(settings_.text("db"), /*make=*/false);
    if (store) (*store)->past(run_.id).release(this_holder());
  } catch (const Failure&) {
    // Whoever comes next sees that this process is gone.
  }
}

void LiveSession::write_end(const std::optional<Failure>& failure) {
  if (goes_on_ && !has_begun_) return;  // nothing has happened to it
  if (api_ || target_.keep != Keep::database) return;
  try {
    const auto store = store::open_store(settings_.text("db"), /*make=*/false);
    if (store) {
      (*store)->update_run(run_);
    } else if (!failure) {
      throw Failure(store.error().message());
    }
  } catch (const Failure&) {
    if (!failure) throw;
  }
}

}  // namespace footfall::cli
