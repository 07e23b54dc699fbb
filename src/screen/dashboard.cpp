#include "screen/dashboard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/text.hpp"
#include "screen/frame.hpp"
#include "screen/pages.hpp"
#include "screen/panels.hpp"
#include "screen/words.hpp"

namespace footfall::screen {
namespace {

constexpr int kFullWidth = 60, kFullHeight = 15;     // below, only a few lines
constexpr int kTwoColumns = 76, kFourColumns = 160;  // widths
constexpr int kLogRowsMin = 4;                       // its title counted
constexpr int kChartRowsMin = 6, kChartRowsMax = 10;
constexpr int kRoomyHeight = 20;  // body rows from which blank rows set things apart

// Where things stand in a full frame.
struct Layout {
  int band = 0;  // rows
  bool is_roomy = false;
  int body_begin = 0, body_rows = 0;
};

Layout layout_of(const State& state, bool has_keys, int width, int height, Glyphs glyphs) {
  Layout layout;
  layout.band = band_rows(state, has_keys, width, height / 2, glyphs);
  const int fixed = layout.band + kHeadRows + kBarRows + 1;  // and the foot
  layout.is_roomy = height - fixed >= kRoomyHeight - 1;
  layout.body_begin = layout.band + kHeadRows + kBarRows + (layout.is_roomy ? 2 : 0);
  layout.body_rows = std::max(0, height - 1 - layout.body_begin);
  return layout;
}

// One of `count` areas side by side; the last has what the division leaves.
Area beside(const Area& area, int index, int count, int y, int rows) {
  constexpr int kGap = 3;
  const int width = (area.width() - kGap * (count - 1)) / count;
  const int begin = index * (width + kGap);
  return area.part(begin, y, index == count - 1 ? area.width() - begin : width, rows);
}

// The charts where there is much room, and the log, from row y on.
void draw_rest(const State& state, Area area, int y, int gap) {
  const int spare = area.height() - y - kLogRowsMin - gap;
  if (spare >= kChartRowsMin && area.width() >= kTwoColumns) {
    const int rows = std::clamp(spare / 2, kChartRowsMin, kChartRowsMax);
    draw_orders_chart(state, beside(area, 0, 2, y, rows));
    draw_latency_chart(state, beside(area, 1, 2, y, rows));
    y += rows + gap;
  }
  const int rows = area.height() - y;
  if (rows >= 2) draw_log(state, area.part(0, y, area.width(), rows));
}

void draw_four_columns(const State& state, Area area) {
  constexpr int kRows = kShoppingRows + 1;
  draw_shopping(state, beside(area, 0, 4, 0, kRows));
  draw_calls(state, beside(area, 1, 4, 0, kCallsRows));
  draw_machine(state, beside(area, 2, 4, 0, kMachineRows));
  draw_errors(state, beside(area, 3, 4, 0, kErrorsRows));
  draw_rest(state, area, kRows + 1, 1);
}

void draw_two_columns(const State& state, Area area) {
  constexpr int kAll = kShoppingRows + kMachineRows + kLogRowsMin;
  const int gap = area.height() >= kAll + 3 ? 1 : 0;
  draw_shopping(state, beside(area, 0, 2, 0, kShoppingRows));
  draw_calls(state, beside(area, 1, 2, 0, kCallsRows));
  int y = kShoppingRows + gap;
  const int rows = std::min(kMachineRows, area.height() - y - kLogRowsMin - gap);
  if (rows >= 3) {
    draw_machine(state, beside(area, 0, 2, y, rows));
    draw_errors(state, beside(area, 1, 2, y, rows));
    y += rows + gap;
  }
  draw_rest(state, area, y, gap);
}

void draw_one_column(const State& state, Area area) {
  constexpr int kAll = kShoppingRows + kCallsRows + kMachineRows + kErrorsRows + kLogRowsMin;
  int y = 0;
  if (area.height() >= kAll) {
    const auto next = [&](int rows) {
      y += rows;
      return area.part(0, y - rows, area.width(), rows);
    };
    draw_shopping(state, next(kShoppingRows));
    draw_calls(state, next(kCallsRows));
    draw_errors(state, next(kErrorsRows));
    draw_machine(state, next(kMachineRows));
  } else {
    y = std::min(kEssentialsRows, area.height());
    draw_essentials(state, area.part(0, 0, area.width(), y));
  }
  draw_rest(state, area, y, 0);
}

void draw_main(const State& state, Area area) {
  constexpr int kLeast = kShoppingRows + 2;  // and a line of the log
  if (area.width() >= kFourColumns && area.height() >= kLeast + 1) {
    draw_four_columns(state, area);
  } else if (area.width() >= kTwoColumns && area.height() >= kLeast) {
    draw_two_columns(state, area);
  } else {
    draw_one_column(state, area);
  }
}

// The most important first: what does not fit is below.
void draw_compact(const State& state, bool has_keys, Area area) {
  int y = band_rows(state, has_keys, area.width(), std::max(area.height() - 2, 1), area.glyphs());
  draw_band(state, has_keys, area.part(0, 0, area.width(), y));
  const auto line = [&](const std::string& text, Style style) {
    area.text(0, y, text, style);
    ++y;
  };
  const double whole = static_cast<double>((state.until - state.start).us);
  const double share = whole > 0 ? static_cast<double>((state.now - state.start).us) / whole : 0;
  line(fmt::format("{}  cycle {}/{}  {}", to_string(state.status), with_commas(state.cycle),
                   with_commas(state.cycles), percent_words(share)),
       Style::bold);
  line(fmt::format("{} orders  {}/min", with_commas(state.orders),
                   rate_words(state.orders_per_minute)),
       Style::plain);
  const std::int64_t errors = errors_in_all(state);
  line(with_commas(errors) + " errors", errors > 0 ? Style::bad : Style::dim);
  line(moment_words(state.now), Style::plain);
  if (state.left_seconds) line(duration_words(*state.left_seconds) + " left", Style::plain);
  if (state.calls && state.calls->from_due) {
    line("p95 " + latency_words(state.calls->from_due->p95_us), Style::plain);
  }
  if (!state.log.empty()) line(state.log.back().text, Style::dim);
  if (y < area.height()) draw_foot(state, has_keys, area.row(area.height() - 1));
}

bool is_full(int width, int height) { return width >= kFullWidth && height >= kFullHeight; }

Area inside_of(Canvas& canvas) {
  return canvas.whole().part(1, 0, canvas.width() - 2, canvas.height());
}

}  // namespace

Canvas draw(const State& state, const View& view, int width, int height, Glyphs glyphs) {
  Canvas canvas(width, height, glyphs);
  if (!is_full(width, height)) {
    draw_compact(state, view.has_keys, canvas.whole());
    return canvas;
  }
  const Layout layout = layout_of(state, view.has_keys, width, height, glyphs);
  const Area inside = inside_of(canvas);
  draw_band(state, view.has_keys, canvas.whole().part(0, 0, width, layout.band));
  draw_head(state, inside.part(0, layout.band, inside.width(), kHeadRows));
  const int bars = layout.band + kHeadRows + (layout.is_roomy ? 1 : 0);
  draw_bars(state, inside.part(0, bars, inside.width(), kBarRows));
  const Area body = inside.part(0, layout.body_begin, inside.width(), layout.body_rows);
  switch (view.page) {
    case Page::main:
      draw_main(state, body);
      break;
    case Page::agents:
      draw_agents(state, view.agents_first, body);
      break;
    case Page::help:
      draw_help(body);
      break;
  }
  draw_foot(state, view.has_keys, inside.row(height - 1));
  return canvas;
}

View turned(View view, Key key, const State& state, int width, int height) {
  const Layout layout = layout_of(state, view.has_keys, width, height, Glyphs::utf8);
  const int page = agents_at_once(std::max(width - 2, 1), layout.body_rows);
  const auto count = static_cast<int>(state.agents_shown.size());
  const int first_max = std::max(count - page, 0);
  int first = std::clamp(view.agents_first, 0, first_max);
  if (key == Key::agents) view.page = view.page == Page::agents ? Page::main : Page::agents;
  if (key == Key::help) view.page = view.page == Page::help ? Page::main : Page::help;
  if (key == Key::back) view.page = Page::main;
  if (view.page != Page::agents) return view;
  if (key == Key::up) first -= 1;
  if (key == Key::down) first += 1;
  if (key == Key::page_up) first -= page;
  if (key == Key::page_down) first += page;
  if (key == Key::first) first = 0;
  if (key == Key::last) first = first_max;
  view.agents_first = std::clamp(first, 0, first_max);
  return view;
}

}  // namespace footfall::screen
