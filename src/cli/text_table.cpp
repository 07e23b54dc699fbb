#include "cli/text_table.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/assert.hpp"
#include "base/text.hpp"

namespace footfall::cli {
namespace {

constexpr std::size_t kIndent = 2, kGap = 2, kCutWidthMin = 8, kWidthMax = 160;

// A character of UTF-8 text; bytes 0: the text is not UTF-8 here.
struct Character {
  char32_t code = 0;
  std::size_t bytes = 0;
};

Character character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(at);
  if (first < 0x80) return {first, 1};
  const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + bytes > text.size()) return {};
  char32_t code = first & (0xffU >> (bytes + 1));
  for (std::size_t i = at + 1; i < at + bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3fU);
  }
  const bool overlong = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return overlong || surrogate || code > 0x10ffff ? Character{} : Character{code, bytes};
}

// After Unicode's East Asian Width, in the blocks that texts of a shop may hold.
std::size_t width_of(char32_t code) {
  const auto within = [code](char32_t first, char32_t last) {
    return code >= first && code <= last;
  };
  if (within(0x300, 0x36f) || within(0x200b, 0x200f) || within(0x20d0, 0x20ff) ||
      within(0xfe00, 0xfe0f)) {
    return 0;
  }
  const bool wide = within(0x1100, 0x115f) || within(0x2e80, 0x303e) || within(0x3041, 0xa4cf) ||
                    within(0xac00, 0xd7a3) || within(0xf900, 0xfaff) || within(0xfe30, 0xfe6f) ||
                    within(0xff00, 0xff60) || within(0xffe0, 0xffe6) || within(0x1f300, 0x1faff) ||
                    within(0x20000, 0x3fffd);
  return wide ? 2 : 1;
}

// Control characters, and those that turn the direction of writing.
bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (; times > 0; --times) out += text;
  return out;
}

std::string aligned(const std::string& cell, std::size_t width, Align align) {
  const std::size_t taken = display_width(cell);
  const std::string space(width > taken ? width - taken : 0, ' ');
  return align == Align::right ? space + cell : cell + space;
}

void trim_end(std::string& line) {
  while (!line.empty() && line.back() == ' ') line.pop_back();
}

}  // namespace

TextStyle terminal_style(bool colour) {
  TextStyle style;
  style.colour = colour;
  winsize size{};
  const char* columns = std::getenv("COLUMNS");
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    style.width = size.ws_col;
  } else if (columns) {
    style.width = static_cast<std::size_t>(
        std::clamp<std::int64_t>(parse_integer(columns).value_or(0), 0, kWidthMax));
  }
  style.width = std::clamp(style.width, kWidthMin, kWidthMax);
  style.utf8 = false;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {  // the first that is set decides
    const char* value = std::getenv(name);
    if (!value || !*value) continue;
    const std::string locale = lower(value);
    style.utf8 = locale.find("utf-8") != locale.npos || locale.find("utf8") != locale.npos;
    break;
  }
  return style;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size();) {
    const Character c = character_at(text, i);
    width += c.bytes == 0 ? 1 : width_of(c.code);
    i += std::max<std::size_t>(c.bytes, 1);
  }
  return width;
}

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const Character c = character_at(text, i);
    if (c.bytes == 0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
    } else if (c.code == '\n') {
      out += "\\n";
    } else if (c.code == '\t') {
      out += "\\t";
    } else if (c.code == '\r') {
      out += "\\r";
    } else if (is_control(c.code)) {
      out += c.code < 0x100 ? fmt::format("\\x{:02x}", static_cast<unsigned>(c.code))
                            : fmt::format("\\u{:04x}", static_cast<unsigned>(c.code));
    } else {
      out += text.substr(i, c.bytes);
    }
    i += std::max<std::size_t>(c.bytes, 1);
  }
  return out;
}

