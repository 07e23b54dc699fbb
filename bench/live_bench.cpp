// Everybody shops every simulated hour: live runs of the bundled shop's 372 over HTTP, without rate
// limit, journal straight in the database, as fast as it goes; server and simulator on the same
// machine. Told of each: what a cycle takes, and how many of the 372 came. Usage:
//   live_bench FOOTFALL-PROGRAM [rounds, default 3]   (in a folder with data/)
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "bench/serving.hpp"
#include "cli/live_session.hpp"
#include "tests/servers/postgres_server.hpp"

namespace footfall::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Cycle {
  double ms = 0;
  std::int64_t sessions = 0, calls = 0;
};

class Watch final : public simulation::LiveObserver {
 public:
  std::vector<Cycle> cycles;

  void note(const simulation::LiveEvent& event, const simulation::LiveProgress& progress) override {
    using Kind = simulation::LiveEvent::Kind;
    const Clock::time_point now = Clock::now();
    if (event.kind == Kind::cycle_began) {
      began_ = now;
      before_ = progress.tally;
    }
    if (event.kind != Kind::cycle_ended) return;
    cycles.push_back({std::chrono::duration<double, std::milli>(now - began_).count(),
                      progress.tally.sessions - before_.sessions,
                      progress.tally.calls - before_.calls});
  }

 private:
  Clock::time_point began_;
  simulation::Tally before_;
};

template <typename T>
T need(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message());
  return std::move(*result);
}

// The cycle of a day in which most came, first hour (wallets, first connections) left out.
Cycle busiest_cycle(const std::string& api, const std::string& database, int seed) {
  cli::Settings settings;
  const std::map<std::string, std::string> values = {
      {"api", api},           {"db", database},
      {"activity", "crowd"},  {"ramp", "off"},
      {"rate-policy", "off"}, {"until", "2026-01-06"},
      {"on-freeze", "exit"},  {"seed", fmt::format("{}", seed)}};
  for (const auto& [name, value] : values) {
    if (const auto good = settings.set(name, value, "flag"); !good) {
      throw std::runtime_error(good.error().message());
    }
  }
  cli::SimulateOptions how;
  how.unpaced = true;
  cli::LiveTarget target = need(cli::live_target(settings, how));
  target.options.everybody_comes = true;
  const auto session = need(cli::LiveSession::create(settings, std::move(target)));
  Watch watch;
  session->live(watch);
  const simulation::LiveProgress& progress = session->live_run().progress();
  if (progress.failures > 0) throw std::runtime_error(progress.last_failure);
  return *std::max_element(watch.cycles.begin() + 1, watch.cycles.end(),
                           [](const Cycle& a, const Cycle& b) { return a.sessions < b.sessions; });
}

void bench(const std::string& program, const std::string& name, const std::string& database,
           int rounds) {
  if (std::system(fmt::format("'{}' seed --db '{}' >seed.log", program, database).c_str()) != 0) {
    throw std::runtime_error("seeding failed");
  }
  const Serving serving(program, database);
  const std::string api = fmt::format("http://127.0.0.1:{}", serving.port());
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    const Cycle cycle = busiest_cycle(api, database, 7 + i);
    times.push_back(cycle.ms);
    fmt::print("{:<11} {:>4} of 372 shopped, {:>5} calls: {:>6.0f} ms\n", name, cycle.sessions,
               cycle.calls, cycle.ms);
  }
  fmt::print("{:<11} median {:>40.0f} ms (wanted: 1,000)\n", name, median(times));
}

}  // namespace
}  // namespace footfall::bench

int main(int argc, char** argv) {
  using namespace footfall;
  if (argc < 2) {
    fmt::print(stderr, "usage: live_bench FOOTFALL-PROGRAM [rounds]\n");
    return 2;
  }
  try {
    ::setenv("FOOTFALL_ADMIN_TOKEN", bench::kAdminToken, 1);
    const std::string program = std::filesystem::absolute(argv[1]).string();
    const int rounds = argc > 2 ? std::atoi(argv[2]) : 3;
    const auto file = std::filesystem::absolute("live_bench.db");  // servers have other folders
    bench::bench(program, "SQLite", "sqlite:" + file.string(), rounds);
    tests::PostgresOptions options;
    options.durable = true;
    tests::PostgresServer server(options);
    bench::bench(program, "PostgreSQL", server.url("footfall"), rounds);
  } catch (const std::exception& error) {
    fmt::print(stderr, "live_bench: {}\n", error.what());
    return 1;
  }
}
