#include "screen/clean_text.hpp"

#include <algorithm>
#include <array>

#include "base/utf8.hpp"

namespace footfall::screen {
namespace {

struct Range {
  char32_t first, last;
};

// Assigned, printable and one column wide on every terminal. The scripts of names in sample data,
// the punctuation of error messages, and what the dashboard itself draws with; wider characters
// (CJK, emoji), right-to-left scripts and anything invisible are not among them.
constexpr std::array<Range, 22> kNarrow = {{
    {0x20, 0x7E},      // ASCII
    {0xA1, 0xAC},      // Latin-1, without the soft hyphen
    {0xAE, 0x24F},     // Latin-1 and Latin extended
    {0x250, 0x2AF},    // IPA
    {0x370, 0x377},    // Greek
    {0x37A, 0x37F},    //
    {0x384, 0x38A},    //
    {0x38C, 0x38C},    //
    {0x38E, 0x3A1},    //
    {0x3A3, 0x482},    // Greek, Cyrillic
    {0x48A, 0x52F},    // Cyrillic
    {0x1E00, 0x1EFF},  // Latin with two marks
    {0x2010, 0x2027},  // dashes, quotes, ellipsis
    {0x2030, 0x205E},  // per mille, single quotes
    {0x20A0, 0x20BF},  // currencies
    {0x2116, 0x2116},  // numero
    {0x2122, 0x2122},  // trade mark
    {0x2190, 0x2199},  // arrows
    {0x2212, 0x2212},  // minus
    {0x2500, 0x257F},  // lines
    {0x2580, 0x2595},  // blocks
    {0xFFFD, 0xFFFD},
}};

struct Pair {
  char32_t character;
  char ascii;
};
constexpr std::array<Pair, 33> kNearest = {{
    {U'·', '-'}, {U'…', '~'}, {U'–', '-'}, {U'—', '-'}, {U'−', '-'}, {U'‘', '\''}, {U'’', '\''},
    {U'“', '"'}, {U'”', '"'}, {U'„', '"'}, {U'µ', 'u'}, {U'×', 'x'}, {U'←', '<'},  {U'→', '>'},
    {U'↑', '^'}, {U'↓', 'v'}, {U'─', '-'}, {U'━', '='}, {U'╸', '-'}, {U'│', '|'},  {U'┌', '+'},
    {U'┐', '+'}, {U'└', '+'}, {U'┘', '+'}, {U'█', '#'}, {U'▁', '_'}, {U'▂', '.'},  {U'▃', ':'},
    {U'▄', '-'}, {U'▅', '='}, {U'▆', '+'}, {U'▇', '*'}, {U'•', '*'},
}};

bool is_narrow(char32_t character) {
  return std::any_of(kNarrow.begin(), kNarrow.end(), [&](const Range& range) {
    return range.first <= character && character <= range.last;
  });
}

bool is_mark(char32_t character) { return 0x300 <= character && character <= 0x36F; }

// Of `bytes` bytes that utf8_bytes() has found sound.
char32_t decoded(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return lead;
  char32_t value = lead & (0xFFU >> (character.size() + 1));
  for (const char byte : character.substr(1)) {
    value = value << 6 | (static_cast<unsigned char>(byte) & 0x3FU);
  }
  return value;
}

}  // namespace

char32_t drawable(char32_t character, Glyphs glyphs) {
  if (glyphs == Glyphs::utf8) return is_narrow(character) ? character : kReplacement;
  if (0x20 <= character && character <= 0x7E) return character;
  const auto* near = std::find_if(kNearest.begin(), kNearest.end(),
                                  [&](const Pair& pair) { return pair.character == character; });
  return near == kNearest.end() ? U'?' : static_cast<char32_t>(near->ascii);
}

std::u32string columns_of(std::string_view text, Glyphs glyphs) {
  std::u32string columns;
  columns.reserve(text.size());
  while (!text.empty()) {
    const std::size_t bytes = utf8_bytes(text);
    const char32_t character = bytes == 0 ? kReplacement : decoded(text.substr(0, bytes));
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
    if (is_mark(character)) continue;
    const bool is_blank = character == U'\n' || character == U'\t' || character == U'\r';
    columns += is_blank ? U' ' : drawable(character, glyphs);
  }
  return columns;
}

std::vector<std::u32string> wrapped(std::string_view text, int width, Glyphs glyphs) {
  constexpr auto kNone = std::u32string_view::npos;
  const auto most = static_cast<std::size_t>(std::max(width, 1));
  std::vector<std::u32string> lines;
  const std::u32string all = columns_of(text, glyphs);
  std::u32string_view rest = all;
  while (true) {
    const std::size_t begin = rest.find_first_not_of(U' ');
    if (begin == kNone) return lines;
    rest.remove_prefix(begin);
    std::size_t end = rest.size();
    if (end > most) {
      const std::size_t space = rest.rfind(U' ', most);
      end = space == kNone ? most : space;
    }
    const std::u32string_view line = rest.substr(0, end);
    lines.emplace_back(line.substr(0, line.find_last_not_of(U' ') + 1));
    rest.remove_prefix(end);
  }
}

}  // namespace footfall::screen
