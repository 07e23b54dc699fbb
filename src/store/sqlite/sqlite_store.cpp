#include <fmt/format.h>

#include "base/failure.hpp"
#include "retail/records.hpp"
#include "store/sqlite/catalogue_rows.hpp"
#include "store/sqlite/journal.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/sqlite_reader.hpp"
#include "store/store.hpp"

namespace footfall::store {
namespace sqlite {
namespace {

class SqliteStore final : public Store {
 public:
  explicit SqliteStore(Database database) : database_(std::move(database)) {}

  SeedReport seed(const retail::Catalogue& catalogue,
                  const std::vector<personas::Persona>& personas) override {
    Transaction transaction(database_);
    const SeedReport report = seed_rows(database_, catalogue, personas);
    transaction.commit();
    return report;
  }

  retail::Catalogue load_catalogue() override { return sqlite::load_catalogue(database_); }

  std::vector<Agent> load_agents(std::int64_t at_most) override {
    return sqlite::load_agents(database_, at_most);
  }

  RunId create_run(const Run& run) override;
  void update_run(const Run& run) override;
  std::vector<Run> runs() override;

  std::unique_ptr<Journal> open_journal(const JournalContext& context,
                                        const retail::Catalogue& catalogue,
                                        const std::vector<Agent>& agents) override {
    return make_journal(database_, context, catalogue, agents);
  }

 private:
  Database database_;
};

RunId SqliteStore::create_run(const Run& run) {
  Transaction transaction(database_);
  const RunId id{database_.integer("SELECT coalesce(max(run_id), 0) + 1 FROM simulation_state")};
  if (id.value > retail::kRunsMax) {
    throw Failure(fmt::format("{} holds {} runs, and no more fit; use another database",
                              database_.path(), id.value - 1));
  }
  Statement row = database_.prepare(
      "INSERT INTO simulation_state (run_id, status, seed, mode, epoch_sim_us, until_sim_us, "
      "sim_now_us, epoch_wall_us, updated_wall_us, agents, activity_factor, settings, config_hash, "
      "engine_version) VALUES (?1, ?2, ?3, 'fast', ?4, ?5, ?6, ?7, ?7, ?8, ?9, ?10, ?11, ?12)");
  row.bind(1, id.value)
      .bind(2, run.status)
      .bind(3, static_cast<std::int64_t>(run.seed))
      .bind(4, run.start.us)
      .bind(5, run.until.us)
      .bind(6, run.now.us)
      .bind(7, wall_clock_us())
      .bind(8, run.agents)
      .bind(9, run.activity_factor)
      .bind(10, run.settings)
      .bind(11, run.config_hash)
      .bind(12, run.engine_version)
      .run();
  transaction.commit();
  return id;
}

void SqliteStore::update_run(const Run& run) {
  database_
      .prepare(
          "UPDATE simulation_state SET status = ?2, until_sim_us = ?3, sim_now_us = ?4, "
          "updated_wall_us = ?5 WHERE run_id = ?1")
      .bind(1, run.id.value)
      .bind(2, run.status)
      .bind(3, run.until.us)
      .bind(4, run.now.us)
      .bind(5, wall_clock_us())
      .run();
}

std::vector<Run> SqliteStore::runs() {
  std::vector<Run> runs;
  Statement rows = database_.prepare(
      "SELECT run_id, status, seed, epoch_sim_us, until_sim_us, sim_now_us, agents, "
      "activity_factor, settings, config_hash, engine_version FROM simulation_state "
      "ORDER BY run_id");
  while (rows.step()) {
    runs.push_back({RunId{rows.integer(0)}, rows.text(1),
                    static_cast<std::uint64_t>(rows.integer(2)), SimTime{rows.integer(3)},
                    SimTime{rows.integer(4)}, SimTime{rows.integer(5)}, rows.integer(6),
                    rows.real(7), rows.text(8), rows.text(9), rows.text(10)});
  }
  return runs;
}

}  // namespace
}  // namespace sqlite

Result<std::unique_ptr<Store>> open_store(const std::string& url, bool make) {
  const auto named = sqlite::path_of(url);
  if (!named) return named.error();
  const std::filesystem::path& path = *named;
  auto database =
      sqlite::Database::open(path, make ? sqlite::Access::create : sqlite::Access::read_write);
  if (!database) return database.error();
  if (make) {
    const auto applied = sqlite::migrate(*database);
    if (!applied) return applied.error();
  } else {
    const auto version = sqlite::schema_version(*database);
    if (!version) return version.error();
    if (*version < sqlite::migrations().back().number) {
      return Error(Errc::incompatible,
                   fmt::format("{} has schema {}, this program needs {}; `footfall seed` brings it "
                               "up to date",
                               path.string(), *version, sqlite::migrations().back().number));
    }
  }
  return std::unique_ptr<Store>(new sqlite::SqliteStore(std::move(*database)));
}

}  // namespace footfall::store
