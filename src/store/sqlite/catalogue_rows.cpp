#include "store/sqlite/catalogue_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/failure.hpp"
#include "base/text.hpp"
#include "store/sqlite/persona_json.hpp"

namespace footfall::store::sqlite {
namespace {

using retail::Coupon;
using retail::CouponKind;

// Writes rows of one table by their natural key: INSERT, or UPDATE where something differs.
// `columns` are those after id, the natural key first.
class Upsert {
 public:
  Upsert(Database& database, const std::string& table, const std::vector<std::string>& columns)
      : database_(database),
        next_id_(database.integer(fmt::format("SELECT coalesce(max(id), 0) + 1 FROM {}", table))) {
    std::string places, sets, differs;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string& column = columns[i];
      places += fmt::format(", ?{}", i + 2);
      if (i == 0) continue;
      sets += fmt::format("{}{} = excluded.{}", i > 1 ? ", " : "", column, column);
      differs += fmt::format("{}{} IS NOT excluded.{}", i > 1 ? " OR " : "", column, column);
    }
    find_ = database.prepare(fmt::format("SELECT id FROM {} WHERE {} = ?1", table, columns[0]));
    write_ = database.prepare(fmt::format(
        "INSERT INTO {} (id, {}) VALUES (?1{}) ON CONFLICT ({}) DO UPDATE SET {} WHERE {}", table,
        join(columns, ", "), places, columns[0], sets, differs));
  }

  // Bind the other columns to this, from parameter 3 on, then call write().
  Statement& begin(std::string_view key) {
    find_.bind(1, key);
    known_ = find_.step();
    id_ = known_ ? find_.integer(0) : next_id_++;
    if (known_) find_.step();  // to its end, so that it holds no lock
    write_.bind(1, id_).bind(2, key);
    return write_;
  }

  std::int64_t write(SeedCount& count) {
    write_.run();
    ++(!known_ ? count.added : database_.changes() > 0 ? count.changed : count.same);
    return id_;
  }

 private:
  Database& database_;
  Statement find_, write_;
  std::int64_t next_id_;
  std::int64_t id_ = 0;
  bool known_ = false;
};

template <typename Value>
void bind_or_null(Statement& statement, int parameter, const std::optional<Value>& value) {
  value ? statement.bind(parameter, *value) : statement.bind_null(parameter);
}

void seed_coupons(Database& database, const retail::Catalogue& catalogue, SeedCount& count) {
  Upsert coupons(
      database, "coupons",
      {"code", "title", "kind", "discount_type", "percent_bps", "amount_minor", "scope_category",
       "scope_brand", "min_spend_minor", "min_qty", "max_discount_minor", "max_issuance",
       "starts_sim_us", "ends_sim_us", "currency"});
  using Number = std::optional<std::int64_t>;
  const auto positive = [](std::int64_t n) { return n > 0 ? Number(n) : std::nullopt; };
  const auto moment = [](const std::optional<SimTime>& t) {
    return t ? Number(t->us) : std::nullopt;
  };
  for (const Coupon& coupon : catalogue.coupons) {
    Statement& row = coupons.begin(coupon.code);
    row.bind(3, coupon.title).bind(4, to_string(coupon.kind));
    row.bind(5, coupon.percent_bps > 0 ? "percent" : "amount");
    bind_or_null(row, 6, positive(coupon.percent_bps));
    bind_or_null(row, 7, positive(coupon.amount.minor));
    coupon.kind == CouponKind::category ? row.bind(8, catalogue.categories[coupon.scope])
                                        : row.bind_null(8);
    coupon.kind == CouponKind::brand ? row.bind(9, catalogue.brands[coupon.scope])
                                     : row.bind_null(9);
    row.bind(10, coupon.min_spend.minor).bind(11, std::int64_t{coupon.min_qty});
    bind_or_null(row, 12, positive(coupon.max_discount.minor));
    bind_or_null(row, 13, coupon.is_capped() ? Number(coupon.max_issuance) : std::nullopt);
    bind_or_null(row, 14, moment(coupon.starts));
    bind_or_null(row, 15, moment(coupon.ends));
    row.bind(16, catalogue.currency);
    coupons.write(count);
  }
}

void seed_agents(Database& database, const std::vector<personas::Persona>& personas,
                 SeedCount& count) {
  std::map<std::string, std::int64_t> store_ids;
  Statement stores = database.prepare("SELECT code, id FROM stores");
  while (stores.step()) store_ids[stores.text(0)] = stores.integer(1);
  Upsert users(database, "users", {"email", "kind", "created_wall_us"});
  Upsert agents(
      database, "agents",
      {"persona_code", "user_id", "age", "shopping_frequency", "home_store_id", "traits"});
  SeedCount ignored;
  for (const personas::Persona& persona : personas) {
    // created_wall_us 0: simulated people were not born at a moment of the real clock, and a
    // second seed must change nothing.
    Statement& user = users.begin(fmt::format("{}@agents.footfall.invalid", persona.persona_id));
    user.bind(3, "simulated").bind(4, std::int64_t{0});
    const std::int64_t user_id = users.write(ignored);
    Statement& agent = agents.begin(persona.persona_id);
    agent.bind(3, user_id).bind(4, std::int64_t{persona.age}).bind(5, persona.shopping_frequency);
    const auto store = store_ids.find(persona.home_store);
    store == store_ids.end() ? agent.bind_null(6) : agent.bind(6, store->second);
    agent.bind(7, persona_to_json(persona));
    agents.write(count);
  }
}

}  // namespace

