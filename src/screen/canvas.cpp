#include "screen/canvas.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/assert.hpp"

namespace footfall::screen {
namespace {

constexpr int kEighths = 8;
// Index: how many eighths of the cell are full.
constexpr std::array<char32_t, kEighths + 1> kFromBelow = {U' ', U'▁', U'▂', U'▃', U'▄',
                                                           U'▅', U'▆', U'▇', U'█'};

void append_utf8(std::string& out, char32_t character) {
  const auto tail = [&](int shift) {
    out += static_cast<char>(0x80U | (static_cast<unsigned>(character) >> shift & 0x3FU));
  };
  if (character < 0x80) {
    out += static_cast<char>(character);
  } else if (character < 0x800) {
    out += static_cast<char>(0xC0U | static_cast<unsigned>(character) >> 6);
    tail(0);
  } else {  // no canvas holds what lies above U+FFFF
    out += static_cast<char>(0xE0U | static_cast<unsigned>(character) >> 12);
    tail(6);
    tail(0);
  }
}

double at_least_0(double value) { return value > 0 ? value : 0; }

}  // namespace

Canvas::Canvas(int width, int height, Glyphs glyphs)
    : width_(std::max(width, 0)),
      height_(std::max(height, 0)),
      glyphs_(glyphs),
      cells_(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_)) {}

Area Canvas::whole() { return {*this, 0, 0, width_, height_}; }

const Cell& Canvas::at(int x, int y) const {
  FF_ASSERT(0 <= x && x < width_ && 0 <= y && y < height_, "a cell outside the canvas");
  return cells_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) +
                static_cast<std::size_t>(x)];
}

void Canvas::put(int x, int y, char32_t character, Style style) {
  if (x < 0 || x >= width_ || y < 0 || y >= height_) return;
  cells_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) +
         static_cast<std::size_t>(x)] = {drawable(character, glyphs_), style};
}

std::string Canvas::row_text(int y) const {
  std::string row;
  for (int x = 0; x < width_; ++x) append_utf8(row, at(x, y).character);
  row.erase(row.find_last_not_of(' ') + 1);
  return row;
}

Area::Area(Canvas& canvas, int x, int y, int width, int height)
    : canvas_(&canvas), x_(x), y_(y), width_(std::max(width, 0)), height_(std::max(height, 0)) {}

Area Area::part(int x, int y, int width, int height) const {
  const int left = std::clamp(x, 0, width_), top = std::clamp(y, 0, height_);
  const int right = std::clamp(x + std::max(width, 0), left, width_);
  const int bottom = std::clamp(y + std::max(height, 0), top, height_);
  return {*canvas_, x_ + left, y_ + top, right - left, bottom - top};
}

void Area::put(int x, int y, char32_t character, Style style) {
  if (x < 0 || x >= width_ || y < 0 || y >= height_) return;
  canvas_->put(x_ + x, y_ + y, character, style);
}

void Area::fill(Style style) {
  for (int y = 0; y < height_; ++y) {
    for (int x = 0; x < width_; ++x) put(x, y, U' ', style);
  }
}

int Area::text(int x, int y, std::string_view text, Style style) {
  return this->text(x, y, columns_of(text, glyphs()), style);
}

int Area::text(int x, int y, std::u32string_view columns, Style style) {
  const int room = width_ - x;
  const bool cut = static_cast<std::ptrdiff_t>(columns.size()) > room;
  const int shown = cut ? std::max(room, 0) : static_cast<int>(columns.size());
  for (int i = 0; i < shown; ++i) {
    const bool is_last = cut && i == shown - 1;
    put(x + i, y, is_last ? U'…' : columns[static_cast<std::size_t>(i)], style);
  }
  return x + shown;
}

int Area::text_right(int end, int y, std::string_view text, Style style) {
  const int begin = std::max(0, end - columns(text));
  part(0, 0, end, height_).text(begin, y, text, style);
  return begin;
}

void Area::bar(int x, int y, int width, double share, Style style) {
  const int halves = static_cast<int>(std::lround(std::min(at_least_0(share), 1.0) * width * 2));
  for (int i = 0; i < width; ++i) {
    const int here = halves - 2 * i;
    put(x + i, y, here >= 2 ? U'━' : here == 1 ? U'╸' : U'─', here > 0 ? style : Style::dim);
  }
}

void Area::chart(int x, int y, int width, int height, std::span<const double> values, Style style) {
  const auto most = static_cast<std::size_t>(std::max(width, 0));
  if (values.size() > most) values = values.last(most);
  double top = 0;
  for (const double value : values) top = std::max(top, at_least_0(value));
  if (!(top > 0) || std::isinf(top)) top = 1;
  const int first = x + width - static_cast<int>(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double share = std::min(at_least_0(values[i]) / top, 1.0);
    int eighths = static_cast<int>(std::lround(share * height * kEighths));
    if (share > 0) eighths = std::max(eighths, 1);
    for (int line = 0; line < height; ++line) {
      const int here = std::clamp(eighths - line * kEighths, 0, kEighths);
      const bool is_inside = eighths > (line + 1) * kEighths;
      put(first + static_cast<int>(i), y + height - 1 - line,
          kFromBelow[static_cast<std::size_t>(here)], is_inside ? Style::shade : style);
    }
  }
}

int columns(std::string_view text) {
  return static_cast<int>(columns_of(text, Glyphs::utf8).size());
}

}  // namespace footfall::screen
