// The port to what outlives a run: the seeded shop and its people, and the list of runs. Adapters:
// SQLite and PostgreSQL. One object, one thread at a time. Every call throws Failure when the
// database refuses.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/sim_time.hpp"
#include "personas/persona.hpp"
#include "retail/catalogue.hpp"
#include "store/journal.hpp"
#include "store/run_past.hpp"

namespace footfall::store {

struct SeedCount {
  std::int64_t added = 0;
  std::int64_t changed = 0;
  std::int64_t same = 0;
};

struct SeedReport {
  SeedCount stores, products, coupons, agents;
  SeedCount stock;  // limits of a product in a store; a limit that was lifted counts as changed
};

struct Agent {
  AgentId id;
  UserId user;
  personas::Persona persona;
};

// Places of a wallet, by lane.
struct WalletSlots {
  int frontstore = 2, category_brand = 30;
};

// A run's row in simulation_state.
struct Run {
  RunId id;
  std::string status = "running";  // running, stopped, finished, failed
  std::uint64_t seed = 0;
  SimTime start, until, now;
  std::int64_t agents = 0;
  double activity_factor = 1;
  std::string settings;     // JSON: what decides the run's data, to be shown and compared
  std::string config_hash;  // of settings, catalogue and population
  std::string engine_version;
  std::string mode = "fast";  // fast, live
  // Held by the database; 0 life: not known (a run of an older program).
  WalletSlots slots{0, 0};
  SimDuration coupon_life;
  std::int64_t begun_wall_us = 0;  // since 1970; noted by create_run()
  // Simulated time to real time, of a run that is paced: num / den.
  std::int64_t rate_num = 168, rate_den = 1;
  // Where it shops: "database", "api" (a server's own run), the URL of somebody else's shop,
  // "mock"; empty: not known (a run of an older program, a fast run).
  std::string shop;
  // Its orders are placed at somebody else's shop: stock and caps here do not limit it. Not stored.
  bool shops_elsewhere = false;
};

// What a journal needs to write a run's rows.
struct JournalContext {
  RunId run;
  SimTime start;
  SimDuration coupon_life;
  WalletSlots slots;
  std::string policy;
  int policy_version = 0;
};

class Store {
 public:
  virtual ~Store() = default;

  // Adds what is new and updates what differs, by code, sku and persona_id; removes nothing. All
  // of it or nothing. Doing it again changes nothing. Only stock is replaced, if the catalogue has
  // any: limits that it does not name are lifted.
  virtual SeedReport seed(const retail::Catalogue& catalogue,
                          const std::vector<personas::Persona>& personas) = 0;

  // In id order: active stores and products; all coupons, those that are no longer offered marked
  // as retired.
  virtual retail::Catalogue load_catalogue() = 0;
  // Active ones whose user is active and simulated, in id order.
  virtual std::vector<Agent> load_agents(std::int64_t at_most) = 0;

  virtual RunId create_run(const Run& run) = 0;  // `id` is ignored: the next number is given
  // Gives a coupon in a run made for it, and takes everything back (R4): would an assignment go
  // through? Throws Failure if the database refuses.
  virtual void try_assignment(const Run& run, const Agent& agent, const retail::Coupon& coupon) = 0;
  // Run 0, the real shop: makes its row from `run` (id, mode and status are set here) if there is
  // none, with its own copies of stock and caps; answers the row as it stands.
  virtual Run open_shop(const Run& run) = 0;
  virtual void update_run(const Run& run) = 0;  // status, until, now
  virtual std::vector<Run> runs() = 0;          // oldest first
  virtual std::optional<Run> run(RunId id) = 0;
  virtual std::optional<Run> newest_running() = 0;  // of the live ones
  // What a run has left so far. This store must outlive it.
  virtual RunPast past(RunId run) = 0;

  // The journal of a run that exists. The catalogue and agents (their positions are shopper
  // indexes) must outlive it. It uses this store's connection: nobody else may meanwhile.
  virtual std::unique_ptr<Journal> open_journal(const JournalContext& context,
                                                const retail::Catalogue& catalogue,
                                                const std::vector<Agent>& agents) = 0;
};

}  // namespace footfall::store
