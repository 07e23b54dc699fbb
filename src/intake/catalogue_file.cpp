#include "intake/catalogue_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/text.hpp"
#include "intake/problems.hpp"
#include "intake/row_reader.hpp"
#include "retail/pricing.hpp"

namespace footfall::intake {
namespace {

using retail::Catalogue;
using retail::Coupon;
using retail::CouponKind;
using retail::DiscountType;

// One currency for the whole shop: the first one seen, all others are problems.
void take_currency(TableReader& reader, const Row& row, Catalogue& catalogue) {
  const std::string currency = reader.text(row, "currency", true, 3);
  const bool is_code =
      currency.size() == 3 &&
      std::all_of(currency.begin(), currency.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!is_code) {
    reader.problem(row, "currency",
                   fmt::format("'{}' is not allowed: three capitals like USD", currency));
  } else if (catalogue.currency.empty()) {
    catalogue.currency = currency;
  } else if (catalogue.currency != currency) {
    reader.problem(
        row, "currency",
        fmt::format("'{}' differs from {}: a shop has one currency", currency, catalogue.currency));
  }
}

void take_unique(TableReader& reader, const Row& row, std::string_view column,
                 const std::string& value, std::set<std::string>& seen) {
  if (!value.empty() && !seen.insert(value).second) {
    reader.problem(row, column,
                   fmt::format("'{}' stands above already: each must be unique", value));
  }
}

void read_stores(const Table& table, Catalogue& catalogue, Problems& problems) {
  TableReader reader(table, {"code", "name", "city", "timezone", "currency"}, problems);
  if (!reader.is_usable()) return;
  std::set<std::string> codes;
  for (const Row& row : table.rows) {
    retail::Store store;
    store.id = StoreId{static_cast<std::int64_t>(catalogue.stores.size()) + 1};
    store.code = reader.text(row, "code", true, 40);
    take_unique(reader, row, "code", store.code, codes);
    store.name = reader.text(row, "name", true);
    store.city = reader.text(row, "city", false);
    store.timezone = reader.text(row, "timezone", true, 60);
    take_currency(reader, row, catalogue);
    catalogue.stores.push_back(std::move(store));
  }
}

void read_products(const Table& table, Catalogue& catalogue, Problems& problems) {
  TableReader reader(table, {"sku", "name", "category", "brand", "price", "currency", "popularity"},
                     problems);
  if (!reader.is_usable()) return;
  std::set<std::string> skus;
  for (const Row& row : table.rows) {
    retail::Product product;
    product.id = ProductId{static_cast<std::int64_t>(catalogue.products.size()) + 1};
    product.sku = reader.text(row, "sku", true, 40);
    take_unique(reader, row, "sku", product.sku, skus);
    product.name = reader.text(row, "name", true);
    product.category = catalogue.category_index(reader.text(row, "category", true, 80));
    product.brand = catalogue.brand_index(reader.text(row, "brand", true, 80));
    const auto price = reader.money(row, "price", Money{0});
    if (!price && reader.text(row, "price", false).empty()) {
      reader.problem(row, "price", "it is empty: an amount like 12.34 is needed");
    }
    product.list_price = price.value_or(Money{});
    product.popularity = reader
                             .number(row, "popularity", 1e-6, 1e9,
                                     "a number from 0.000001 to 1000000000, or empty for 1")
                             .value_or(1.0);
    take_currency(reader, row, catalogue);
    catalogue.products.push_back(std::move(product));
  }
  if (catalogue.products.size() > retail::kCatalogueItemsMax) {
    problems.add(fmt::format("{}: {} products are too many, at most {}", table.file,
                             catalogue.products.size(), retail::kCatalogueItemsMax));
  }
}

// The name in `column` as an index, or a problem: unknown names would make a coupon useless.
std::uint16_t scope(TableReader& reader, const Row& row, const std::string& column,
                    const std::vector<std::string>& names) {
  const std::string name = reader.text(row, column, true);
  const auto at = std::find(names.begin(), names.end(), name);
  if (at != names.end()) return static_cast<std::uint16_t>(at - names.begin());
  const std::string near = nearest(name, names);
  reader.problem(row, column,
                 fmt::format("no product has the {} '{}'{}", column, name,
                             near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
  return 0;
}

void must_be_empty(TableReader& reader, const Row& row, std::string_view column,
                   std::string_view why) {
  const std::string value = reader.text(row, column, false);
  if (!value.empty()) {
    reader.problem(row, column, fmt::format("'{}' must be empty: {}", value, why));
  }
}

constexpr DiscountType kDiscountTypes[] = {DiscountType::percent, DiscountType::amount,
                                           DiscountType::fixed_price, DiscountType::bxgy};

// The type that a row names; where it names none, the one whose column it fills. Nothing, and a
// problem, if that is none.
std::optional<DiscountType> read_discount_type(TableReader& reader, const Row& row) {
  const std::string word = lower(reader.text(row, "discount_type", false));
  if (word.empty()) {
    const bool has_percent = !reader.text(row, "percent", false).empty();
    const bool has_amount = !reader.text(row, "amount", false).empty();
    if (has_percent != has_amount)
      return has_percent ? DiscountType::percent : DiscountType::amount;
    reader.problem(row, "discount_type",
                   "it is empty: then one of percent and amount must be filled, not both; other "
                   "types need their name here");
    return std::nullopt;
  }
  std::vector<std::string> names;
  for (const DiscountType type : kDiscountTypes) names.emplace_back(to_string(type));
  if (reader.choice(row, "discount_type", names) != word) return std::nullopt;
  return kDiscountTypes[std::find(names.begin(), names.end(), word) - names.begin()];
}

// Of the columns that say what is taken off, a row fills exactly those of its type.
void check_discount_columns(TableReader& reader, const Row& row, DiscountType type) {
  const bool by_amount = type == DiscountType::amount || type == DiscountType::fixed_price;
  const bool by_units = type == DiscountType::bxgy;
  const std::pair<const char*, bool> columns[] = {{"percent", type == DiscountType::percent},
                                                  {"amount", by_amount},
                                                  {"buy_qty", by_units},
                                                  {"get_qty", by_units}};
  for (const auto& [column, is_needed] : columns) {
    if (!is_needed) {
      must_be_empty(reader, row, column,
                    fmt::format("discount_type {} has no {}", to_string(type), column));
    } else if (reader.text(row, column, false).empty()) {
      reader.problem(row, column,
                     fmt::format("it is empty: discount_type {} needs it", to_string(type)));
    }
  }
}

void read_discount(TableReader& reader, const Row& row, Coupon& coupon) {
  const auto type = read_discount_type(reader, row);
  if (!type) return;
  coupon.type = *type;
  check_discount_columns(reader, row, *type);
  if (*type == DiscountType::percent) {
    const auto percent = reader.number(row, "percent", 0.01, 100, "a number from 0.01 to 100");
    coupon.percent_bps = static_cast<int>(percent.value_or(1) * 100 + 0.5);
  } else if (*type == DiscountType::bxgy) {
    const auto qty = [&](std::string_view column) {
      return static_cast<int>(reader.whole(row, column, 1, retail::kLineQtyMax).value_or(1));
    };
    coupon.buy_qty = qty("buy_qty");
    coupon.get_qty = qty("get_qty");
    if (coupon.buy_qty + coupon.get_qty > retail::kLineQtyMax) {
      reader.problem(row, "get_qty",
                     fmt::format("with buy_qty it makes {}: a cart holds at most {} of one product",
                                 coupon.buy_qty + coupon.get_qty, retail::kLineQtyMax));
    }
  } else {
    coupon.amount = reader.money(row, "amount", Money{1}).value_or(Money{1});
  }
}

void read_scope(TableReader& reader, const Row& row, const Catalogue& catalogue, Coupon& coupon) {
  const std::string kind = reader.choice(row, "kind", {"frontstore", "category", "brand"});
  if (kind == "category") {
    coupon.kind = CouponKind::category;
    coupon.scope = scope(reader, row, "category", catalogue.categories);
    must_be_empty(reader, row, "brand", "a category coupon has no brand");
  } else if (kind == "brand") {
    coupon.kind = CouponKind::brand;
    coupon.scope = scope(reader, row, "brand", catalogue.brands);
    must_be_empty(reader, row, "category", "a brand coupon has no category");
  } else {
    must_be_empty(reader, row, "category", "a frontstore coupon is good for the whole cart");
    must_be_empty(reader, row, "brand", "a frontstore coupon is good for the whole cart");
  }
}

void read_coupons(const Table& table, Catalogue& catalogue, Problems& problems) {
  TableReader reader(
      table,
      {"code", "kind", "title", "percent", "amount", "category", "brand", "min_spend", "min_qty",
       "max_discount", "max_issuance", "starts", "ends", "currency"},
      problems, {"discount_type", "buy_qty", "get_qty", "max_redemptions", "max_discount_total"});
  if (!reader.is_usable()) return;
  std::set<std::string> codes;
  for (const Row& row : table.rows) {
    Coupon coupon;
    coupon.id = CouponId{static_cast<std::int64_t>(catalogue.coupons.size()) + 1};
    coupon.code = reader.text(row, "code", true, 60);
    take_unique(reader, row, "code", coupon.code, codes);
    coupon.title = reader.text(row, "title", true, 200);
    read_scope(reader, row, catalogue, coupon);
    read_discount(reader, row, coupon);
    coupon.min_spend = reader.money(row, "min_spend", Money{0}).value_or(Money{});
    coupon.min_qty = static_cast<int>(reader.whole(row, "min_qty", 0, 999).value_or(0));
    coupon.max_discount = reader.money(row, "max_discount", Money{1}).value_or(Money{});
    const auto cap = [&](std::string_view column) {
      return reader.whole(row, column, 0, 1'000'000'000'000).value_or(retail::kUnlimited);
    };
    coupon.max_issuance = cap("max_issuance");
    coupon.max_redemptions = cap("max_redemptions");
    coupon.max_discount_total = reader.money(row, "max_discount_total", Money{1}).value_or(Money{});
    coupon.starts = reader.date(row, "starts");
    coupon.ends = reader.date(row, "ends");
    if (coupon.starts && coupon.ends && *coupon.ends <= *coupon.starts) {
      reader.problem(row, "ends", "it must be later than starts");
    }
    take_currency(reader, row, catalogue);
    catalogue.coupons.push_back(std::move(coupon));
  }
  if (catalogue.coupons.size() > retail::kCatalogueItemsMax) {
    problems.add(fmt::format("{}: {} coupons are too many, at most {}", table.file,
                             catalogue.coupons.size(), retail::kCatalogueItemsMax));
  }
}

// Names of rows by their position, to be looked up and to suggest from.
class NameList {
 public:
  NameList(std::string what, std::vector<std::string> names)
      : what_(std::move(what)), names_(std::move(names)) {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      positions_.emplace(names_[i], static_cast<std::uint16_t>(i));
    }
  }

  // The position of the name in `column`, or nothing and a problem.
  std::optional<std::uint16_t> find(TableReader& reader, const Row& row,
                                    const std::string& column) {
    const std::string name = reader.text(row, column, true, 40);
    const auto at = positions_.find(name);
    if (at != positions_.end()) return at->second;
    if (name.empty()) return std::nullopt;  // said already
    // Looking for a name among many is slow, and no more problems are shown.
    const std::string near = ++unknown_ <= Problems::kShownMax ? nearest(name, names_) : "";
    reader.problem(row, column,
                   fmt::format("there is no {} '{}'{}", what_, name,
                               near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
    return std::nullopt;
  }

 private:
  std::string what_;
  std::vector<std::string> names_;
  std::map<std::string, std::uint16_t> positions_;
  std::size_t unknown_ = 0;
};

void read_stock(const Table& table, Catalogue& catalogue, Problems& problems) {
  TableReader reader(table, {"store", "sku", "on_hand"}, problems);
  // Without stores or products their own file is to blame, and has been named.
  if (!reader.is_usable() || catalogue.stores.empty() || catalogue.products.empty()) return;
  std::vector<std::string> codes, skus;
  for (const retail::Store& store : catalogue.stores) codes.push_back(store.code);
  for (const retail::Product& product : catalogue.products) skus.push_back(product.sku);
  NameList stores("store", std::move(codes)), products("product", std::move(skus));
  std::map<std::pair<std::uint16_t, std::uint16_t>, int> rows;  // where a pair stands
  for (const Row& row : table.rows) {
    const auto store = stores.find(reader, row, "store");
    const auto product = products.find(reader, row, "sku");
    const auto on_hand = reader.whole(row, "on_hand", 0, retail::kStockMax);
    if (!on_hand && reader.text(row, "on_hand", false).empty()) {
      reader.problem(row, "on_hand",
                     "it is empty: a whole number is needed; leave the row out where there is "
                     "no limit");
    }
    if (!store || !product) continue;
    const auto [first, is_new] = rows.emplace(std::pair(*store, *product), row.number);
    if (!is_new) {
      reader.problem(row, "sku",
                     fmt::format("'{}' in store '{}' stands in row {} already",
                                 catalogue.products[*product].sku, catalogue.stores[*store].code,
                                 first->second));
    }
    catalogue.stock.push_back({*store, *product, on_hand.value_or(0)});
  }
}

// Nothing where there is no such file.
Result<std::optional<Table>> read_optional_table(const std::filesystem::path& path) {
  if (path.empty()) return std::optional<Table>();
  auto table = read_table(path);
  if (table) return std::optional(std::move(*table));
  if (table.error().code() == Errc::not_found) return std::optional<Table>();
  return table.error();
}

}  // namespace

CatalogueFiles catalogue_files_in(const std::filesystem::path& folder) {
  return {folder / "stores.csv", folder / "products.csv", folder / "coupons.csv",
          folder / "stock.csv"};
}

Result<Catalogue> read_catalogue(const CatalogueFiles& files) {
  const auto stores = read_table(files.stores);
  if (!stores) return stores.error();
  const auto products = read_table(files.products);
  if (!products) return products.error();
  const auto coupons = read_table(files.coupons);
  if (!coupons) return coupons.error();
  const auto stock = read_optional_table(files.stock);
  if (!stock) return stock.error();
  Catalogue catalogue;
  Problems problems;
  read_stores(*stores, catalogue, problems);
  read_products(*products, catalogue, problems);
  read_coupons(*coupons, catalogue, problems);
  if (*stock) read_stock(**stock, catalogue, problems);
  if (!problems.empty()) return problems.error("the catalogue");
  return catalogue;
}

}  // namespace footfall::intake
