// How a profile's file is taken apart: every mistake is noted with its place, and reading goes on.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "commerce/http/profile_spec.hpp"
#include "commerce/http/profile_toml.hpp"

namespace footfall::commerce {

inline constexpr std::size_t kRulesMax = 100;
inline constexpr std::size_t kHeadersMax = 32;
inline constexpr std::size_t kHeaderBytesMax = 4'096;
inline constexpr std::size_t kPathBytesMax = 2'000;
inline constexpr std::size_t kLineBytesMax = 2'000;  // of `line` and `coupon`: a body holds many
inline constexpr std::size_t kPointerBytesMax = 200;

class Mistakes {
 public:
  void add(int line, std::string place, std::string sentence);
  std::size_t count() const { return all_.size(); }
  // One a line, in the order of the file: "shop.toml, line 3: actions.enter.path: …".
  std::string text(const std::string& file_name) const;

 private:
  struct Mistake {
    int line;
    std::string place, sentence;
  };
  std::vector<Mistake> all_;
};

// A value of the file, and the path of keys that leads to it.
struct Found {
  const FileValue* value = nullptr;
  std::string path;
  Mistakes* mistakes = nullptr;

  explicit operator bool() const { return value != nullptr; }
  void wrong(std::string sentence) const { mistakes->add(value->line, path, std::move(sentence)); }
  // Nothing if there is none; something else than this is a mistake.
  Found member(std::string_view key) const;
  std::optional<std::string> text() const;
  std::vector<Found> list() const;  // a single value is a list of one
  bool is_table() const;
  // Each key that is not among these is a mistake.
  void check_keys(std::span<const std::string_view> known) const;
  // One of these, by its position.
  std::optional<std::size_t> choice(std::span<const std::string_view> allowed) const;
  std::optional<JsonPointer> pointer() const;
};

// "; did you mean 'price'?" or "; known are …".
std::string suggestion(std::string_view word, std::span<const std::string_view> known);

struct FileReader {
  Profile::Spec profile;
  Mistakes mistakes;

  void read(const FileValue& file);

 private:
  using Headers = std::vector<HeaderSpec>;

  void read_service(const Found& service);
  Headers read_headers(const Found& headers, std::optional<ApiAction> action);
  void read_action(const Found& found, ApiAction action);
  void read_target(const Found& path, ApiAction action, ActionSpec& spec);
  void read_body(const Found& found, ApiAction action, ActionSpec& spec);
  void read_answer(const Found& found, ApiAction action, ActionSpec& spec);
  void read_words(const Found& words, ActionSpec& spec);
  void read_rules(const Found& rules);
  void read_rule(const Found& found);
  void check_missing();
  void check_captures(const Found& file);

  Headers service_headers_;
  std::map<ApiAction, Found> missing_;
};

// Where in a request a template stands.
enum class Part : std::uint8_t { service_header, target, header, body, line, coupon };

// Compiles it and notes the places that are unknown or make no sense there.
Template read_template(const Found& text, std::string_view content, Part part,
                       std::optional<ApiAction> action, Per per);
// Notes if the body, filled with sample values, is no JSON.
void check_body(const Found& body, const ActionSpec& spec);

}  // namespace footfall::commerce
