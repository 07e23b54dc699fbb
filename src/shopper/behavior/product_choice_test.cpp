// Goal: products are taken as the logit of product_choice.hpp says, without repeats, and react to
// prices, deals and brands as measured (realism.md 7.4, 7.5). Method: the formula written out anew
// from the header; frequencies of many takes against it; one price moved by 1 %.
#include "shopper/behavior/product_choice.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/random.hpp"

namespace footfall::shopper {
namespace {

using personas::Traits;

struct Shop {
  retail::Catalogue catalogue;
  retail::Listing listing;
};

// `n` products of 5 brands, prices from 1.00 to 40.00 in large minor units, every third on deal.
Shop make_shop(int n) {
  Shop shop;
  shop.catalogue.brands = {"a", "b", "c", "d", "e"};
  RandomStream random(77, 1, 0, Purpose::persona);
  for (int j = 0; j < n; ++j) {
    retail::Product product;
    product.brand = static_cast<std::uint16_t>(random.below(5));
    product.list_price = {10'000 + random.below(390'000)};
    product.popularity = 0.2 + 5 * random.uniform();
    shop.catalogue.products.push_back(product);
    const Money price = j % 3 == 0 ? Money{product.list_price.minor * (95 - 5 * (j % 10)) / 100}
                                   : product.list_price;
    shop.listing.products.push_back({static_cast<std::uint16_t>(j), price});
  }
  return shop;
}

// Trait values at the middle of a level, where the rounding to levels does nothing.
Traits taste(int price_level, int deal_level, float variety, float loyalty,
             std::vector<std::uint16_t> brands = {}) {
  Traits traits;
  traits.price_consciousness = (static_cast<float>(price_level) + 0.5F) / kChoiceLevels;
  traits.discount_sensitivity = (static_cast<float>(deal_level) + 0.5F) / kChoiceLevels;
  traits.variety_seeking = variety;
  traits.brand_loyalty = loyalty;
  std::copy(brands.begin(), brands.end(), traits.favourite_brands.begin());
  return traits;
}

float loyalty_factor(const Traits& traits, const Coefficients& c) {
  return static_cast<float>(std::exp(c.brand_loyalty * traits.brand_loyalty));
}

// exp(V_j) of the header, term by term, not normalised.
std::vector<double> formula(const Shop& shop, const Traits& traits, const Coefficients& c) {
  std::vector<double> list, weights;
  double popularity = 0, roots = 0;
  for (const auto& listed : shop.listing.products) {
    const retail::Product& product = shop.catalogue.products[listed.product];
    list.push_back(static_cast<double>(product.list_price.minor));
    popularity += product.popularity;
    roots += std::sqrt(product.popularity);
  }
  std::sort(list.begin(), list.end());
  const double median = list[list.size() / 2];  // of an odd number
  for (const auto& listed : shop.listing.products) {
    const retail::Product& product = shop.catalogue.products[listed.product];
    const double l = static_cast<double>(product.list_price.minor);
    const double p = static_cast<double>(listed.price.minor);
    const auto& brands = traits.favourite_brands;
    const double v = traits.variety_seeking;
    const int f = std::count(brands.begin(), brands.end(), product.brand) > 0;
    weights.push_back(std::exp(
        std::log((1 - v) * product.popularity / popularity +
                 v * std::sqrt(product.popularity) / roots) +
        (c.price_base + c.price_consciousness * traits.price_consciousness) * std::log(p / l) +
        c.price_rank * (traits.price_consciousness - 0.5) * std::log(l / median) +
        c.deal * traits.discount_sensitivity * (p < l) +
        c.brand_loyalty * traits.brand_loyalty * f));
  }
  return weights;
}

std::vector<double> shares(std::vector<double> weights) {
  double sum = 0;
  for (const double weight : weights) sum += weight;
  for (double& weight : weights) weight /= sum;
  return weights;
}

// Of every product the probability that the model records, read off by walking u through [0, 1).
std::vector<double> recorded(const Shop& shop, const Traits& traits, const Coefficients& c) {
  const ListingModel model = model_listing(shop.catalogue, shop.listing, c);
  ProductChoice choice;
  choice.set_shopper(traits, loyalty_factor(traits, c));
  std::vector<double> found(shop.listing.products.size());
  for (int step = 0; step < 20'000; ++step) {
    choice.face(model);
    const auto taken = choice.take((step + 0.5) / 20'000);
    found[static_cast<std::size_t>(taken.position)] = taken.probability;
  }
  return found;
}

std::vector<Traits> tastes() {
  return {taste(4, 4, 0.4F, 0.3F, {1, 3}), taste(0, 7, 0, 0), taste(7, 0, 1, 1, {0}),
          taste(2, 5, 0.9F, 0.6F, {2}), taste(6, 1, 0.2F, 0, {4})};
}

// Frequencies of n takes are within 4.5 sqrt(p (1-p) / n); recorded probabilities pass through
// floats, good to 1e-6 of themselves.
TEST(ProductChoice, SharesOfManyTakesAreTheLogits) {
  const Shop shop = make_shop(11);
  const Coefficients c;
  const ListingModel model = model_listing(shop.catalogue, shop.listing, c);
  ProductChoice choice;
  std::uint32_t who = 0;
  const int n = 40'000;
  for (const Traits& traits : tastes()) {
    const std::vector<double> p = shares(formula(shop, traits, c));
    choice.set_shopper(traits, loyalty_factor(traits, c));
    RandomStream random(42, ++who, 0, Purpose::trip);
    std::vector<int> count(p.size());
    for (int i = 0; i < n; ++i) {
      choice.face(model);
      const auto taken = choice.take(random.uniform());
      const auto j = static_cast<std::size_t>(taken.position);
      ++count[j];
      ASSERT_NEAR(taken.probability, p[j], 2e-6 * p[j]) << who << ' ' << j;
    }
    for (std::size_t j = 0; j < p.size(); ++j) {
      EXPECT_NEAR(count[j] / double{n}, p[j], 4.5 * std::sqrt(p[j] * (1 - p[j]) / n)) << j;
    }
  }
}

TEST(ProductChoice, TraitsAreRoundedToTheLevelTheyLieIn) {
  ProductChoice choice;
  for (const float share : {0.0F, 0.124F, 0.126F, 0.5F, 0.874F, 0.999F, 1.0F}) {
    Traits traits;
    traits.price_consciousness = share;
    traits.discount_sensitivity = 1 - share;
    choice.set_shopper(traits, 1);
    EXPECT_EQ(choice.price_level(), std::min(7, static_cast<int>(share * 8))) << share;
    EXPECT_EQ(choice.deal_level(), std::min(7, static_cast<int>((1 - share) * 8))) << share;
  }
}

// Only goods on deal move, up and still below the list price, so that d_j stays. The slope
// between two points 1 % apart is b (1 - P) up to a term of b^2 P (1-P) 0.01 / 2 < 0.02.
TEST(ProductChoice, OwnAndCrossElasticitiesAreThoseOfALogit) {
  const Coefficients c;
  const Shop before = make_shop(11);
  for (const Traits& traits : tastes()) {
    const double slope = c.price_base + c.price_consciousness * traits.price_consciousness;
    const std::vector<double> p = recorded(before, traits, c);
    for (std::size_t j = 3; j < p.size(); j += 3) {
      Shop after = before;
      after.listing.products[j].price.minor = before.listing.products[j].price.minor * 101 / 100;
      const std::vector<double> q = recorded(after, traits, c);
      EXPECT_NEAR(std::log(q[j] / p[j]) / std::log(1.01), slope * (1 - p[j]), 0.025);
      EXPECT_NEAR(std::log(q[1] / p[1]) / std::log(1.01), -slope * p[j], 0.025);
    }
  }
}

TEST(ProductChoice, MeanOwnElasticityIsTheMeasuredOne) {  // 7.5, T28: -2 to -3.6
  const Coefficients c;
  const Shop before = make_shop(41);
  Traits mean = taste(4, 4, 0.4F, 0.45F, {1, 3});
  mean.price_consciousness = 0.5F;
  const std::vector<double> p = recorded(before, mean, c);
  double sum = 0;
  int n = 0;
  for (std::size_t j = 3; j < p.size(); j += 3, ++n) {
    ASSERT_LT(before.listing.products[j].price.minor * 101 / 100,
              before.catalogue.products[j].list_price.minor);
    Shop after = before;
    after.listing.products[j].price.minor = before.listing.products[j].price.minor * 101 / 100;
    sum += std::log(recorded(after, mean, c)[j] / p[j]) / std::log(1.01);
  }
  EXPECT_GT(sum / n, -3.6);
  EXPECT_LT(sum / n, -2.0);
}

// P_j / P_k changes by exactly the factor of the term that tells the two apart.
TEST(ProductChoice, DealsAndFavouriteBrandsRaiseTheOdds) {
  const Coefficients c;
  Shop shop = make_shop(11);
  for (std::size_t j = 0; j < 11; ++j) shop.catalogue.products[j].brand = j == 1 ? 2 : 0;
  const auto odds = [&](const Traits& traits, std::size_t j) {
    const std::vector<double> p = recorded(shop, traits, c);
    return p[j] / p[2];  // 2 is neither on deal nor a favourite
  };
  double last = odds(taste(4, 0, 0.4F, 0), 3);  // product 3 is on deal
  for (int level = 1; level < kChoiceLevels; ++level) {
    const double now = odds(taste(4, level, 0.4F, 0), 3);
    EXPECT_GT(now, last);
    EXPECT_NEAR(now / last, std::exp(c.deal / kChoiceLevels), 1e-5) << level;
    last = now;
  }
  const double plain = odds(taste(4, 4, 0.4F, 0.5F), 1);
  for (const float loyalty : {0.0F, 0.5F, 1.0F}) {
    EXPECT_NEAR(odds(taste(4, 4, 0.4F, loyalty, {2}), 1) / plain,
                std::exp(c.brand_loyalty * loyalty), 1e-4);
  }
}

TEST(ProductChoice, ForgetsTheShopperBefore) {
  const Coefficients c;
  const Shop shop = make_shop(11);
  const ListingModel model = model_listing(shop.catalogue, shop.listing, c);
  ProductChoice used, fresh;
  const Traits loyal = taste(4, 4, 0.4F, 1, {0, 1}), other = taste(3, 2, 0.1F, 0.5F, {2});
  used.set_shopper(loyal, loyalty_factor(loyal, c));
  used.face(model);
  used.take(0.3);
  for (ProductChoice* choice : {&used, &fresh}) {
    choice->set_shopper(other, loyalty_factor(other, c));
    choice->face(model);
  }
  while (fresh.left() > 0) {
    const auto a = used.take(0.6), b = fresh.take(0.6);
    EXPECT_EQ(a.position, b.position);
    EXPECT_EQ(a.probability, b.probability);
    const auto at = static_cast<std::size_t>(a.position);
    EXPECT_EQ(a.favourite, shop.catalogue.products[at].brand == 2);
  }
}

// Takes everything there is; each probability is the weight's share of what was left, to within
// `tolerance` of itself.
void take_all(const Shop& shop, const ListingModel& model, const Traits& traits, float factor,
              RandomStream& random, double tolerance) {
  const auto n = shop.listing.products.size();
  ProductChoice choice;
  choice.set_shopper(traits, factor);
  std::vector<double> weight;
  const auto level =
      static_cast<std::size_t>(choice.price_level() * kChoiceLevels + choice.deal_level());
  for (std::size_t j = 0; j < n; ++j) {
    const float* term = &model.price_and_deal[level * n];
    const float v = traits.variety_seeking;
    const auto& brands = traits.favourite_brands;
    const bool favourite = std::count(brands.begin(), brands.end(), model.brand[j]) > 0;
    weight.push_back(double{(1 - v) * model.popularity[j] + v * model.variety[j]} * term[j] *
                     (favourite ? factor : 1.0F));
  }
  choice.face(model);
  std::set<int> seen;
  for (std::size_t k = 0; k < n; ++k) {
    ASSERT_EQ(choice.left(), static_cast<int>(n - k));
    double left = 0;
    for (std::size_t j = 0; j < n; ++j) left += seen.contains(static_cast<int>(j)) ? 0 : weight[j];
    const double u = k % 5 == 3 ? 0 : k % 5 == 4 ? 1 - 0x1.0p-53 : random.uniform();
    const auto taken = choice.take(u);
    ASSERT_TRUE(seen.insert(taken.position).second) << "taken twice";
    ASSERT_GT(taken.probability, 0);
    ASSERT_LE(taken.probability, 1);
    const double expected = weight[static_cast<std::size_t>(taken.position)] / left;
    ASSERT_NEAR(taken.probability, expected, tolerance * expected) << k << " taken before";
  }
  EXPECT_EQ(choice.left(), 0);
}

TEST(ProductChoice, TakesEverythingOnceAndRenormalises) {
  RandomStream random(5, 1, 0, Purpose::trip);
  const Coefficients c;
  for (const int n : {1, 2, 11, 201}) {
    const Shop shop = make_shop(n);
    const ListingModel model = model_listing(shop.catalogue, shop.listing, c);
    for (const Traits& traits : tastes()) {
      for (int round = 0; round < 20; ++round) {
        take_all(shop, model, traits, loyalty_factor(traits, c), random, 1e-5);
      }
    }
  }
}

TEST(ProductChoice, WhatIsLeftOutIsNotTakenAndTheRestRenormalises) {
  const Coefficients c;
  const Shop shop = make_shop(11);
  const ListingModel model = model_listing(shop.catalogue, shop.listing, c);
  const Traits traits = tastes()[0];
  std::vector<double> weights = formula(shop, traits, c);
  ProductChoice choice;
  choice.set_shopper(traits, loyalty_factor(traits, c));
  choice.face(model);
  for (const int position : {0, 4, 10, 4}) {  // 4 is gone the second time
    choice.leave_out(position);
    weights[static_cast<std::size_t>(position)] = 0;
  }
  EXPECT_EQ(choice.left(), 8);
  const auto taken = choice.take(0.5);
  const auto j = static_cast<std::size_t>(taken.position);
  EXPECT_NEAR(taken.probability, shares(weights)[j], 1e-5);
  std::set<int> seen = {0, 4, 10, taken.position};
  while (choice.left() > 0) EXPECT_TRUE(seen.insert(choice.take(0.999).position).second);
  EXPECT_EQ(seen.size(), 11U);
}

// Coefficients at the ends that check() allows, prices from nothing to the largest there is, and
// popularities from 1e-6 to 1e9 (what a catalogue file may hold).
void take_all_at_the_extremes(double tolerance) {
  RandomStream random(6, 1, 0, Purpose::trip);
  for (const double rank : {-20.0, 20.0}) {
    Coefficients c;
    c.price_base = c.price_consciousness = -20;
    c.price_rank = rank;
    c.deal = c.brand_loyalty = 10;
    Shop shop = make_shop(15);
    for (std::size_t j = 0; j < 15; ++j) {
      retail::Product& product = shop.catalogue.products[j];
      product.list_price = j < 2 ? Money{} : j < 5 ? kMoneyMax : Money{1};
      if (j > 7) product.list_price = {1 + random.below(1'000'000)};
      product.popularity = j % 2 ? 1e-6 : 1e9;
      shop.listing.products[j].price = {product.list_price.minor / (j % 3 ? 1 : 2)};
    }
    const ListingModel model = model_listing(shop.catalogue, shop.listing, c);
    for (const float term : model.price_and_deal) ASSERT_TRUE(std::isfinite(term) && term > 0);
    for (const Traits& traits : tastes()) {
      for (int round = 0; round < 20 && !testing::Test::HasFatalFailure(); ++round) {
        take_all(shop, model, traits, loyalty_factor(traits, c), random, tolerance);
      }
    }
  }
}

TEST(ProductChoice, ExtremeCoefficientsGiveProbabilitiesAndLoseNoProduct) {
  take_all_at_the_extremes(1e300);
}

// What is recorded is the share of what is left even when that is a millionth of what was there.
TEST(ProductChoice, ExtremeCoefficientsStillRenormalise) { take_all_at_the_extremes(1e-5); }

TEST(ProductChoiceDeathTest, NothingIsTakenFromAnEmptyShelf) {
  const Shop shop = make_shop(1);
  const ListingModel model = model_listing(shop.catalogue, shop.listing, {});
  ProductChoice choice;
  choice.face(model);
  choice.take(0.5);
  EXPECT_DEATH(choice.take(0.5), "nothing is left");
}

}  // namespace
}  // namespace footfall::shopper
