#include "commerce/http/profile_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <functional>

#include "base/text.hpp"

namespace footfall::commerce {

namespace json = boost::json;
using json::error_code;
using json::string_view;

// Builds the tree out of what Boost.JSON's parser meets.
struct JsonEvents {
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX;

  struct Open {
    std::uint32_t node = 0, last = 0;
  };

  JsonTree& tree;
  std::string_view source;
  std::array<Open, JsonTree::kDepthMax + 2> open{};
  std::size_t depth = 0;
  std::string_view name;
  std::size_t part_start = std::string::npos;  // of a text that comes in parts

  bool add(JsonKind kind, std::string_view text, error_code& error) {
    if (tree.nodes_.size() >= JsonTree::kNodesMax) {
      error = json::error::exception;
      return false;
    }
    const auto index = static_cast<std::uint32_t>(tree.nodes_.size());
    tree.nodes_.push_back({kind, 0, 0, name, text});
    name = {};
    if (depth > 0) {
      Open& parent = open[depth - 1];
      (parent.last == 0 ? tree.nodes_[parent.node].first : tree.nodes_[parent.last].next) = index;
      parent.last = index;
    }
    if (kind == JsonKind::list || kind == JsonKind::table) open[depth++] = {index, 0};
    return true;
  }

  // What comes in parts, or was unescaped into the parser's own memory, is copied.
  void keep(string_view part) {
    if (tree.unescaped_.capacity() < source.size()) tree.unescaped_.reserve(source.size());
    if (part_start == std::string::npos) part_start = tree.unescaped_.size();
    tree.unescaped_.append(part.data(), part.size());
  }

  std::string_view whole(string_view last) {
    const std::less_equal<const char*> before;
    const char* const end = source.data() + source.size();
    const bool inside = before(source.data(), last.data()) && before(last.data(), end);
    if (part_start == std::string::npos && inside) return {last.data(), last.size()};
    keep(last);
    const std::size_t start = std::exchange(part_start, std::string::npos);
    return std::string_view(tree.unescaped_).substr(start);
  }

  bool number(string_view text, error_code& error) {
    return add(JsonKind::number, {text.data(), text.size()}, error);
  }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code& error) { return add(JsonKind::table, {}, error); }
  bool on_array_begin(error_code& error) { return add(JsonKind::list, {}, error); }
  bool on_object_end(std::size_t, error_code&) { return --depth, true; }
  bool on_array_end(std::size_t, error_code&) { return --depth, true; }
  bool on_key_part(string_view part, std::size_t, error_code&) { return keep(part), true; }
  bool on_key(string_view last, std::size_t, error_code&) { return name = whole(last), true; }
  bool on_string_part(string_view part, std::size_t, error_code&) { return keep(part), true; }
  bool on_string(string_view last, std::size_t, error_code& error) {
    return add(JsonKind::text, whole(last), error);
  }
  // The text is given whole in one piece, and so are its numbers.
  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t, string_view text, error_code& error) { return number(text, error); }
  bool on_uint64(std::uint64_t, string_view text, error_code& error) { return number(text, error); }
  bool on_double(double, string_view text, error_code& error) { return number(text, error); }
  bool on_bool(bool yes, error_code& error) {
    return add(JsonKind::yes_no, yes ? "true" : "false", error);
  }
  bool on_null(error_code& error) { return add(JsonKind::null, {}, error); }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }
};

bool JsonTree::parse(std::string_view text) {
  // What a large answer took is given back, so that each thread keeps little.
  constexpr std::size_t kKeptNodes = 20'000, kKeptBytes = 256 * 1024;
  if (nodes_.capacity() > kKeptNodes) std::vector<JsonNode>().swap(nodes_);
  if (unescaped_.capacity() > kKeptBytes) std::string().swap(unescaped_);
  nodes_.clear();
  unescaped_.clear();
  problem_.clear();
  problem_at_ = 0;
  if (text.size() > kBytesMax) {
    problem_ = fmt::format("it has {} bytes, at most {} are read", text.size(), kBytesMax);
    return false;
  }
  json::parse_options options;
  options.max_depth = kDepthMax;
  json::basic_parser<JsonEvents> parser(options, JsonEvents{*this, text});
  error_code error;
  const std::size_t read = parser.write_some(/*more=*/false, text.data(), text.size(), error);
  if (!error && read == text.size()) return true;
  problem_at_ = read;
  problem_ = nodes_.size() >= kNodesMax ? fmt::format("it holds more than {} values", kNodesMax)
             : error                    ? fmt::format("{} at byte {}", error.message(), read)
                                        : fmt::format("it goes on after its end, at byte {}", read);
  return false;
}

const JsonNode* JsonTree::step(const JsonNode& from, std::string_view name) const {
  const JsonNode* found = nullptr;
  if (from.kind == JsonKind::table) {
    for (const JsonNode* node = first(from); node; node = next(*node)) {
      if (node->name == name) found = node;
    }
  } else if (from.kind == JsonKind::list && !name.empty() && (name == "0" || name[0] != '0') &&
             std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    std::int64_t left = parse_integer(name).value_or(INT64_MAX);
    for (found = first(from); found && left > 0; --left) found = next(*found);
  }
  return found;
}

const JsonNode* JsonTree::find(const JsonNode& from, const JsonPointer& pointer) const {
  const JsonNode* node = &from;
  for (const std::string& name : pointer.steps) {
    node = step(*node, name);
    if (!node) return nullptr;
  }
  return node;
}

}  // namespace footfall::commerce
