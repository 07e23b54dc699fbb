// Draws personas from joint distributions measured on real households (reference/realism.md
// section 8), so that a population of any size can be had without a workbook.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "personas/persona.hpp"

namespace footfall::personas {

// A name and how often it is somebody's favourite, relative to the others.
struct WeightedName {
  std::string name;
  double weight = 1;
};

// What favourites are drawn from; any list may be empty.
struct Palette {
  std::vector<WeightedName> categories;
  std::vector<WeightedName> brands;
  std::vector<std::string> stores;
};

// Persona number `number` (from 1) of the population with this seed: a pure function, so any part
// of a population can be made alone, and populations of different sizes share their beginning.
Persona make_persona(std::uint64_t seed, std::uint32_t number, const Palette& palette);

}  // namespace footfall::personas
