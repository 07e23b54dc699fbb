// The Store over an Sql: what SQLite and PostgreSQL have in common. An adapter adds its journal.
#pragma once

#include <memory>

#include "store/sql.hpp"
#include "store/store.hpp"

namespace footfall::store {

class SqlStore : public Store {
 public:
  explicit SqlStore(std::unique_ptr<Sql> sql) : sql_(std::move(sql)) {}

  SeedReport seed(const retail::Catalogue& catalogue,
                  const std::vector<personas::Persona>& personas) override;
  retail::Catalogue load_catalogue() override;
  std::vector<Agent> load_agents(std::int64_t at_most) override;
  RunId create_run(const Run& run) override;
  void try_assignment(const Run& run, const Agent& agent, const retail::Coupon& coupon) override;
  Run open_shop(const Run& run) override;
  void update_run(const Run& run) override;
  std::vector<Run> runs() override;
  std::optional<Run> run(RunId id) override;
  std::optional<Run> newest_running() override;
  RunPast past(RunId run) override { return RunPast(*sql_, run); }

 private:
  RunId next_run();

  std::unique_ptr<Sql> sql_;
};

// The sentence for a database whose schema is older than this program's. `version` 0: empty.
Error old_schema(const std::string& where, int version);

}  // namespace footfall::store
