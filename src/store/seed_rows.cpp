#include "store/seed_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/failure.hpp"
#include "base/text.hpp"
#include "store/persona_json.hpp"
#include "store/seed_stock.hpp"

namespace footfall::store {
namespace {

using retail::Coupon;
using retail::CouponKind;

constexpr std::size_t kRowsAtOnce = 200;

// Writes rows of one table by their natural key, many a statement: INSERT, or UPDATE where
// something differs. `columns` are those after id, the natural key first. Texts must live until
// flush().
class Upsert {
 public:
  Upsert(Sql& sql, std::string table, std::vector<std::string> columns)
      : sql_(sql), table_(std::move(table)), columns_(std::move(columns)) {
    const Rows known = sql_.query(fmt::format("SELECT id, {} FROM {}", columns_[0], table_), {});
    for (const auto& row : known.rows) {
      ids_[text(row[1])] = whole(row[0]);
      next_id_ = std::max(next_id_, whole(row[0]) + 1);
    }
  }

  // `cells`: the columns after the natural key. Answers the row's id.
  std::int64_t put(std::string_view key, std::initializer_list<Cell> cells) {
    const auto found = ids_.find(key);
    const bool known = found != ids_.end();
    const std::int64_t id = known ? found->second : next_id_++;
    if (!known) ids_.emplace(key, id);
    added_ += !known;
    cells_.emplace_back(id);
    cells_.emplace_back(key);
    cells_.insert(cells_.end(), cells.begin(), cells.end());
    if (++rows_ % kRowsAtOnce == 0) flush();
    return id;
  }

  SeedCount finish() {
    flush();
    return {added_, written_ - added_, rows_ - written_};
  }

  // Texts that put() was given may go.
  void flush() {
    if (cells_.empty()) return;
    const std::size_t width = columns_.size() + 1;
    std::string values, sets, differs;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      const bool first = i % width == 0;
      values += fmt::format("{}${}", first ? (i ? "), (" : "(") : ", ", i + 1);
    }
    for (std::size_t i = 1; i < columns_.size(); ++i) {
      const char* comma = i > 1 ? ", " : "";
      sets += fmt::format("{0}{1} = excluded.{1}", comma, columns_[i]);
      differs += fmt::format("{0}{1}.{2} IS DISTINCT FROM excluded.{2}", i > 1 ? " OR " : "",
                             table_, columns_[i]);
    }
    written_ += sql_.change(
        fmt::format("INSERT INTO {} (id, {}) VALUES {}) ON CONFLICT ({}) DO UPDATE SET {} WHERE {}",
                    table_, join(columns_, ", "), values, columns_[0], sets, differs),
        cells_);
    cells_.clear();
  }

