#include "cli/run_setup.hpp"

#include <fmt/format.h>

#include <csignal>

#include "base/text.hpp"
#include "cli/files.hpp"
#include "cli/run_plan.hpp"
#include "cli/version.hpp"
#include "retail/records.hpp"
#include "store/any/open.hpp"
#include "store/any/url.hpp"

namespace footfall::cli {
namespace {

std::atomic<bool> stop_wanted = false;
static_assert(std::atomic<bool>::is_always_lock_free);  // so a signal handler may set it

// The first Ctrl-C ends the run after the day at hand; the second ends the program at once (what
// was committed stays, as always).
void on_signal(int signal) {
  if (!stop_wanted.exchange(true)) return;
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace

const std::atomic<bool>& stop_on_signals() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  return stop_wanted;
}

Result<void> compile_agents(World& world) {
  const personas::Vocabulary words = vocabulary_of(world.catalogue);
  for (std::size_t i = 0; i < world.agents.size(); ++i) {
    const auto traits = compile(world.agents[i].persona, words, world.agents[i].id, i);
    if (!traits) {
      return Error(traits.error().code(),
                   fmt::format("agent {}: {}; seed personas and catalogue that fit together",
                               world.agents[i].persona.persona_id, traits.error().message()));
    }
    world.population.push_back(*traits);
  }
  return {};
}

Result<World> load_world(store::Store& store, const Settings& settings) {
  World world;
  world.catalogue = store.load_catalogue();
  const std::int64_t wanted =
      settings.is_empty("agents") ? retail::kAgentsMax : settings.whole("agents");
  world.agents = store.load_agents(wanted);
  const auto found = static_cast<std::int64_t>(world.agents.size());
  if (found == 0 || world.catalogue.products.empty()) {
    return Error(Errc::not_found, fmt::format("{} holds no {}; `footfall seed` puts them there",
                                              store::shown_url(settings.text("db")),
                                              found == 0 ? "active agents" : "products"));
  }
  if (!settings.is_empty("agents") && found < wanted) {
    return Error(
        Errc::not_found,
        fmt::format("{} holds {} active agents, --agents asks for {}. `footfall personas make "
                    "--count {} --out FILE.xlsx` and `footfall seed --personas FILE.xlsx` add "
                    "more",
                    store::shown_url(settings.text("db")), with_commas(found), with_commas(wanted),
                    wanted));
  }
  if (const auto compiled = compile_agents(world); !compiled) return compiled.error();
  return world;
}

store::Run new_run(const Settings& settings, const simulation::Plan& plan, const World& world) {
  store::Run run;
  run.seed = plan.seed;
  run.start = run.now = plan.start;
  run.until = plan.until;
  run.agents = static_cast<std::int64_t>(world.population.size());
  run.settings = settings_json(settings, plan);
  run.config_hash = config_hash(run.settings, world.catalogue, world.agents);
  run.engine_version = std::string(kVersion);
  run.slots = {plan.rules.frontstore_slots(), plan.rules.category_brand_slots()};
  run.coupon_life = plan.rules.life;
  return run;
}

}  // namespace footfall::cli
