#include "personas/population.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace footfall::personas {
namespace {

constexpr std::string_view kDays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr std::string_view kParts[] = {"night", "morning", "midday", "afternoon", "evening"};

Result<std::uint16_t> index_of(const std::string& name, const std::vector<std::string>& names,
                               std::string_view what) {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at != names.end()) return static_cast<std::uint16_t>(at - names.begin());
  const std::string near = nearest(name, names);
  return Error(Errc::not_found,
               fmt::format("the catalogue has no {} '{}'{}", what, name,
                           near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
}

Result<void> fill(std::array<std::uint16_t, 5>& out, const std::vector<std::string>& names,
                  const std::vector<std::string>& known, std::string_view what) {
  for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), out.size()); ++i) {
    const auto index = index_of(names[i], known, what);
    if (!index) return index.error();
    out[i] = *index;
  }
  return {};
}

}  // namespace

Result<Traits> compile(const Persona& persona, const Vocabulary& words, AgentId agent,
                       std::size_t position) {
  Traits traits;
  traits.agent = agent;
  if (persona.home_store.empty()) {
    if (!words.stores.empty()) {
      traits.home_store = static_cast<std::uint16_t>(position % words.stores.size());
    }
  } else {
    const auto store = index_of(persona.home_store, words.stores, "store");
    if (!store) return store.error();
    traits.home_store = *store;
  }
  if (const auto done = fill(traits.favourite_categories, persona.favourite_categories,
                             words.categories, "category");
      !done) {
    return done.error();
  }
  if (const auto done =
          fill(traits.favourite_brands, persona.favourite_brands, words.brands, "brand");
      !done) {
    return done.error();
  }
  for (int day = 0; day < 7; ++day) {
    if (std::count(persona.preferred_days.begin(), persona.preferred_days.end(), kDays[day]) > 0) {
      traits.preferred_days = static_cast<std::uint8_t>(traits.preferred_days | 1 << day);
    }
  }
  for (int part = 0; part < 5; ++part) {
    if (persona.preferred_time == kParts[part]) traits.preferred_time = static_cast<DayPart>(part);
  }
  const auto number = [](double value) { return static_cast<float>(value); };
  traits.shopping_frequency = number(persona.shopping_frequency);
  traits.basket_size = number(persona.basket_size);
  traits.trip_budget_minor = number(persona.trip_budget * 100);
  traits.impulsivity = number(persona.impulsivity);
  traits.browsing_depth = number(persona.browsing_depth);
  traits.cart_completion = number(persona.cart_completion);
  traits.churn_risk = number(persona.churn_risk);
  traits.category_focus = number(persona.category_focus);
  traits.brand_loyalty = number(persona.brand_loyalty);
  traits.weekend_affinity = number(persona.weekend_affinity);
  traits.time_focus = number(persona.time_focus);
  traits.discount_sensitivity = number(persona.discount_sensitivity);
  traits.price_consciousness = number(persona.price_consciousness);
  traits.coupon_interest = number(persona.coupon_interest);
  traits.expiry_urgency = number(persona.expiry_urgency);
  traits.variety_seeking = number(persona.variety_seeking);
  traits.seasonal_sensitivity = number(persona.seasonal_sensitivity);
  return traits;
}

}  // namespace footfall::personas
