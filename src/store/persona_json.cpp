#include "store/persona_json.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <optional>

#include "personas/attributes.hpp"

namespace footfall::store {
namespace {

namespace json = boost::json;
using personas::Attribute;
using personas::Persona;

json::value to_json(const Persona& persona, const Attribute& attribute) {
  return std::visit(
      [&](auto field) -> json::value {
        if constexpr (std::is_same_v<decltype(field), personas::ListField>) {
          json::array list;
          for (const std::string& entry : persona.*field) list.emplace_back(entry);
          return list;
        } else {
          return json::value_from(persona.*field);
        }
      },
      attribute.field);
}

// Boost.JSON 1.81 reads decimals only to within a unit in the last place, which would make other
// shoppers of the same people. The text is sound JSON by now, so the number is read once more, by
// strtod, from behind its key (inside a string a quote is escaped, so the key is found nowhere
// else).
std::optional<double> exact_number(const std::string& text, std::string_view name) {
  const std::string key = fmt::format("\"{}\":", name);
  const auto at = text.find(key);
  if (at == text.npos) return std::nullopt;
  return std::strtod(text.c_str() + at + key.size(), nullptr);
}

Result<void> from_json(Persona& persona, const Attribute& attribute, const json::value& value,
                       const std::string& text) {
  if (value.is_number()) {
    const auto number = exact_number(text, attribute.name);
    if (number) return set_number(persona, attribute, *number);
    return Error(Errc::invalid_input,
                 fmt::format("{} is not written as this program writes it, \"{}\":number",
                             attribute.name, attribute.name));
  }
  if (value.is_string()) return set_from_text(persona, attribute, value.as_string());
  if (!value.is_array()) {
    return Error(Errc::invalid_input,
                 fmt::format("{} has a JSON type that is not allowed", attribute.name));
  }
  std::string list;
  for (const json::value& entry : value.as_array()) {
    if (!entry.is_string()) {
      return Error(Errc::invalid_input,
                   fmt::format("{} holds something that is no text", attribute.name));
    }
    list += std::string_view(entry.as_string());
    list += ';';
  }
  return set_from_text(persona, attribute, list);
}

}  // namespace

std::string persona_to_json(const Persona& persona) {
  json::object object;
  for (const Attribute& attribute : personas::attributes()) {
    object.emplace(attribute.name, to_json(persona, attribute));
  }
  return json::serialize(object);
}

Result<Persona> persona_from_json(std::string_view given) {
  const std::string text(given);
  boost::system::error_code broken;
  const json::value value = json::parse(text, broken);
  if (broken || !value.is_object()) {
    return Error(Errc::invalid_input, "the traits are not a JSON object");
  }
  Persona persona;
  for (const Attribute& attribute : personas::attributes()) {
    const json::value* found = value.as_object().if_contains(attribute.name);
    if (!found) {
      return Error(Errc::invalid_input, fmt::format("the attribute {} is missing", attribute.name));
    }
    if (const auto done = from_json(persona, attribute, *found, text); !done) return done.error();
  }
  return persona;
}

}  // namespace footfall::store
