// What a checkpoint takes, and taking it up again: of a live run of 10,000 agents of whom each
// tenth has left and each tenth keeps a cart, and of a fast run of 1,000,000 shoppers after a week,
// on the disk of the current folder. Usage: checkpoint_bench [live agents] [fast shoppers] [rounds]
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "checkpoint/folder.hpp"
#include "intake/catalogue_file.hpp"
#include "personas/maker.hpp"
#include "simulation/fast_run.hpp"

namespace {

using namespace footfall;
using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point began) {
  return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

store::Run a_run(const std::string& mode) {
  store::Run run;
  run.id = RunId{1};
  run.mode = mode;
  run.begun_wall_us = 1'700'000'000'000'000;
  run.start = parse_sim_time("2026-01-05").value();
  run.now = run.start + kWeek * 2;
  return run;
}

checkpoint::Checkpoint of(const store::Run& run, std::int64_t cycle) {
  checkpoint::Checkpoint made;
  made.run = run.id;
  made.mode = run.mode;
  made.begun_us = run.begun_wall_us;
  made.start = run.start;
  made.state.progress.now = run.start + kHour * cycle;
  return made;
}

void live(std::int64_t agents, int rounds) {
  const store::Run run = a_run("live");
  const checkpoint::Folder folder("checkpoints");
  simulation::LiveState state;
  for (std::int64_t agent = 1; agent <= agents; ++agent) {
    if (agent % 10 == 0) state.left.push_back(AgentId{agent});
    if (agent % 10 == 5) state.kept.push_back({AgentId{agent}, std::vector<retail::CartLine>(6)});
  }
  std::vector<double> saves, loads;
  for (int round = 0; round < rounds; ++round) {
    auto began = Clock::now();
    checkpoint::Checkpoint made = of(run, 10 * (round + 1));
    const SimTime now = made.state.progress.now;
    made.state = state;
    made.state.progress.now = now;
    folder.save(std::move(made)).value();
    saves.push_back(ms_since(began));
    began = Clock::now();
    if (!folder.newest(run).checkpoint) std::abort();
    loads.push_back(ms_since(began));
  }
  fmt::print("live, {} agents          save {:.1f} ms, take up {:.1f} ms\n", agents, median(saves),
             median(loads));
}

personas::Population make_population(const retail::Catalogue& catalogue, std::uint32_t count) {
  personas::Palette palette;
  for (const auto& name : catalogue.categories) palette.categories.push_back({name, 1});
  for (const auto& name : catalogue.brands) palette.brands.push_back({name, 1});
  personas::Vocabulary words{catalogue.categories, catalogue.brands, {}};
  for (const auto& one : catalogue.stores) words.stores.push_back(one.code);
  personas::Population population;
  for (std::uint32_t i = 1; i <= count; ++i) {
    population.push_back(
        compile(personas::make_persona(1, i, palette), words, AgentId{i}, i).value());
  }
  return population;
}

void fast(std::uint32_t shoppers, int rounds) {
  const store::Run run = a_run("fast");
  const checkpoint::Folder folder("checkpoints");
  const auto catalogue =
      intake::read_catalogue(intake::catalogue_files_in(FOOTFALL_SOURCE_DIR "/data/sample"))
          .value();
  const personas::Population population = make_population(catalogue, shoppers);
  simulation::Plan plan;
  plan.run = run.id;
  plan.start = run.start;
  plan.until = run.start + kWeek;
  const auto world = simulation::FastRun::create(plan, catalogue, population, 2).value();
  const std::atomic<bool> stop = false;
  world->run(stop, nullptr);
  std::vector<double> saves, loads;
  std::size_t bytes = 0;
  for (int round = 0; round < rounds; ++round) {
    auto began = Clock::now();
    const std::string state = world->state();
    folder.save(of(run, 168 + round), state).value();
    saves.push_back(ms_since(began));
    bytes = state.size();
    began = Clock::now();
    const checkpoint::Found found = folder.newest(run);
    const auto read = folder.read_shard(*found.checkpoint->shard);
    world->resume(*read, found.checkpoint->state.progress.now, {}).value();
    loads.push_back(ms_since(began));
  }
  fmt::print("fast, {} shoppers      save {:.0f} ms, take up {:.0f} ms, {} MB\n", shoppers,
             median(saves), median(loads), bytes / 1'000'000);
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 5;
  live(argc > 1 ? std::atoll(argv[1]) : 10'000, rounds);
  fast(static_cast<std::uint32_t>(argc > 2 ? std::atoi(argv[2]) : 1'000'000), rounds);
  std::filesystem::remove_all("checkpoints");
}
