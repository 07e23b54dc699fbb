// What a JSON value must look like. One description serves twice: request bodies and parameters are
// checked against it, and the OpenAPI file is made from it, so the two cannot differ.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/problem.hpp"

namespace footfall::api {

struct Field;

// A value. All texts are literals.
struct Schema {
  enum class Kind : std::uint8_t {
    object,   // `fields`
    array,    // of `items`, min … max of them
    text,     // min … max characters
    whole,    // an integer from min to max
    number,   // any
    decimal,  // any; also as a text, which is read to the last bit
    yes_no,   // true or false
    choice,   // one of `choices`
    id,       // a positive 64-bit number as text: "17"
    money,    // minor units, >= 0
    moment,   // "2026-01-05T08:30:00Z"
    members,  // an object of any members
    any,      // anything
  };
  Kind kind = Kind::any;
  std::string_view name;   // of objects: how the OpenAPI file calls it, unique
  std::string_view about;  // a sentence, or empty
  std::int64_t min = 0, max = 0;
  bool nullable = false;
  std::vector<std::string_view> choices;
  std::vector<Field> fields;
  std::shared_ptr<const Schema> items;
};

struct Field {
  std::string_view name;
  Schema schema;
  bool required = true;
};

Schema object(std::string_view name, std::vector<Field> fields);
Schema array(Schema items, std::int64_t least, std::int64_t most);
Schema text(std::int64_t least, std::int64_t most);
Schema whole(std::int64_t least, std::int64_t most);
Schema count();  // an integer from 0 on
Schema number();
Schema decimal();
Schema any_object();
Schema yes_no();
Schema choice(std::initializer_list<std::string_view> choices);
Schema id();
Schema money();
Schema moment();
Schema any();
Schema nullable(Schema schema);
Schema about(Schema schema, std::string_view sentence);
Field optional(std::string_view name, Schema schema);

// Everything that is wrong with `value`, at most 20 findings, each with its place below `pointer`.
// An id may also come as a number; members that the schema does not know are refused.
void check(const boost::json::value& value, const Schema& schema, const std::string& pointer,
           std::vector<http::FieldError>& errors);

// The same for a value that came as text: a parameter of a path, query or header.
void check_text(std::string_view value, const Schema& schema, const std::string& name,
                std::vector<http::FieldError>& errors);

// The JSON Schema (2020-12) of it, as OpenAPI 3.1 has them. Named objects become references;
// `named` collects them, those inside as well. `given`: as a request may send it.
boost::json::value json_schema(const Schema& schema, bool given, std::vector<const Schema*>& named);
// That of a named object itself.
boost::json::value object_schema(const Schema& schema, bool given,
                                 std::vector<const Schema*>& named);

}  // namespace footfall::api
