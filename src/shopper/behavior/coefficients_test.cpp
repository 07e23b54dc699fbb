// Goal: every coefficient is listed, checked and printed, and no value that passes the check breaks
// a model. Method: the table walked; each value at, just inside and just outside its limits.
#include "shopper/behavior/coefficients.hpp"

#include <cmath>
#include <limits>
#include <set>

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "shopper/mind.hpp"

namespace footfall::shopper {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

void expect_refused(const Coefficients& coefficients, std::string_view key) {
  const Result<void> done = check(coefficients);
  ASSERT_FALSE(done) << key;
  EXPECT_EQ(done.error().code(), Errc::invalid_input);
  EXPECT_TRUE(done.error().message().starts_with(key)) << key << ": " << done.error().message();
}

// What stands after "key = " in the text, up to `end`.
std::string value_of(const std::string& toml, std::string_view key, char end) {
  const std::string start = "\n" + std::string(key) + " = ";
  const std::size_t at = toml.find(start);
  if (at == std::string::npos) return "missing";
  EXPECT_EQ(toml.find(start, at + 1), std::string::npos) << key << " stands twice";
  const std::size_t from = at + start.size();
  return toml.substr(from, toml.find(end, from) - from);
}

TEST(Coefficients, TableHoldsEveryScalarOnce) {
  std::set<std::string_view> keys;
  std::set<const double*> fields;
  const Coefficients c;
  for (const CoefficientInfo& info : coefficient_table()) {
    EXPECT_TRUE(keys.insert(info.key).second) << info.key;
    EXPECT_TRUE(fields.insert(&(c.*info.field)).second) << info.key;
    EXPECT_FALSE(info.source.empty()) << info.key;
    EXPECT_LT(info.min, info.max) << info.key;
  }
  EXPECT_EQ(sizeof(Coefficients), sizeof(double) * (keys.size() + 24 + 7 + 12));
}

TEST(Coefficients, DefaultsPass) { EXPECT_TRUE(check(Coefficients{})); }

TEST(Coefficients, ScalarsOutsideTheirRangeAreRefusedByName) {
  for (const CoefficientInfo& info : coefficient_table()) {
    Coefficients c;
    for (const double good : {info.min, info.max}) {
      c.*info.field = good;
      EXPECT_TRUE(check(c)) << info.key << " = " << good;
    }
    for (const double bad : {std::nextafter(info.min, -kInfinity), -kInfinity,
                             std::nextafter(info.max, kInfinity), kInfinity, std::nan("")}) {
      c.*info.field = bad;
      expect_refused(c, info.key);
    }
  }
}

template <std::size_t kSize>
void expect_guarded(std::array<double, kSize> Coefficients::*field, std::string_view key,
                    double too_low, double too_high) {
  for (std::size_t i = 0; i < kSize; ++i) {
    for (const double bad : {too_low, too_high, -kInfinity, kInfinity, std::nan("")}) {
      Coefficients c;
      (c.*field)[i] = bad;
      expect_refused(c, key);
    }
  }
}

TEST(Coefficients, SharesAndSeasonsOutsideTheirRangeAreRefusedByName) {
  expect_guarded(&Coefficients::hour_shares, "hour_shares", -1e-9, 1.1e6);
  expect_guarded(&Coefficients::day_shares, "day_shares", -1e-9, 1.1e6);
  expect_guarded(&Coefficients::season, "season", 0.049, 20.01);
  Coefficients c;
  c.hour_shares.fill(0);
  expect_refused(c, "hour_shares");
  c = {};
  c.day_shares.fill(0);
  expect_refused(c, "day_shares");
}

TEST(Coefficients, TomlListsEveryKeyWithItsExactValueAndSource) {
  Coefficients c;
  c.price_base = -1.0 / 3;
  c.apply_saving = 1e-7;
  c.hour_shares[23] = 0.1;
  const std::string toml = coefficients_toml(c);
  for (const CoefficientInfo& info : coefficient_table()) {
    const auto value = parse_double(trimmed(value_of(toml, info.key, '#')));
    ASSERT_TRUE(value) << info.key;
    EXPECT_EQ(*value, c.*info.field) << info.key;
    EXPECT_NE(toml.find("# " + std::string(info.source) + "\n"), std::string::npos) << info.key;
  }
  const auto expect_list = [&](std::string_view key, const auto& expected) {
    const std::string text = value_of(toml, key, '\n');
    ASSERT_TRUE(text.starts_with("[") && text.ends_with("]")) << text;
    const auto parts = split_list(text.substr(1, text.size() - 2), ',');
    ASSERT_EQ(parts.size(), expected.size()) << key;
    for (std::size_t i = 0; i < parts.size(); ++i) EXPECT_EQ(parse_double(parts[i]), expected[i]);
  };
  expect_list("hour_shares", c.hour_shares);
  expect_list("day_shares", c.day_shares);
  expect_list("season", c.season);
}

// Whatever check() lets pass, one coefficient at its end at a time, builds models (no assertion)
// whose probabilities are probabilities.
TEST(Coefficients, EveryAllowedValueMakesAMind) {
  retail::Catalogue shop;
  shop.categories = {"all"};
  shop.products.push_back({ProductId{1}, "sku", "product", 0, 0, Money{100}, 1});
  personas::Traits shopper;
  shopper.agent = AgentId{1};
  shopper.shopping_frequency = 21;
  shopper.basket_size = 60;
  shopper.cart_completion = 0.98F;
  shopper.weekend_affinity = shopper.seasonal_sensitivity = 1;
  shopper.brand_loyalty = shopper.coupon_interest = 1;
  for (const CoefficientInfo& info : coefficient_table()) {
    for (const double value : {info.min, info.max}) {
      Coefficients c;
      c.*info.field = value;
      const Mind mind(shop, c);
      const Habits habits = mind.habits(shopper, 1);
      EXPECT_TRUE(habits.wallet_open >= 0 && habits.wallet_open <= 1) << info.key;
      EXPECT_TRUE(std::isfinite(habits.checkout_logit)) << info.key;
      EXPECT_TRUE(std::isfinite(habits.loyalty_factor) && habits.loyalty_factor >= 1) << info.key;
      EXPECT_TRUE(std::isfinite(mind.budgets.at(0)) && mind.budgets.at(0.9999999) > 0) << info.key;
      for (const double peak : habits.rhythm.peak) EXPECT_TRUE(peak >= 0 && peak <= 1) << info.key;
    }
  }
}

}  // namespace
}  // namespace footfall::shopper