std::string cut_to_width(const std::string& text, std::size_t width, const TextStyle& style) {
  FF_ASSERT(width >= 3, "no room for an ellipsis");
  if (display_width(text) <= width) return text;
  const std::string_view ellipsis = style.utf8 ? "…" : "...";
  const std::size_t room = width - display_width(ellipsis);
  std::size_t used = 0, end = 0;
  while (end < text.size()) {
    const Character c = character_at(text, end);
    const std::size_t more = c.bytes == 0 ? 1 : width_of(c.code);
    if (used + more > room) break;
    used += more;
    end += std::max<std::size_t>(c.bytes, 1);
  }
  return text.substr(0, end).append(ellipsis);
}

std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
  std::vector<std::string> lines;
  for (const std::string& word : split_list(text, ' ')) {
    const bool fits =
        !lines.empty() && display_width(lines.back()) + 1 + display_width(word) <= width;
    if (fits)
      lines.back() += " " + word;
    else
      lines.push_back(word);
  }
  return lines;
}

std::string bar(double share, std::size_t width, const TextStyle& style) {
  if (!(share > 0)) return "";
  const double columns = std::min(share, 1.0) * static_cast<double>(width);
  if (!style.utf8)
    return repeated("#", std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(columns))));
  const auto halves = std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(columns * 2)));
  return repeated("█", halves / 2) + (halves % 2 ? "▌" : "");
}

std::string grouped(Money amount) {
  const std::string plain = to_string(amount);  // has the sign of -0.05, which -5 / 100 has not
  const auto point = plain.find('.');
  const std::string sign = plain.starts_with('-') ? "-" : "";
  const std::string units =
      with_commas(parse_integer(plain.substr(sign.size(), point - sign.size())).value_or(0));
  return sign + units + plain.substr(point);
}

std::string percent(double share) { return fmt::format("{:.1f} %", share * 100); }

std::string percent(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? "-" : percent(static_cast<double>(part) / static_cast<double>(whole));
}

std::string heading(std::string_view title, const TextStyle& style) {
  return style.colour ? fmt::format("\n\x1b[1m{}\x1b[0m\n", title) : fmt::format("\n{}\n", title);
}

void TextTable::add(std::vector<std::string> cells) {
  FF_ASSERT(cells.size() == columns_.size(), "a row has another number of cells than the table");
  for (std::string& cell : cells) cell = printable(cell);
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> TextTable::widths(std::size_t room) const {
  std::vector<std::size_t> widths;
  std::size_t total = kIndent + kGap * (columns_.size() - 1);
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::size_t width = display_width(columns_[c].title);
    for (const auto& row : rows_) width = std::max(width, display_width(row[c]));
    widths.push_back(width);
    total += width;
  }
  while (total > room) {
    std::size_t* widest = nullptr;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (columns_[c].align == Align::right || widths[c] <= kCutWidthMin) continue;
      if (!widest || widths[c] > *widest) widest = &widths[c];
    }
    if (!widest) break;  // nothing more to cut: lines are longer than asked for
    --*widest, --total;
  }
  return widths;
}

std::string TextTable::text(const TextStyle& style) const {
  const std::vector<std::size_t> width = widths(style.width);
  std::string out;
  const auto line = [&](auto cell) {
    std::string text(kIndent, ' ');
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (c > 0) text += std::string(kGap, ' ');
      std::string shown = cell(c);
      if (columns_[c].align == Align::left && display_width(shown) > width[c]) {
        shown = cut_to_width(shown, width[c], style);
      }
      text += aligned(shown, width[c], columns_[c].align);
    }
    trim_end(text);
    out += text + "\n";
  };
  line([&](std::size_t c) { return columns_[c].title; });
  line([&](std::size_t c) {  // bars have no title and no rule
    return repeated(style.utf8 ? "─" : "-", columns_[c].title.empty() ? 0 : width[c]);
  });
  for (const auto& row : rows_) line([&](std::size_t c) { return row[c]; });
  return out;
}

}  // namespace footfall::cli
