// What the shop sells and promises: stores, products, coupons. Read-only once made, shared by all
// agents and threads (R29). Inside the program things are named by their position ("index");
// their database ids stand beside them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
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

inline constexpr std::int64_t kUnlimited = -1;

// A coupon's definition. Each shopper's own copy is a wallet row (offers/wallet.hpp).
struct Coupon {
  CouponId id;
  std::string code;
  std::string title;
  CouponKind kind = CouponKind::frontstore;
  int percent_bps = 0;      // 1 … 10000, or 0 when the discount is an amount
  Money amount;             // > 0, or 0 when the discount is a percentage
  std::uint16_t scope = 0;  // category or brand index, by kind
  Money min_spend;          // of the lines in scope, before any discount; 0: none
  int min_qty = 0;          // units in scope
  Money max_discount;       // 0: none
  std::int64_t max_issuance = kUnlimited;
  std::optional<SimTime> starts;  // may be assigned within [starts, ends)
  std::optional<SimTime> ends;

  bool is_capped() const { return max_issuance != kUnlimited; }
  bool is_offered_at(SimTime t) const { return (!starts || *starts <= t) && (!ends || t < *ends); }
};

struct Catalogue {
  std::string currency;
  std::vector<std::string> categories;
  std::vector<std::string> brands;
  std::vector<Store> stores;
  std::vector<Product> products;  // ordered by id
  std::vector<Coupon> coupons;    // ordered by id

  // Position of a name, adding it if it is new.
  std::uint16_t category_index(const std::string& name);
  std::uint16_t brand_index(const std::string& name);
};

// How large a catalogue may be: indexes are 16 bits wide.
inline constexpr std::size_t kCatalogueItemsMax = 60'000;

}  // namespace footfall::retail
