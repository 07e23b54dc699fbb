// One persona: who a shopper is. 28 attributes in four groups; `attributes.hpp` says of each its
// unit, range and meaning, and is what readers, writers and docs/PERSONAS.md are made from.
#pragma once

#include <string>
#include <vector>

namespace footfall::personas {

struct Persona {
  std::string persona_id;  // the row's name: unique, not one of the 28

  // Demographics
  int age = 40;
  std::string gender = "female";
  double income = 50'000;
  int household_size = 2;
  int children = 0;
  std::string area = "suburban";
  std::string home_store;

  // Shopping
  double shopping_frequency = 1.2;
  double basket_size = 9;
  double trip_budget = 35;
  double impulsivity = 0.3;
  double browsing_depth = 1.5;
  double cart_completion = 0.78;
  double churn_risk = 0.002;

  // Preferences
  std::vector<std::string> favourite_categories;
  double category_focus = 0.3;
  std::vector<std::string> favourite_brands;
  double brand_loyalty = 0.3;
  std::vector<std::string> preferred_days;
  double weekend_affinity = 1;
  std::string preferred_time = "afternoon";
  double time_focus = 0.3;

  // Psychology
  double discount_sensitivity = 0.5;
  double price_consciousness = 0.5;
  double coupon_interest = 0.4;
  double expiry_urgency = 0.5;
  double variety_seeking = 0.4;
  double seasonal_sensitivity = 1;
};

}  // namespace footfall::personas
