#include "commerce/http/profile_toml.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <optional>

#include "commerce/http/profile_words.hpp"

namespace footfall::commerce {
namespace {

constexpr int kDepthMax = 8;   // of tables and lists in one another; deeper is `other`
constexpr int kKeyParts = 16;  // of a dotted key

// The line of the first key that has too many parts, if there is one: toml++ makes a table of each
// part, and takes them apart by recursion, which a long enough key turns into a stack overflow.
class LongKeys {
 public:
  explicit LongKeys(std::string_view text) : rest_(text) {}

  std::optional<int> find() {
    int dots = 0;
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '"' || c == '\'') {
        skip_text(c);
        continue;
      }
      if (c == '#') skip_to_line_end();
      if (rest_.empty()) break;
      if (c == '.') ++dots;
      if (std::string_view("=,{}[]\n#").find(c) != std::string_view::npos) dots = 0;
      if (dots >= kKeyParts) return line_;
      take(1);
    }
    return std::nullopt;
  }

 private:
  void take(std::size_t count) {
    count = std::min(count, rest_.size());
    line_ += static_cast<int>(std::count(rest_.begin(), rest_.begin() + count, '\n'));
    rest_.remove_prefix(count);
  }

  void skip_to_line_end() { take(std::min(rest_.find('\n'), rest_.size())); }

  // A text that is not closed is where toml++ stops.
  void skip_text(char quote) {
    const std::string three(3, quote);
    const bool many_lines = rest_.starts_with(three);
    const std::string_view closing = std::string_view(three).substr(0, many_lines ? 3 : 1);
    take(closing.size());
    while (!rest_.empty() && !rest_.starts_with(closing)) {
      if (rest_.front() == '\n' && !many_lines) return;
      take(quote == '"' && rest_.front() == '\\' ? 2 : 1);
    }
    take(closing.size());
    // """a""""" ends with two quotes of its own.
    for (int i = 0; many_lines && i < 2 && rest_.starts_with(quote); ++i) take(1);
  }

  std::string_view rest_;
  int line_ = 1;
};

FileValue value_of(const toml::node& node, std::string_view name, int depth) {
  using Kind = FileValue::Kind;
  FileValue out;
  out.name = name;
  out.line = static_cast<int>(node.source().begin.line);
  if (const auto* text = node.as_string()) {
    out.kind = Kind::text;
    out.text = text->get();
  } else if (const auto* whole = node.as_integer()) {
    out.kind = Kind::whole;
    out.whole = whole->get();
    out.text = std::to_string(out.whole);
  } else if (const auto* yes = node.as_boolean()) {
    out.kind = Kind::yes_no;
    out.text = yes->get() ? "true" : "false";
  } else if (depth >= kDepthMax && (node.is_array() || node.is_table())) {
    out.text = "something nested too deep";
  } else if (const auto* list = node.as_array()) {
    out.kind = Kind::list;
    for (const toml::node& item : *list) out.items.push_back(value_of(item, "", depth + 1));
  } else if (const auto* table = node.as_table()) {
    out.kind = Kind::table;
    for (const auto& [key, item] : *table) {
      out.items.push_back(value_of(item, key.str(), depth + 1));
    }
  } else {
    out.text = node.is_floating_point() ? "a number with a fraction" : "a date or time";
  }
  return out;
}

}  // namespace

std::string FileValue::what() const {
  switch (kind) {
    case Kind::text:
      return fmt::format("the text '{}'", shown(text, 60));
    case Kind::whole:
      return fmt::format("the number {}", whole);
    case Kind::yes_no:
    case Kind::other:
      return text;
    case Kind::list:
      return "a list";
    case Kind::table:
      break;
  }
  return "a table";
}

Result<FileValue> read_toml(std::string_view text, const std::string& file_name) {
  if (text.size() > kProfileBytesMax) {
    return Error(Errc::too_large, fmt::format("{}: a profile has at most {} bytes, this has {}",
                                              file_name, kProfileBytesMax, text.size()));
  }
  if (const auto line = LongKeys(text).find()) {
    return Error(Errc::invalid_input, fmt::format("{}, line {}: a key of more than {} parts",
                                                  file_name, *line, kKeyParts));
  }
  try {
    return value_of(toml::parse(text), "", 0);
  } catch (const toml::parse_error& error) {
    return Error(Errc::invalid_input, fmt::format("{}, line {}: {}", file_name,
                                                  error.source().begin.line, error.description()));
  }
}

}  // namespace footfall::commerce
