// A run of the bundled shop and people, into a database of its own.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>

#include "base/test_folder.hpp"
#include "intake/catalogue_file.hpp"
#include "intake/persona_file.hpp"
#include "simulation/fast_run.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/sqlite_sql.hpp"
#include "store/store.hpp"

namespace footfall {

struct SampleRun {
  std::filesystem::path file;
  simulation::Plan plan;
  std::size_t agents = 372;
  int threads = 1;

  // Seeds and lives into `file`, as a run of its own. Returns its number.
  RunId live(SimTime journal_from = {}, RunId continued = {}) const {
    const std::filesystem::path data = FOOTFALL_SOURCE_DIR "/data/sample";
    const auto shop = intake::read_catalogue(intake::catalogue_files_in(data)).value();
    auto people = intake::read_personas(data / "personas.xlsx").value();
    const auto store = store::sqlite::open_store(file, true).value();
    store->seed(shop, people);
    const retail::Catalogue catalogue = store->load_catalogue();
    const auto seeded = store->load_agents(static_cast<std::int64_t>(agents));
    personas::Vocabulary words{catalogue.categories, catalogue.brands, {}};
    for (const auto& s : catalogue.stores) words.stores.push_back(s.code);
    personas::Population population;
    for (std::size_t i = 0; i < seeded.size(); ++i) {
      population.push_back(compile(seeded[i].persona, words, seeded[i].id, i).value());
    }
    store::Run run;
    run.seed = plan.seed;
    run.start = run.now = plan.start;
    run.until = plan.until;
    run.agents = static_cast<std::int64_t>(population.size());
    run.id = continued ? continued : store->create_run(run);
    const auto fast = simulation::FastRun::create(plan, catalogue, population, threads).value();
    const auto journal =
        store->open_journal({run.id,
                             plan.start,
                             plan.rules.life,
                             {plan.rules.frontstore_slots(), plan.rules.category_brand_slots()},
                             plan.policy,
                             1},
                            catalogue, seeded);
    fast->keep(run.id, *journal, journal_from);
    const std::atomic<bool> stop = false;
    fast->run(stop, nullptr);
    return run.id;
  }
};

inline std::filesystem::path fresh_file(const std::string& name) {
  const auto file = test_folder() / (name + ".db");
  for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + tail);
  return file;
}

// Rows of a query as text, a line each.
inline std::string rows_of(const std::filesystem::path& file, const std::string& sql) {
  auto database = store::sqlite::Database::open(file, store::sqlite::Access::read_only).value();
  auto rows = database.prepare(sql);
  std::string out;
  while (rows.step()) {
    for (int c = 0; c < rows.columns(); ++c) {
      out += (c ? "|" : "") + (rows.is_null(c) ? std::string("-") : rows.text(c));
    }
    out += '\n';
  }
  return out;
}

}  // namespace footfall
