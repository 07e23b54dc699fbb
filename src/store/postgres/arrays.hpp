// Small helpers for statements that carry rows as arrays, a column each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "store/postgres/connection.hpp"

namespace footfall::store::postgres {

// One whole number of each row.
template <typename Rows, typename Value>
std::vector<std::int64_t> column(const Rows& rows, Value value) {
  std::vector<std::int64_t> out;
  out.reserve(rows.size());
  for (const auto& row : rows) out.push_back(value(row));
  return out;
}

// An id, or NULL where there is none.
template <typename Tag>
Query& add_id(Query& query, Id<Tag> id) {
  return query.add_or_null(id ? std::optional(id.value) : std::nullopt);
}

inline Query& add_bool(Query& query, bool value) {
  return query.add(std::string_view(value ? "true" : "false"));
}

// A key of idempotency, or NULL where there is none.
inline Query& add_key(Query& query, const std::string& key) {
  return key.empty() ? query.add_null() : query.add(std::string_view(key));
}

// The elements of an array that holds words and numbers alone. Views into `array`.
std::vector<std::string_view> words(std::string_view array);

// A float8[] as text, exact.
std::string doubles(const std::vector<double>& values);

}  // namespace footfall::store::postgres
