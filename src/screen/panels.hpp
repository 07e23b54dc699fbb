// The panels of the dashboard's main page. Each fills the area it is given and cuts what does not
// fit: its last rows, then the ends of its lines.
#pragma once

#include <string_view>

#include "screen/canvas.hpp"
#include "screen/state.hpp"

namespace footfall::screen {

// Rows that a panel fills, its title counted. With one more, shopping also tells the expired
// coupons.
inline constexpr int kShoppingRows = 7, kCallsRows = 7, kMachineRows = 6, kErrorsRows = 6;
inline constexpr int kEssentialsRows = 6;  // has no title

void draw_shopping(const State& state, Area area);  // people, sessions, orders, coupons
void draw_calls(const State& state, Area area);     // latency, pool, bucket
void draw_machine(const State& state, Area area);   // what the run takes of the machine
void draw_errors(const State& state, Area area);
// What matters most of all of these, where there is room for no more.
void draw_essentials(const State& state, Area area);

// Over the last minutes, as many rows as the area has.
void draw_orders_chart(const State& state, Area area);
void draw_latency_chart(const State& state, Area area);
void draw_log(const State& state, Area area);  // its title row also has the hint, or the advice

// "Shopping ──────", on the area's first row.
void draw_title(Area& area, std::string_view title);
std::int64_t errors_in_all(const State& state);  // failed trips and checkouts

}  // namespace footfall::screen
