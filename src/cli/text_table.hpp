// Text for terminals: aligned tables, bars, figures. Pure functions of their arguments, so output
// can be tested; only terminal_style() looks at the terminal. Widths are counted in columns of the
// terminal, not bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.hpp"

namespace footfall::cli {

inline constexpr std::size_t kWidthMin = 80;

// What the reader's terminal can show.
struct TextStyle {
  std::size_t width = kWidthMin;
  bool utf8 = true;  // false: bars and cuts in ASCII
  bool colour = false;
};

// The width of the terminal behind standard output (else COLUMNS, else kWidthMin; between kWidthMin
// and 160), and whether its locale (LC_ALL, LC_CTYPE, LANG) is UTF-8.
TextStyle terminal_style(bool colour);

// Columns that `text` takes: 2 for East Asian wide characters and emoji, 0 for combining marks.
std::size_t display_width(std::string_view text);

// `text` on one line: a newline becomes \n, other control characters \t, \r or \x1b, bytes that are
// not UTF-8 \xff. Nothing in a database can then move the cursor or colour the terminal.
std::string printable(std::string_view text);

// At most `width` columns, which must be 3 or more: what is cut off leaves an ellipsis.
std::string cut_to_width(const std::string& text, std::size_t width, const TextStyle& style);

// `text` broken at spaces into lines of at most `width` columns. A longer word stays whole.
std::vector<std::string> wrapped(const std::string& text, std::size_t width);

// A bar for `share` (0 to 1) of `width` columns, without trailing spaces. Something above zero is
// never an empty bar.
std::string bar(double share, std::size_t width, const TextStyle& style);

std::string grouped(Money amount);                                    // "1,234.50"
std::string percent(double share);                                    // "12.3 %"
std::string percent(std::int64_t part, std::int64_t whole);           // "-" of nothing
std::string heading(std::string_view title, const TextStyle& style);  // with an empty line above

enum class Align { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
};

// Rows in aligned columns, indented by two, with titles and a rule above. Cells are shown as
// printable() text.
class TextTable {
 public:
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One cell per column (asserted).
  void add(std::vector<std::string> cells);

  // Left-aligned columns are cut, the widest first, until the table fits; figures never are.
  std::string text(const TextStyle& style) const;

 private:
  std::vector<std::size_t> widths(std::size_t room) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace footfall::cli
