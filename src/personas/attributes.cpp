#include "personas/attributes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.hpp"

namespace footfall::personas {
namespace {

using P = Persona;
constexpr auto kDemo = Group::demographics;
constexpr auto kShop = Group::shopping;
constexpr auto kPref = Group::preferences;
constexpr auto kPsych = Group::psychology;

constexpr std::array<Attribute, kAttributeCount> kAttributes = {{
    {"age", kDemo, &P::age, "years", 16, 110, "", "Age of the person who shops."},
    {"gender", kDemo, &P::gender, "", 0, 0, "female|male|other", "For grouping only."},
    {"income", kDemo, &P::income, "US$ a year", 0, 10'000'000, "", "Yearly household income."},
    {"household_size", kDemo, &P::household_size, "people", 1, 20, "", "People in the household."},
    {"children", kDemo, &P::children, "people", 0, 15, "", "Of them children."},
    {"area", kDemo, &P::area, "", 0, 0, "urban|suburban|rural", "Where the household lives."},
    {"home_store", kDemo, &P::home_store, "", 0, 0, "",
     "Code of the store where this person shops; empty: one is given by position."},

    {"shopping_frequency", kShop, &P::shopping_frequency, "baskets a week", 1.0 / 52, 21, "",
     "Completed baskets a week, as long as the person shops here. Trips are more."},
    {"basket_size", kShop, &P::basket_size, "products", 1, 60, "",
     "Mean number of different products in a filled cart."},
    {"trip_budget", kShop, &P::trip_budget, "money", 0.5, 100'000, "",
     "Mean amount meant to be spent on a trip; a dearer cart is given up more often."},
    {"impulsivity", kShop, &P::impulsivity, "share", 0, 1, "",
     "How readily something unplanned is added before checkout."},
    {"browsing_depth", kShop, &P::browsing_depth, "products", 0, 20, "",
     "Products looked at and left, per category visited (mean)."},
    {"cart_completion", kShop, &P::cart_completion, "share", 0.02, 0.98, "",
     "Share of filled carts that are paid, all else average."},
    {"churn_risk", kShop, &P::churn_risk, "probability", 0, 1, "",
     "Chance of leaving for good after a purchase (BG/NBD's p)."},

    {"favourite_categories", kPref, &P::favourite_categories, "", 0, 0, "",
     "Up to 5 category names of the catalogue, separated by ';'."},
    {"category_focus", kPref, &P::category_focus, "share", 0, 1, "",
     "How much the favourite categories are preferred to the others."},
    {"favourite_brands", kPref, &P::favourite_brands, "", 0, 0, "",
     "Up to 5 brand names of the catalogue, separated by ';'."},
    {"brand_loyalty", kPref, &P::brand_loyalty, "share", 0, 1, "",
     "How much the favourite brands are preferred to the others."},
    {"preferred_days", kPref, &P::preferred_days, "", 0, 0, "mon|tue|wed|thu|fri|sat|sun",
     "Days on which this person likes to shop; empty: none in particular."},
    {"weekend_affinity", kPref, &P::weekend_affinity, "factor", 0, 5, "",
     "Saturday and Sunday against other days; 1 is the crowd's own week."},
    {"preferred_time", kPref, &P::preferred_time, "", 0, 0,
     "night|morning|midday|afternoon|evening", "0-6, 6-11, 11-15, 15-19 or 19-24 o'clock."},
    {"time_focus", kPref, &P::time_focus, "share", 0, 1, "",
     "Share of the trips that keep to the preferred time."},

    {"discount_sensitivity", kPsych, &P::discount_sensitivity, "share", 0, 1, "",
     "How strongly deals and coupons attract."},
    {"price_consciousness", kPsych, &P::price_consciousness, "share", 0, 1, "",
     "How strongly a higher price repels."},
    {"coupon_interest", kPsych, &P::coupon_interest, "probability", 0, 1, "",
     "Chance of opening the coupon wallet on a trip, all else average."},
    {"expiry_urgency", kPsych, &P::expiry_urgency, "share", 0, 1, "",
     "How much a coupon gains in its last days."},
    {"variety_seeking", kPsych, &P::variety_seeking, "share", 0, 1, "",
     "How evenly popular and rare products are chosen."},
    {"seasonal_sensitivity", kPsych, &P::seasonal_sensitivity, "factor", 0, 3, "",
     "How much of the season's ups and downs this person follows; 1 is the crowd's."},
}};

bool is_choice(const Attribute& attribute, std::string_view word) {
  const auto words = split_list(attribute.choices, '|');
  return words.empty() || std::find(words.begin(), words.end(), word) != words.end();
}

std::string words_of(const Attribute& attribute) {
  return join(split_list(attribute.choices, '|'), ", ");
}

Error not_allowed(const Attribute& attribute, std::string_view text) {
  return Error(Errc::invalid_input,
               fmt::format("'{}' is not allowed: {} must be {}", text.substr(0, 60), attribute.name,
                           allowed(attribute)));
}

Result<void> set_list(Persona& persona, const Attribute& attribute, std::string_view text) {
  auto words = split_list(text, ';');
  if (!attribute.choices.empty()) {
    for (std::string& word : words) word = lower(word);
  }
  const bool fits = (attribute.choices.empty() ? words.size() <= kListMax : words.size() <= 7) &&
                    std::all_of(words.begin(), words.end(), [&](const std::string& word) {
                      return is_choice(attribute, word) && word.size() <= kNameBytesMax;
                    });
  const bool repeats = std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return std::count(words.begin(), words.end(), word) > 1;
  });
  if (!fits || repeats) return not_allowed(attribute, text);
  persona.*std::get<ListField>(attribute.field) = std::move(words);
  return {};
}

}  // namespace

