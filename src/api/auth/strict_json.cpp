#include "api/auth/strict_json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <cstdint>

namespace footfall::api {

namespace json = boost::json;
using json::error_code;
using json::string_view;

namespace {

// Counts the members that a text writes down, duplicates included.
struct MemberCount {
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX;

  bool on_object_end(std::size_t size, error_code&) {
    members += size;
    return true;
  }
  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return true; }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t, error_code&) { return true; }
  bool on_key_part(string_view, std::size_t, error_code&) { return true; }
  bool on_key(string_view, std::size_t, error_code&) { return true; }
  bool on_string_part(string_view, std::size_t, error_code&) { return true; }
  bool on_string(string_view, std::size_t, error_code&) { return true; }
  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t, string_view, error_code&) { return true; }
  bool on_uint64(std::uint64_t, string_view, error_code&) { return true; }
  bool on_double(double, string_view, error_code&) { return true; }
  bool on_bool(bool, error_code&) { return true; }
  bool on_null(error_code&) { return true; }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

  std::size_t members = 0;
};

std::size_t members_written(std::string_view text) {
  json::basic_parser<MemberCount> parser{json::parse_options()};
  error_code error;
  parser.write_some(/*more=*/false, text.data(), text.size(), error);
  return parser.handler().members;
}

// Boost.JSON keeps one of each name: where names repeat, there are fewer than were written.
std::size_t members_kept(const json::value& value) {
  std::size_t count = 0;
  if (const json::object* object = value.if_object()) {
    count = object->size();
    for (const json::key_value_pair& member : *object) count += members_kept(member.value());
  } else if (const json::array* array = value.if_array()) {
    for (const json::value& item : *array) count += members_kept(item);
  }
  return count;
}

}  // namespace

std::optional<json::object> parse_strict_object(std::string_view text) {
  error_code error;
  json::value value = json::parse(string_view(text.data(), text.size()), error);
  if (error || !value.is_object()) return std::nullopt;
  if (members_written(text) != members_kept(value)) return std::nullopt;
  return std::move(value.as_object());
}

std::optional<std::string_view> string_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(string_view(name.data(), name.size()));
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string_view(value->as_string().data(), value->as_string().size());
}

}  // namespace footfall::api
