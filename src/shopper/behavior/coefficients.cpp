#include "shopper/behavior/coefficients.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace footfall::shopper {
namespace {

using C = Coefficients;

constexpr CoefficientInfo kTable[] = {
    {"preferred_day_boost", &C::preferred_day_boost, 1, 20, "our judgement"},
    {"idle_visits_per_week", &C::idle_visits_per_week, 0, 100,
     "R19: agents that only look; views without a cart. Our judgement"},
    {"basket_dispersion", &C::basket_dispersion, 0.1, 100,
     "T21: NBD k = 1.14 of products per basket within a home"},
    {"units_two", &C::units_two, 0, 0.3, "mean 1.32 units a line (section 8), with the next two"},
    {"units_three", &C::units_three, 0, 0.3, "see units_two"},
    {"units_four", &C::units_four, 0, 0.3, "see units_two"},
    {"favourite_category_boost", &C::favourite_category_boost, 0, 100,
     "weight of a favourite category at full focus, minus 1. Our judgement"},
    {"price_base", &C::price_base, -20, 0,
     "own-price elasticity at price_consciousness 0 (7.5: mean -2.62 over 81 studies)"},
    {"price_consciousness", &C::price_consciousness, -20, 0,
     "added to price_base in proportion: -2.6 at the mean persona (7.5)"},
    {"price_rank", &C::price_rank, -20, 20,
     "taste for dearer or cheaper products of a listing, by consciousness - 1/2. Our judgement"},
    {"deal", &C::deal, 0, 10,
     "log-odds of a product on deal at full sensitivity (7.5: feature +0.24 to +1.16)"},
    {"brand_loyalty", &C::brand_loyalty, 0, 10, "log-odds of a favourite brand at full loyalty"},
    {"wallet_open", &C::wallet_open, -10, 10, "log-odds added to coupon_interest. Our judgement"},
    {"apply_base", &C::apply_base, -20, 20, "fitted so that 1-20 % of coupons are redeemed (7.7)"},
    {"apply_saving", &C::apply_saving, 0, 100, "per share of the cart that the coupon saves"},
    {"apply_sensitivity", &C::apply_sensitivity, 0, 20, "by discount_sensitivity - 1/2"},
    {"apply_urgency", &C::apply_urgency, 0, 20, "by expiry_urgency, in the last days (7.7, B8)"},
    {"apply_urgent_days", &C::apply_urgent_days, 0, 365, "0 < days left <= 7 (7.7)"},
    {"apply_fade_per_week", &C::apply_fade_per_week, -10, 0, "-27 % a week, ln 0.73 (7.7, type A)"},
    {"impulse", &C::impulse, 0, 1, "chance of an impulse item at impulsivity 1. Our judgement"},
    {"checkout_center", &C::checkout_center, -10, 10,
     "fitted so that completion at the mean cart is the persona's cart_completion"},
    {"checkout_center_online", &C::checkout_center_online, -10, 10,
     "the same for the profile online, where fewer carts are paid"},
    {"checkout_over_budget", &C::checkout_over_budget, -20, 0, "per share over the trip's budget"},
    {"checkout_discount", &C::checkout_discount, 0, 50,
     "per share of the cart saved, by discount_sensitivity (7.10: rises with a coupon in hand)"},
    {"trip_budget_shape", &C::trip_budget_shape, 0.4, 100, "gamma-gamma p = 6.25, CDNOW (7.9)"},
    {"online_completion", &C::online_completion, 0.01, 0.99,
     "1 - 70.2 % cart abandonment, mean of 49 studies (7.10)"},
};

template <std::size_t kSize>
Result<void> check_shares(std::string_view key, const std::array<double, kSize>& shares, double min,
                          double max) {
  double sum = 0;
  for (const double share : shares) {
    sum += share;
    if (share >= min && share <= max) continue;
    return Error(
        Errc::invalid_input,
        fmt::format("{} holds {}: each must be a number from {} to {}", key, share, min, max));
  }
  if (!(sum > 0)) {
    return Error(Errc::invalid_input, fmt::format("{} sums to {}: must be above 0", key, sum));
  }
  return {};
}

}  // namespace

std::span<const CoefficientInfo> coefficient_table() { return kTable; }

Result<void> check(const Coefficients& coefficients) {
  for (const CoefficientInfo& info : kTable) {
    const double value = coefficients.*info.field;
    if (value >= info.min && value <= info.max) continue;
    return Error(Errc::invalid_input, fmt::format("{} is {}: must be a number from {} to {}",
                                                  info.key, value, info.min, info.max));
  }
  for (const auto& done : {check_shares("hour_shares", coefficients.hour_shares, 0, 1e6),
                           check_shares("day_shares", coefficients.day_shares, 0, 1e6),
                           check_shares("season", coefficients.season, 0.05, 20)}) {
    if (!done) return done.error();
  }
  return {};
}

std::string coefficients_toml(const Coefficients& coefficients) {
  std::string out =
      "# Coefficients of the behaviour models: what stands here is used, what is left out keeps "
      "its\n"
      "# default. Sections in the comments are those of docs/BEHAVIOR.md.\n\n"
      "# Shares of baskets by hour of the day, 0 to 23 (T8: dunnhumby, 276,484 baskets).\n";
  out += fmt::format("hour_shares = [{}]\n", fmt::join(coefficients.hour_shares, ", "));
  out += "# Shares of baskets by weekday, Monday first (7.8: Complete Journey 2017).\n";
  out += fmt::format("day_shares = [{}]\n", fmt::join(coefficients.day_shares, ", "));
  out += "# Season by month, January first; 1 is an average month. Our judgement for groceries.\n";
  out += fmt::format("season = [{}]\n\n", fmt::join(coefficients.season, ", "));
  for (const CoefficientInfo& info : kTable) {
    // TOML keeps whole numbers and floats apart; our reader takes both.
    out += fmt::format("{} = {}  # {}\n", info.key, coefficients.*info.field, info.source);
  }
  return out;
}

}  // namespace footfall::shopper
