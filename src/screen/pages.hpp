// The dashboard's pages beside the main one.
#pragma once

#include "screen/canvas.hpp"
#include "screen/state.hpp"

namespace footfall::screen {

// Agents that such an area shows at once, at least 1.
int agents_at_once(int width, int height);
// From State::agents_shown[first] on, and no further than to the last page.
void draw_agents(const State& state, int first, Area area);
void draw_help(Area area);

}  // namespace footfall::screen
