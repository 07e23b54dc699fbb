// What of a text may reach a terminal. Names and error messages come from files and from shops:
// an escape sequence in one of them could move the cursor, rename the window or type a command.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace footfall::screen {

enum class Glyphs : std::uint8_t { utf8, ascii };

inline constexpr char32_t kReplacement = U'\uFFFD';

// The character as it may be drawn, always one column wide: itself, or kReplacement if it is a
// control, wider or narrower than a column, or unknown here. With Glyphs::ascii its nearest
// printable ASCII character, '?' if there is none.
char32_t drawable(char32_t character, Glyphs glyphs);

// `text` as it is drawn, one element a column. Bytes that are no UTF-8 are replaced one by one,
// marks that would stand above their neighbour are left out, a line's end is a space.
std::u32string columns_of(std::string_view text, Glyphs glyphs);

// Broken at spaces into lines of at most `width` columns (at least 1); longer words are cut. None
// for an empty text.
std::vector<std::u32string> wrapped(std::string_view text, int width, Glyphs glyphs);

}  // namespace footfall::screen
