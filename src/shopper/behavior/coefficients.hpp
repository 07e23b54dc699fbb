// Every number of the behaviour models, in one place, with its source. A TOML file may replace any
// of them (`--behavior FILE`); `footfall config --behavior-defaults` prints such a file.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace footfall::shopper {

struct Coefficients {
  // Visits. Shares of baskets by hour (dunnhumby, 276,484 baskets; realism.md T8) and by weekday,
  // Monday first (Complete Journey 2017; section 7.8). Season: by month, mean near 1.
  std::array<double, 24> hour_shares = {.0074, .0036, .0040, .0018, .0013, .0023, .0067, .0137,
                                        .0205, .0298, .0435, .0580, .0670, .0699, .0718, .0782,
                                        .0900, .0993, .0931, .0795, .0644, .0484, .0306, .0153};
  std::array<double, 7> day_shares = {.138, .135, .131, .135, .135, .159, .166};
  std::array<double, 12> season = {.97, .96, .99, .99, 1, 1, .99, .99, .99, 1, 1.05, 1.07};
  double preferred_day_boost = 1.6;
  double idle_visits_per_week = 0.25;

  // Basket.
  double basket_dispersion = 1.14;
  double units_two = 0.15;
  double units_three = 0.045;
  double units_four = 0.025;
  double favourite_category_boost = 4;

  // Product choice.
  double price_base = -1.3;
  double price_consciousness = -2.6;
  double price_rank = -2.0;
  double deal = 1.1;
  double brand_loyalty = 2.2;

  // Coupons.
  double wallet_open = 0.6;
  double apply_base = -2.6;
  double apply_saving = 11;
  double apply_sensitivity = 2.0;
  double apply_urgency = 0.9;
  double apply_urgent_days = 7;
  double apply_fade_per_week = -0.31;
  double impulse = 0.5;

  // Checkout.
  double checkout_center = 0.34;
  double checkout_center_online = 0.16;
  double checkout_over_budget = -0.8;
  double checkout_discount = 6.0;
  double trip_budget_shape = 6.25;
  double online_completion = 0.298;
};

// One scalar coefficient: its TOML key, its place, what is allowed, and where its value is from.
struct CoefficientInfo {
  std::string_view key;
  double Coefficients::*field;
  double min;
  double max;
  std::string_view source;
};
std::span<const CoefficientInfo> coefficient_table();

// Checks ranges of the arrays too (hours and days: > 0 sum, none negative; season: 0.05 … 20).
// Errors: invalid_input naming the key, the value and what is allowed.
Result<void> check(const Coefficients& coefficients);

// A TOML file with every coefficient, its value here and its source as a comment.
std::string coefficients_toml(const Coefficients& coefficients);

}  // namespace footfall::shopper
