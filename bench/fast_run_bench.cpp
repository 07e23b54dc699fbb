// How many trips a second a fast run lives with the journal off. Usage: fast_run_bench [shoppers]
// [weeks] [threads] [stock]. `stock` above 0: so much of every product in every store, which each
// checkout then has to wait for.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <vector>

#include "intake/catalogue_file.hpp"
#include "personas/maker.hpp"
#include "simulation/fast_run.hpp"

namespace {

using namespace footfall;

personas::Population make_population(const retail::Catalogue& catalogue, std::uint32_t count) {
  personas::Palette palette;
  for (const auto& name : catalogue.categories) palette.categories.push_back({name, 1});
  for (const auto& name : catalogue.brands) palette.brands.push_back({name, 1});
  personas::Vocabulary words{catalogue.categories, catalogue.brands, {}};
  for (const auto& store : catalogue.stores) words.stores.push_back(store.code);
  personas::Population population;
  for (std::uint32_t i = 1; i <= count; ++i) {
    population.push_back(
        compile(personas::make_persona(1, i, palette), words, AgentId{i}, i).value());
  }
  return population;
}

double share(std::int64_t part, std::int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

int main(int argc, char** argv) {
  const auto count = static_cast<std::uint32_t>(argc > 1 ? std::atoi(argv[1]) : 100'000);
  const int weeks = argc > 2 ? std::atoi(argv[2]) : 4;
  const int threads = argc > 3 ? std::atoi(argv[3]) : 1;
  const std::int64_t stock = argc > 4 ? std::atoll(argv[4]) : 0;
  auto catalogue =
      intake::read_catalogue(intake::catalogue_files_in(FOOTFALL_SOURCE_DIR "/data/sample"))
          .value();
  for (std::uint16_t store = 0; stock > 0 && store < catalogue.stores.size(); ++store) {
    for (std::uint16_t p = 0; p < catalogue.products.size(); ++p) {
      catalogue.stock.push_back({store, p, stock});
    }
  }
  const personas::Population population = make_population(catalogue, count);
  simulation::Plan plan;
  plan.run = RunId{1};
  plan.seed = 42;
  plan.start = parse_sim_time("2026-01-05").value();
  plan.until = plan.start + kWeek * weeks;
  std::vector<double> rates;
  simulation::Tally t;
  for (int round = 0; round < 5; ++round) {
    const auto run = simulation::FastRun::create(plan, catalogue, population, threads).value();
    const std::atomic<bool> stop = false;
    const auto began = std::chrono::steady_clock::now();
    t = run->run(stop, nullptr).tally;
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - began;
    rates.push_back(static_cast<double>(t.trips) / spent.count());
  }
  std::sort(rates.begin(), rates.end());
  fmt::print("shoppers {}, weeks {}, threads {}{}\n", count, weeks, threads,
             stock > 0 ? fmt::format(", {} of each product in each store", stock) : "");
  fmt::print("trips/s                  {:.0f} (median of 5; {:.0f} to {:.0f})\n", rates[2],
             rates[0], rates[4]);
  fmt::print("state a shopper          {} bytes\n", simulation::ShopperStates::kBytesEach);
  fmt::print(
      "a trip is                {:.1f} events, {:.1f} decisions, {:.2f} calls; {:.2f} thoughts and "
      "{:.1f} coupons given beside it\n",
      share(t.events, t.trips), share(t.decisions, t.trips), share(t.calls, t.trips),
      share(t.thoughts, t.trips), share(t.coupons_assigned, t.trips));
}
