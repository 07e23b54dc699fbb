#include "tests/run_world.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <map>

#include "cli/run_plan.hpp"
#include "intake/catalogue_file.hpp"
#include "intake/persona_file.hpp"
#include "simulation/store_world.hpp"
#include "simulation/test_world.hpp"
#include "store/any/open.hpp"
#include "store/any/open_live.hpp"
#include "tests/run_checks.hpp"
#include "tests/servers/pgbouncer.hpp"
#include "tests/servers/server_folder.hpp"

namespace footfall {
namespace {

constexpr int kSmallPeople = 120;
const std::atomic<bool> kNeverStop = false;

// Databases are in memory where there is room: each commit of a live run waits for its file.
const std::filesystem::path& folder() {
  static const tests::ServerFolder folder("runs", tests::memory_folder());
  return folder.path();
}

void fill(store::Store& store, ShopSize size) {
  if (size == ShopSize::sample) {
    const std::filesystem::path data = FOOTFALL_SOURCE_DIR "/data/sample";
    store.seed(intake::read_catalogue(intake::catalogue_files_in(data)).value(),
               intake::read_personas(data / "personas.xlsx").value());
    return;
  }
  const retail::Catalogue shop = simulation::small_shop();
  personas::Palette palette;
  for (const auto& name : shop.categories) palette.categories.push_back({name, 1});
  for (const auto& name : shop.brands) palette.brands.push_back({name, 1});
  for (const auto& one : shop.stores) palette.stores.push_back(one.code);
  std::vector<personas::Persona> people;
  for (int i = 1; i <= kSmallPeople; ++i) {
    people.push_back(personas::make_persona(5, static_cast<std::uint32_t>(i), palette));
  }
  store.seed(shop, people);
}

cli::Settings settings_of(const RunSpec& spec) {
  cli::Settings settings;
  for (const auto& [name, value] : spec.settings) settings.set(name, value, "test").value();
  return settings;
}

tests::PgBouncer& bouncer() {
  static tests::PgBouncer bouncer(postgres_for_runs());
  return bouncer;
}

class HourObserver final : public simulation::LiveObserver {
 public:
  explicit HourObserver(const OnHour& on_hour) : on_hour_(on_hour) {}
  void note(const simulation::LiveEvent& event, const simulation::LiveProgress& now) override {
    if (on_hour_ && event.kind == simulation::LiveEvent::Kind::cycle_ended) on_hour_(now);
  }

 private:
  const OnHour& on_hour_;
};

}  // namespace

tests::PostgresServer& postgres_for_runs() {
  static tests::PostgresServer server;
  return server;
}

std::string name_of(Way way) {
  return way == Way::sqlite ? "sqlite" : way == Way::postgres ? "postgres" : "bouncer";
}

RunWorld& run_world(Way way, ShopSize shop) {
  static std::map<std::pair<Way, ShopSize>, std::unique_ptr<RunWorld>> worlds;
  if (way != Way::sqlite) postgres_for_runs();  // outlives the worlds
  auto& world = worlds[{way, shop}];
  if (!world) world = std::make_unique<RunWorld>(way, shop);
  return *world;
}

RunWorld::RunWorld(Way way, ShopSize shop) {
  static int made = 0;
  const std::string name = fmt::format("runs_{}", ++made);
  if (way == Way::sqlite) {
    url_ = live_url_ = "sqlite:" + (folder() / (name + ".db")).string();
  } else {
    postgres_for_runs().create_database(name);
    url_ = live_url_ = postgres_for_runs().url(name);
    if (way == Way::bouncer) live_url_ = bouncer().url(name);
  }
  open(shop);
}

RunWorld::RunWorld(tests::PostgresServer& server, ShopSize shop)
    : url_(server.url()), live_url_(url_) {
  open(shop);
}

void RunWorld::open(ShopSize shop) {
  store_ = store::open_store(url_, /*make=*/true).value();
  fill(*store_, shop);
}

RunWorld::Begun RunWorld::begin(const RunSpec& spec, bool live) {
  const cli::Settings settings = settings_of(spec);
  Begun begun;
  begun.plan = cli::plan_of(settings).value();
  begun.plan.seed = spec.seed;
  begun.world = cli::load_world(*store_, settings).value();
  begun.run = cli::new_run(settings, begun.plan, begun.world);
  begun.run.mode = live ? "live" : "fast";
  begun.run.activity_factor = simulation::activity_factor(
      begun.world.population, shopper::VisitModel(begun.plan.coefficients, begun.plan.profile),
      begun.plan.activity, begun.plan.start);
  begun.run.id = store_->create_run(begun.run);
  begun.context = {begun.run.id,
                   begun.plan.start,
                   begun.plan.rules.life,
                   {begun.plan.rules.frontstore_slots(), begun.plan.rules.category_brand_slots()},
                   begun.plan.policy,
                   offers::make_policy(begun.plan.policy).value()->version()};
  return begun;
}

void RunWorld::end(Begun& begun, SimTime now) {
  begun.run.now = now;
  begun.run.status = "finished";
  store_->update_run(begun.run);
}

RunId RunWorld::fast(const RunSpec& spec, int threads) {
  Begun begun = begin(spec, /*live=*/false);
  const auto fast = simulation::FastRun::create(begun.plan, begun.world.catalogue,
                                                begun.world.population, threads)
                        .value();
  const auto journal =
      store_->open_journal(begun.context, begun.world.catalogue, begun.world.agents);
  fast->keep(begun.run.id, *journal, {});
  end(begun, fast->run(kNeverStop, nullptr).now);
  return begun.run.id;
}

RunId RunWorld::live(const RunSpec& spec, const simulation::LiveOptions& options,
                     const simulation::RefreshOptions& refresh, const OnHour& on_hour) {
  Begun begun = begin(spec, /*live=*/true);
  const auto live_run =
      simulation::LiveRun::create(begun.plan, begun.world.catalogue, begun.world.population,
                                  begun.world.agents, options)
          .value();
  store::LiveSetup setup;
  setup.context = begun.context;
  setup.catalogue = &begun.world.catalogue;
  setup.agents = &begun.world.agents;
  begun.plan.run = begun.run.id;
  boost::asio::io_context io(1);
  const auto live_store =
      store::open_live(live_url_, setup, {.pool = 16, .pool_extra = 8}, io.get_executor()).value();
  const simulation::StoreWorld world(begun.plan, begun.world.catalogue, begun.world.population,
                                     begun.world.agents, live_run->policy(), *live_store, refresh);
  SteadyTime time(io.get_executor());
  simulation::RunControl control(io.get_executor());
  simulation::Pace unpaced(time, control);
  HourObserver observer(on_hour);
  std::exception_ptr error;
  boost::asio::co_spawn(
      io, live_run->run(begun.run.id, world.world(), time, control, unpaced, observer),
      [&](const std::exception_ptr& escaped) {
        error = escaped;
        io.stop();  // the pool may have a timer running
      });
  io.run();
  if (error) std::rethrow_exception(error);
  const simulation::LiveProgress& progress = live_run->progress();
  EXPECT_EQ(progress.failures, 0) << progress.last_failure;
  end(begun, progress.now);
  return begun.run.id;
}

RunRows RunWorld::rows(RunId run) const {
  return rows_of_run(*store::open_reader(url_).value(), run);
}

std::string RunWorld::violations() const {
  return run_violations(*store::open_reader(url_).value());
}

}  // namespace footfall
