// JSON from outside, read so that no two readers can take it differently.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string_view>

namespace footfall::api {

// The text as one JSON object; nothing if it is anything else, is nested deeper than 32 levels, is
// no UTF-8, or names a member twice at any depth: readers disagree which of two counts, and cjose
// reads a token's header with another library than we do.
std::optional<boost::json::object> parse_strict_object(std::string_view text);

// The member if it is a string; nothing if it is missing or anything else.
std::optional<std::string_view> string_member(const boost::json::object& object,
                                              std::string_view name);

}  // namespace footfall::api
