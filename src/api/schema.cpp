#include "api/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "base/sim_time.hpp"
#include "base/text.hpp"

namespace footfall::api {
namespace {

namespace json = boost::json;
using Kind = Schema::Kind;
using Errors = std::vector<http::FieldError>;

constexpr std::size_t kFindingsMax = 20;
constexpr std::string_view kIdPattern = "^[1-9][0-9]{0,18}$";

Schema of(Kind kind) {
  Schema schema;
  schema.kind = kind;
  return schema;
}

void find(Errors& errors, const std::string& pointer, std::string detail) {
  if (errors.size() < kFindingsMax) errors.push_back({pointer, std::move(detail)});
}

// UTF-8 characters; the text was checked to be UTF-8.
std::int64_t length_of(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

bool is_id(std::string_view text) {
  const auto number = parse_integer(text);
  return number && *number > 0 && text.front() != '+' && text.front() != '0';
}

std::string expectation(const Schema& schema) {
  switch (schema.kind) {
    case Kind::object:
      return "must be an object";
    case Kind::array:
      return "must be an array";
    case Kind::text:
      return fmt::format("must be a text of {} to {} characters", schema.min, schema.max);
    case Kind::whole:
      return fmt::format("must be a whole number from {} to {}", schema.min, schema.max);
    case Kind::number:
    case Kind::decimal:
      return "must be a number";
    case Kind::members:
      return "must be an object";
    case Kind::yes_no:
      return "must be true or false";
    case Kind::choice:
      return fmt::format("must be one of {}", fmt::join(schema.choices, ", "));
    case Kind::id:
      return "must be an id: a positive whole number, best as a text";
    case Kind::money:
      return "must be an amount in minor units: a whole number from 0 on";
    case Kind::moment:
      return "must be a moment like 2026-01-05T08:30:00Z";
    case Kind::any:
      break;
  }
  return "";
}

// Whether a text is what the schema wants of a text.
bool is_good_text(std::string_view text, const Schema& schema) {
  switch (schema.kind) {
    case Kind::text:
      return length_of(text) >= schema.min && length_of(text) <= schema.max &&
             text.find('\0') == text.npos;
    case Kind::choice:
      return std::find(schema.choices.begin(), schema.choices.end(), text) != schema.choices.end();
    case Kind::id:
      return is_id(text);
    case Kind::moment:
      return parse_sim_time(text).has_value();
    case Kind::decimal:
      return parse_double(text).has_value();
    default:
      return false;
  }
}

bool is_good_scalar(const json::value& value, const Schema& schema) {
  if (const json::string* text = value.if_string()) {
    return is_good_text({text->data(), text->size()}, schema);
  }
  switch (schema.kind) {
    case Kind::whole:
    case Kind::money:
      return value.is_int64() && value.get_int64() >= schema.min && value.get_int64() <= schema.max;
    case Kind::number:
    case Kind::decimal:
      return value.is_number();
    case Kind::members:
      return value.is_object();
    case Kind::yes_no:
      return value.is_bool();
    case Kind::id:
      return value.is_int64() && value.get_int64() > 0;
    default:
      return false;
  }
}

void check_object(const json::object& object, const Schema& schema, const std::string& pointer,
                  Errors& errors) {
  for (const Field& field : schema.fields) {
    const json::value* value = object.if_contains(field.name);
    if (value) {
      check(*value, field.schema, fmt::format("{}/{}", pointer, field.name), errors);
    } else if (field.required) {
      find(errors, fmt::format("{}/{}", pointer, field.name), "is missing");
    }
  }
  for (const auto& member : object) {
    if (errors.size() >= kFindingsMax) return;
    const std::string_view key(member.key().data(), member.key().size());
    const auto known = [&](const Field& field) { return field.name == key; };
    if (std::any_of(schema.fields.begin(), schema.fields.end(), known)) continue;
    std::vector<std::string> names;
    for (const Field& field : schema.fields) names.emplace_back(field.name);
    const std::string near = key.size() > 60 ? std::string() : nearest(key, names);
    find(errors, pointer,
         fmt::format("has no member '{}'{}", key.substr(0, 60),
                     near.empty() ? fmt::format("; known are {}", fmt::join(names, ", "))
                                  : fmt::format("; did you mean '{}'?", near)));
  }
}

void check_array(const json::array& array, const Schema& schema, const std::string& pointer,
                 Errors& errors) {
  const auto size = static_cast<std::int64_t>(array.size());
  if (size < schema.min || size > schema.max) {
    find(errors, pointer,
         fmt::format("has {} items, must have {} to {}", size, schema.min, schema.max));
    return;
  }
  for (std::size_t i = 0; i < array.size(); ++i) {
    if (errors.size() >= kFindingsMax) return;
    check(array[i], *schema.items, fmt::format("{}/{}", pointer, i), errors);
  }
}

}  // namespace

Schema object(std::string_view name, std::vector<Field> fields) {
  Schema schema = of(Kind::object);
  schema.name = name;
  schema.fields = std::move(fields);
  return schema;
}
Schema array(Schema items, std::int64_t least, std::int64_t most) {
  Schema schema = of(Kind::array);
  schema.items = std::make_shared<const Schema>(std::move(items));
  schema.min = least;
  schema.max = most;
  return schema;
}
Schema text(std::int64_t least, std::int64_t most) {
  Schema schema = of(Kind::text);
  schema.min = least;
  schema.max = most;
  return schema;
}
Schema whole(std::int64_t least, std::int64_t most) {
  Schema schema = of(Kind::whole);
  schema.min = least;
  schema.max = most;
  return schema;
}
Schema count() { return whole(0, INT64_MAX); }
Schema number() { return of(Kind::number); }
Schema decimal() { return of(Kind::decimal); }
Schema any_object() { return of(Kind::members); }
Schema yes_no() { return of(Kind::yes_no); }
Schema choice(std::initializer_list<std::string_view> choices) {
  Schema schema = of(Kind::choice);
  schema.choices = choices;
  return schema;
}
Schema id() { return of(Kind::id); }
Schema money() {
  Schema schema = of(Kind::money);
  schema.max = INT64_MAX;
  return schema;
}
Schema moment() { return of(Kind::moment); }
Schema any() { return of(Kind::any); }
Schema nullable(Schema schema) {
  schema.nullable = true;
  return schema;
}
Schema about(Schema schema, std::string_view sentence) {
  schema.about = sentence;
  return schema;
}
Field optional(std::string_view name, Schema schema) { return {name, std::move(schema), false}; }

void check(const json::value& value, const Schema& schema, const std::string& pointer,
           Errors& errors) {
  if (schema.kind == Kind::any || (schema.nullable && value.is_null())) return;
  if (schema.kind == Kind::object && value.is_object()) {
    check_object(value.get_object(), schema, pointer, errors);
  } else if (schema.kind == Kind::array && value.is_array()) {
    check_array(value.get_array(), schema, pointer, errors);
  } else if (!is_good_scalar(value, schema)) {
    find(errors, pointer, expectation(schema));
  }
}

void check_text(std::string_view value, const Schema& schema, const std::string& name,
                Errors& errors) {
  bool good = false;
  if (schema.kind == Kind::whole || schema.kind == Kind::money) {
    const auto number = parse_integer(value);
    good = number && *number >= schema.min && *number <= schema.max;
  } else if (schema.kind == Kind::yes_no) {
    good = value == "true" || value == "false";
  } else {
    good = is_good_text(value, schema);
  }
  if (!good) find(errors, name, expectation(schema));
}

json::value object_schema(const Schema& schema, bool given, std::vector<const Schema*>& named) {
  json::object properties;
  json::array required;
  for (const Field& field : schema.fields) {
    properties.emplace(field.name, json_schema(field.schema, given, named));
    if (field.required) required.emplace_back(field.name);
  }
  json::object out{{"type", "object"}};
  if (!schema.about.empty()) out.emplace("description", schema.about);
  out.emplace("properties", std::move(properties));
  if (!required.empty()) out.emplace("required", std::move(required));
  if (given) out.emplace("additionalProperties", false);
  return out;
}

json::value json_schema(const Schema& schema, bool given, std::vector<const Schema*>& named) {
  json::object out;
  const auto type = [&](std::string_view name) {
    if (schema.nullable) {
      out.emplace("type", json::array{name, "null"});
    } else {
      out.emplace("type", name);
    }
  };
  const auto limits = [&](std::string_view least, std::string_view most) {
    out.emplace(least, schema.min);
    if (schema.max != INT64_MAX) out.emplace(most, schema.max);
  };
  switch (schema.kind) {
    case Kind::object: {
      named.push_back(&schema);
      const json::value reference =
          json::object{{"$ref", fmt::format("#/components/schemas/{}", schema.name)}};
      if (!schema.nullable) return reference;
      return json::object{{"oneOf", json::array{reference, json::object{{"type", "null"}}}}};
    }
    case Kind::array:
      type("array");
      out.emplace("items", json_schema(*schema.items, given, named));
      limits("minItems", "maxItems");
      break;
    case Kind::text:
      type("string");
      limits("minLength", "maxLength");
      break;
    case Kind::whole:
    case Kind::money:
      type("integer");
      out.emplace("format", "int64");
      limits("minimum", "maximum");
      break;
    case Kind::number:
      type("number");
      break;
    case Kind::decimal:
      out.emplace("type", json::array{"number", "string"});
      break;
    case Kind::members:
      type("object");
      break;
    case Kind::yes_no:
      type("boolean");
      break;
    case Kind::choice: {
      type("string");
      json::array values(schema.choices.begin(), schema.choices.end());
      if (schema.nullable) values.emplace_back(nullptr);
      out.emplace("enum", std::move(values));
      break;
    }
    case Kind::id:
      type("string");
      out.emplace("pattern", kIdPattern);
      break;
    case Kind::moment:
      type("string");
      out.emplace("format", "date-time");
      break;
    case Kind::any:
      break;
  }
  if (!schema.about.empty()) out.emplace("description", schema.about);
  return out;
}

}  // namespace footfall::api
