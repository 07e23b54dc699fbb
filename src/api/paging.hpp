// Pages of lists: their parameters, where one begins, and what leads to the next.
#pragma once

#include <optional>
#include <string>

#include "api/api.hpp"

namespace footfall::telemetry {
class JsonWriter;
}

namespace footfall::api {

Parameter limit_parameter();
Parameter cursor_parameter();
inline std::int64_t page_limit(const Call& call) { return call.number("limit", 50); }

// Where the page that is asked for begins: what `cursor` says, or `otherwise` without one. `list`
// names the list with its filters.
Or<std::int64_t> page_start(Api& api, const Call& call, const std::string& list,
                            std::int64_t otherwise);
// "next_cursor":…, which leads to `position`; null on the last page. Answers the cursor.
std::string write_next(telemetry::JsonWriter& json, Api& api, const std::string& list,
                       std::optional<std::int64_t> position);

}  // namespace footfall::api
