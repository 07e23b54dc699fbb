// Goal: what the store answers to a trip of a live run fails that trip alone. Method: a day of a
// run over the store, in which some agents have a session open that nobody will end.
#include "simulation/live_run.hpp"

#include "personas/population.hpp"
#include "retail/records.hpp"
#include "simulation/store_world.hpp"
#include "tests/store/contract_world.hpp"

namespace footfall::store {
namespace {

struct Silent final : simulation::LiveObserver {
  void note(const simulation::LiveEvent&, const simulation::LiveProgress&) override {}
};

class LiveRunOnStore : public OnEach {};
FOOTFALL_ON_EACH(LiveRunOnStore);

TEST_P(LiveRunOnStore, WhoIsInTheShopAlreadyFailsTheTrip) {
  WorldOptions options;
  options.simulated = true;
  World& w = make(options);
  personas::Vocabulary words{w.catalogue.categories, w.catalogue.brands, {}};
  for (const retail::Store& one : w.catalogue.stores) words.stores.push_back(one.code);
  personas::Population population;
  for (std::size_t i = 0; i < w.agents.size(); ++i) {
    population.push_back(personas::compile(w.agents[i].persona, words, w.agents[i].id, i).value());
  }
  for (int who = 0; who < kPeople; who += 2) {
    SessionOpening opening;
    opening.agent = w.agents[static_cast<std::size_t>(who)].id;
    opening.user = w.user(who);
    opening.session = retail::session_id(w.run, 999, opening.agent);
    opening.sim_hour = 999;
    opening.started = w.start;
    EXPECT_EQ(w.ask(w.trips().open(opening)), OpenStatus::opened);
  }
  simulation::Plan plan;
  plan.run = w.run;
  plan.start = w.start;
  plan.until = w.start + kWeek;
  simulation::LiveOptions live;
  live.breaker_share = 1;
  const auto run =
      simulation::LiveRun::create(plan, w.catalogue, population, w.agents, live).value();
  const simulation::StoreWorld world(plan, w.catalogue, population, w.agents, run->policy(),
                                     w.live());
  SteadyTime time(w.io().get_executor());
  simulation::RunControl control(w.io().get_executor());
  simulation::Pace unpaced(time, control);
  Silent silent;
  w.ask(run->run(w.run, world.world(), time, control, unpaced, silent));
  const simulation::LiveProgress& progress = run->progress();
  EXPECT_GT(progress.failures, 0);
  EXPECT_NE(progress.last_failure.find("is in the shop already"), std::string::npos)
      << progress.last_failure;
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM shopping_sessions WHERE outcome = 'open'"),
            kPeople / 2);
  // The others shopped.
  const std::string of_blocked = "(SELECT user_id FROM shopping_sessions WHERE outcome = 'open')";
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM orders WHERE user_id IN " + of_blocked), 0);
  EXPECT_EQ(w.number("SELECT count(*) AS n FROM carts WHERE user_id IN " + of_blocked), 0);
  EXPECT_GT(w.number("SELECT count(*) AS n FROM orders"), 0);
}

}  // namespace
}  // namespace footfall::store
