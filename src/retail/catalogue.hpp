// What the shop sells and promises: stores, products, coupons. Read-only once made, shared by all
// agents and threads (R29). Inside the program things are named by their position ("index");
// their database ids stand beside them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/result.hpp"
#include "base/sim_time.hpp"

namespace footfall::retail {

struct Store {
  StoreId id;
  std::string code;
  std::string name;
  std::string city;
  std::string timezone;
};

struct Product {
  ProductId id;
  std::string sku;
  std::string name;
  std::uint16_t category = 0;  // index into Catalogue::categories
  std::uint16_t brand = 0;     // index into Catalogue::brands
  Money list_price;
  double popularity = 1;  // relative, > 0: how often it is bought, prices and tastes being equal
};

enum class CouponKind : std::uint8_t { frontstore, category, brand };
std::string_view to_string(CouponKind kind);

// What a coupon takes off; pricing.hpp has the rules.
//   percent      a share
//   amount       a sum, spread over the lines
//   fixed_price  whatever a unit costs more than an amount
//   bxgy         buy some units of one product, get some more of it free
enum class DiscountType : std::uint8_t { percent, amount, fixed_price, bxgy };
std::string_view to_string(DiscountType type);

inline constexpr std::int64_t kUnlimited = -1;

// A coupon's definition. Each shopper's own copy is a wallet row (offers/wallet.hpp). Of
// percent_bps, amount, buy_qty and get_qty exactly those of its type are set. Ask discount_type()
// for the type: a percentage need not name it.
struct Coupon {
  CouponId id;
  std::string code;
  std::string title;
  CouponKind kind = CouponKind::frontstore;
  int percent_bps = 0;           // percent: 1 … 10000
  Money amount;                  // amount, fixed_price (of one unit): > 0
  int buy_qty = 0, get_qty = 0;  // bxgy: each >= 1
  DiscountType type = DiscountType::amount;
  std::uint16_t scope = 0;  // category or brand index, by kind
  Money min_spend;          // of the lines in scope, before any discount; 0: none
  int min_qty = 0;          // units in scope
  Money max_discount;       // 0: none
  std::int64_t max_issuance = kUnlimited;
  std::int64_t max_redemptions = kUnlimited;
  Money max_discount_total;       // what all redemptions of a run take off together; 0: unlimited
  std::optional<SimTime> starts;  // may be assigned within [starts, ends)
  std::optional<SimTime> ends;
  bool retired = false;  // no longer offered; wallets may still hold it

  // How many copies are given out in a run, or kUnlimited. Copies that could never be redeemed are
  // not given, so a cap on redemptions is one on copies too.
  std::int64_t issuance_cap() const {
    if (max_issuance == kUnlimited || max_redemptions == kUnlimited) {
      return std::max(max_issuance, max_redemptions);  // kUnlimited is the lowest of all
    }
    return std::min(max_issuance, max_redemptions);
  }
  bool is_capped() const { return issuance_cap() != kUnlimited; }
  bool is_offered_at(SimTime t) const { return (!starts || *starts <= t) && (!ends || t < *ends); }
};

// A coupon with percent_bps is a percentage, whatever `type` says of the rest.
inline DiscountType discount_type(const Coupon& coupon) {
  return coupon.percent_bps > 0 ? DiscountType::percent : coupon.type;
}

// What a store has of a product when a run begins. Pairs that are not named are never sold out.
struct StockLimit {
  std::uint16_t store = 0;    // index into Catalogue::stores
  std::uint16_t product = 0;  // index into Catalogue::products
  std::int64_t on_hand = 0;   // >= 0

  friend bool operator==(const StockLimit&, const StockLimit&) = default;
};
inline constexpr std::int64_t kStockMax = 1'000'000'000'000;

struct Catalogue {
  std::string currency;
  std::vector<std::string> categories;
  std::vector<std::string> brands;
  std::vector<Store> stores;
  std::vector<Product> products;  // ordered by id
  std::vector<Coupon> coupons;    // ordered by id
  std::vector<StockLimit> stock;  // each pair at most once

  // Whether checkouts compete for something: stock, or the budget of an offered coupon. (Caps on
  // copies and redemptions are held when coupons are given out.)
  bool has_limits() const;

  // Position of a name, adding it if it is new.
  std::uint16_t category_index(const std::string& name);
  std::uint16_t brand_index(const std::string& name);
};

// How large a catalogue may be: indexes are 16 bits wide.
inline constexpr std::size_t kCatalogueItemsMax = 60'000;

}  // namespace footfall::retail