 private:
  Sql& sql_;
  std::string table_;
  std::vector<std::string> columns_;
  std::map<std::string, std::int64_t, std::less<>> ids_;
  std::int64_t next_id_ = 1;
  std::int64_t added_ = 0, written_ = 0, rows_ = 0;
  std::vector<Cell> cells_;
};

Cell positive(std::int64_t n) { return cell_if(n > 0, n); }
Cell limit(std::int64_t n) { return cell_if(n != retail::kUnlimited, n); }
Cell moment(const std::optional<SimTime>& t) { return t ? Cell(*t) : Cell(); }

// The name of what a coupon is for; empty for frontstore coupons.
std::string_view scope_name(const retail::Catalogue& catalogue, const Coupon& coupon) {
  switch (coupon.kind) {
    case CouponKind::category:
      return catalogue.categories[coupon.scope];
    case CouponKind::brand:
      return catalogue.brands[coupon.scope];
    case CouponKind::frontstore:
      break;
  }
  return {};
}

bool same_terms(const retail::Catalogue& a_shop, const Coupon& a, const retail::Catalogue& b_shop,
                const Coupon& b) {
  return a.kind == b.kind && discount_type(a) == discount_type(b) &&
         a.percent_bps == b.percent_bps && a.amount == b.amount && a.buy_qty == b.buy_qty &&
         a.get_qty == b.get_qty && scope_name(a_shop, a) == scope_name(b_shop, b) &&
         a.min_spend == b.min_spend && a.min_qty == b.min_qty && a.max_discount == b.max_discount &&
         a.max_issuance == b.max_issuance && a.max_redemptions == b.max_redemptions &&
         a.max_discount_total == b.max_discount_total && a.starts == b.starts && a.ends == b.ends &&
         a_shop.currency == b_shop.currency;
}

void insert_coupon(Sql& sql, const retail::Catalogue& catalogue, const Coupon& coupon,
                   std::int64_t id, std::int64_t version) {
  const auto type = discount_type(coupon);
  const bool bundle = type == retail::DiscountType::bxgy;
  const std::string_view scope = scope_name(catalogue, coupon);
  const Cell cells[] = {id,
                        std::string_view(coupon.code),
                        version,
                        std::string_view(coupon.title),
                        to_string(coupon.kind),
                        to_string(type),
                        positive(coupon.percent_bps),
                        positive(coupon.amount.minor),
                        cell_if(bundle, coupon.buy_qty),
                        cell_if(bundle, coupon.get_qty),
                        cell_if(coupon.kind == CouponKind::category, scope),
                        cell_if(coupon.kind == CouponKind::brand, scope),
                        coupon.min_spend,
                        coupon.min_qty,
                        positive(coupon.max_discount.minor),
                        limit(coupon.max_issuance),
                        limit(coupon.max_redemptions),
                        positive(coupon.max_discount_total.minor),
                        moment(coupon.starts),
                        moment(coupon.ends),
                        std::string_view(catalogue.currency)};
  sql.change(
      "INSERT INTO coupons (id, code, version, title, kind, discount_type, percent_bps, "
      "amount_minor, buy_qty, get_qty, scope_category, scope_brand, min_spend_minor, min_qty, "
      "max_discount_minor, max_issuance, max_redemptions, max_discount_total_minor, starts_sim_us, "
      "ends_sim_us, currency) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, "
      "$15, $16, $17, $18, $19, $20, $21)",
      cells);
}

// Terms that a wallet may hold stay as they are: other terms are a new row of the same code.
SeedCount seed_coupons(Sql& sql, const retail::Catalogue& catalogue) {
  const retail::Catalogue known = load_catalogue(sql);
  std::map<std::string_view, const Coupon*> offered;
  std::map<std::string_view, std::int64_t> versions;
  std::int64_t next_id = 1;
  for (const Coupon& coupon : known.coupons) {
    if (!coupon.retired) offered[coupon.code] = &coupon;
    ++versions[coupon.code];
    next_id = std::max(next_id, coupon.id.value + 1);
  }
  SeedCount count;
  for (const Coupon& coupon : catalogue.coupons) {
    const auto found = offered.find(coupon.code);
    if (found == offered.end()) {
      insert_coupon(sql, catalogue, coupon, next_id++, ++versions[coupon.code]);
      ++count.added;
    } else if (!same_terms(known, *found->second, catalogue, coupon)) {
      const Cell old[] = {found->second->id};
      sql.change("UPDATE coupons SET active = 0 WHERE id = $1", old);
      insert_coupon(sql, catalogue, coupon, next_id++, ++versions[coupon.code]);
      ++count.changed;
    } else if (found->second->title != coupon.title) {
      const Cell cells[] = {std::string_view(coupon.title), found->second->id};
      sql.change("UPDATE coupons SET title = $1 WHERE id = $2", cells);
      ++count.changed;
    } else {
      ++count.same;
    }
  }
  return count;
}

SeedCount seed_agents(Sql& sql, const std::vector<personas::Persona>& personas) {
  std::map<std::string, std::int64_t> store_ids;
  for (const auto& row : sql.query("SELECT code, id FROM stores", {}).rows) {
    store_ids[text(row[0])] = whole(row[1]);
  }
  Upsert users(sql, "users", {"email", "kind", "created_wall_us"});
  Upsert agents(
      sql, "agents",
      {"persona_code", "user_id", "age", "shopping_frequency", "home_store_id", "traits"});
  for (std::size_t from = 0; from < personas.size(); from += kRowsAtOnce) {
    const std::size_t end = std::min(personas.size(), from + kRowsAtOnce);
    std::vector<std::string> emails, traits;
    std::vector<std::int64_t> user_ids;
    emails.reserve(end - from);
    traits.reserve(end - from);
    for (std::size_t i = from; i < end; ++i) {
      // created_wall_us 0: simulated people were not born at a moment of the real clock, and a
      // second seed must change nothing.
      emails.push_back(fmt::format("{}@agents.footfall.invalid", personas[i].persona_id));
      user_ids.push_back(
          users.put(emails.back(), {std::string_view("simulated"), std::int64_t{0}}));
    }
    users.flush();
    for (std::size_t i = from; i < end; ++i) {
      const personas::Persona& persona = personas[i];
      const auto store = store_ids.find(persona.home_store);
      traits.push_back(persona_to_json(persona));
      agents.put(persona.persona_id,
                 {user_ids[i - from], int{persona.age}, persona.shopping_frequency,
                  store == store_ids.end() ? Cell() : Cell(store->second),
                  std::string_view(traits.back())});
    }
    agents.flush();
  }
  return agents.finish();
}

SeedCount seed_stores(Sql& sql, const retail::Catalogue& catalogue) {
  Upsert stores(sql, "stores", {"code", "name", "city", "timezone", "currency"});
  for (const retail::Store& store : catalogue.stores) {
    stores.put(store.code,
               {std::string_view(store.name), std::string_view(store.city),
                std::string_view(store.timezone), std::string_view(catalogue.currency)});
  }
  return stores.finish();
}

SeedCount seed_products(Sql& sql, const retail::Catalogue& catalogue) {
  Upsert products(
      sql, "products",
      {"sku", "name", "category", "brand", "list_price_minor", "currency", "popularity"});
  for (const retail::Product& product : catalogue.products) {
    products.put(
        product.sku,
        {std::string_view(product.name), std::string_view(catalogue.categories[product.category]),
         std::string_view(catalogue.brands[product.brand]), product.list_price,
         std::string_view(catalogue.currency), product.popularity});
  }
  return products.finish();
}

Coupon coupon_of(const std::vector<Value>& row, retail::Catalogue& catalogue) {
  Coupon coupon;
  coupon.id = CouponId{whole(row[0])};
  coupon.code = text(row[1]);
  coupon.title = text(row[2]);
  if (text(row[3]) == "category") {
    coupon.kind = CouponKind::category;
    coupon.scope = catalogue.category_index(text(row[6]));
  } else if (text(row[3]) == "brand") {
    coupon.kind = CouponKind::brand;
    coupon.scope = catalogue.brand_index(text(row[7]));
  }
  coupon.percent_bps = static_cast<int>(whole(row[4]));
  coupon.amount = Money{whole(row[5])};
  coupon.min_spend = Money{whole(row[8])};
  coupon.min_qty = static_cast<int>(whole(row[9]));
  coupon.max_discount = Money{whole(row[10])};
  if (!is_null(row[11])) coupon.max_issuance = whole(row[11]);
  if (!is_null(row[12])) coupon.starts = SimTime{whole(row[12])};
  if (!is_null(row[13])) coupon.ends = SimTime{whole(row[13])};
  for (const auto type : {retail::DiscountType::percent, retail::DiscountType::amount,
                          retail::DiscountType::fixed_price, retail::DiscountType::bxgy}) {
    if (text(row[14]) == to_string(type)) coupon.type = type;
  }
  coupon.buy_qty = static_cast<int>(whole(row[15]));
  coupon.get_qty = static_cast<int>(whole(row[16]));
  if (!is_null(row[17])) coupon.max_redemptions = whole(row[17]);
  coupon.max_discount_total = Money{whole(row[18])};
  coupon.retired = whole(row[19]) == 0;
  return coupon;
}

}  // namespace

