// A profile as it is used: what profile_file.cpp reads, profile.cpp writes requests with, and
// profile_read.cpp reads answers with. Of no interest to anybody else.
#pragma once

#include <array>
#include <bitset>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "commerce/http/profile.hpp"
#include "commerce/http/profile_json.hpp"
#include "commerce/http/profile_template.hpp"
#include "commerce/http/profile_words.hpp"

namespace footfall::commerce {

enum class Prices : std::uint8_t { minor, decimal };

struct HeaderSpec {
  std::string name;
  Template value;
};

enum class Meaning : std::uint8_t { refusal, done_before, nothing };

// Fits an answer with this status (0: any) whose value at the pointer, if there is one, is this.
struct Rule {
  int status = 0;
  std::optional<JsonPointer> pointer;
  std::string equals;
  Meaning meaning = Meaning::refusal;
  retail::Refusal refusal = retail::Refusal::none;
};

inline constexpr std::size_t kStatusEnd = 600;

struct ActionSpec {
  bool is_present = false;
  http::Method method = http::Method::get;
  Template path;
  std::vector<Template> query;      // "name={place}", one each
  std::vector<HeaderSpec> headers;  // the service's too
  Template body, line, coupon;
  Per per = Per::call;
  Retry retry = Retry::unseen;
  std::bitset<kStatusEnd> ok;
  std::array<std::optional<JsonPointer>, kReadKeyCount> read;
  std::vector<std::pair<std::string, retail::Refusal>> words;  // what the service calls them
  std::vector<Rule> rules;                                     // that speak of this action

  bool reads(ReadKey key) const { return read[static_cast<std::size_t>(key)].has_value(); }
  bool reads_anything() const {
    for (const auto& pointer : read) {
      if (pointer) return true;
    }
    return false;
  }
  bool names(Place place) const;
  bool needs(Place place) const;  // names it where it cannot be left out
};

struct Profile::Spec {
  std::string name;
  bool is_footfall = false;
  Prices prices = Prices::minor;
  std::vector<JsonPointer> problem;  // what is quoted of a failure
  std::array<ActionSpec, kApiActionCount> actions;

  const ActionSpec& action(ApiAction of) const { return actions[static_cast<std::size_t>(of)]; }
};

// Writes the body alone, as render() does.
void append_body(std::string& out, const ActionSpec& spec, const Filling& filling);

}  // namespace footfall::commerce
