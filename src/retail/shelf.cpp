#include "retail/shelf.hpp"

#include <algorithm>

#include "base/random.hpp"

namespace footfall::retail {
namespace {

// Deal depth at quantile u, linear between the published points; the ends are our judgement.
double deal_depth(double u) {
  constexpr double kAt[] = {0, .25, .5, .75, .9, 1};
  constexpr double kDepth[] = {.05, .15, .24, .37, .47, .55};
  int i = 0;
  while (u > kAt[i + 1]) ++i;
  return kDepth[i] + (kDepth[i + 1] - kDepth[i]) * (u - kAt[i]) / (kAt[i + 1] - kAt[i]);
}

Money cycle_price(const Product& product, std::uint64_t seed, std::int64_t cycle,
                  const DealRules& rules) {
  RandomStream random(seed, static_cast<std::uint32_t>(product.id.value),
                      static_cast<std::uint32_t>(cycle), Purpose::deals);
  if (random.uniform() >= rules.share) return product.list_price;
  const int bps = static_cast<int>(deal_depth(random.uniform()) * 10'000);
  const Money price = product.list_price - share_bps(product.list_price, bps);
  return std::max(price, Money{std::min<std::int64_t>(1, product.list_price.minor)});
}

}  // namespace

Shelf make_shelf(const Catalogue& catalogue, std::uint64_t seed, std::int64_t offer_cycle,
                 const DealRules& rules, ListingId first_id) {
  Shelf shelf;
  shelf.offer_cycle = offer_cycle;
  std::vector<std::vector<ListedProduct>> by_category(catalogue.categories.size());
  for (std::size_t i = 0; i < catalogue.products.size(); ++i) {
    const Product& product = catalogue.products[i];
    by_category[product.category].push_back(
        {static_cast<std::uint16_t>(i), cycle_price(product, seed, offer_cycle, rules)});
  }
  for (std::size_t c = 0; c < by_category.size(); ++c) {
    auto& listed = by_category[c];
    shelf.listing_of_category.push_back(
        listed.empty() ? 0xffff : static_cast<std::uint16_t>(shelf.listings.size()));
    if (listed.empty()) continue;
    const auto before = [&](const ListedProduct& a, const ListedProduct& b) {
      const Product& pa = catalogue.products[a.product];
      const Product& pb = catalogue.products[b.product];
      const bool deal_a = a.price < pa.list_price, deal_b = b.price < pb.list_price;
      if (deal_a != deal_b) return deal_a;
      if (pa.popularity != pb.popularity) return pa.popularity > pb.popularity;
      return a.product < b.product;
    };
    std::sort(listed.begin(), listed.end(), before);
    shelf.listings.push_back(
        {ListingId{first_id.value + static_cast<std::int64_t>(shelf.listings.size())},
         static_cast<std::uint16_t>(c), std::move(listed)});
  }
  return shelf;
}

}  // namespace footfall::retail
