// Stores, products and coupons as the API shows them; made once, sent many times.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.hpp"
#include "retail/catalogue.hpp"

namespace footfall::telemetry {
class JsonWriter;
}

namespace footfall::api {

// One entry a product, at these prices (one a product).
std::vector<std::string> product_entries(const retail::Catalogue& catalogue,
                                         std::span<const Money> prices);
// {"stores":[…]}.
std::string stores_json(const retail::Catalogue& catalogue);
// A coupon's terms as members of an object that is open: title, kind, discount, scope, conditions.
void write_terms(telemetry::JsonWriter& json, const retail::Catalogue& catalogue,
                 const retail::Coupon& coupon);

// Finds products by words: the lower-case text in which a search looks, one a product.
std::vector<std::string> search_texts(const retail::Catalogue& catalogue);

// FNV-1a (Fowler, Noll, Vo) of 64 bits, continued from `hash`.
inline constexpr std::uint64_t kFnvStart = 0xcbf29ce484222325ULL;
std::uint64_t fnv(std::uint64_t hash, std::string_view text);

}  // namespace footfall::api
