// The one table of the 28 attributes (R1). Everything that reads, checks, writes or documents a
// persona walks through it, so an attribute is added in one place.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "personas/persona.hpp"

namespace footfall::personas {

enum class Group { demographics, shopping, preferences, psychology };
std::string_view to_string(Group group);

using WholeField = int Persona::*;
using NumberField = double Persona::*;
using TextField = std::string Persona::*;
using ListField = std::vector<std::string> Persona::*;

struct Attribute {
  std::string_view name;  // the column's header, the JSON key, the database's word
  Group group;
  std::variant<WholeField, NumberField, TextField, ListField> field;
  std::string_view unit;
  double min = 0;  // of numbers, inclusive
  double max = 0;
  std::string_view
      choices;  // of texts and lists: allowed words, separated by '|'; empty: see meaning
  std::string_view meaning;
};

inline constexpr int kAttributeCount = 28;
inline constexpr int kListMax = 5;                // entries of a list attribute
inline constexpr std::size_t kNameBytesMax = 80;  // of a category, brand, store or persona_id

std::span<const Attribute, kAttributeCount> attributes();

// "a whole number from 16 to 110", "one of urban, suburban, rural": for error messages and docs.
std::string allowed(const Attribute& attribute);

// A value as text: lists joined by "; ", numbers in their shortest exact form.
std::string value_text(const Persona& persona, const Attribute& attribute);

// Sets the attribute from text, after checking it. Errors: invalid_input saying what is allowed.
Result<void> set_from_text(Persona& persona, const Attribute& attribute, std::string_view text);
Result<void> set_number(Persona& persona, const Attribute& attribute, double value);

// docs/PERSONAS.md, generated: `footfall personas describe`.
std::string describe_markdown();

}  // namespace footfall::personas
