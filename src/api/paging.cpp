#include "api/paging.hpp"

#include "telemetry/json_writer.hpp"

namespace footfall::api {

Parameter limit_parameter() {
  return {Parameter::In::query, "limit", about(whole(1, 200), "Rows of a page; 50 if left out."),
          false};
}

Parameter cursor_parameter() {
  return {Parameter::In::query, "cursor", about(text(1, 200), "`next_cursor` of the page before."),
          false};
}

Or<std::int64_t> page_start(Api& api, const Call& call, const std::string& list,
                            std::int64_t otherwise) {
  const std::string* cursor = call.find("cursor");
  if (!cursor) return otherwise;
  const auto read = read_cursor(api.shared().settings.cursor_key, list, *cursor);
  if (read) return *read;
  return refuse_at(call, "cursor", "is none of this list; begin without one");
}

std::string write_next(telemetry::JsonWriter& json, Api& api, const std::string& list,
                       std::optional<std::int64_t> position) {
  json.key("next_cursor");
  if (!position) {
    json.null();
    return {};
  }
  std::string cursor = make_cursor(api.shared().settings.cursor_key, list, *position);
  json.value(cursor);
  return cursor;
}

}  // namespace footfall::api
