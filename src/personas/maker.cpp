#include "personas/maker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/sampling.hpp"

namespace footfall::personas {
namespace {

// Households by age and yearly income, Complete Journey 2017, 801 homes (realism.md section 8).
constexpr int kIncomes = 12;
constexpr int kAges = 6;
constexpr int kAgeByIncome[kAges][kIncomes] = {
    {10, 4, 5, 13, 9, 2, 0, 0, 0, 0, 1, 2},       {9, 12, 15, 34, 37, 13, 8, 7, 5, 1, 1, 0},
    {12, 17, 18, 38, 44, 27, 7, 13, 10, 2, 2, 4}, {20, 25, 25, 51, 82, 41, 10, 12, 10, 6, 1, 5},
    {4, 5, 6, 16, 9, 6, 5, 2, 4, 2, 0, 0},        {6, 11, 8, 20, 11, 7, 4, 4, 1, 0, 0, 0}};
constexpr int kAgeFrom[kAges + 1] = {19, 25, 35, 45, 55, 65, 85};
constexpr int kIncomeFrom[kIncomes + 1] = {8'000,   15'000,  25'000,  35'000,  50'000,
                                           75'000,  100'000, 125'000, 150'000, 175'000,
                                           200'000, 250'000, 400'000};
// Household size 1 … 5+, same source; share of sizes with children follows "kids 0: .64".
constexpr std::array<double, 5> kSizes = {.32, .40, .14, .07, .08};
// Shares of baskets by weekday (grocery, 2017) and of day parts (dunnhumby hours, summed).
constexpr std::array<double, 7> kDayShares = {.138, .135, .131, .135, .135, .159, .166};
constexpr std::array<double, 5> kPartShares = {.0204, .1187, .2667, .3606, .2382};
constexpr const char* kDays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr const char* kParts[] = {"night", "morning", "midday", "afternoon", "evening"};

template <typename Weights>
int pick(RandomStream& random, const Weights& weights) {
  double sum = 0;
  for (const double weight : weights) sum += weight;
  double left = random.uniform() * sum;
  int i = 0;
  for (const double weight : weights) {
    if ((left -= weight) < 0) return i;
    ++i;
  }
  return i - 1;
}

// To a multiple of 1 / parts. Dividing last gives the double nearest to the short decimal, so a
// spreadsheet shows 3.8 and not 3.8000000000000003.
double rounded(double value, double parts) { return std::round(value * parts) / parts; }
double digits3(double value) { return rounded(value, 1000); }

std::vector<std::string> draw_names(RandomStream& random, const std::vector<WeightedName>& from,
                                    std::size_t count) {
  std::vector<double> weights;
  for (const WeightedName& entry : from) weights.push_back(entry.weight);
  std::vector<std::string> names;
  while (names.size() < std::min(count, from.size())) {
    const auto i = static_cast<std::size_t>(pick(random, weights));
    if (weights[i] == 0) break;
    names.push_back(from[i].name);
    weights[i] = 0;
  }
  return names;
}

void draw_demographics(RandomStream& random, Persona& persona) {
  std::array<double, kAges * kIncomes> joint;
  for (int cell = 0; cell < kAges * kIncomes; ++cell) {
    joint[static_cast<std::size_t>(cell)] = kAgeByIncome[cell / kIncomes][cell % kIncomes];
  }
  const int cell = pick(random, joint);
  const int age = cell / kIncomes, income = cell % kIncomes;
  const auto between = [&random](int from, int to) {
    return from + random.uniform() * (to - from);
  };
  persona.age = static_cast<int>(between(kAgeFrom[age], kAgeFrom[age + 1]));
  persona.income = rounded(between(kIncomeFrom[income], kIncomeFrom[income + 1]), 0.01);
  persona.household_size = pick(random, kSizes) + 1;
  // .64 of homes have no child and all homes of one are among them: of larger homes, 53 % have.
  if (persona.household_size > 1 && random.uniform() < 0.36 / 0.68) {
    persona.children = persona.household_size == 2 ? 1 : persona.household_size - 2;
  }
  persona.gender = random.uniform() < 0.6 ? "female" : random.uniform() < 0.97 ? "male" : "other";
  constexpr std::array<double, 3> kAreas = {.31, .52, .17};
  constexpr const char* kAreaNames[] = {"urban", "suburban", "rural"};
  persona.area = kAreaNames[pick(random, kAreas)];
}

// Frequency: trips of a home-year have mean 63.9 and median 44 (T6), a gamma of shape 1.
// Basket: 1 + NBD; shape 2 between homes and 1.14 within (T21) give the .217 single-product
// baskets and the mean of 9.4 of T9 and T10. Budget: gamma-gamma with q = 3.74 (Fader, Hardie and
// Lee), scaled to $29.49 a basket (T10) and half of room.
void draw_shopping(RandomStream& random, Persona& persona) {
  persona.shopping_frequency = digits3(std::clamp(63.9 / 52 * draw_gamma(random, 1.0), 0.02, 21.0));
  const double size_factor = 0.85 + 0.06 * persona.household_size;
  persona.basket_size = std::clamp(1 + 8.4 * size_factor * draw_gamma(random, 2.0), 1.0, 60.0);
  persona.basket_size = rounded(persona.basket_size, 10);
  const double generosity = (3.74 - 1) / (3.74 * draw_gamma(random, 3.74));
  const double wealth = std::clamp(std::sqrt(persona.income / 60'000), 0.6, 1.8);
  persona.trip_budget = std::clamp(
      rounded(1.5 * 29.49 / 9.4 * persona.basket_size * generosity * wealth, 2), 2.0, 2'000.0);
  persona.impulsivity = digits3(draw_beta(random, 2, 4));
  persona.browsing_depth = std::min(20.0, rounded(1.5 * draw_gamma(random, 1.5), 10));
  persona.cart_completion = digits3(0.70 + 0.15 * draw_beta(random, 2, 2));  // R18: 70–85 %
  // Few grocery customers leave for good: 0.2 % a basket on average, unevenly (our judgement).
  persona.churn_risk = rounded(draw_beta(random, 0.5, 250), 1e5);
}

void draw_preferences(RandomStream& random, Persona& persona, const Palette& palette) {
  persona.favourite_categories = draw_names(random, palette.categories, 2 + random.below(3));
  persona.category_focus = digits3(draw_beta(random, 2, 4));
  persona.favourite_brands = draw_names(random, palette.brands, 1 + random.below(5));
  persona.brand_loyalty = digits3(draw_beta(random, 2.5, 3));
  auto day_shares = kDayShares;
  for (std::uint32_t wanted = random.below(3); wanted > 0; --wanted) {
    const auto day = static_cast<std::size_t>(pick(random, day_shares));
    day_shares[day] = 0;
    persona.preferred_days.emplace_back(kDays[day]);
  }
  persona.weekend_affinity = std::min(5.0, rounded(draw_gamma(random, 8), 100));
  persona.preferred_time = kParts[pick(random, kPartShares)];
  persona.time_focus = digits3(draw_beta(random, 2, 3));
  if (!palette.stores.empty())
    persona.home_store = palette.stores[random.below(palette.stores.size())];
}

// T20: the share of lines bought on discount varies between homes as Beta(15.3, 15.4).
void draw_psychology(RandomStream& random, Persona& persona) {
  persona.discount_sensitivity = digits3(draw_beta(random, 3.8, 3.9));
  const double wealth = std::clamp(persona.income / 150'000, 0.0, 1.0);
  persona.price_consciousness = digits3(draw_beta(random, 4 - 2 * wealth, 2.6 + 2 * wealth));
  persona.coupon_interest = digits3(draw_beta(random, 2, 3));
  persona.expiry_urgency = digits3(draw_beta(random, 2, 2));
  persona.variety_seeking = digits3(draw_beta(random, 2, 3));
  persona.seasonal_sensitivity = std::min(3.0, rounded(draw_gamma(random, 6), 100));
}

}  // namespace

Persona make_persona(std::uint64_t seed, std::uint32_t number, const Palette& palette) {
  RandomStream random(seed, number, 0, Purpose::persona);
  Persona persona;
  persona.persona_id = fmt::format("P{:06}", number);
  draw_demographics(random, persona);
  draw_shopping(random, persona);
  draw_preferences(random, persona, palette);
  draw_psychology(random, persona);
  return persona;
}

}  // namespace footfall::personas
