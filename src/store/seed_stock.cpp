#include "store/seed_stock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "store/checkout.hpp"

namespace footfall::store {
namespace {

constexpr std::size_t kRowsAtOnce = 200;

using Place = std::pair<std::int64_t, std::int64_t>;  // ids of store and product
using Limits = std::map<Place, std::optional<std::int64_t>>;

std::map<std::string, std::int64_t> ids_of(Sql& sql, const char* query) {
  std::map<std::string, std::int64_t> ids;
  for (const auto& row : sql.query(query, {}).rows) ids[text(row[0])] = whole(row[1]);
  return ids;
}

Limits known_limits(Sql& sql) {
  Limits limits;
  for (const auto& row :
       sql.query("SELECT store_id, product_id, on_hand FROM store_products", {}).rows) {
    limits[{whole(row[0]), whole(row[1])}] =
        is_null(row[2]) ? std::nullopt : std::optional(whole(row[2]));
  }
  return limits;
}

Limits limits_of(Sql& sql, const retail::Catalogue& catalogue) {
  const auto stores = ids_of(sql, "SELECT code, id FROM stores");
  const auto products = ids_of(sql, "SELECT sku, id FROM products");
  Limits limits;
  for (const retail::StockLimit& limit : catalogue.stock) {
    const bool is_new = limits
                            .emplace(Place(stores.at(catalogue.stores[limit.store].code),
                                           products.at(catalogue.products[limit.product].sku)),
                                     limit.on_hand)
                            .second;
    FF_ASSERT(is_new, "a product has two stocks in one store");
  }
  return limits;
}

void write(Sql& sql, std::span<const Limits::value_type> rows) {
  std::vector<Cell> cells;
  std::string values;
  for (const auto& [place, on_hand] : rows) {
    const std::size_t n = cells.size();
    values += fmt::format("{}(${}, ${}, ${})", n ? ", " : "", n + 1, n + 2, n + 3);
    cells.insert(cells.end(), {place.first, place.second, on_hand ? Cell(*on_hand) : Cell()});
  }
  sql.change(fmt::format("INSERT INTO store_products (store_id, product_id, on_hand) VALUES {} ON "
                         "CONFLICT (store_id, product_id) DO UPDATE SET on_hand = excluded.on_hand",
                         values),
             cells);
}

}  // namespace

SeedCount seed_stock(Sql& sql, const retail::Catalogue& catalogue) {
  SeedCount count;
  if (catalogue.stock.empty()) return count;
  const Limits known = known_limits(sql), wanted = limits_of(sql, catalogue);
  std::vector<Limits::value_type> rows;
  for (const auto& limit : wanted) {
    const auto old = known.find(limit.first);
    ++(old == known.end() ? count.added : old->second == limit.second ? count.same : count.changed);
    if (old == known.end() || old->second != limit.second) rows.push_back(limit);
  }
  for (const auto& [place, on_hand] : known) {
    if (!on_hand || wanted.contains(place)) continue;
    ++count.changed;
    rows.emplace_back(place, std::nullopt);
  }
  for (std::size_t from = 0; from < rows.size(); from += kRowsAtOnce) {
    write(sql, std::span(rows).subspan(from, std::min(kRowsAtOnce, rows.size() - from)));
  }
  return count;
}

std::vector<retail::StockLimit> load_stock(Sql& sql, const retail::Catalogue& catalogue) {
  std::vector<retail::StockLimit> stock;
  for (const auto& row : sql.query("SELECT store_id, product_id, on_hand FROM store_products WHERE "
                                   "on_hand IS NOT NULL ORDER BY store_id, product_id",
                                   {})
                             .rows) {
    const StoreId store{whole(row[0])};
    const auto at = std::lower_bound(catalogue.stores.begin(), catalogue.stores.end(), store,
                                     [](const auto& one, StoreId id) { return one.id < id; });
    const auto product = find_product(catalogue, ProductId{whole(row[1])});
    if (at == catalogue.stores.end() || at->id != store || !product) continue;  // closed, or gone
    stock.push_back(
        {static_cast<std::uint16_t>(at - catalogue.stores.begin()), *product, whole(row[2])});
  }
  return stock;
}

}  // namespace footfall::store
