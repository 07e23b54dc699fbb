// Personas compiled for simulation: names turned into indexes, numbers into floats. The mind and
// the offer engine see this, never a string. 104 bytes a shopper; read-only, shared by all threads.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "personas/persona.hpp"

namespace footfall::personas {

// The catalogue's words, by index: what a persona's names refer to.
struct Vocabulary {
  std::vector<std::string> categories;
  std::vector<std::string> brands;
  std::vector<std::string> stores;  // codes
};

enum class DayPart : std::uint8_t { night, morning, midday, afternoon, evening };

inline constexpr std::uint16_t kNone = 0xffff;

struct Traits {
  AgentId agent;                 // also the key of the shopper's random streams
  std::uint16_t home_store = 0;  // index into Vocabulary::stores
  DayPart preferred_time = DayPart::afternoon;
  std::uint8_t preferred_days = 0;  // bit 0 Monday … bit 6 Sunday
  std::array<std::uint16_t, 5> favourite_categories{kNone, kNone, kNone, kNone, kNone};
  std::array<std::uint16_t, 5> favourite_brands{kNone, kNone, kNone, kNone, kNone};
  float shopping_frequency = 0;  // units and ranges as in attributes.cpp
  float basket_size = 0;
  float trip_budget_minor = 0;  // money in minor units
  float impulsivity = 0;
  float browsing_depth = 0;
  float cart_completion = 0;
  float churn_risk = 0;
  float category_focus = 0;
  float brand_loyalty = 0;
  float weekend_affinity = 0;
  float time_focus = 0;
  float discount_sensitivity = 0;
  float price_consciousness = 0;
  float coupon_interest = 0;
  float expiry_urgency = 0;
  float variety_seeking = 0;
  float seasonal_sensitivity = 0;
};

using Population = std::vector<Traits>;  // in agent order; position = shopper index

// Turns a persona into traits. `position` (from 0) gives a home store to who has none.
// Errors: not_found for a category, brand or store that the vocabulary lacks, naming the nearest.
Result<Traits> compile(const Persona& persona, const Vocabulary& words, AgentId agent,
                       std::size_t position);

}  // namespace footfall::personas
