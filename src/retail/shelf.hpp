// What stands on the shelves during one offer cycle: each category's products in the order in
// which the shop shows them, with the price of that cycle. A listing is also what browse_products
// shows (R17): events name it by id, and the database keeps it once.
#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "retail/catalogue.hpp"

namespace footfall::retail {

struct ListedProduct {
  std::uint16_t product = 0;  // index into Catalogue::products
  Money price;                // of one unit, deal included

  friend bool operator==(const ListedProduct&, const ListedProduct&) = default;
};

struct Listing {
  ListingId id;
  std::uint16_t category = 0;
  std::vector<ListedProduct> products;  // in the order shown; never empty
};

// How many products are on deal, and how deep. Depths follow the quantiles of real shelf deals
// (realism.md T12: p25/p50/p75/p90 = .15 .24 .37 .47).
struct DealRules {
  double share = 0.26;  // of products, in each offer cycle, in [0, 1]
};

struct Shelf {
  std::int64_t offer_cycle = 0;
  std::vector<Listing> listings;  // one per category that has products, in category order
  std::vector<std::uint16_t>
      listing_of_category;  // index into listings; 0xffff where there is none
};

// The shelf of an offer cycle: a pure function of its arguments. Products on deal are drawn by
// (seed, product, cycle); deals come first, then the most popular. `first_id` is the id of the
// first listing, the others follow.
Shelf make_shelf(const Catalogue& catalogue, std::uint64_t seed, std::int64_t offer_cycle,
                 const DealRules& rules, ListingId first_id);

}  // namespace footfall::retail
