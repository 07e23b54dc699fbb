// For tests: a seeded shop in a database of its own, and runs in it, fast or live, made from the
// settings of the command line as `footfall simulate` makes them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/run_setup.hpp"
#include "simulation/live_run.hpp"
#include "simulation/store_offers.hpp"
#include "store/store.hpp"
#include "tests/run_rows.hpp"
#include "tests/servers/postgres_server.hpp"

namespace footfall {

// How a run reaches its database. bouncer: PostgreSQL through PgBouncer in transaction mode.
enum class Way { sqlite, postgres, bouncer };
std::string name_of(Way way);

// small: 160 products, 60 coupons of which two are capped, 120 people (simulation/test_world.hpp).
// sample: the bundled shop and its 372.
enum class ShopSize { small, sample };

// The settings that differ from their defaults, by name.
using SettingList = std::vector<std::pair<std::string, std::string>>;

struct RunSpec {
  std::uint64_t seed = 42;
  SettingList settings;
};

using OnHour = std::function<void(const simulation::LiveProgress&)>;

class RunWorld {
 public:
  RunWorld(Way way, ShopSize shop);
  // On a server of the test's own, which outlives it.
  RunWorld(tests::PostgresServer& server, ShopSize shop);

  // Each answers the run's number. Runs share the database and do not touch each other.
  RunId fast(const RunSpec& spec, int threads = 1);
  // Expects that no trip fails.
  RunId live(const RunSpec& spec, const simulation::LiveOptions& options = {},
             const simulation::RefreshOptions& refresh = {}, const OnHour& on_hour = nullptr);

  RunRows rows(RunId run) const;
  std::string digest(RunId run) const { return footfall::digest(rows(run)); }
  // Names of what does not hold, with some rows; empty if all does.
  std::string violations() const;

  const std::string& url() const { return url_; }  // not through PgBouncer
  const std::string& live_url() const { return live_url_; }
  store::Store& store() { return *store_; }

 private:
  struct Begun {
    simulation::Plan plan;
    cli::World world;
    store::Run run;
    store::JournalContext context;
  };
  void open(ShopSize shop);
  Begun begin(const RunSpec& spec, bool live);
  void end(Begun& begun, SimTime now);

  std::string url_, live_url_;
  std::unique_ptr<store::Store> store_;
};

// Shared by the tests of a process, made when first asked for.
RunWorld& run_world(Way way, ShopSize shop);
tests::PostgresServer& postgres_for_runs();

}  // namespace footfall
