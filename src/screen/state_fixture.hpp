// For tests and the demo: states of made-up runs.
#pragma once

#include <cstdint>

#include "screen/state.hpp"

namespace footfall::screen {

// A run at cycle `cycle` of a year's 8,736, quietly at work. The same for the same arguments.
State sample_state(std::int64_t cycle, int agents = 372);
State frozen_state(std::int64_t cycle);

// Any values, sensible or not, and hostile texts in it.
State random_state(std::uint64_t seed);

}  // namespace footfall::screen
