// What stands around the dashboard's pages: the band that says why nothing moves, the head with the
// progress bars, the keys at the foot.
#pragma once

#include "screen/canvas.hpp"
#include "screen/state.hpp"

namespace footfall::screen {

// Rows of the band above everything: none while the run goes on, several where it is frozen. At
// most `rows_max` of them: why it is frozen then gives way to what can be done.
int band_rows(const State& state, bool has_keys, int width, int rows_max, Glyphs glyphs);
void draw_band(const State& state, bool has_keys, Area area);

inline constexpr int kHeadRows = 2, kBarRows = 2;
void draw_head(const State& state, Area area);
void draw_bars(const State& state, Area area);
// One row. Without a keyboard it says so.
void draw_foot(const State& state, bool has_keys, Area area);

}  // namespace footfall::screen
