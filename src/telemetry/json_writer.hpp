// Writes JSON into a text, front to back: answers are made many thousand times a second, and a tree
// of values costs several times the writing. Unbalanced use is a bug (asserted where it is cheap).
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/sim_time.hpp"

namespace footfall::telemetry {

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);  // a literal without anything to escape

  JsonWriter& value(std::string_view text);  // escaped
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(int number) { return value(std::int64_t{number}); }
  JsonWriter& value(bool yes);
  JsonWriter& value(double number);
  JsonWriter& value(Money amount) { return value(amount.minor); }
  JsonWriter& value(SimTime moment);
  JsonWriter& null();
  // Ids pass 2^53, where JavaScript's numbers end: they are texts. 0 is null.
  template <typename Tag>
  JsonWriter& value(Id<Tag> id) {
    return id ? id_text(id.value) : null();
  }
  JsonWriter& raw(std::string_view json);  // a whole value, as it is

  template <typename T>
  JsonWriter& member(std::string_view name, const T& content) {
    return key(name).value(content);
  }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  JsonWriter& id_text(std::int64_t id);
  void comma();

  std::string& out_;
  bool first_ = true;  // nothing stands before in this object or array
};

}  // namespace footfall::telemetry
