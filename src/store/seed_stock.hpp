// What stores have of products, as rows of store_products: seeding it, and reading it back.
#pragma once

#include <vector>

#include "retail/catalogue.hpp"
#include "store/sql.hpp"
#include "store/store.hpp"

namespace footfall::store {

// Once stores and products stand, inside the caller's transaction. The limits become those of the
// catalogue: a limit that it does not name is lifted (on_hand null). A catalogue without any says
// nothing about stock, and changes nothing.
SeedCount seed_stock(Sql& sql, const retail::Catalogue& catalogue);

// The limits of the catalogue's stores and products, in (store, product) order.
std::vector<retail::StockLimit> load_stock(Sql& sql, const retail::Catalogue& catalogue);

}  // namespace footfall::store
