// Enumerators by their names, for enums with a to_string() and enumerators 0 … count-1.
#pragma once

#include <optional>
#include <string_view>

namespace footfall {

// The enumerator of this name; nothing if there is none.
template <typename Enum>
std::optional<Enum> enum_named(std::string_view name, int count) {
  for (int i = 0; i < count; ++i) {
    if (to_string(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace footfall
