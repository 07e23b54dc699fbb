// Stores, products, coupons and agents as rows: seeding them, and reading them back.
#pragma once

#include <vector>

#include "store/sql.hpp"
#include "store/store.hpp"

namespace footfall::store {

// Inside the caller's transaction. See Store::seed.
SeedReport seed_rows(Sql& sql, const retail::Catalogue& catalogue,
                     const std::vector<personas::Persona>& personas);

retail::Catalogue load_catalogue(Sql& sql);
std::vector<Agent> load_agents(Sql& sql, std::int64_t at_most);

}  // namespace footfall::store
