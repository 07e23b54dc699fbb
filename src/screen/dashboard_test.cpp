// Goal: at every size the frame shows what matters there, and no state and no size breaks it.
// Method: the text of frames of made-up runs; random states at all sizes.
#include "screen/dashboard.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "screen/state_fixture.hpp"

namespace footfall::screen {
namespace {

constexpr std::int64_t kCycle = 412;

std::string text_of(const Canvas& canvas) {
  std::string text;
  for (int y = 0; y < canvas.height(); ++y) text += canvas.row_text(y) + "\n";
  return text;
}

std::string text_of(const State& state, int width, int height, View view = {}) {
  return text_of(draw(state, view, width, height, Glyphs::utf8));
}

void expect_shown(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nis not in\n" << text;
  }
}

// All that R37 asks for, in the size that every terminal has.
TEST(Dashboard, ShowsEverythingAt80By24) {
  const std::string text = text_of(sample_state(kCycle), 80, 24);
  expect_shown(text, {"run 7", "RUNNING", "Thu 2026-01-22 04:00", "cycle 412 of 8,736", "seed 42",
                      "scale 48", "http://127.0.0.1:8080, journal in data/footfall.db"});
  expect_shown(text,
               {"Run    ━", "4 %  7 d 5 h left", "Batch  ━", "396 of 512 trips, next in 43 s"});
  expect_shown(text, {"sessions       210,532", "orders          53,972", "orders/min        40.7",
                      "revenue   2,332,130.12", "coupons         37,080  12,772 used",
                      "40.7  ▆█▆▆▇▇▆▅▄▄▄▅▅", "p95        ▇▇▇▇▇▆▆▇█▇▆█▆▇▆▇▅▆▇▆▅▅▅▅▅▅▆"});
  expect_shown(text, {"p50      p95      p99", "from due     1.23 ms  3.46 ms  9.88 ms",
                      "from sent     874 µs  2.46 ms  8.77 ms", "3 busy  8 open of 32", "50/s"});
  expect_shown(text, {"work              12 %", "118 MiB", "cycle 410  30 s ago"});
  expect_shown(text, {"failed trips         68  timeout    37", "late cycles"});
  expect_shown(text, {"work takes 12 % of the cycle: --time-scale 96 would fit",
                      "09:12:45  warning", "p pause", "q quit (saves first)"});
}

TEST(Dashboard, ShowsMoreWhereThereIsRoom) {
  const std::string text = text_of(sample_state(kCycle), 200, 60);
  expect_shown(text, {"Orders a minute", "Latency p95, from due", "155,736 abandoned", "expired",
                      "12,772 redeemed", "run7.ckpt", "tried again", "cycle 386 ended"});
}

TEST(Dashboard, ShowsTheEssentialsAt60By15) {
  expect_shown(text_of(sample_state(kCycle), 60, 15),
               {"RUNNING", "Thu 2026-01-22 04:00", "orders              53,972  40.7/min",
                "p95 latency        3.46 ms", "errors                 113", "Log", "q quit"});
  expect_shown(text_of(sample_state(kCycle), 40, 8),
               {"running  cycle 412/8,736  4 %", "53,972 orders", "113 errors", "p pause"});
}

// The columns of both halves stand where their titles begin.
TEST(Dashboard, AlignsItsColumns) {
  const Canvas canvas = draw(sample_state(kCycle), View{}, 80, 24, Glyphs::utf8);
  for (int y = 6; y < 19; ++y) {
    EXPECT_NE(canvas.at(1, y).character, U' ');
    for (const int x : {0, 38, 39, 40})
      EXPECT_EQ(canvas.at(x, y).character, U' ') << x << ", " << y;
  }
  for (int y = 6; y < 19; ++y) EXPECT_NE(canvas.at(41, y).character, U' ') << y;
}

TEST(Dashboard, SaysWhatIsNotThere) {
  State state = sample_state(1);
  state.calls.reset();
  state.time_scale.reset();
  state.work_share.reset();
  state.checkpoint.reset();
  state.left_seconds.reset();
  state.log.clear();
  expect_shown(text_of(state, 80, 24), {"no service", "not paced", "none yet", "3 busy", "memory"});
  state.calls = Calls{};
  expect_shown(text_of(state, 80, 24), {"from due           –        –        –"});
}

TEST(Dashboard, ShowsTheRampAndTheErrorsOfMostKinds) {
  State state = sample_state(kCycle);
  state.admitted = 100;
  for (int i = 0; i < 7; ++i) state.errors.push_back({"kind" + std::to_string(i), 100 + i});
  const std::string text = text_of(state, 120, 40);
  expect_shown(text,
               {"agents                 100  of 372, 120 in the shop", "kind6               106",
                "kind3               103", "others              367"});
}

TEST(Dashboard, ListsAgentsAndScrolls) {
  const State state = sample_state(kCycle, 100);
  View view = turned(View{}, Key::agents, state, 80, 24);
  expect_shown(text_of(state, 80, 24, view), {"Agents 1 to 15 of 100", "Aino Mäkelä", "cart"});
  view = turned(view, Key::up, state, 80, 24);
  EXPECT_EQ(view.agents_first, 0);
  view = turned(view, Key::page_down, state, 80, 24);
  view = turned(view, Key::down, state, 80, 24);
  expect_shown(text_of(state, 80, 24, view), {"Agents 17 to 31 of 100"});
  for (int i = 0; i < 20; ++i) view = turned(view, Key::page_down, state, 80, 24);
  expect_shown(text_of(state, 80, 24, view), {"Agents 86 to 100 of 100", "100  Łukasz Nowak"});
  view = turned(view, Key::up, state, 80, 24);
  EXPECT_EQ(view.agents_first, 84) << "no key is lost beyond the end";
  expect_shown(text_of(state, 200, 60, view), {"Agents 1 to 100 of 100"});
  // The list got shorter meanwhile.
  expect_shown(text_of(sample_state(kCycle, 3), 80, 24, view), {"Agents 1 to 3 of 3"});
  expect_shown(text_of(sample_state(kCycle, 0), 80, 24, view), {"Agents: none yet"});
  EXPECT_EQ(turned(view, Key::back, state, 80, 24).page, Page::main);
  EXPECT_EQ(turned(view, Key::agents, state, 80, 24).page, Page::main);
}

TEST(Dashboard, ExplainsItsKeysAndWords) {
  const State state = sample_state(kCycle);
  const View view = turned(View{}, Key::help, state, 80, 24);
  expect_shown(text_of(state, 80, 24, view), {"pause", "checkpoint", "unsettled", "footfall ctl"});
  EXPECT_EQ(turned(view, Key::pause, state, 80, 24).page, Page::help);
}

TEST(Dashboard, NamesTheCommandsWhereThereIsNoKeyboard) {
  const View view{.has_keys = false};
  expect_shown(text_of(sample_state(kCycle), 80, 24, view), {"no keyboard here: footfall ctl"});
  expect_shown(text_of(frozen_state(kCycle), 80, 24, view),
               {"footfall ctl resume · footfall ctl quit (saves first)"});
  State state = sample_state(kCycle);
  state.status = Status::paused;
  expect_shown(text_of(state, 80, 24, view), {"stands still · footfall ctl resume"});
}

TEST(Dashboard, AsciiFramesHaveNothingElse) {
  const Canvas canvas = draw(sample_state(kCycle), View{}, 200, 60, Glyphs::ascii);
  const std::string text = text_of(canvas);
  EXPECT_TRUE(std::all_of(text.begin(), text.end(),
                          [](char c) { return c == '\n' || (' ' <= c && c <= '~'); }));
  EXPECT_EQ(text.find('?'), text.find("? help")) << "all of our own glyphs have a counterpart";
}

TEST(Dashboard, NoStateAndNoSizeBreaksIt) {
  std::uint64_t seed = 0;
  for (int width = 0; width <= 220; width += width < 90 ? 1 : 3) {
    for (int height = 0; height <= 70; height += height < 30 ? 1 : 3) {
      const State state = random_state(++seed);
      View view;
      view.page = static_cast<Page>(seed % 3);
      view.agents_first = static_cast<int>(seed % 90) - 20;
      const Glyphs glyphs = seed % 2 == 0 ? Glyphs::utf8 : Glyphs::ascii;
      const Canvas canvas = draw(state, view, width, height, glyphs);
      ASSERT_EQ(canvas.width(), width);
      ASSERT_EQ(canvas.height(), height);
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
          const char32_t c = canvas.at(x, y).character;
          ASSERT_EQ(c, drawable(c, glyphs)) << "seed " << seed;
        }
      }
      turned(view, static_cast<Key>(seed % 16), state, width, height);
    }
  }
}

}  // namespace
}  // namespace footfall::screen
