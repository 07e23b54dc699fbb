// What terminfo knows of a terminal, before and while ncurses draws on it.
#pragma once

#include <string>

namespace footfall::screen {

// Why a terminal of this type (TERM) cannot be drawn on; empty if it can.
std::string refusal(int output, const std::string& type);

// What the terminal needs to be as before: colours, cursor, keypad, the screen it had. Only while
// ncurses is started.
std::string restoring_bytes();

}  // namespace footfall::screen
