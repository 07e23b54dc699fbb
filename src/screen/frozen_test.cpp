// Goal: nobody overlooks a run that stands still, and everybody sees what to do about it.
#include <gtest/gtest.h>

#include <string>

#include "screen/dashboard.hpp"
#include "screen/state_fixture.hpp"

namespace footfall::screen {
namespace {

constexpr std::int64_t kCycle = 412;

// Rows from the top that are of this style from edge to edge.
int band_of(const Canvas& canvas, Style style) {
  for (int y = 0; y < canvas.height(); ++y) {
    for (int x = 0; x < canvas.width(); ++x) {
      if (canvas.at(x, y).style != style) return y;
    }
  }
  return canvas.height();
}

std::string band_text(const Canvas& canvas, Style style) {
  std::string text;
  for (int y = 0; y < band_of(canvas, style); ++y) text += canvas.row_text(y) + "\n";
  return text;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Frozen, IsABandAcrossTheTopThatSaysWhyAndWhatToDo) {
  for (const Page page : {Page::main, Page::agents, Page::help}) {
    const Canvas canvas = draw(frozen_state(kCycle), View{page}, 80, 24, Glyphs::utf8);
    EXPECT_EQ(band_of(canvas, Style::alarm), 6);
    const std::string text = band_text(canvas, Style::alarm);
    EXPECT_TRUE(has(text, "FROZEN for 3 min 20 s, in cycle 412")) << text;
    EXPECT_TRUE(has(text, "503 Service Unavailable: no connection to the database")) << text;
    EXPECT_TRUE(has(text, "r resume · q quit (saves first) · or: footfall ctl resume")) << text;
  }
}

TEST(Frozen, SaysWhatToDoAtEverySize) {
  for (int width = 22; width <= 200; ++width) {
    for (int height = 5; height <= 60; ++height) {
      const Canvas canvas = draw(frozen_state(kCycle), View{}, width, height, Glyphs::utf8);
      const std::string text = band_text(canvas, Style::alarm);
      ASSERT_TRUE(has(text, "FROZEN")) << width << " x " << height;
      ASSERT_TRUE(has(text, "r resume · q quit")) << width << " x " << height << "\n" << text;
    }
  }
}

TEST(Frozen, CutsALongReasonVisiblyAndKeepsTheRest) {
  State state = frozen_state(kCycle);
  for (int i = 0; i < 6; ++i) state.halted_because += " " + state.halted_because;
  state.to_do = {"r resume", "call the shop's owner"};
  const std::string text = band_text(draw(state, View{}, 80, 24, Glyphs::utf8), Style::alarm);
  EXPECT_TRUE(has(text, "…")) << text;
  EXPECT_TRUE(has(text, "r resume · call the shop's owner")) << text;
}

TEST(Frozen, FailedIsAnAlarmToo) {
  State state = frozen_state(kCycle);
  state.status = Status::failed;
  const std::string text = band_text(draw(state, View{}, 80, 24, Glyphs::utf8), Style::alarm);
  EXPECT_TRUE(has(text, "FAILED in cycle 412")) << text;
  EXPECT_TRUE(has(text, "q quit")) << text;
}

TEST(Frozen, PausedIsAYellowBandAndRunningIsNone) {
  State state = sample_state(kCycle);
  EXPECT_EQ(band_of(draw(state, View{}, 80, 24, Glyphs::utf8), Style::notice), 0);
  for (const Status status : {Status::paused, Status::resuming, Status::stopping}) {
    state.status = status;
    EXPECT_EQ(band_of(draw(state, View{}, 80, 24, Glyphs::utf8), Style::notice), 1);
  }
  state.status = Status::paused;
  const Canvas canvas = draw(state, View{}, 80, 24, Glyphs::utf8);
  EXPECT_TRUE(has(canvas.row_text(0), "PAUSED for 0 s. Simulated time stands still · r resume"));
  EXPECT_TRUE(has(canvas.row_text(23), "r resume"));
}

}  // namespace
}  // namespace footfall::screen
