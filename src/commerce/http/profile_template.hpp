// Texts with places to fill in, compiled once so that filling them in only appends. Pure; any
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "commerce/http/profile.hpp"

namespace footfall::commerce {

// json: escaped; what stands outside of quotes and is no number comes in quotes of its own, and
// null where it is unknown, so that no value can break the body. path: percent-encoded. header:
// without control characters.
enum class Writing : std::uint8_t { json, path, header };

struct Piece {
  std::string text;  // before the place
  bool has_place = false;
  Place place = Place::agent;
  bool in_quotes = false;  // of JSON
};

struct Template {
  Writing writing = Writing::json;
  std::vector<Piece> pieces;

  bool empty() const { return pieces.empty(); }
  bool names(Place place) const;
  bool has_places() const;
};

// {name} is a place; brackets around anything but a name are text, as JSON has them. `unknown` is
// told of each name that is none of a place.
Template compile(std::string_view text, Writing writing,
                 const std::function<void(std::string_view name)>& unknown);

// What is filled in. `line`, if there is one, gives product, sku, quantity, price, coupon and code.
struct Filling {
  const Places& places;
  const PlaceLine* line = nullptr;
  // Of a body's {lines} and {coupons}.
  std::span<const PlaceLine> lines;
  const Template* line_template = nullptr;
  const Template* coupon_template = nullptr;

  std::string_view value(Place place) const;
};

bool knows_all(const Filling& filling, const Template& text);  // no place of it is empty
void append(std::string& out, const Template& text, const Filling& filling);
void append_percent_encoded(std::string& out, std::string_view value);

}  // namespace footfall::commerce
