// Goal: no text, whatever a shop answers, does anything to a terminal but show; and columns are
// counted right.
#include "screen/clean_text.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace footfall::screen {
namespace {

TEST(CleanText, KeepsWhatIsOneColumnWide) {
  EXPECT_EQ(columns_of("Zoë, 12 µs · Łódź – Ελλάδα", Glyphs::utf8), U"Zoë, 12 µs · Łódź – Ελλάδα");
  EXPECT_EQ(columns_of("12 µs · Łódź…", Glyphs::ascii), U"12 us - ??d?~");
  EXPECT_EQ(columns_of("a\tb\nc", Glyphs::utf8), U"a b c");
}

TEST(CleanText, ReplacesWhatActsOnATerminal) {
  EXPECT_EQ(columns_of("\x1b[2J", Glyphs::utf8), U"\uFFFD[2J");
  EXPECT_EQ(columns_of("\x07\x08\x7f", Glyphs::ascii), U"???");
  EXPECT_EQ(columns_of("\xc2\x9b"
                       "31m",
                       Glyphs::utf8),
            U"\uFFFD31m")
      << "CSI in one character";
  EXPECT_EQ(columns_of("\u202e\u200b", Glyphs::utf8), U"\uFFFD\uFFFD")
      << "right to left, invisible";
  EXPECT_EQ(columns_of("漢👩", Glyphs::utf8), U"\uFFFD\uFFFD") << "two columns wide";
  EXPECT_EQ(columns_of("e\u0301", Glyphs::utf8), U"e") << "a mark has no column";
}

TEST(CleanText, ReplacesBytesThatAreNoUtf8) {
  EXPECT_EQ(columns_of("a\xff\xc3(", Glyphs::utf8), U"a\uFFFD\uFFFD(");
  EXPECT_EQ(columns_of("\xe2\x82", Glyphs::utf8), U"\uFFFD\uFFFD");
}

// A terminal obeys C0, DEL and C1; and with ASCII alone nothing else may come.
TEST(CleanText, NothingThatATerminalObeysPasses) {
  std::mt19937_64 random(42);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(random() % 12, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    for (const char32_t c : columns_of(bytes, Glyphs::utf8)) {
      ASSERT_FALSE(c < 0x20 || (0x7F <= c && c < 0xA0)) << "in round " << i;
    }
    for (const char32_t c : columns_of(bytes, Glyphs::ascii)) ASSERT_TRUE(0x20 <= c && c < 0x7F);
  }
  for (char32_t c = 0; c < 0x120000; ++c) {
    const char32_t drawn = drawable(c, Glyphs::utf8);
    ASSERT_TRUE(drawn == kReplacement || (drawn == c && c >= 0x20 && c < 0x10000));
  }
}

TEST(CleanText, WrapsAtSpacesAndCutsLongWords) {
  using Lines = std::vector<std::u32string>;
  EXPECT_EQ(wrapped("to be or not to be", 9, Glyphs::utf8), (Lines{U"to be or", U"not to be"}));
  EXPECT_EQ(wrapped("  abcdefgh  ij ", 3, Glyphs::utf8), (Lines{U"abc", U"def", U"gh", U"ij"}));
  EXPECT_EQ(wrapped("ab", 0, Glyphs::utf8), (Lines{U"a", U"b"}));
  EXPECT_EQ(wrapped("   ", 5, Glyphs::utf8), Lines{});
}

}  // namespace
}  // namespace footfall::screen
