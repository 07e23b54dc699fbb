#include "commerce/http/profile_template.hpp"

#include <algorithm>

#include "commerce/http/profile_words.hpp"
#include "http/text.hpp"
#include "telemetry/log.hpp"

namespace footfall::commerce {
namespace {

bool is_name(std::string_view text) {
  const auto fits = [](char c) {
    return http::is_letter(c) || http::is_digit(c) || c == '_' || c == '-';
  };
  return !text.empty() && !http::is_digit(text.front()) && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), fits);
}

// Whether a JSON text that goes on with `text` is within a string after it.
bool in_string_after(std::string_view text, bool in_string) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (in_string && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      in_string = !in_string;
    }
  }
  return in_string;
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), http::is_digit);
}

// As JSON writes one, without an exponent.
bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  if (!all_digits(whole) || (whole.size() > 1 && whole.front() == '0')) return false;
  return point == text.npos || all_digits(text.substr(point + 1));
}

// Almost all values are ids, which have nothing to escape.
void append_escaped(std::string& out, std::string_view value) {
  const bool is_plain = std::all_of(value.begin(), value.end(), [](char c) {
    return c >= ' ' && c < 0x7F && c != '"' && c != '\\';
  });
  if (is_plain) {
    out += value;
  } else {
    telemetry::append_escaped(out, value);
  }
}

void append_json(std::string& out, std::string_view value, bool in_quotes) {
  if (in_quotes) {
    append_escaped(out, value);
  } else if (is_number(value)) {
    out += value;
  } else if (value.empty()) {
    out += "null";
  } else {
    out += '"';
    append_escaped(out, value);
    out += '"';
  }
}

void append_header(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (http::is_field_text({&c, 1})) out += c;
  }
}

void append_repeated(std::string& out, Place place, const Filling& filling) {
  const bool lines = place == Place::lines;
  const Template& text = lines ? *filling.line_template : *filling.coupon_template;
  bool first = true;
  for (const PlaceLine& line : filling.lines) {
    const bool is_line = !line.product.empty() || !line.sku.empty();
    const bool is_coupon = !line.coupon.empty() || !line.code.empty();
    if (lines ? !is_line : !is_coupon) continue;
    if (!first) out += ',';
    first = false;
    append(out, text, Filling{filling.places, &line, {}, nullptr, nullptr});
  }
}

}  // namespace

bool Template::names(Place place) const {
  return std::any_of(pieces.begin(), pieces.end(), [place](const Piece& piece) {
    return piece.has_place && piece.place == place;
  });
}

bool Template::has_places() const {
  return std::any_of(pieces.begin(), pieces.end(),
                     [](const Piece& piece) { return piece.has_place; });
}

Template compile(std::string_view text, Writing writing,
                 const std::function<void(std::string_view name)>& unknown) {
  Template out;
  out.writing = writing;
  std::string before;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t end = text[i] == '{' ? text.find('}', i) : text.npos;
    const std::string_view name =
        end == text.npos ? std::string_view() : text.substr(i + 1, end - i - 1);
    if (!is_name(name)) {
      before += text[i];
      continue;
    }
    const std::optional<Place> place = find_place(name);
    if (!place) unknown(name);
    in_string = in_string_after(before, in_string);
    out.pieces.push_back(
        {std::move(before), place.has_value(), place.value_or(Place::agent), in_string});
    before.clear();
    i = end;
  }
  if (!before.empty()) out.pieces.push_back({std::move(before), false, Place::agent, false});
  return out;
}

std::string_view Filling::value(Place place) const {
  if (line) {
    switch (place) {
      case Place::product:
        return line->product;
      case Place::sku:
        return line->sku;
      case Place::quantity:
        return line->quantity;
      case Place::price:
        return line->price;
      case Place::coupon:
        return line->coupon;
      case Place::code:
        return line->code;
      default:
        break;
    }
  }
  return places[place];
}

bool knows_all(const Filling& filling, const Template& text) {
  return std::none_of(text.pieces.begin(), text.pieces.end(), [&](const Piece& piece) {
    return piece.has_place && filling.value(piece.place).empty();
  });
}

void append(std::string& out, const Template& text, const Filling& filling) {
  for (const Piece& piece : text.pieces) {
    out += piece.text;
    if (!piece.has_place) continue;
    if (group_of(piece.place) == PlaceGroup::repeated) {
      append_repeated(out, piece.place, filling);
      continue;
    }
    const std::string_view value = filling.value(piece.place);
    switch (text.writing) {
      case Writing::json:
        append_json(out, value, piece.in_quotes);
        break;
      case Writing::path:
        append_percent_encoded(out, value);
        break;
      case Writing::header:
        append_header(out, value);
        break;
    }
  }
}

// Everything but RFC 3986's unreserved characters.
void append_percent_encoded(std::string& out, std::string_view value) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : value) {
    if (http::is_letter(c) || http::is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4U];
    out += kHex[byte & 15U];
  }
}

}  // namespace footfall::commerce
