#include <fmt/format.h>

#include <cstring>
#include <iterator>

#include "store/postgres/connection.hpp"

// Query and arrays: the part of connection.hpp that needs no libpq.
namespace footfall::store::postgres {

void append_array(std::string& out, std::span<const std::int64_t> values) {
  out += '{';
  for (const std::int64_t value : values) {
    const fmt::format_int digits(value);
    out.append(digits.data(), digits.size());
    out += ',';
  }
  if (values.empty()) out += ',';
  out.back() = '}';
}

void append_array(std::string& out, std::span<const std::string_view> values) {
  out += '{';
  for (const std::string_view value : values) {
    out += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += "\",";
  }
  if (values.empty()) out += ',';
  out.back() = '}';
}

Query& Query::add(std::int64_t value) {
  const fmt::format_int digits(value);
  buffer_.append(digits.data(), digits.size());
  return end_part();
}

Query& Query::add(double value) {
  fmt::format_to(std::back_inserter(buffer_), "{}", value);
  return end_part();
}

Query& Query::add(std::string_view value) {
  buffer_ += value;
  return end_part();
}

Query& Query::add(std::span<const std::int64_t> values) {
  append_array(buffer_, values);
  return end_part();
}

Query& Query::add(std::span<const std::string_view> values) {
  append_array(buffer_, values);
  return end_part();
}

Query& Query::add_null() {
  at_.push_back(-1);
  return *this;
}

Query& Query::add_or_null(std::optional<std::int64_t> value) {
  return value ? add(*value) : add_null();
}

Query& Query::end_part() {
  if (std::memchr(buffer_.data() + begin_, 0, buffer_.size() - begin_) != nullptr) {
    buffer_.resize(begin_);
    throw DatabaseError("text with a zero byte in it cannot be stored in PostgreSQL", "22021");
  }
  at_.push_back(static_cast<std::int64_t>(begin_));
  buffer_ += '\0';
  begin_ = buffer_.size();
  return *this;
}

void Query::clear(const char* sql) {
  sql_ = sql;
  buffer_.clear();
  at_.clear();
  begin_ = 0;
}

}  // namespace footfall::store::postgres
