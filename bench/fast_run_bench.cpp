// How many trips a second one core lives, journal off: `./dev bench` prints the table.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <fmt/format.h>

#include "intake/catalogue_file.hpp"
#include "personas/maker.hpp"
#include "simulation/fast_run.hpp"

using namespace footfall;

namespace {

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

}  // namespace

int main(int argc, char** argv) {
  const auto count = static_cast<std::uint32_t>(argc > 1 ? std::atoi(argv[1]) : 100'000);
  const int weeks = argc > 2 ? std::atoi(argv[2]) : 4;
  const int threads = argc > 3 ? std::atoi(argv[3]) : 1;
  const auto catalogue =
      intake::read_catalogue(intake::catalogue_files_in(FOOTFALL_SOURCE_DIR "/data/sample")).value();
  const personas::Population population = make_population(catalogue, count);
  simulation::Plan plan;
  plan.run = RunId{1};
  plan.seed = 42;
  plan.start = parse_sim_time("2026-01-05").value();
  plan.until = plan.start + kWeek * weeks;
  std::vector<double> rates;
  simulation::Tally tally;
  for (int round = 0; round < 3; ++round) {
    auto run = simulation::FastRun::create(plan, catalogue, population, threads).value();
    const auto begin = std::chrono::steady_clock::now();
    const std::atomic<bool> stop = false;
    tally = run->run(stop, nullptr).tally;
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
    rates.push_back(static_cast<double>(tally.trips) / spent.count());
    fmt::print("round {}: {} trips, {:.2f} s, {:.0f} trips/s\n", round, tally.trips, spent.count(),
               rates.back());
  }
  std::sort(rates.begin(), rates.end());
  const auto per = [&](std::int64_t n) { return static_cast<double>(n) / static_cast<double>(tally.trips); };
  fmt::print("{} shoppers x {} weeks, {} threads: median {:.0f} trips/s; {} bytes a shopper\n",
             count, weeks, threads, rates[1], simulation::ShopperStates::kBytesEach);
  fmt::print("a trip: {:.2f} thoughts, {:.3f} orders, {:.2f} events, {:.2f} decisions, {:.2f} calls, {:.3f} redeemed, {:.2f} assigned, {:.3f} wallet views, order: {:.2f} lines {:.2f} gross {:.3f} discount\n", per(tally.thoughts),
             per(tally.orders), per(tally.events), per(tally.decisions), per(tally.calls), per(tally.coupons_redeemed), per(tally.coupons_assigned), per(tally.wallet_views),
             (double)tally.order_lines/(double)tally.orders, (double)tally.gross.minor/(double)tally.orders/100, (double)tally.discount.minor/(double)tally.gross.minor);
  fmt::print("redeemed share of assigned {:.4f}; baskets per shopper-week {:.3f}; idle {}\n", (double)tally.coupons_redeemed/(double)tally.coupons_assigned, (double)tally.orders/count/weeks, tally.idle_sessions);
}
