// Goal: the attribute table guards every field (R1), made personas follow the measured
// distributions, and compiling them turns names into indexes or says which name is unknown.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "personas/attributes.hpp"
#include "personas/maker.hpp"
#include "personas/population.hpp"

namespace footfall::personas {
namespace {

const Attribute& attribute(std::string_view name) {
  for (const Attribute& candidate : attributes()) {
    if (candidate.name == name) return candidate;
  }
  ADD_FAILURE() << "no attribute " << name;
  return attributes()[0];
}

Palette palette() {
  return {{{"Snacks", 3}, {"Dairy", 2}, {"Pet", 1}}, {{"Alder", 1}, {"Birch", 1}}, {"S01", "S02"}};
}

TEST(Attributes, AreTwentyEightInFourGroups) {  // R1
  std::set<std::string_view> names;
  std::set<Group> groups;
  for (const Attribute& a : attributes()) {
    names.insert(a.name);
    groups.insert(a.group);
    EXPECT_FALSE(a.meaning.empty()) << a.name;
  }
  EXPECT_EQ(names.size(), 28U);
  EXPECT_EQ(groups.size(), 4U);
}

TEST(Attributes, RefuseValuesOutsideTheirRange) {
  Persona persona;
  for (const auto& [name, text] : std::initializer_list<std::pair<const char*, const char*>>{
           {"age", "15"},
           {"age", "40.5"},
           {"age", "old"},
           {"age", ""},
           {"income", "-1"},
           {"shopping_frequency", "0"},
           {"shopping_frequency", "nan"},
           {"impulsivity", "1.01"},
           {"gender", "unknown"},
           {"preferred_days", "mon;moon"},
           {"preferred_days", "mon;mon"},
           {"favourite_brands", "a;b;c;d;e;f"},
           {"preferred_time", "noon"}}) {
    const auto done = set_from_text(persona, attribute(name), text);
    ASSERT_FALSE(done) << name << " = " << text;
    EXPECT_NE(done.error().message().find(name), std::string::npos);
  }
}

TEST(Attributes, TextFormsComeBackUnchanged) {
  const Persona made = make_persona(42, 7, palette());
  Persona copy;
  for (const Attribute& a : attributes()) {
    ASSERT_TRUE(set_from_text(copy, a, value_text(made, a))) << a.name;
    EXPECT_EQ(value_text(copy, a), value_text(made, a));
  }
}

TEST(Maker, EveryAttributeOfEveryPersonaIsAllowed) {
  for (std::uint32_t i = 1; i <= 3000; ++i) {
    const Persona made = make_persona(42, i, palette());
    Persona copy;
    for (const Attribute& a : attributes()) {
      ASSERT_TRUE(set_from_text(copy, a, value_text(made, a)))
          << a.name << " = " << value_text(made, a);
    }
  }
}

// Realism T6, T9/T10 and the age shares; tolerances are five standard errors of 20,000 draws.
TEST(Maker, MarginalsMatchTheMeasuredHouseholds) {
  const int n = 20'000;
  double frequency = 0, basket = 0, completion = 0;
  int middle_aged = 0, single = 0, childless = 0;
  std::vector<double> frequencies;
  for (std::uint32_t i = 1; i <= n; ++i) {
    const Persona p = make_persona(1, i, palette());
    frequency += p.shopping_frequency;
    frequencies.push_back(p.shopping_frequency);
    basket += p.basket_size;
    completion += p.cart_completion;
    middle_aged += p.age >= 45 && p.age < 55;
    single += p.household_size == 1;
    childless += p.children == 0;
  }
  std::nth_element(frequencies.begin(), frequencies.begin() + n / 2, frequencies.end());
  EXPECT_NEAR(frequency / n * 52, 63.9, 5 * 63.9 / std::sqrt(n));
  EXPECT_NEAR(frequencies[n / 2] * 52, 44, 2.5);
  EXPECT_NEAR(basket / n, 9.4, 0.35);
  EXPECT_NEAR(completion / n, 0.775, 0.002);
  EXPECT_NEAR(middle_aged, 0.36 * n, 5 * std::sqrt(.36 * .64 * n));
  EXPECT_NEAR(single, 0.32 * n, 5 * std::sqrt(.32 * .68 * n));
  EXPECT_NEAR(childless, 0.64 * n, 5 * std::sqrt(.36 * .64 * n));
}

TEST(Maker, IsAPureFunctionOfSeedAndNumber) {
  EXPECT_EQ(make_persona(9, 100, palette()).income, make_persona(9, 100, palette()).income);
  EXPECT_NE(value_text(make_persona(9, 100, palette()), attribute("trip_budget")),
            value_text(make_persona(10, 100, palette()), attribute("trip_budget")));
}

TEST(Population, CompilesNamesToIndexesAndSaysWhichAreUnknown) {
  const Vocabulary words{{"Dairy", "Snacks"}, {"Alder"}, {"S01", "S02"}};
  Persona persona;
  persona.favourite_categories = {"Snacks"};
  persona.preferred_days = {"mon", "sun"};
  persona.preferred_time = "evening";
  const auto traits = compile(persona, words, AgentId{3}, 3);
  ASSERT_TRUE(traits);
  EXPECT_EQ(traits->favourite_categories[0], 1);
  EXPECT_EQ(traits->favourite_categories[1], kNone);
  EXPECT_EQ(traits->preferred_days, 0b1000001);
  EXPECT_EQ(traits->preferred_time, DayPart::evening);
  EXPECT_EQ(traits->home_store, 1);  // position 3 of 2 stores
  persona.favourite_categories = {"Snack"};
  const auto unknown = compile(persona, words, AgentId{3}, 3);
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message().find("did you mean 'Snacks'"), std::string::npos);
}

TEST(Population, StaysSmall) { EXPECT_LE(sizeof(Traits), 104U); }

}  // namespace
}  // namespace footfall::personas