std::string_view to_string(Group group) {
  constexpr std::string_view kNames[] = {"demographics", "shopping", "preferences", "psychology"};
  return kNames[static_cast<int>(group)];
}

std::span<const Attribute, kAttributeCount> attributes() { return kAttributes; }

std::string allowed(const Attribute& attribute) {
  if (std::holds_alternative<WholeField>(attribute.field)) {
    return fmt::format("a whole number from {} to {}", attribute.min, attribute.max);
  }
  if (std::holds_alternative<NumberField>(attribute.field)) {
    return fmt::format("a number from {:.4g} to {:.8g}", attribute.min, attribute.max);
  }
  const bool list = std::holds_alternative<ListField>(attribute.field);
  if (!attribute.choices.empty()) {
    return list ? fmt::format("any of {}, each once, separated by ';'", words_of(attribute))
                : fmt::format("one of {}", words_of(attribute));
  }
  return list ? fmt::format("at most {} different names, separated by ';'", kListMax)
              : fmt::format("a name of at most {} bytes, or empty", kNameBytesMax);
}

std::string value_text(const Persona& persona, const Attribute& attribute) {
  return std::visit(
      [&](auto field) -> std::string {
        if constexpr (std::is_same_v<decltype(field), ListField>) {
          return join(persona.*field, "; ");
        } else {
          return fmt::format("{}", persona.*field);
        }
      },
      attribute.field);
}

Result<void> set_number(Persona& persona, const Attribute& attribute, double value) {
  const bool whole = std::holds_alternative<WholeField>(attribute.field);
  // Written so that NaN, which fails every comparison, is refused.
  if (!(value >= attribute.min && value <= attribute.max) ||
      (whole && value != std::floor(value))) {
    return not_allowed(attribute, fmt::format("{}", value));
  }
  if (whole) {
    persona.*std::get<WholeField>(attribute.field) = static_cast<int>(value);
  } else {
    persona.*std::get<NumberField>(attribute.field) = value;
  }
  return {};
}

Result<void> set_from_text(Persona& persona, const Attribute& attribute, std::string_view text) {
  text = trimmed(text);
  if (std::holds_alternative<ListField>(attribute.field)) return set_list(persona, attribute, text);
  if (std::holds_alternative<TextField>(attribute.field)) {
    const std::string word = attribute.choices.empty() ? std::string(text) : lower(text);
    if (!is_choice(attribute, word) || word.size() > kNameBytesMax) {
      return not_allowed(attribute, text);
    }
    persona.*std::get<TextField>(attribute.field) = word;
    return {};
  }
  const auto number = parse_double(text);
  if (!number) return not_allowed(attribute, text);
  return set_number(persona, attribute, *number);
}

std::string describe_markdown() {
  std::string out =
      "# Personas\n\n"
      "<!-- Made by `footfall personas describe`; a test compares. Edit "
      "src/personas/attributes.cpp."
      " -->\n\n"
      "One row a shopper, in an Excel workbook (`.xlsx`, first sheet) or a CSV file. The first "
      "row\n"
      "names the columns, in any order: `persona_id` (unique, at most 80 bytes) and the 28\n"
      "attributes below. Lists are separated by `;`. A file with a bad cell loads nothing; every\n"
      "bad cell is reported at once, with sheet, row, column, value and what is allowed.\n";
  for (const Group group : {kDemo, kShop, kPref, kPsych}) {
    out += fmt::format(
        "\n## {}\n\n| attribute | unit | allowed | meaning |\n| --- | --- | --- | --- |\n",
        to_string(group));
    for (const Attribute& attribute : kAttributes) {
      if (attribute.group != group) continue;
      out += fmt::format("| {} | {} | {} | {} |\n", attribute.name, attribute.unit,
                         allowed(attribute), attribute.meaning);
    }
  }
  return out;
}

}  // namespace footfall::personas
