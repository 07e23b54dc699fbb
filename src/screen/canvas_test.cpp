// Goal: areas never draw beyond their edges, and bars and charts say what their numbers say.
#include "screen/canvas.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace footfall::screen {
namespace {

std::string drawn_bar(int width, double share, Glyphs glyphs = Glyphs::utf8) {
  Canvas canvas(width, 1, glyphs);
  canvas.whole().bar(0, 0, width, share, Style::bar);
  return canvas.row_text(0);
}

std::string drawn_line(const std::vector<double>& values, int width, Glyphs glyphs = Glyphs::utf8) {
  Canvas canvas(width, 1, glyphs);
  canvas.whole().chart(0, 0, width, 1, values, Style::bar);
  return canvas.row_text(0);
}

TEST(Canvas, CutsTextVisiblyAtTheEdgeOfItsArea) {
  Canvas canvas(10, 2, Glyphs::utf8);
  Area area = canvas.whole().part(2, 0, 5, 1);
  EXPECT_EQ(area.text(0, 0, "abcdefgh", Style::plain), 5);
  area.text(0, 1, "below", Style::plain);
  area.text(-3, 0, "", Style::plain);
  EXPECT_EQ(canvas.row_text(0), "  abcd…");
  EXPECT_EQ(canvas.row_text(1), "");
  area.text_right(5, 0, "12", Style::plain);
  EXPECT_EQ(canvas.row_text(0), "  abc12");
}

TEST(Canvas, PartsStayWithinTheirArea) {
  Canvas canvas(6, 3, Glyphs::utf8);
  Area part = canvas.whole().part(1, 1, 3, 1).part(-5, -5, 100, 100);
  EXPECT_EQ(part.width(), 3);
  EXPECT_EQ(part.height(), 1);
  part.fill(Style::alarm);
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 6; ++x) {
      const bool inside = y == 1 && 1 <= x && x < 4;
      EXPECT_EQ(canvas.at(x, y).style == Style::alarm, inside) << x << ", " << y;
    }
  }
  EXPECT_EQ(canvas.whole().part(7, 0, 5, 1).width(), 0);
}

TEST(Canvas, BarsFillInHalves) {
  EXPECT_EQ(drawn_bar(4, 0.5), "━━──");
  EXPECT_EQ(drawn_bar(4, 0.6), "━━╸─");
  EXPECT_EQ(drawn_bar(4, 1.7), "━━━━");
  EXPECT_EQ(drawn_bar(4, -1), "────");
  EXPECT_EQ(drawn_bar(4, std::nan("")), "────");
  EXPECT_EQ(drawn_bar(4, 0.5, Glyphs::ascii), "==--");
  EXPECT_EQ(drawn_bar(0, 0.5), "");
}

TEST(Canvas, ChartsAreScaledToTheirLargest) {
  EXPECT_EQ(drawn_line({1, 2, 3, 4, 5, 6, 7, 8}, 8), "▁▂▃▄▅▆▇█");
  EXPECT_EQ(drawn_line({10, 20, 40, 80}, 4), "▁▂▄█");
  EXPECT_EQ(drawn_line({0.001, 1000}, 2), "▁█") << "what is above nothing shows";
  EXPECT_EQ(drawn_line({9, 9, 1, 2}, 2), "▄█") << "the newest, scaled among themselves";
  EXPECT_EQ(drawn_line({4}, 3), "  █") << "from the right";
  EXPECT_EQ(drawn_line({0, 0}, 2), "");
  EXPECT_EQ(drawn_line({-1, std::nan(""), 5}, 3), "  █");
  EXPECT_EQ(drawn_line({1, std::numeric_limits<double>::infinity()}, 2), "██");
  EXPECT_EQ(drawn_line({1, 8}, 2, Glyphs::ascii), "_#");
}

TEST(Canvas, ChartsOfSeveralRowsStackTheirBlocks) {
  Canvas canvas(3, 2, Glyphs::utf8);
  const std::vector<double> values = {4, 12, 16};
  canvas.whole().chart(0, 0, 3, 2, values, Style::bar);
  EXPECT_EQ(canvas.row_text(0), " ▄█");
  EXPECT_EQ(canvas.row_text(1), "▄██");
}

TEST(Canvas, HoldsNothingThatATerminalObeys) {
  Canvas canvas(4, 1, Glyphs::utf8);
  canvas.put(0, 0, 0x1B, Style::plain);
  canvas.put(9, 9, U'x', Style::plain);
  EXPECT_EQ(canvas.at(0, 0).character, kReplacement);
  EXPECT_EQ(Canvas(-3, -3, Glyphs::utf8).width(), 0);
}

}  // namespace
}  // namespace footfall::screen