SeedReport seed_rows(Database& database, const retail::Catalogue& catalogue,
                     const std::vector<personas::Persona>& personas) {
  SeedReport report;
  Upsert stores(database, "stores", {"code", "name", "city", "timezone", "currency"});
  for (const retail::Store& store : catalogue.stores) {
    stores.begin(store.code)
        .bind(3, store.name)
        .bind(4, store.city)
        .bind(5, store.timezone)
        .bind(6, catalogue.currency);
    stores.write(report.stores);
  }
  Upsert products(
      database, "products",
      {"sku", "name", "category", "brand", "list_price_minor", "currency", "popularity"});
  for (const retail::Product& product : catalogue.products) {
    products.begin(product.sku)
        .bind(3, product.name)
        .bind(4, catalogue.categories[product.category])
        .bind(5, catalogue.brands[product.brand])
        .bind(6, product.list_price.minor)
        .bind(7, catalogue.currency)
        .bind(8, product.popularity);
    products.write(report.products);
  }
  seed_coupons(database, catalogue, report.coupons);
  seed_agents(database, personas, report.agents);
  return report;
}

retail::Catalogue load_catalogue(Database& database) {
  retail::Catalogue catalogue;
  Statement stores = database.prepare(
      "SELECT id, code, name, city, timezone, currency FROM stores WHERE active = 1 ORDER BY id");
  while (stores.step()) {
    catalogue.stores.push_back({StoreId{stores.integer(0)}, stores.text(1), stores.text(2),
                                stores.text(3), stores.text(4)});
    catalogue.currency = stores.text(5);
  }
  Statement products = database.prepare(
      "SELECT id, sku, name, category, brand, list_price_minor, popularity, currency FROM products "
      "WHERE active = 1 ORDER BY id");
  while (products.step()) {
    retail::Product product{ProductId{products.integer(0)}, products.text(1), products.text(2)};
    product.category = catalogue.category_index(products.text(3));
    product.brand = catalogue.brand_index(products.text(4));
    product.list_price = Money{products.integer(5)};
    product.popularity = products.real(6);
    catalogue.currency = products.text(7);
    catalogue.products.push_back(std::move(product));
  }
  Statement rows = database.prepare(
      "SELECT id, code, title, kind, percent_bps, amount_minor, scope_category, scope_brand, "
      "min_spend_minor, min_qty, max_discount_minor, max_issuance, starts_sim_us, ends_sim_us "
      "FROM coupons WHERE active = 1 ORDER BY id");
  while (rows.step()) {
    Coupon coupon;
    coupon.id = CouponId{rows.integer(0)};
    coupon.code = rows.text(1);
    coupon.title = rows.text(2);
    const std::string kind = rows.text(3);
    coupon.percent_bps = static_cast<int>(rows.integer(4));
    coupon.amount = Money{rows.integer(5)};
    if (kind == "category") {
      coupon.kind = CouponKind::category;
      coupon.scope = catalogue.category_index(rows.text(6));
    } else if (kind == "brand") {
      coupon.kind = CouponKind::brand;
      coupon.scope = catalogue.brand_index(rows.text(7));
    }
    coupon.min_spend = Money{rows.integer(8)};
    coupon.min_qty = static_cast<int>(rows.integer(9));
    coupon.max_discount = Money{rows.integer(10)};
    if (!rows.is_null(11)) coupon.max_issuance = rows.integer(11);
    if (!rows.is_null(12)) coupon.starts = SimTime{rows.integer(12)};
    if (!rows.is_null(13)) coupon.ends = SimTime{rows.integer(13)};
    catalogue.coupons.push_back(std::move(coupon));
  }
  return catalogue;
}

std::vector<Agent> load_agents(Database& database, std::int64_t at_most) {
  std::vector<Agent> agents;
  Statement rows = database.prepare(
      "SELECT id, user_id, persona_code, traits FROM agents WHERE status = 'active' "
      "ORDER BY id LIMIT ?1");
  rows.bind(1, at_most);
  while (rows.step()) {
    auto persona = persona_from_json(rows.text(3));
    if (!persona) {
      throw Failure(fmt::format("{}: agent {} cannot be read: {}. Seed it again", database.path(),
                                rows.text(2), persona.error().message()));
    }
    persona->persona_id = rows.text(2);
    agents.push_back({AgentId{rows.integer(0)}, UserId{rows.integer(1)}, std::move(*persona)});
  }
  return agents;
}

}  // namespace footfall::store::sqlite
