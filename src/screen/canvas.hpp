// A frame before it is drawn: a grid of cells, and areas of it that are drawn into. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "screen/clean_text.hpp"

namespace footfall::screen {

// What a cell means; the terminal chooses its colours, or bold and inverse where it has none.
enum class Style : std::uint8_t {
  plain,
  dim,    // labels, what is in the background
  bold,   // values
  title,  // of a panel
  bar,    // bars and charts
  shade,  // the inside of a chart of several rows
  good,
  warning,
  bad,
  notice,  // a band that asks for attention: dark on yellow
  alarm    // a band that cannot be overlooked: white on red
};
inline constexpr int kStyles = static_cast<int>(Style::alarm) + 1;

struct Cell {
  char32_t character = U' ';  // one column wide and printable, always
  Style style = Style::plain;

  friend bool operator==(const Cell&, const Cell&) = default;
};

class Area;

class Canvas {
 public:
  // Blank. A size below 0 counts as 0.
  Canvas(int width, int height, Glyphs glyphs);

  Area whole();
  int width() const { return width_; }
  int height() const { return height_; }
  Glyphs glyphs() const { return glyphs_; }
  // Both within the canvas, or it is a bug.
  const Cell& at(int x, int y) const;
  // Outside the canvas nothing happens; what must not reach a terminal is replaced.
  void put(int x, int y, char32_t character, Style style);
  // A row as UTF-8 without the blanks at its end: for tests and pictures.
  std::string row_text(int y) const;

 private:
  int width_, height_;
  Glyphs glyphs_;
  std::vector<Cell> cells_;  // row by row
};

// A rectangle of a canvas with coordinates of its own from (0, 0). What passes its edges is cut.
// The canvas must outlive it.
class Area {
 public:
  Area(Canvas& canvas, int x, int y, int width, int height);

  int width() const { return width_; }
  int height() const { return height_; }
  Glyphs glyphs() const { return canvas_->glyphs(); }
  // The part of that rectangle that lies within this area; may be empty.
  Area part(int x, int y, int width, int height) const;
  Area row(int y) const { return part(0, y, width_, 1); }

  void put(int x, int y, char32_t character, Style style);
  void fill(Style style);  // blanks
  // From column x on. What does not fit ends in "…". Returns the column behind it.
  int text(int x, int y, std::string_view text, Style style);
  int text(int x, int y, std::u32string_view columns, Style style);
  // Ends before column `end`; cut as above if it is longer than `end`. Returns its first column.
  int text_right(int end, int y, std::string_view text, Style style);
  // `share` in 0 … 1 (what is beyond counts as the nearest; NaN as 0) of `width` columns, in
  // halves.
  void bar(int x, int y, int width, double share, Style style);
  // The newest values, one a column from right to left, scaled so that the largest of them fills
  // all rows. Negative values and NaN count as 0; what is above 0 shows at least as one line.
  void chart(int x, int y, int width, int height, std::span<const double> values, Style style);

 private:
  Canvas* canvas_;
  int x_, y_, width_, height_;
};

// Columns that a text takes.
int columns(std::string_view text);

}  // namespace footfall::screen
