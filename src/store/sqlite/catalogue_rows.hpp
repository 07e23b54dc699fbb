// Stores, products, coupons and agents as rows: seeding them, and reading them back.
#pragma once

#include <vector>

#include "store/sqlite/database.hpp"
#include "store/store.hpp"

namespace footfall::store::sqlite {

// Inside the caller's transaction. See Store::seed.
SeedReport seed_rows(Database& database, const retail::Catalogue& catalogue,
                     const std::vector<personas::Persona>& personas);

retail::Catalogue load_catalogue(Database& database);
std::vector<Agent> load_agents(Database& database, std::int64_t at_most);

}  // namespace footfall::store::sqlite
