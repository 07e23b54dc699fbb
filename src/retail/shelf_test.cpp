// Goal: a shelf is a pure function of (seed, cycle), shows every product once and in the promised
// order, and its deals are as many and as deep as realism.md T12 says.
// Method: exact checks on one catalogue, and shares of many draws within five standard errors.
#include "retail/shelf.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cmath>
#include <set>
#include <string>
#include <tuple>

namespace footfall::retail {
namespace {

constexpr std::int64_t kListPrice = 1'000'000;  // so large that rounding moves no depth by a bp

// `n` products over 20 categories, of which the last has none; few popularities, so ties occur.
Catalogue catalogue_of(int n, std::int64_t price = kListPrice) {
  Catalogue catalogue;
  for (int c = 0; c < 20; ++c) catalogue.category_index(std::to_string(c));
  for (int i = 0; i < n; ++i) {
    Product& product = catalogue.products.emplace_back();
    product.id = {i + 1};
    product.category = static_cast<std::uint16_t>(i * 7 % 19);
    product.list_price = {price};
    product.popularity = 1 + i * 31 % 5;
  }
  return catalogue;
}

bool same(const Shelf& a, const Shelf& b) {
  if (a.offer_cycle != b.offer_cycle || a.listings.size() != b.listings.size()) return false;
  for (std::size_t i = 0; i < a.listings.size(); ++i) {
    const Listing &x = a.listings[i], &y = b.listings[i];
    if (x.id != y.id || x.category != y.category || x.products != y.products) return false;
  }
  return a.listing_of_category == b.listing_of_category;
}

// Price by product index.
std::vector<Money> prices_of(const Catalogue& catalogue, const Shelf& shelf) {
  std::vector<Money> prices(catalogue.products.size());
  for (const Listing& listing : shelf.listings) {
    for (const ListedProduct& listed : listing.products) prices[listed.product] = listed.price;
  }
  return prices;
}

TEST(Shelf, IsAPureFunctionOfSeedAndCycle) {  // invariant 36
  const Catalogue catalogue = catalogue_of(500);
  const Shelf shelf = make_shelf(catalogue, 42, 3, {}, {10});
  make_shelf(catalogue, 43, 4, {}, {10});
  EXPECT_TRUE(same(shelf, make_shelf(catalogue, 42, 3, {}, {10})));
  const auto prices = prices_of(catalogue, shelf);
  EXPECT_NE(prices, prices_of(catalogue, make_shelf(catalogue, 43, 3, {}, {10})));
  EXPECT_NE(prices, prices_of(catalogue, make_shelf(catalogue, 42, 4, {}, {10})));
}

TEST(Shelf, AProductsPriceDoesNotDependOnTheOtherProducts) {
  const Catalogue all = catalogue_of(500);
  Catalogue half = all;
  half.products.erase(half.products.begin(), half.products.begin() + 250);
  const auto of_all = prices_of(all, make_shelf(all, 42, 3, {}, {1}));
  const auto of_half = prices_of(half, make_shelf(half, 42, 3, {}, {1}));
  for (std::size_t i = 0; i < of_half.size(); ++i) ASSERT_EQ(of_half[i], of_all[i + 250]) << i;
}

TEST(Shelf, ShowsEveryProductOnceInItsOwnCategory) {
  const Catalogue catalogue = catalogue_of(500);
  const Shelf shelf = make_shelf(catalogue, 1, 0, {}, {100});
  std::multiset<std::uint16_t> shown;
  ASSERT_EQ(shelf.listings.size(), 19U);
  for (std::size_t i = 0; i < shelf.listings.size(); ++i) {
    const Listing& listing = shelf.listings[i];
    EXPECT_EQ(listing.id.value, 100 + static_cast<std::int64_t>(i));
    EXPECT_EQ(listing.category, i);
    for (const ListedProduct& listed : listing.products) {
      shown.insert(listed.product);
      EXPECT_EQ(catalogue.products[listed.product].category, listing.category);
    }
  }
  EXPECT_EQ(shown.size(), 500U);
  EXPECT_EQ(std::set(shown.begin(), shown.end()).size(), 500U);
}

TEST(Shelf, ACategoryWithoutProductsHasNoListing) {
  Catalogue catalogue = catalogue_of(500);
  std::erase_if(catalogue.products, [](const Product& product) { return product.category == 4; });
  const Shelf shelf = make_shelf(catalogue, 1, 0, {}, {1});
  ASSERT_EQ(shelf.listing_of_category.size(), catalogue.categories.size());
  EXPECT_EQ(shelf.listing_of_category[4], 0xffff);
  EXPECT_EQ(shelf.listing_of_category[19], 0xffff);
  for (std::size_t i = 0; i < shelf.listings.size(); ++i) {
    EXPECT_EQ(shelf.listing_of_category[shelf.listings[i].category], i);
    EXPECT_FALSE(shelf.listings[i].products.empty());
  }
}

TEST(Shelf, DealsComeFirstThenThePopularThenTheLowerIndex) {
  const Catalogue catalogue = catalogue_of(2000);
  int deals = 0;
  for (const Listing& listing : make_shelf(catalogue, 5, 2, {}, {1}).listings) {
    const auto rank = [&](const ListedProduct& listed) {
      const Product& product = catalogue.products[listed.product];
      const bool on_deal = listed.price < product.list_price;
      return std::tuple(!on_deal, -product.popularity, listed.product);
    };
    for (std::size_t i = 1; i < listing.products.size(); ++i) {
      ASSERT_LT(rank(listing.products[i - 1]), rank(listing.products[i]));
    }
    deals += !std::get<0>(rank(listing.products.front()));
  }
  EXPECT_GT(deals, 0);
}

// A share p of n independent draws has the standard error sqrt(p (1 - p) / n).
double five_errors(double p, double n) { return 5 * std::sqrt(p * (1 - p) / n); }

TEST(Shelf, TheShareOfDealsIsTheRules) {  // T12
  const int n = 20'000;
  const Catalogue catalogue = catalogue_of(n);
  for (const double share : {0.0, DealRules{}.share, 0.7, 1.0}) {
    const auto now = prices_of(catalogue, make_shelf(catalogue, 9, 0, {share}, {1}));
    const auto next = prices_of(catalogue, make_shelf(catalogue, 9, 1, {share}, {1}));
    int deals = 0, twice = 0;
    for (std::size_t i = 0; i < now.size(); ++i) {
      deals += now[i].minor < kListPrice;
      twice += now[i].minor < kListPrice && next[i].minor < kListPrice;
    }
    EXPECT_NEAR(1.0 * deals / n, share, five_errors(share, n)) << share;
    // Cycles are independent of each other.
    EXPECT_NEAR(1.0 * twice / n, share * share, five_errors(share * share, n)) << share;
  }
}

TEST(Shelf, DepthsFollowThePublishedQuantiles) {  // T12: p25/p50/p75/p90 = .15 .24 .37 .47
  const int n = 40'000;
  const Catalogue catalogue = catalogue_of(n);
  const std::array<double, 4> depths{.15, .24, .37, .47}, quantiles{.25, .5, .75, .9};
  std::array<int, 4> below{};
  for (const Money price : prices_of(catalogue, make_shelf(catalogue, 9, 0, {1}, {1}))) {
    const double depth = 1 - static_cast<double>(price.minor) / kListPrice;
    EXPECT_GE(depth, .05 - 1e-4);
    EXPECT_LE(depth, .55);
    for (std::size_t q = 0; q < 4; ++q) below[q] += depth < depths[q] - 1e-9;
  }
  for (std::size_t q = 0; q < 4; ++q) {
    EXPECT_NEAR(1.0 * below[q] / n, quantiles[q], five_errors(quantiles[q], n)) << depths[q];
  }
}

RC_GTEST_PROP(Shelf, PricesArePositiveAndNeverAboveTheListPrice, ()) {
  const auto any_price = rc::gen::oneOf(rc::gen::inRange<std::int64_t>(1, 50),
                                        rc::gen::inRange<std::int64_t>(1, kMoneyMax.minor + 1),
                                        rc::gen::just(kMoneyMax.minor));
  const Catalogue catalogue = catalogue_of(50, *any_price);
  const DealRules rules{*rc::gen::inRange(0, 101) / 100.0};
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const Shelf shelf = make_shelf(catalogue, seed, *rc::gen::inRange(0, 5000), rules, {1});
  for (const Money price : prices_of(catalogue, shelf)) {
    RC_ASSERT(price > Money{});
    RC_ASSERT(price <= catalogue.products[0].list_price);
  }
}

TEST(Shelf, TheCheapestProductIsNeverGivenAway) {
  const Catalogue catalogue = catalogue_of(2000, 1);
  for (const Money price : prices_of(catalogue, make_shelf(catalogue, 3, 0, {1}, {1}))) {
    ASSERT_EQ(price, Money{1});  // 55 % of one cent would round to a whole cent
  }
}

}  // namespace
}  // namespace footfall::retail