namespace {

// Prices of two currencies would be added up, and old orders read in the new one.
void refuse_other_currency(Sql& sql, const std::string& currency) {
  const Cell cells[] = {std::string_view(currency)};
  const Rows others = sql.query(
      "SELECT currency FROM stores WHERE currency <> $1 UNION SELECT currency FROM products "
      "WHERE currency <> $1 UNION SELECT currency FROM coupons WHERE currency <> $1",
      cells);
  if (others.rows.empty()) return;
  throw Failure(fmt::format(
      "{} holds a shop in {}, and the catalogue is in {}: a database has one currency. Seed this "
      "catalogue into another database",
      sql.where(), text(others.rows[0][0]), currency));
}

}  // namespace

SeedReport seed_rows(Sql& sql, const retail::Catalogue& catalogue,
                     const std::vector<personas::Persona>& personas) {
  refuse_other_currency(sql, catalogue.currency);
  SeedReport report;
  report.stores = seed_stores(sql, catalogue);
  report.products = seed_products(sql, catalogue);
  report.stock = seed_stock(sql, catalogue);
  report.coupons = seed_coupons(sql, catalogue);
  report.agents = seed_agents(sql, personas);
  return report;
}

retail::Catalogue load_catalogue(Sql& sql) {
  retail::Catalogue catalogue;
  for (const auto& row : sql.query("SELECT id, code, name, city, timezone, currency FROM stores "
                                   "WHERE active = 1 ORDER BY id",
                                   {})
                             .rows) {
    catalogue.stores.push_back(
        {StoreId{whole(row[0])}, text(row[1]), text(row[2]), text(row[3]), text(row[4])});
    catalogue.currency = text(row[5]);
  }
  for (const auto& row : sql.query("SELECT id, sku, name, category, brand, list_price_minor, "
                                   "popularity, currency FROM products WHERE active = 1 "
                                   "ORDER BY id",
                                   {})
                             .rows) {
    retail::Product product{ProductId{whole(row[0])}, text(row[1]), text(row[2])};
    product.category = catalogue.category_index(text(row[3]));
    product.brand = catalogue.brand_index(text(row[4]));
    product.list_price = Money{whole(row[5])};
    product.popularity = real(row[6]);
    if (product.list_price > kMoneyMax) {
      throw Failure(fmt::format(
          "{}: product {} costs more than a price may be ({} of at most {} minor units)",
          sql.where(), product.sku, product.list_price.minor, kMoneyMax.minor));
    }
    catalogue.currency = text(row[7]);
    catalogue.products.push_back(std::move(product));
  }
  for (const auto& row :
       sql.query("SELECT id, code, title, kind, percent_bps, amount_minor, scope_category, "
                 "scope_brand, min_spend_minor, min_qty, max_discount_minor, max_issuance, "
                 "starts_sim_us, ends_sim_us, discount_type, buy_qty, get_qty, max_redemptions, "
                 "max_discount_total_minor, active FROM coupons ORDER BY id",
                 {})
           .rows) {
    catalogue.coupons.push_back(coupon_of(row, catalogue));
  }
  catalogue.stock = load_stock(sql, catalogue);
  return catalogue;
}

// In pages: a population's traits are many megabytes.
std::vector<Agent> load_agents(Sql& sql, std::int64_t at_most) {
  constexpr std::int64_t kPage = 5'000;
  std::vector<Agent> agents;
  for (std::int64_t last = 0;;) {
    const Cell cells[] = {last,
                          std::min(kPage, at_most - static_cast<std::int64_t>(agents.size()))};
    const Rows page = sql.query(
        "SELECT a.id, a.user_id, a.persona_code, a.traits FROM agents a JOIN users u ON u.id = "
        "a.user_id WHERE a.status = 'active' AND u.status = 'active' AND u.kind = 'simulated' AND "
        "a.id > $1 ORDER BY a.id LIMIT $2",
        cells);
    if (page.rows.empty()) return agents;
    for (const auto& row : page.rows) {
      auto persona = persona_from_json(text(row[3]));
      if (!persona) {
        throw Failure(fmt::format("{}: agent {} cannot be read: {}. Seed it again", sql.where(),
                                  text(row[2]), persona.error().message()));
      }
      persona->persona_id = text(row[2]);
      last = whole(row[0]);
      agents.push_back({AgentId{last}, UserId{whole(row[1])}, std::move(*persona)});
    }
  }
}

}  // namespace footfall::store
