// Reading bodies that were checked against their schema: what is asked for is there, of its type.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/sim_time.hpp"
#include "base/text.hpp"

namespace footfall::api {

// A member that was given; null where it, or the whole body, was left out.
inline const boost::json::value* member(const boost::json::value& body, std::string_view name) {
  const boost::json::object* object = body.if_object();
  const boost::json::value* value = object ? object->if_contains(name) : nullptr;
  return value && !value->is_null() ? value : nullptr;
}

inline std::string_view text_of(const boost::json::value& value) {
  const boost::json::string& text = value.as_string();
  return {text.data(), text.size()};
}

// An id comes as a text or as a number.
inline std::int64_t id_of(const boost::json::value& value) {
  return value.is_int64() ? value.get_int64() : parse_integer(text_of(value)).value();
}

inline std::optional<std::int64_t> whole_member(const boost::json::value& body,
                                                std::string_view name) {
  const boost::json::value* value = member(body, name);
  return value ? std::optional(value->as_int64()) : std::nullopt;
}

inline bool flag_member(const boost::json::value& body, std::string_view name, bool otherwise) {
  const boost::json::value* value = member(body, name);
  return value ? value->as_bool() : otherwise;
}

inline SimTime moment_of(const boost::json::value& value) {
  return parse_sim_time(text_of(value)).value();
}

}  // namespace footfall::api
