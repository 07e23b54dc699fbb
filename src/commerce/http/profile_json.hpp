// JSON of a service's answer as a flat tree that is used again for the next one. Numbers stay the
// text they are: what passes through a double is not what was sent. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace footfall::commerce {

// RFC 6901, taken apart: "/data/0/id". No step: the whole document.
struct JsonPointer {
  std::string text;
  std::vector<std::string> steps;
};

enum class JsonKind : std::uint8_t { null, yes_no, number, text, list, table };

struct JsonNode {
  JsonKind kind = JsonKind::null;
  std::uint32_t next = 0;   // of the same list or table; 0: the last
  std::uint32_t first = 0;  // of its own; 0: none
  std::string_view name;    // in a table
  std::string_view text;    // without quotes and escapes; true, false; empty of lists and tables

  bool is_scalar() const {  // with a text of its own
    return kind == JsonKind::yes_no || kind == JsonKind::number || kind == JsonKind::text;
  }
};

class JsonTree {
 public:
  static constexpr std::size_t kBytesMax = 8 * 1024 * 1024;
  static constexpr std::size_t kDepthMax = 32;
  static constexpr std::size_t kNodesMax = 1'000'000;

  // False if the text is not one JSON document, or past the limits: problem() says why. The tree
  // points into `text`, and holds until the next parse().
  bool parse(std::string_view text);
  const std::string& problem() const { return problem_; }
  std::size_t problem_at() const { return problem_at_; }  // byte of the text

  const JsonNode& root() const { return nodes_.front(); }
  const JsonNode* first(const JsonNode& parent) const { return at(parent.first); }
  const JsonNode* next(const JsonNode& node) const { return at(node.next); }
  // Null if there is nothing. Of members with the same name the last, as most readers have it.
  const JsonNode* find(const JsonNode& from, const JsonPointer& pointer) const;

 private:
  friend struct JsonEvents;
  const JsonNode* at(std::uint32_t index) const { return index == 0 ? nullptr : &nodes_[index]; }
  const JsonNode* step(const JsonNode& from, std::string_view name) const;

  std::vector<JsonNode> nodes_;
  std::string unescaped_;  // texts that had escapes; never grows while the tree points into it
  std::string problem_;
  std::size_t problem_at_ = 0;
};

}  // namespace footfall::commerce
