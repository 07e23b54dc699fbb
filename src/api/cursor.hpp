// Where a page of a list ended: an opaque, signed text, so that nobody comes to rely on its inside.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace footfall::api {

// `list` names what the cursor belongs to, with its filters: it is good for nothing else.
std::string make_cursor(std::string_view key, std::string_view list, std::int64_t position);
// Nothing if it was not made by make_cursor() with the same key and list.
std::optional<std::int64_t> read_cursor(std::string_view key, std::string_view list,
                                        std::string_view cursor);

}  // namespace footfall::api
